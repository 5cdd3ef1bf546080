"""When the terminal's bell rings: once for an alarm, at most once in a while however many come, never when quiet."""

from __future__ import annotations

from typing import Final

SECOND_NS: Final = 1_000_000_000


class Bell:
    """`every_ns`: the shortest time between two rings. Alarms of that time ring no second time: their banner counts."""

    def __init__(self, every_ns: int = 10 * SECOND_NS, *, quiet: bool = False) -> None:
        self._every_ns = every_ns
        self.quiet = quiet
        self._rang_ns: int | None = None

    def rings(self, now_ns: int) -> bool:
        """Whether an alarm at this time (monotonic ns) rings."""
        if self.quiet or (self._rang_ns is not None and now_ns - self._rang_ns < self._every_ns):
            return False
        self._rang_ns = now_ns
        return True
