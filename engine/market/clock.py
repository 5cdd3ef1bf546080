"""Market time: what o'clock it is on the market that the desk trades. A clock is given its source.

On a live or simulated market it is wall time. In a replay the tape is the clock.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final, Protocol

NowNs = Callable[[], int]

#: A replay that falls behind by more than this much wall time lets market time slip instead of rushing
#: after it.
_SLACK_NS: Final = 250_000_000


class MarketClock(Protocol):
    """Market time in nanoseconds UTC; never goes backwards."""

    def now_ns(self) -> int: ...


class WallMarketClock:
    """A market that runs on wall time."""

    __slots__ = ("_wall_ns",)

    def __init__(self, wall_ns: NowNs) -> None:
        self._wall_ns = wall_ns

    def now_ns(self) -> int:
        return self._wall_ns()


class ReplayClock:
    """Tape time, `speed` times as fast as the monotonic source; speed 0 jumps from event to event.

    Time never passes an event that was not delivered: whoever delivers events calls `allow(ts)` with the
    time of the next one, waits until `wait_ns(ts)` is 0, delivers it. So a slow machine slows the market,
    and market time stands still at the start, at the tape's end and while paused.
    """

    __slots__ = ("_allowed_ns", "_anchor_mono_ns", "_anchor_ns", "_monotonic_ns", "_paused", "_speed")

    def __init__(self, start_ns: int, speed: Decimal, monotonic_ns: NowNs) -> None:
        """Raises ValueError for a negative or infinite speed."""
        self._monotonic_ns = monotonic_ns
        self._anchor_ns = start_ns
        self._anchor_mono_ns = monotonic_ns()
        self._allowed_ns = start_ns
        self._paused = False
        self._speed = _ratio(speed)

    @property
    def paused(self) -> bool:
        return self._paused

    def now_ns(self) -> int:
        return min(self._running_ns(), self._allowed_ns)

    def allow(self, ts_ns: int) -> None:
        """Everything before `ts_ns` was delivered: time may run up to it. Times gone by change nothing."""
        running_ns = self._running_ns()
        now_ns = min(running_ns, self._allowed_ns)
        numerator, denominator = self._speed
        if numerator == 0:
            if not self._paused:
                self._anchor(max(now_ns, ts_ns))
        elif (running_ns - now_ns) * denominator > _SLACK_NS * numerator:
            self._anchor(now_ns)
        self._allowed_ns = max(self._allowed_ns, ts_ns)

    def wait_ns(self, ts_ns: int) -> int | None:
        """Wall nanoseconds until market time is `ts_ns`; 0 when it is due, None when time stands still."""
        missing_ns = ts_ns - self._running_ns()
        if missing_ns <= 0:
            return 0
        if self._paused:
            return None
        numerator, denominator = self._speed
        return -(-missing_ns * denominator // numerator) if numerator else 0

    def pause(self) -> None:
        self._anchor(self.now_ns())
        self._paused = True

    def resume(self) -> None:
        self._anchor(self.now_ns())
        self._paused = False

    def set_speed(self, speed: Decimal) -> None:
        """Go on from here at another speed. Raises ValueError like the constructor."""
        ratio = _ratio(speed)
        self._anchor(self.now_ns())
        self._speed = ratio

    def _running_ns(self) -> int:
        """Market time if no event were in its way."""
        if self._paused:
            return self._anchor_ns
        numerator, denominator = self._speed
        return self._anchor_ns + (self._monotonic_ns() - self._anchor_mono_ns) * numerator // denominator

    def _anchor(self, at_ns: int) -> None:
        self._anchor_ns = at_ns
        self._anchor_mono_ns = self._monotonic_ns()


def _ratio(speed: Decimal) -> tuple[int, int]:
    if not speed.is_finite() or speed < 0:
        raise ValueError(f"speed {speed}: expected 0 (as fast as possible) or a number above 0")
    return speed.as_integer_ratio()
