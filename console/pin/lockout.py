"""How long wrong PINs lock everybody out: a pure function of what was tried and of two clocks.

The first three wrong tries cost nothing, the next ones 1, 2, 4 ... seconds, at most fifteen minutes: about a hundred
tries a day. Within a lock-out no PIN is looked at, the right one neither. Only a right PIN ends the row.

Two clocks, because each can be wrong in its own way. Within one run of the machine the boot clock decides: it can't be
set, and goes on while the machine sleeps. After a restart of the machine there is only the wall clock; when that shows
a time before the try (it was set back), the whole lock-out begins anew.
"""

from __future__ import annotations

from typing import Final, Protocol

import msgspec

FREE_TRIES: Final = 3
LONGEST_S: Final = 900
SECOND_NS: Final = 1_000_000_000


class Clocks(Protocol):
    """The machine's clocks, ns. `boot_ns` counts since the machine started, `boot_id` names that run of it ("" where
    the system has no name for it: then the wall clock alone counts)."""

    boot_id: str

    def wall_ns(self) -> int: ...

    def boot_ns(self) -> int: ...


class Row(msgspec.Struct, frozen=True):
    """Wrong tries in a row, and when the newest was made by each clock."""

    failures: int = 0
    wall_ns: int = 0
    boot_ns: int = 0
    boot_id: str = ""


def wait_s(failures: int) -> int:
    """The lock-out after so many wrong tries in a row, s."""
    over = failures - FREE_TRIES
    return 0 if over <= 0 else min(2 ** min(over - 1, 20), LONGEST_S)


def left_ns(row: Row, clocks: Clocks) -> int:
    """How long no try is taken from now on; 0 = one is."""
    whole = wait_s(row.failures) * SECOND_NS
    if not whole:
        return 0
    if row.boot_id and row.boot_id == clocks.boot_id:
        gone = clocks.boot_ns() - row.boot_ns
    else:
        gone = clocks.wall_ns() - row.wall_ns
    return whole if gone < 0 else max(whole - gone, 0)


def failed(row: Row, clocks: Clocks) -> Row:
    """The row with one more wrong try, made now."""
    return Row(row.failures + 1, clocks.wall_ns(), clocks.boot_ns(), clocks.boot_id)


def anchored(row: Row, clocks: Clocks) -> Row:
    """The row as it is to be kept: one whose clock was set back, or that is from another run of the machine, begins its
    lock-out anew from what is left of it now, by the clocks of today."""
    same_run = row.boot_id and row.boot_id == clocks.boot_id
    gone = clocks.wall_ns() - row.wall_ns
    if same_run or not row.failures or (gone >= 0 and row.boot_id == clocks.boot_id):
        return row
    gone = max(gone, 0)
    return Row(row.failures, clocks.wall_ns() - gone, clocks.boot_ns() - gone, clocks.boot_id)
