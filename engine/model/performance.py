"""How the desk performs, as reports and panes show it. Money in the base currency. None: not defined, or not known."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import msgspec

Verdict = Literal["met", "missed", "unknown"]
By = Literal["all", "day", "symbol", "strategy", "account", "tag"]


class TradeStats(msgspec.Struct, frozen=True, gc=False):
    """What a set of finished trades comes to; how each figure is defined stands in engine.performance.statistics."""

    trades: int
    won: int
    lost: int
    even: int
    """Trades of exactly 0."""
    win_rate: Decimal | None
    net_pnl: Decimal
    gross_profit: Decimal
    """Sum of the won trades."""
    gross_loss: Decimal
    """Sum of the lost ones, positive."""
    average_win: Decimal | None
    average_loss: Decimal | None
    """Positive."""
    largest_win: Decimal | None
    largest_loss: Decimal | None
    """Positive."""
    profit_factor: Decimal | None
    expectancy: Decimal | None
    sharpe: Decimal | None
    sortino: Decimal | None
    max_drawdown: Decimal | None


class Measure(msgspec.Struct, frozen=True, gc=False):
    """One figure against its target. `value` None: nothing was there to measure. `of`: how many things were judged."""

    key: str
    label: str
    unit: str
    """"ms" or "share" (0.999 = 99.9 %)."""
    value: Decimal | None
    target: Decimal
    at_most: bool
    """The target is an upper bound."""
    of: int
    verdict: Verdict

    @property
    def at_its_end(self) -> bool:
        """Nothing can be beyond the target (100 %, or nothing at all): it is met at it."""
        return self.target == 0 if self.at_most else self.unit == "share" and self.target == 1


class Latencies(msgspec.Struct, frozen=True, gc=False):
    """Milliseconds: how many, and their quantiles."""

    count: int
    p50: Decimal | None
    p95: Decimal | None
    p99: Decimal | None
    most: Decimal | None


class GroupStats(msgspec.Struct, frozen=True, gc=False):
    """The trades of one day, symbol, strategy, tag ("" = of none) or account, or all of them (name "")."""

    by: By
    name: str
    stats: TradeStats


class DayPnl(msgspec.Struct, frozen=True, gc=False):
    """One trading day: what the equity gained, flows excluded."""

    day: str
    start_equity: Decimal | None
    pnl: Decimal | None


class PerformanceReport(msgspec.Struct, frozen=True):
    """Everything that there is to say of a period."""

    seq: int
    """The newest fact that it stands on."""
    currency: str
    days: tuple[DayPnl, ...]
    overall: TradeStats
    groups: tuple[GroupStats, ...]
    measures: tuple[Measure, ...]
    latency_ms: dict[str, Latencies]
    """send, ack, fill."""
    open_trades: int = 0
    untold: int = 0
    """Trades that ended and are left out: no rate of their currency was known, or what they had cost."""
