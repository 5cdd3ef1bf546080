"""How the day went, thinned to what a chart can show: the desk's P&L, each account's equity, and around algos the
market and what their schedules wanted. For looking at only; bounded; kept by the process, filled up from the journal.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from engine.model.money import ZERO
from engine.risk.valuation import value_account

if TYPE_CHECKING:
    from engine.desk import Desk

Point = tuple[int, Decimal]
"""(market ns, value)"""

FINEST_NS: Final = 1_000_000_000
"""Points are at least so far apart, in market time."""
MOST: Final = 480
"""Points of one series: more than any terminal has columns."""


class Series:
    """Values over market time. When it is full every other point goes, and from then on they lie twice as far apart."""

    __slots__ = ("_apart_ns", "_newest", "_points")

    def __init__(self) -> None:
        self._points: list[Point] = []
        self._newest: Point | None = None
        self._apart_ns = FINEST_NS

    def add(self, ts_ns: int, value: Decimal) -> None:
        """A value at a time that is not before the newest one; an earlier one is left out."""
        points = self._points
        if self._newest is not None and ts_ns < self._newest[0]:
            return
        self._newest = (ts_ns, value)
        if points and ts_ns - points[-1][0] < self._apart_ns:
            return
        points.append(self._newest)
        if len(points) > MOST:
            del points[1::2]
            self._apart_ns *= 2

    def begin_with(self, earlier: Series) -> None:
        """Put what was known of the time before its first point in front."""
        mine, newest = self._points, self._newest
        self._points = [p for p in earlier._points if not mine or p[0] < mine[0][0]] + mine
        self._newest = newest or earlier._newest
        self._apart_ns = max(self._apart_ns, earlier._apart_ns)
        while len(self._points) > MOST:
            del self._points[1::2]
            self._apart_ns *= 2

    @property
    def points(self) -> tuple[Point, ...]:
        """Oldest first, the newest value always at the end."""
        newest = self._newest
        if newest is None or (self._points and self._points[-1] == newest):
            return tuple(self._points)
        return (*self._points, newest)


class Tracks:
    """The desk's own; `look` is called once a second, off the order path."""

    def __init__(self) -> None:
        self.day = ""
        self.pnl = Series()
        """The desk's P&L of the day, where every price in it was fresh."""
        self.accounts: dict[str, Series] = {}
        """Equity without what was paid in or out, of each account of a desk that has several."""
        self.mids: dict[str, Series] = {}
        """Instruments in which an algo works or worked today."""
        self.targets: dict[int, Series] = {}
        """What each algo wanted done by then."""
        self.whole = False
        """The time of the day before this process is in it."""

    def look(self, desk: Desk, equity: Decimal | None) -> None:
        """Note this moment. `equity`: the desk's by fresh prices, None where it is not known."""
        state, now_ns = desk.state, desk.now.market_ns
        if state.day != self.day:
            self._begin(state.day)
        if equity is not None and state.day_equity is not None:
            flows = sum((a.not_earned for a in state.accounts.values()), ZERO) - state.day_flows
            self.pnl.add(now_ns, equity - state.day_equity - flows)
            if len(state.accounts) > 1:
                for name, account in state.accounts.items():
                    valuation = value_account(state, desk.quotes, name, now_ns)
                    self.accounts.setdefault(name, Series()).add(now_ns, valuation.equity - account.not_earned)
        for algo in state.algos.values():
            if not algo.is_live:
                continue
            quote = desk.quotes.usable(algo.spec.symbol, now_ns)
            if quote is not None:
                self.mid_of(algo.spec.symbol).add(now_ns, quote.mid)
            self.targets.setdefault(algo.id, Series()).add(now_ns, algo.target_qty)

    def mid_of(self, symbol: str) -> Series:
        """The instrument's, begun now where there is none."""
        return self.mids.setdefault(symbol, Series())

    def adopt(self, day: str, earlier: Tracks | None) -> None:
        """Take in what the journal tells of `day` before this run; None: it tells nothing that can be used."""
        if self.day != day:
            self._begin(day)
        self.whole = earlier is not None
        if earlier is None or earlier.day != day:
            return  # nothing can be used, or there was nothing: the day began with this run
        self.pnl.begin_with(earlier.pnl)
        for symbol, series in earlier.mids.items():
            self.mid_of(symbol).begin_with(series)

    def _begin(self, day: str) -> None:
        self.whole = bool(self.day)  # a day that began while somebody was there
        self.day = day
        self.pnl = Series()
        self.accounts.clear()
        self.mids.clear()
        self.targets.clear()
