"""The report: statistics of the trades, overall and by day, symbol, strategy, account and tag, and the measures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from engine.model.money import ZERO
from engine.model.performance import By, DayPnl, GroupStats, PerformanceReport, TradeStats
from engine.performance.fold import Day, PerformanceFold
from engine.performance.statistics import RATIO_STEP, curve_drawdown, trade_stats
from engine.performance.targets import Targets
from engine.performance.trades import Trade

_GROUPS: Final[Mapping[By, Callable[[Trade], str]]] = MappingProxyType(
    {
        "day": lambda trade: trade.day,
        "symbol": lambda trade: trade.symbol,
        "strategy": lambda trade: trade.strategy,
        "account": lambda trade: trade.account,
        "tag": lambda trade: trade.tag,
    }
)


def report(fold: PerformanceFold, seq: int, targets: Targets) -> PerformanceReport:
    """As of the newest fact that the fold was told, number `seq`."""
    every = fold.trades()
    trades = [trade for trade in every if trade.net_base is not None]
    days = fold.days
    return PerformanceReport(
        seq=seq,
        currency=fold.state.base_currency,
        days=tuple(DayPnl(day.day, day.start_equity, day.pnl) for day in days),
        overall=trade_stats(_nets(trades), _day_returns(days), _rounded(fold.drawdown.worst)),
        groups=tuple(_groups(trades, days)),
        measures=fold.quality.measures(fold.state, targets),
        latency_ms=fold.quality.latencies(),
        open_trades=fold.open_trades().count,
        untold=len(every) - len(trades),
    )


def _groups(trades: Sequence[Trade], days: Sequence[Day]) -> list[GroupStats]:
    found = []
    for by, name_of in _GROUPS.items():
        named: dict[str, list[Trade]] = {}
        for trade in trades:
            named.setdefault(name_of(trade), []).append(trade)
        if by == "day":
            named = {day.day: named.get(day.day, []) for day in days}
        found += [GroupStats(by, name, _of(by, name, named[name], days)) for name in sorted(named)]
    return found


def _of(by: By, name: str, trades: Sequence[Trade], days: Sequence[Day]) -> TradeStats:
    nets = _nets(trades)
    if by == "day":
        worst = max((d.drawdown.worst for d in days if d.day == name and d.drawdown.worst is not None), default=None)
        return trade_stats(nets, (), _rounded(worst))
    start = next((day.start_equity for day in days if day.start_equity is not None), None)
    return trade_stats(nets, _trade_returns(trades, days), curve_drawdown(start, nets))


def _nets(trades: Sequence[Trade]) -> list[Decimal]:
    return [trade.net_base for trade in trades if trade.net_base is not None]


def _day_returns(days: Sequence[Day]) -> list[float]:
    """What the equity gained on each day, flows excluded, as a share of the equity with which it began."""
    return [
        float(day.pnl / day.start_equity)
        for day in days
        if day.pnl is not None and day.start_equity is not None and day.start_equity > ZERO
    ]


def _trade_returns(trades: Sequence[Trade], days: Sequence[Day]) -> list[float]:
    """What some trades ended with on each day, as a share of the desk's equity with which it began; a day on which none
    of them ended counts 0."""
    ended: dict[str, Decimal] = {}
    for trade in trades:
        if trade.net_base is not None:
            ended[trade.day] = ended.get(trade.day, ZERO) + trade.net_base
    starts: dict[str, Decimal] = {}
    for day in days:
        if day.start_equity is not None and day.start_equity > ZERO:
            starts.setdefault(day.day, day.start_equity)
    return [float(ended.get(day, ZERO) / start) for day, start in starts.items()]


def _rounded(share: Decimal | None) -> Decimal | None:
    return None if share is None else share.quantize(RATIO_STEP)
