"""What the risk meters cost: one measurement of the book (VaR, CVaR, beta, correlation), its longest slice, and the
meters of one view, with 20 and with 500 positions and a year of days.

CPU time (user + sys), garbage collection off; the least of several rounds, of slices the 99th percentile. The floor is
what the arithmetic alone takes: one multiplication and one addition for each position and day, and one sort.
"""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from engine import facts as f
from engine.desk import Desk
from engine.inputs import Now
from engine.market.history import WINDOW, History
from engine.market.quotes import QuoteCache
from engine.market.simulated import SimulatedMarket
from engine.model.instrument import Instrument
from engine.model.market import Quote
from engine.risk.limits import Limits
from engine.risk.meters import meters, valued
from engine.state import DeskState
from engine.surroundings import Surroundings
from tests.benchmarks.memory_desk import ACCOUNT, CAPABILITIES, START_NS
from tests.benchmarks.result import Result, print_results

ROUNDS = 9
DAY_S = 86_400


def run() -> list[Result]:
    """Measure everything here."""
    results = []
    gc.collect()
    gc.disable()
    try:
        for positions, pass_ms in ((20, 2.0), (500, 25.0)):
            results += _of(positions, pass_ms)
    finally:
        gc.enable()
    return results


def _of(positions: int, pass_ms: float) -> list[Result]:
    desk = book_of(positions)
    first = _slices(desk)
    _slices(desk)  # the correlations of the first pass may take a second one
    rounds = [_slices(desk) for _ in range(ROUNDS)]
    whole = min(sum(slices) for slices in rounds)
    every = sorted(second for slices in rounds for second in slices)
    starting = sorted(first)
    state, quotes, now = desk.state, desk.quotes, desk.now
    view = _best(lambda: meters(state, valued(state, quotes, ACCOUNT, now.market_ns), now))
    floor = _floor(desk, positions)
    return [
        Result(f"risk of the book, {positions} positions", whole * 1e3, "ms", floor * 1e3, pass_ms),
        Result(f"  its slices, p99, {positions} positions", _p99(every) * 1e3, "ms", None, 2.0),
        Result(f"  slices of the first pass, p99, {positions}", _p99(starting) * 1e3, "ms", None, 10.0),
        Result(f"meters of a view, {positions} positions", view * 1e3, "ms", None, 0.5 if positions < 100 else 10.0),
    ]


def book_of(positions: int) -> Desk:
    """A desk that holds so many simulated instruments, long and short, with their simulated past."""
    market = SimulatedMarket.synthetic(positions, 1)
    last = START_NS // 1_000_000_000 // DAY_S
    days = [
        ((date(1970, 1, 1) + timedelta(days=last - back)).isoformat(), (last - back + 1) * DAY_S)
        for back in range(WINDOW + 1, 0, -1)
    ]
    instruments = market.instruments()
    desk = _desk(instruments, market.history(days), market.symbols[0])
    for number, instrument in enumerate(instruments):
        quote = market.quote_at(instrument.symbol, START_NS)
        desk.quotes.on_quote(  # type: ignore[attr-defined]
            Quote(instrument.symbol, quote.bid, quote.ask, quote.bid_size, quote.ask_size, START_NS)
        )
        qty = Decimal(100 if number % 3 else -100)
        desk.emit(f.PositionAdopted(ACCOUNT, instrument.symbol, qty, quote.bid))
    return desk


def _desk(instruments: tuple[Instrument, ...], history: History, benchmark: str) -> Desk:
    limits = Limits.defaults()
    surroundings = Surroundings(
        lambda s, n, e: "",
        lambda n: ("2023-11-14", 2**62),
        lambda account: CAPABILITIES,
        history=history,
        benchmark=benchmark,
    )
    desk = Desk(DeskState(), QuoteCache(limits, instruments), surroundings)
    desk.start(
        f.DeskOpened("BENCH", "paper", ACCOUNT, "paper", "USD", "average", "", "", "0"),
        f.InstrumentsLoaded(instruments),
        f.LimitsLoaded("", limits.as_texts()),
        Now(START_NS, START_NS),
    )
    desk.emit(f.AccountAdopted(ACCOUNT, "USD", Decimal(50_000_000)))
    return desk


def _slices(desk: Desk) -> list[float]:
    """CPU seconds of each slice of one pass."""
    found = []
    more = True
    while more:
        begin = time.process_time()
        more = desk.book_risk.step(desk)
        found.append(time.process_time() - begin)
    figures = desk.book_risk.take()
    if figures is None or figures.days != WINDOW or figures.var_99 is None:
        raise RuntimeError(f"the book was not measured: {figures}")
    return found


def _floor(desk: Desk, positions: int) -> float:
    returns = [list(desk.surroundings.history.returns(f"SYM{n:03}").values()) for n in range(positions)]

    def alone() -> float:
        total = [0.0] * WINDOW
        for series in returns:
            total = [so_far + 1234.5 * change for so_far, change in zip(total, series, strict=True)]
        total.sort()
        return math.fsum(total[:13])

    return _best(alone)


def _p99(ordered: list[float]) -> float:
    return ordered[min(int(len(ordered) * 0.99), len(ordered) - 1)]


def _best(work: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        begin = time.process_time()
        work()
        best = min(best, time.process_time() - begin)
    return best


if __name__ == "__main__":
    print_results(run())
