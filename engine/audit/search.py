"""Places in the journal by time: facts are recorded in order, so that halving finds them."""

from __future__ import annotations

from typing import Final

from engine.journal.reader import JournalReader

#: A probe reads a page of rows anyway: no use in coming nearer.
_NEAR: Final = 4096


def before(reader: JournalReader, recorded_ns: int) -> int:
    """A seq such that every fact recorded at `recorded_ns` or later stands behind it, at most a page away.

    0 where the journal begins later. Raises JournalError.
    """
    low, high = 0, reader.head().seq
    while high - low > _NEAR:
        middle = (low + high) // 2
        row = next(iter(reader.rows(middle)), None)
        if row is None or row.recorded_ns >= recorded_ns:
            high = middle
        else:
            low = middle
    return low
