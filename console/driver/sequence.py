"""What a press of the kill key means: the first one, another one, or the same key still held down."""

from __future__ import annotations

from enum import Enum


class KillStep(Enum):
    """What to do about one press."""

    KILL = "kill"
    """The first press: close the gate and cancel everything."""
    FLATTEN_NOW = "flatten_now"
    """A deliberate second press: do not wait for the end of the grace period."""
    IGNORE = "ignore"
    """The key is held down, or bounced."""


class KillKeySequence:
    """Tells a second press from a held key, by time alone (terminals report no key releases).

    A press counts as another one only `after_first_ns` after the first and `after_any_ns` after any
    press, counted or not: auto-repeat starts earlier than the one and repeats faster than the other.
    Times are monotonic nanoseconds; a time that runs backwards is taken as no time at all. Not
    thread-safe: one thread presses.
    """

    def __init__(self, after_first_ns: int = 700_000_000, after_any_ns: int = 250_000_000) -> None:
        self._after_first_ns = after_first_ns
        self._after_any_ns = after_any_ns
        self._first_ns: int | None = None
        self._last_ns = 0

    def press(self, now_ns: int) -> KillStep:
        """Take one press and say what it means. Every deliberate press after the first is FLATTEN_NOW."""
        if self._first_ns is None:
            self._first_ns = self._last_ns = now_ns
            return KillStep.KILL
        since_any = now_ns - self._last_ns
        since_first = now_ns - self._first_ns
        self._last_ns = max(self._last_ns, now_ns)
        if since_first >= self._after_first_ns and since_any >= self._after_any_ns:
            return KillStep.FLATTEN_NOW
        return KillStep.IGNORE

    def reset(self) -> None:
        """The desk was resumed: the next press is a first one again."""
        self._first_ns = None
