"""Whether hotkeys may send by themselves now. They may not until somebody arms them, and stop by themselves."""

from __future__ import annotations

from collections.abc import Callable

from engine.model.enums import TradingState
from engine.views import DeskView

IDLE_NS = 15 * 60_000_000_000
"""Armed hotkeys of a desk that nobody touched for so long are disarmed, on paper as well as live."""


class Arming:
    """One per console."""

    def __init__(self, clock: Callable[[], int], idle_ns: int = IDLE_NS) -> None:
        """`clock`: monotonic ns. `idle_ns`: how long without a key until they are disarmed."""
        self._clock = clock
        self._idle_ns = idle_ns
        self._armed = False
        self._touched_ns = 0

    @property
    def armed(self) -> bool:
        return self._armed and self._clock() - self._touched_ns < self._idle_ns

    def arm(self) -> None:
        """From now on. Whoever calls this has asked for the PIN where one is needed."""
        self._armed = True
        self._touched_ns = self._clock()

    def disarm(self) -> None:
        self._armed = False

    def touch(self) -> None:
        """A key was pressed."""
        if self.armed:
            self._touched_ns = self._clock()

    def why_not(self, view: DeskView, *, read_only: bool, may_trade: bool) -> str:
        """Why they can't be armed on this desk as it is now; "" when they can."""
        if read_only:
            return "this console is read-only"
        if not may_trade:
            return "your roles let you place no order"
        if view.status.locked:
            return f"the desk is locked ({view.status.locked}): unlock it first"
        if view.kill is not None or view.status.trading_state is TradingState.HALTED:
            return "the desk is halted: resume it first"
        return ""

    def follow(self, view: DeskView) -> str:
        """Look at the newest view; says why they were disarmed by it, "" when they were not."""
        if not self._armed:
            return ""
        why = "" if self.armed else "nobody touched a key"
        why = why or self.why_not(view, read_only=False, may_trade=True)
        if why:
            self.disarm()
        return why
