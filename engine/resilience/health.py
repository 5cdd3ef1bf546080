"""Connection health, from a cheap read every so often: ok, degraded, down."""

from __future__ import annotations

from typing import Literal

State = Literal["ok", "degraded", "down"]


class Health:
    """Each call says whether the state has changed. One failure or a slow answer is degraded; several failures one
    after the other are down; a quick answer is ok again."""

    def __init__(self, down_after: int, slow_ns: int) -> None:
        self._down_after = down_after
        self._slow_ns = slow_ns
        self._failures = 0
        self.state: State = "ok"
        self.reason = ""

    def answered(self, took_ns: int) -> bool:
        """The read was answered after so long."""
        self._failures = 0
        if took_ns <= self._slow_ns:
            return self._set("ok", "")
        return self._set("degraded", f"answered after {took_ns / 1e9:.1f} s")

    def failed(self, why: str) -> bool:
        """The read was not answered."""
        self._failures += 1
        if self._failures >= self._down_after:
            return self._set("down", f"{self._failures} reads without an answer: {why}")
        return self._set("degraded", why)

    def begin_session(self) -> bool:
        """A session was opened: what its predecessor was like says nothing of it."""
        self._failures = 0
        return self._set("ok", "")

    def _set(self, state: State, reason: str) -> bool:
        self.reason = reason
        changed = state != self.state
        self.state = state
        return changed
