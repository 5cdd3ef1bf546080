"""How far the broker's clock and ours are apart, from the time that it tells.

One question gives skew = theirs - (asked + answered) / 2, right to within half the round trip (Cristian's method, as
in NTP). A question that took so long that it can't tell is left out.
"""

from __future__ import annotations

from typing import Literal

Level = Literal["ok", "warn", "stop"]


class ClockSkew:
    """Told each answer; knows the newest skew in ns (positive: the broker's clock is ahead), None before the first."""

    def __init__(self, warn_ns: int, stop_ns: int) -> None:
        self.warn_ns = warn_ns
        self.stop_ns = stop_ns
        self.skew_ns: int | None = None
        self.level: Level | None = None
        """None: not measured yet."""

    def measured(self, server_ns: int, asked_ns: int, answered_ns: int) -> bool:
        """True when the level has changed (the first measurement gives one)."""
        half = (answered_ns - asked_ns) // 2
        skew = server_ns - asked_ns - half
        if half > self.warn_ns and abs(skew) - half <= self.stop_ns:
            return False
        self.skew_ns = skew
        level: Level = "ok"
        if abs(skew) > self.stop_ns:
            level = "stop"
        elif abs(skew) >= self.warn_ns:
            level = "warn"
        changed = level != self.level
        self.level = level
        return changed
