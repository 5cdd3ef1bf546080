"""Looks at the kill latches on disk: another process may have written one, or a crash left one behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine import inputs as i
from engine.journal.latch import KillLatch, was_reset
from engine.model.enums import AlertLevel
from engine.model.scope import said
from engine.risk.gate import Gate
from engine.state import DeskState


class LatchWatch:
    """Belongs to one shell, on its loop."""

    def __init__(
        self,
        latch: KillLatch,
        gate: Gate,
        give: Callable[[i.Kill], None],
        notice: Callable[[AlertLevel, str, str], None],
    ) -> None:
        """`give` takes a kill to the core, behind the gate that is closed at once."""
        self._latch = latch
        self._gate = gate
        self._give = give
        self._notice = notice

    def clear_old(self, state: DeskState, clear: Callable[[str], None]) -> None:
        """A crash between a resume that was recorded and the removal of its latch: the resume counts."""
        for scope, latch in self._latch.standing():
            if state.kill_of(scope) is None and was_reset(latch, state.kill_epoch):
                clear(scope)

    def read(self, state: DeskState, started_ns: int) -> None:
        """A kill latch that this desk does not know of (written by another process, or unreadable) is a kill.
        `started_ns`: when this run began, wall ns."""
        for scope, latch in self._latch.standing({kill.scope for kill in state.standing_kills}):
            if was_reset(latch, state.kill_epoch):
                # Of a kill that was reset: the resume removes the file when it is durable, and a start what a crash
                # left.
                continue
            reason = latch.reason or "kill latch found"
            flatten: Any = latch.flatten if latch.flatten in ("no", "grace", "now") else "no"
            self._gate.slam(reason, scope, latch.by)
            if flatten != "no" and latch.at_ns < started_ns:
                # Of an earlier run that never carried it out: what it wanted flat may be another book by now.
                flatten = "no"
                words = f"a kill of {said(scope)} left its latch and was to flatten: cancels go out, positions are kept"
                self._notice(AlertLevel.ALARM, "KILL_INTERRUPTED", f"{words}; kill again to flatten")
            self._give(i.Kill(latch.by or "latch", reason, flatten, scope=scope))
