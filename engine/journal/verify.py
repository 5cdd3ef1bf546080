"""Full verification of a journal: what `tradedesk audit verify` says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from engine.facts import DeskOpened, Fact
from engine.journal.chain import GENESIS, Broken, Head, Row, check
from engine.journal.codec import FactCodec
from engine.journal.errors import JournalError
from engine.journal.head_copy import Copied
from engine.journal.place import Place
from engine.journal.reader import JournalReader


class VerifyReport(msgspec.Struct, frozen=True):
    """The verdict: how many rows are intact from the beginning, the head up to there, and the first broken
    link."""

    facts: int
    head: Head
    broken: Broken | None = None

    @property
    def ok(self) -> bool:
        return self.broken is None


def verify_file(
    path: Place,
    expected: Head | None = None,
    *,
    complete: bool = False,
    copies: Sequence[Copied] = (),
    archives_of: Path | None = None,
) -> VerifyReport:
    """Check each row's hash, its link, and that its payload is a fact; stops at the first that fails.

    `expected` is a head exported earlier: the journal must still hold that very row, so a tail that was cut
    off or rewritten with fresh hashes is found. `complete` says that nothing may follow it. `copies` are heads from a
    second place: those of this journal's desk must all be rows of it, and the newest copy must be one of them. Works
    beside a running desk. Archived days are checked as part of it (`archives_of`: those of the journal with that
    name). Raises JournalError when the file can't be opened as a journal at all.
    """
    codec, known = FactCodec(), _Known(expected, complete, copies)
    head = GENESIS
    with JournalReader(path, archives_of) as reader:
        rows = reader.rows()
        while True:
            try:
                row = next(rows, None)
            except JournalError as error:
                return VerifyReport(head.seq, head, Broken(head.seq + 1, "unreadable", str(error)))
            if row is None:
                return VerifyReport(head.seq, head, known.lost(head) or _stray(reader))
            broken = check(head, row)
            if broken is None:
                try:
                    broken = known.contradicts(row, codec.decode(row.kind, row.payload))
                except JournalError as error:
                    broken = Broken(row.seq, "malformed", str(error))
            if broken is not None:
                return VerifyReport(head.seq, head, broken)
            head = Head(row.seq, row.hash)


def _stray(reader: JournalReader) -> Broken | None:
    try:
        seq = reader.stray()
    except JournalError as error:
        return Broken(reader.anchor.seq + 1, "unreadable", str(error))
    return None if seq is None else Broken(seq, "appended", "a row that is not part of the chain")


class _Known:
    """Heads known from elsewhere, which the journal must still hold."""

    def __init__(self, expected: Head | None, complete: bool, copies: Sequence[Copied]) -> None:
        if expected is not None and expected.seq == 0 and expected != GENESIS:
            raise JournalError(f"expected head {expected}: seq 0 has the hash {GENESIS.hash}")
        self._end = expected.seq if complete and expected is not None else None
        self._ended = "exported"
        self._copies = copies
        self._heads: dict[int, tuple[str, str]] = {}
        """Hash of a row, and what says so."""
        if expected is not None:
            self._heads[expected.seq] = expected.hash, "exported"

    def contradicts(self, row: Row, fact: Fact) -> Broken | None:
        """What is wrong with an intact row."""
        if row.seq == 1 and self._copies and (broken := self._take_copies(fact)) is not None:
            return broken
        found, source = self._heads.get(row.seq, (row.hash, ""))
        if found != row.hash:
            return Broken(row.seq, "rewritten", f"the hash is {row.hash}, the {source} head says {found}")
        if self._end is not None and row.seq > self._end:
            return Broken(row.seq, "appended", f"the {self._ended} head is row {self._end}")
        return None

    def _take_copies(self, first: Fact) -> Broken | None:
        desk_id = first.desk_id if isinstance(first, DeskOpened) else ""
        for copy in self._copies:
            if copy.desk_id == desk_id:
                found, source = self._heads.setdefault(copy.head.seq, (copy.head.hash, "copied"))
                if found != copy.head.hash:
                    said = f"a copied head says {copy.head.hash}, and the {source} one {found}"
                    return Broken(copy.head.seq, "rewritten", said)
        last = self._copies[-1]
        if last.desk_id == desk_id and last.note == "closed" and self._end is None:
            # The desk stopped there, and none has started since.
            self._end, self._ended = last.head.seq, "last stop's"
        newest = last.desk_id
        if newest != desk_id:
            return Broken(
                1, "rewritten", f"this journal is desk {desk_id!r}'s, the newest copied head desk {newest!r}'s"
            )
        return None

    def lost(self, head: Head) -> Broken | None:
        """What is wrong with a journal that ends here."""
        if head == GENESIS and self._copies:
            return Broken(1, "shortened", f"it is empty, and {len(self._copies)} heads of it were copied")
        last = max(self._heads, default=0)
        if head.seq < last:
            said = f"ends at row {head.seq}, the {self._heads[last][1]} head is row {last}"
            return Broken(head.seq + 1, "shortened", said)
        return None
