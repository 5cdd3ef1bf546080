"""Changes one byte at a time in everything that a journal is made of, and looks whether an audit names the place.

`make tamper` (`python -m tests.engine.journal.tampering`) takes every byte of a small journal; the suite a sample.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from engine.audit.verdict import Beside, beside, bytes_of
from engine.facts import AlertRaised
from engine.journal.archive import archive_folder, verify_seals
from engine.journal.archiving import archive
from engine.journal.chain import Row
from engine.journal.codec import FactCodec
from engine.journal.finding import Finding
from engine.journal.folding import fold_into
from engine.journal.mirror import TradesMirror
from engine.journal.projections import catch_up
from engine.journal.reader import JournalReader
from engine.journal.snapshots import damage_of, newest_first, save
from engine.journal.store import SqliteJournal
from engine.journal.verify import verify_file
from engine.journal.verify_trades import verify_trades
from engine.model.enums import AlertLevel
from engine.state import DeskState
from tests.engine.journal.histories import facts_of, history
from tests.engine.journal.samples import head_of, rows_of

PAGE = 4096


class Folder(NamedTuple):
    """A journal with everything beside it."""

    path: Path

    @property
    def journal(self) -> Path:
        return self.path / "journal.sqlite3"

    @property
    def trades(self) -> Path:
        return self.path / "trades.jsonl"

    @property
    def blotter(self) -> Path:
        return self.path / "blotter.sqlite3"

    @property
    def snapshots(self) -> Path:
        return self.path / "snapshots"

    @property
    def archives(self) -> Path:
        return archive_folder(self.journal)

    def findings(self) -> list[Finding]:
        """What an audit of all of it finds."""
        report = verify_file(self.journal)
        broken = [Finding(f"{self.journal}: seq {report.broken.seq}", report.broken.detail)] if report.broken else []
        files = Beside(self.trades, self.blotter, (self.archives, self.snapshots), self.archives)
        parts = [bytes_of(self.journal), *beside(self.journal, files)]
        return broken + [finding for part in parts for finding in part.findings]


def days() -> Sequence[Row]:
    """A simulated desk of several days, with fills on the last one too, and one long fact."""
    rows = next(
        rows
        for rows in map(history, range(200))
        if sum(row.kind == "day_rolled" for row in rows) >= 3
        and any(row.kind == "order_filled" for row in rows[last_day(rows).seq :])
    )
    long = AlertRaised(9999, AlertLevel.NOTICE, "LONG", "a page and a half, " * 330)
    return [*rows, *rows_of([long], after=head_of(rows))]


def last_day(rows: Sequence[Row]) -> Row:
    return [row for row in rows if row.kind == "day_rolled"][-1]


def build(path: Path) -> Folder:
    """Journal, an archive of its first days, snapshots, trades and blotter."""
    folder, rows = Folder(path), days()

    async def write() -> None:
        journal = await SqliteJournal.open(folder.journal, FactCodec())
        for start in range(0, len(rows), 7):
            await journal.append(rows[start : start + 7])
        await journal.close()

    asyncio.run(write())
    TradesMirror(folder.journal, folder.trades).catch_up()
    catch_up(folder.journal, folder.blotter)
    state = DeskState()
    fold_into(state, facts_of(rows))
    save(folder.snapshots, head_of(rows), state, 1)
    archive(folder.journal, folder.snapshots, last_day(rows).recorded_ns)
    return folder


def byte_classes(whole: bytes) -> dict[str, list[int]]:
    """The bytes of a SQLite file by what they are for, as far as single pages show it."""
    classes: dict[str, list[int]] = {"header": list(range(100))}
    for start in range(0, len(whole), PAGE):
        first = start + (100 if start == 0 else 0)
        kind = whole[first]
        if kind not in (5, 13):
            classes.setdefault("overflow page", []).extend(range(start, start + PAGE))
            continue
        name = "branch" if kind == 5 else "leaf"
        count, content = int.from_bytes(whole[first + 3 : first + 5]), int.from_bytes(whole[first + 5 : first + 7])
        pointers = first + (12 if kind == 5 else 8)
        for part, begin, end in (
            ("page header", first, pointers),
            ("cell pointers", pointers, pointers + 2 * count),
            ("unused space", pointers + 2 * count, start + content),
            ("cells", start + content, start + PAGE),
        ):
            classes.setdefault(f"{name}: {part}", []).extend(range(begin, end))
    return {name: places for name, places in classes.items() if places}


def missed(
    file: Path, places: Iterable[int], look: Callable[[], Sequence[str]], rng: random.Random, *, page: bool = False
) -> list[str]:
    """Change one byte after the other, put each back, and tell which changes were not found in their place: the file,
    and with `page` the very page."""
    whole = file.read_bytes()
    lost = []
    for at in places:
        changed = whole[at] ^ rng.randint(1, 255)
        with file.open("r+b") as handle:
            handle.seek(at)
            handle.write(bytes([changed]))
        said = look()
        named = [words for words in said if words.startswith(str(file))]
        if page:
            named = [words for words in named if at // PAGE + 1 in pages_of(words)]
        if not named:
            lost.append(f"{file.name}: byte {at}, {whole[at]} -> {changed}; found instead: {said[:2]}")
        with file.open("r+b") as handle:
            handle.seek(at)
            handle.write(whole[at : at + 1])
    return lost


def pages_of(words: str) -> set[int]:
    """The pages that a finding names."""
    named = re.findall(r"\(page (\d+)\)|going on in page ([\d, ]+)|: byte (\d+):", words)
    pages = {int(number) for one, many, _ in named for number in re.findall(r"\d+", f"{one},{many}")}
    return pages | {int(at) // PAGE + 1 for _, _, at in named if at}


def looks(folder: Folder) -> dict[Path, Callable[[], Sequence[str]]]:
    """For each file, the part of the audit that is about its bytes."""

    def journal() -> Sequence[str]:
        return [str(finding) for finding in bytes_of(folder.journal).findings]

    def trades() -> Sequence[str]:
        return [str(finding) for finding in verify_trades(folder.journal, folder.trades).findings]

    def seals() -> Sequence[str]:
        with JournalReader(folder.journal) as reader:
            anchor = reader.anchor
        findings = verify_seals(folder.archives, anchor).findings
        # A seal and its archive are told together: which of them was changed can't be known.
        return [str(finding) for finding in findings] + [f"{finding.place}.sha256: see there" for finding in findings]

    found: dict[Path, Callable[[], Sequence[str]]] = {folder.journal: journal, folder.trades: trades}
    found.update(dict.fromkeys((path for path in folder.archives.iterdir() if "jsonl" in path.name), seals))
    for path in (*newest_first(folder.snapshots), *newest_first(folder.archives)):
        found[path] = lambda path=path: [f"{path}: {damage}"] if (damage := damage_of(path)) else []  # type: ignore[misc]
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="only every so many bytes")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    rng = random.Random(chosen.seed)
    with tempfile.TemporaryDirectory() as scratch:
        folder = build(Path(scratch))
        print(f"seed {chosen.seed}; untouched: {folder.findings() or 'nothing is found'}")
        lost: list[str] = []
        for file, look in looks(folder).items():
            begun, size = time.monotonic(), file.stat().st_size
            places = range(0, size, chosen.every)
            found = missed(file, places, look, rng, page=file == folder.journal)
            lost += found
            took = time.monotonic() - begun
            print(
                f"{file.name}: {len(places)} of {size} bytes changed, {len(found)} not found, {took:.0f} s", flush=True
            )
    for words in lost[:20]:
        print(words)
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
