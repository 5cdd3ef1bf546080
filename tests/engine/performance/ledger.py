"""A desk's journal in memory, written as the core would write it, and its performance as the product folds it."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from engine import facts as f
from engine.facts import Stamped
from engine.model.enums import OrdType, Side
from engine.model.instrument import Instrument
from engine.model.market import Quote
from engine.model.order import OrderRequest
from engine.model.performance import GroupStats, Measure, PerformanceReport
from engine.model.snapshot import Execution
from engine.performance.fold import PerformanceFold, Period
from engine.performance.report import report
from engine.performance.targets import Targets

D = Decimal
MS: Final = 1_000_000
START: Final = 1_700_000_000_000_000_000
INSTRUMENTS: Final = (
    Instrument("AAPL"),
    Instrument("IBM"),
    Instrument("ES", multiplier=D(50)),
    Instrument("VOD", currency="GBP"),
)


class Ledger:
    """Each `record` is a millisecond later than the one before; `wait` lets more time pass."""

    def __init__(self, cash: str = "1000000", pnl_method: str = "average", period: Period | None = None) -> None:
        self.facts: list[Stamped] = []
        self.now = START
        self.period = period
        self._orders = self._executions = 0
        self.record(
            f.DeskOpened("D7K2", "paper", "A1", "paper", "USD", pnl_method, "h", "", "0.1.0"),
            f.InstrumentsLoaded(INSTRUMENTS),
            f.AccountAdopted("A1", "USD", D(cash)),
        )

    def record(self, *facts: f.Fact) -> None:
        for fact in facts:
            self.now += MS
            self.facts.append(Stamped(len(self.facts) + 1, self.now, self.now, fact))

    def wait(self, ms: int) -> None:
        self.now += ms * MS

    def day(self, day: str, equity: str) -> None:
        self.record(f.DayRolled(day, D(equity), 0))

    def marks(self, equity: str) -> None:
        self.record(f.MarksSampled((), D(equity), None))

    def order(
        self,
        side: Side,
        qty: str,
        symbol: str = "AAPL",
        *,
        limit: str | None = "10",
        quote: tuple[str, str] | None = None,
        strategy: str = "",
        account: str = "A1",
        tag: str = "",
    ) -> f.OrderIntended:
        """An order that was approved and goes out; `quote`: bid and ask behind it."""
        self._orders += 1
        kind = OrdType.MARKET if limit is None else OrdType.LIMIT
        px = None if limit is None else D(limit)
        request = OrderRequest(account, symbol, side, D(qty), kind, px, strategy=strategy, tag=tag)
        seen = None if quote is None else Quote(symbol, D(quote[0]), D(quote[1]), None, None, self.now)
        order = f.OrderIntended(self._orders, f"D7K2{self._orders:06}", request, px or D(10), seen)
        self.record(order)
        return order

    def execution(self, order: f.OrderIntended, qty: str, px: str, fee: str = "0", currency: str = "USD") -> Execution:
        self._executions += 1
        r = order.request
        return Execution(
            f"E{self._executions}", order.cl_ord_id, f"P{order.id}", r.account, r.symbol, r.side, D(qty), D(px),
            self.now, D(fee), currency,
        )  # fmt: skip

    def fill(self, order: f.OrderIntended, qty: str, px: str, fee: str = "0", currency: str = "USD") -> Execution:
        execution = self.execution(order, qty, px, fee, currency)
        self.record(f.OrderFilled(execution))
        return execution

    def trade(
        self,
        side: Side,
        qty: str,
        px: str,
        symbol: str = "AAPL",
        fee: str = "0",
        strategy: str = "",
        account: str = "A1",
        tag: str = "",
    ) -> Execution:
        """An order that is filled at once, at its limit."""
        order = self.order(side, qty, symbol, limit=px, strategy=strategy, account=account, tag=tag)
        return self.fill(order, qty, px, fee)

    # -- what the product says of it ------------------------------------------------------------------------------

    def fold(self) -> PerformanceFold:
        fold = PerformanceFold(self.period)
        fold.apply(self.facts)
        return fold

    def report(self, targets: Targets | None = None) -> PerformanceReport:
        return report(self.fold(), len(self.facts), targets if targets is not None else Targets())

    def report_of(self, count: int) -> PerformanceReport:
        """As of the first so many facts."""
        fold = PerformanceFold(self.period)
        fold.apply(self.facts[:count])
        return report(fold, count, Targets())

    def measure(self, key: str, targets: Targets | None = None) -> Measure:
        return next(measure for measure in self.report(targets).measures if measure.key == key)

    def group(self, by: str, name: str) -> GroupStats:
        return next(group for group in self.report().groups if (group.by, group.name) == (by, name))
