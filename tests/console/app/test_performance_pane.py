from __future__ import annotations

from concurrent.futures import Future

from console.screens.performance_feed import Measure
from engine.model.enums import Side
from engine.model.performance import PerformanceReport
from tests.engine.performance.ledger import Ledger
from tests.support.console_app import console
from tests.support.desk_views import BUSY, STALE
from tests.support.performance_reports import performance


class Measured:
    """Who measures: counts the questions, and answers each with what it was given, or not yet."""

    def __init__(self, report: PerformanceReport | None = None, problem: str = "") -> None:
        self.report = report
        self.problem = problem
        self.asked = 0
        self.waiting: list[Future[PerformanceReport]] = []

    def __call__(self) -> Future[PerformanceReport]:
        self.asked += 1
        future: Future[PerformanceReport] = Future()
        if self.problem:
            future.set_exception(OSError(self.problem))
        elif self.report is not None:
            future.set_result(self.report)
        else:
            self.waiting.append(future)
        return future


def _check(measure: Measured) -> Measure:
    return measure


async def test_it_shows_the_targets_and_the_trades_by_strategy_symbol_and_day() -> None:
    measured = Measured(performance())
    async with console(BUSY, (80, 24), measure=_check(measured)) as c:
        await c.press("0")
        await c.pilot.pause()
        await c.pilot.pause()
        assert "12.0 ms  under 50 ms  met      of 10" in c.row_of("decision to send")
        assert "MISSED" in c.row_of("fills within a tick")
        assert c.row_of("positions reconciled").split()[-3:] == ["met", "of", "3"]
        assert "+550.00" in c.row_of("all  ")
        assert "-846.00" in c.row_of("strategy mean")
        assert c.text().index("2026-01-07") < c.text().index("2026-01-06") < c.text().index("2026-01-05")
        assert "0.034%  under 0.05%  met" in c.row_of("slippage")


async def test_it_is_measured_while_it_is_looked_at_and_not_all_the_time() -> None:
    measured = Measured(performance())
    async with console(BUSY, (80, 24), measure=_check(measured)) as c:
        await c.show(STALE)
        assert measured.asked == 0
        await c.press("0")
        await c.pilot.pause()
        await c.show(BUSY)
        await c.show(STALE)
        assert measured.asked == 1
        c.clock.wait(2_001)
        await c.show(BUSY)
        assert measured.asked == 2


async def test_a_long_fold_is_waited_for_and_asked_for_at_a_tenth_of_the_time() -> None:
    measured = Measured()
    async with console(BUSY, (80, 24), measure=_check(measured)) as c:
        await c.press("0")
        await c.show(STALE)
        assert "measuring" in c.text()
        c.clock.wait(5_000)
        await c.show(BUSY)
        assert measured.asked == 1
        measured.waiting[0].set_result(performance())
        await c.pilot.pause(0.05)
        assert "+550.00" in c.text()
        c.clock.wait(49_000)
        await c.show(STALE)
        assert measured.asked == 1
        c.clock.wait(1_001)
        await c.show(BUSY)
        assert measured.asked == 2


async def test_what_keeps_it_from_being_measured_is_said_and_it_is_tried_again() -> None:
    measured = Measured(problem="the disk is gone")
    async with console(BUSY, (80, 24), measure=_check(measured)) as c:
        await c.press("0")
        await c.pilot.pause()
        await c.pilot.pause()
        assert "can't be measured: the disk is gone" in c.text()
        measured.problem, measured.report = "", performance()
        c.clock.wait(2_001)
        await c.show(STALE)
        await c.pilot.pause()
        assert "+550.00" in c.text()


async def test_without_anybody_to_measure_it_says_where_to_ask() -> None:
    async with console(BUSY, (80, 24)) as c:
        await c.command("performance")
        await c.press("enter")
        await c.pilot.pause()
        assert "tradedesk performance --to DATE" in c.text()


async def test_a_desk_without_trades_shows_no_table_of_zeros() -> None:
    book = Ledger()
    book.trade(Side.BUY, "10", "10")
    async with console(BUSY, (120, 40), measure=_check(Measured(book.report()))) as c:
        await c.press("0")
        await c.pilot.pause()
        await c.pilot.pause()
        assert "no trades" in c.text()
        assert "1 open, USD" in c.row_of("0 Performance")
        assert c.row_of("positions reconciled").split()[3] == "100%"
