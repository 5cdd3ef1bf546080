"""The machine's clocks: the one place where time is read."""

from __future__ import annotations

import time

monotonic_ns = time.monotonic_ns


class WallClock:
    """Wall time in ns UTC, read once and carried on by the monotonic clock: it never jumps or goes back.

    `skew_ns` says how far the system's clock has moved away since (it was set, or slewed).
    """

    __slots__ = ("_offset_ns",)

    def __init__(self) -> None:
        self._offset_ns = time.time_ns() - time.monotonic_ns()

    def wall_ns(self) -> int:
        return time.monotonic_ns() + self._offset_ns

    def go_on_from(self, at_ns: int) -> int:
        """See that it is later than `at_ns` from now on; how far behind the system's clock was, 0 when it was not."""
        behind = at_ns - self.wall_ns()
        if behind < 0:
            return 0
        self._offset_ns += behind + 1
        return behind

    def skew_ns(self) -> int:
        """System time minus ours."""
        return time.time_ns() - self.wall_ns()
