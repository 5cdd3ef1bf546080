"""Full verification of a journal: what `tradedesk audit verify` says."""

from __future__ import annotations

from pathlib import Path

import msgspec

from engine.journal.chain import GENESIS, Broken, Head, check
from engine.journal.codec import FactCodec
from engine.journal.errors import JournalError
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
    path: Place, expected: Head | None = None, *, complete: bool = False, archives_of: Path | None = None
) -> VerifyReport:
    """Check each row's hash, its link, and that its payload is a fact; stops at the first that fails.

    `expected` is a head exported earlier: the journal must still hold that very row, so a tail that was cut
    off or rewritten with fresh hashes is found. `complete` says that nothing may follow it. Works beside a
    running desk. Archived days are checked as part of it (`archives_of`: those of the journal with that name). Raises
    JournalError when the file can't be opened as a journal at all.
    """
    codec = FactCodec()
    head = GENESIS
    if expected is not None and expected.seq == 0 and expected != GENESIS:
        raise JournalError(f"expected head {expected}: seq 0 has the hash {GENESIS.hash}")
    with JournalReader(path, archives_of) as reader:
        rows = reader.rows()
        while True:
            try:
                row = next(rows, None)
            except JournalError as error:
                return VerifyReport(head.seq, head, Broken(head.seq + 1, "unreadable", str(error)))
            if row is None:
                break
            broken = check(head, row)
            if broken is None:
                try:
                    codec.decode(row.kind, row.payload)
                except JournalError as error:
                    broken = Broken(row.seq, "malformed", str(error))
            if broken is None and expected is not None:
                broken = _against_export(row.seq, row.hash, expected, complete)
            if broken is not None:
                return VerifyReport(head.seq, head, broken)
            head = Head(row.seq, row.hash)
    if expected is not None and head.seq < expected.seq:
        lost = f"ends at row {head.seq}, the exported head is row {expected.seq}"
        return VerifyReport(head.seq, head, Broken(head.seq + 1, "shortened", lost))
    return VerifyReport(head.seq, head)


def _against_export(seq: int, digest: str, expected: Head, complete: bool) -> Broken | None:
    if seq == expected.seq and digest != expected.hash:
        return Broken(seq, "rewritten", f"the hash is {digest}, the exported head says {expected.hash}")
    if seq > expected.seq and complete:
        return Broken(seq, "appended", f"the exported head is row {expected.seq}")
    return None
