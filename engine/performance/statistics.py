"""What a set of finished trades comes to. Pure; money exact, ratios by engine.risk.metrics.

Conventions (definitions/algos-and-sizing.md, "Metrics", and docs/performance.md):
* a trade counts net of fees; one of exactly 0 is neither won nor lost;
* win rate = won / (won + lost); expectancy = net profit / all trades, those of 0 too;
* profit factor = gross profit / gross loss; without a lost trade there is none (None), not infinity;
* Sharpe and Sortino of daily returns (252 days a year, risk-free rate 0; Sharpe's deviation has ddof 1, Sortino's is
  the root mean square of the losses over all days): no Sharpe without spread, no Sortino without a losing day;
* drawdown is 1 - equity / peak, positive.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

from engine.model.money import CENT, MONEY_STEP, ZERO
from engine.model.performance import TradeStats
from engine.risk import metrics

#: Digits of a ratio. Floats live in the metrics only and are rounded once here.
RATIO_STEP: Final = Decimal("0.000001")
_EXACT_BELOW: Final = 1e15


def trade_stats(nets: Sequence[Decimal], returns: Sequence[float], max_drawdown: Decimal | None) -> TradeStats:
    """Of trades with these net profits and of days with these returns; the drawdown is measured by whoever has an
    equity curve."""
    wins = [net for net in nets if net > ZERO]
    losses = [-net for net in nets if net < ZERO]
    profit, loss = sum(wins, ZERO), sum(losses, ZERO)
    as_floats = [float(net) for net in nets]
    return TradeStats(
        trades=len(nets),
        won=len(wins),
        lost=len(losses),
        even=len(nets) - len(wins) - len(losses),
        win_rate=ratio(metrics.win_rate(as_floats)),
        net_pnl=profit - loss,
        gross_profit=profit,
        gross_loss=loss,
        average_win=_average(profit, len(wins)),
        average_loss=_average(loss, len(losses)),
        largest_win=max(wins, default=None),
        largest_loss=max(losses, default=None),
        profit_factor=ratio(metrics.profit_factor(as_floats)),
        expectancy=_average(profit - loss, len(nets)),
        sharpe=ratio(metrics.sharpe(returns)),
        sortino=ratio(metrics.sortino(returns)),
        max_drawdown=max_drawdown,
    )


def curve_drawdown(start: Decimal | None, nets: Iterable[Decimal]) -> Decimal | None:
    """The largest drawdown of an equity that begins at `start` and moves by these profits; None without a start."""
    if start is None:
        return None
    equity = [start]
    for net in nets:
        equity.append(equity[-1] + net)
    return ratio(metrics.max_drawdown([float(value) for value in equity]))


def ratio(value: float | None) -> Decimal | None:
    """A float as a Decimal of six digits behind the point."""
    if value is None:
        return None
    # Beyond what a float tells apart there are no digits to round: 1e22 stays 1e22.
    return Decimal(value).quantize(RATIO_STEP) if abs(value) < _EXACT_BELOW else Decimal(f"{value:.15g}")


def _average(total: Decimal, count: int) -> Decimal | None:
    """With cents, or with as many digits as MONEY_STEP allows."""
    if not count:
        return None
    exact = (total / count).quantize(MONEY_STEP)
    cents = exact.quantize(CENT)
    return cents if cents == exact else exact
