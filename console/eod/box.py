"""The screen of the end-of-day report."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import ClassVar, Final

from textual.containers import VerticalScroll
from textual.events import Resize

from console.eod.door import ReportOf
from console.eod.sections import Clock, sections
from console.eod.writing import rows_of
from console.screens.boxes import DetailBox
from engine.eod.child import Answer
from engine.model.eod import EodReport
from engine.views import DeskView
from widgets.clock import ExchangeTime
from widgets.format import clip, plain
from widgets.lines import Line

_NARROW: Final = 70


class EodBox(DetailBox):
    """Asks for one report and shows it."""

    explanation = (
        "The end-of-day report, made from the journal: what was traded, what it cost, what is held, what differs from "
        "the broker, what stood out. Up, Down, PgUp and PgDn scroll; Esc, q or Enter close.",
        "`eod DATE to FILE` writes it to a file; `tradedesk eod` is the same from a shell.",
    )

    severity: ClassVar[str] = "-wide"

    def __init__(self, day: str, view: DeskView, report_of: ReportOf, times: ExchangeTime) -> None:
        """`times`: those of the exchange."""
        self._times = times
        self._day = day
        self._report_of = report_of
        self._report: EodReport | None = None
        self._problem = ""
        self._width = _NARROW
        self._asking: asyncio.Task[None] | None = None
        super().__init__(f"End of day {plain(day)}".rstrip(), self._lines, view)
        self._view = view

    def on_mount(self) -> None:
        super().on_mount()
        self._asking = asyncio.ensure_future(self._ask())
        self.call_after_refresh(self._fit)

    def on_unmount(self) -> None:
        if self._asking is not None:
            self._asking.cancel()

    def on_resize(self, event: Resize) -> None:
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        self._width = self.query_one(VerticalScroll).scrollable_content_region.width or _NARROW
        self.show(self._view)

    async def _ask(self) -> None:
        try:
            answer = await self._report_of(self._day)
        except Exception as error:  # to be read; the console must stay
            answer = Answer(problem=str(error) or type(error).__name__)
        self._report, self._problem = answer.report, answer.problem
        self.show(self._view)
        self.call_after_refresh(self._fit)

    def _lines(self, view: DeskView) -> Sequence[Line]:
        if self._problem:
            return [[(f" {plain(self._problem)}", "warn")]]
        if self._report is None:
            return [[(" reading the journal", "dim")]]
        return report_lines(self._report, self._width, exchange_clock(self._times))


def exchange_clock(times: ExchangeTime) -> Clock:
    """As everywhere on the screen: the exchange's time, to the second."""
    return Clock(lambda ns: f"{times.date(ns)} {times.hms(ns)} {times.zone_name(ns)}", times.hms)


def report_lines(report: EodReport, width: int, times: Clock) -> list[Line]:
    """Every table, cut to the width."""
    lines: list[Line] = []
    for one in sections(report, times):
        lines += [[]] if lines else []
        lines.append([(f" {one.title}", "strong")])
        head, *rows = rows_of(one, width - 2)
        lines.append([(f" {clip(head, width - 2)}", "label" if one.rows else "dim")])
        lines += [[(f" {clip(plain(row), width - 2)}", "normal")] for row in rows]
    return lines
