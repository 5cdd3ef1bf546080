"""Whether the blotter's tables are what the journal folds to."""

from __future__ import annotations

from itertools import zip_longest
from pathlib import Path

from engine.journal.blotter import TABLES, Changes, Value, key_length, read_all
from engine.journal.blotter_fold import Fold
from engine.journal.chain import GENESIS
from engine.journal.codec import FactCodec
from engine.journal.finding import Checked, Finding
from engine.journal.place import Place
from engine.journal.reader import JournalReader
from engine.journal.uncollected import uncollected

_MEND = "run `tradedesk journal rebuild`"


def verify_blotter(place: Place, path: Path) -> Checked:
    """Fold the journal anew, up to where the tables are, and compare every row. A file that is not there is made when
    it is wanted. Raises JournalError where the journal is not intact."""
    if not path.exists():
        return Checked(0, "rows of the blotter")
    watermark, tables = read_all(path)
    with JournalReader(place) as reader:
        if reader.hash_at(watermark.seq) != watermark.hash:
            said = f"says that it contains row {watermark}, which the journal does not hold; {_MEND}"
            return Checked(0, "rows of the blotter", (Finding(f"{path}: watermark", said),))
        fold, changes, head = Fold(), Changes(), GENESIS
        with uncollected():
            for facts, reached in reader.facts(FactCodec()):
                wanted = facts[: watermark.seq - head.seq]
                for stamped in wanted:
                    fold.apply(stamped, changes)
                head = reached
                if head.seq >= watermark.seq:
                    break
        fold.finish(changes)
    count, findings = 0, []
    for table in TABLES:
        expected = sorted(changes.rows[table].values(), key=lambda row: tuple(map(_order, row[: key_length(table)])))
        found = sorted(tables[table], key=lambda row: tuple(map(_order, row[: key_length(table)])))
        count += len(found)
        wrong = next((pair for pair in zip_longest(expected, found) if pair[0] != pair[1]), None)
        if wrong is not None:
            findings.append(Finding(f"{path}: {table}", f"{_difference(table, *wrong)}; {_MEND}"))
    return Checked(count, "rows of the blotter", tuple(findings))


def _order(value: Value) -> tuple[bool, bool, str | int]:
    """Any value of a key beside any other, also one that somebody else put there."""
    return (value is None, isinstance(value, str), "" if value is None else value)


def _difference(table: str, expected: tuple[Value, ...] | None, found: tuple[Value, ...] | None) -> str:
    keys = key_length(table)
    if found is None or (
        expected is not None and tuple(map(_order, expected[:keys])) < tuple(map(_order, found[:keys]))
    ):
        assert expected is not None
        return f"row {expected[:keys]} is missing"
    if expected is None or expected[:keys] != found[:keys]:
        return f"row {found[:keys]} is not of this journal"
    column = next(n for n in range(len(expected)) if expected[n] != found[n])
    name = TABLES[table][column]
    return f"row {found[:keys]} says {name} {found[column]!r}, the journal {expected[column]!r}"
