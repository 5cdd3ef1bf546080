"""Asks for the desk's performance while its pane is looked at, and gives the pane what comes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final

from engine.model.performance import PerformanceReport
from widgets.panes import PerformancePane

Measure = Callable[[], Future[PerformanceReport]]
"""Performance as of the journal's end. Never blocks."""

#: Asked anew so long after the last answer, and not before ten times as long as the answer took.
_EVERY_NS: Final = 2_000_000_000
_PATIENCE: Final = 10


class PerformanceFeed:
    """Belongs to one screen. What is shown stays until there is something newer."""

    def __init__(self, pane: PerformancePane, measure: Measure | None, clock: Callable[[], int]) -> None:
        """`measure` None: it can't be measured here (time travel)."""
        self._pane = pane
        self._measure = measure
        self._clock = clock
        self._asking: asyncio.Task[None] | None = None
        self._next_ns = 0
        self._report: PerformanceReport | None = None

    def look(self) -> None:
        """The pane is on the screen: ask when it is time."""
        if self._measure is None:
            self._pane.tell(None, "only as of now: `tradedesk performance --to DATE` tells of earlier days")
            self._pane.show(())
        elif (self._asking is None or self._asking.done()) and self._clock() >= self._next_ns:
            self._asking = asyncio.ensure_future(self._ask(self._measure))
        if self._report is None and self._measure is not None:
            self._pane.show(())

    async def _ask(self, measure: Measure) -> None:
        asked = self._clock()
        try:
            report = await asyncio.wrap_future(measure())
        except Exception as error:  # a journal that can't be read is told in the pane; the console must stay
            self._report = None
            self._pane.tell(None, f"can't be measured: {error}")
            self._pane.show(())
        else:
            if report != self._report:
                self._report = report
                self._pane.tell(report)
                self._pane.show(PerformancePane.rows_of(report))
        now = self._clock()
        self._next_ns = now + max(_EVERY_NS, _PATIENCE * (now - asked))

    def close(self) -> None:
        """Ask nothing more."""
        if self._asking is not None:
            self._asking.cancel()
