"""Figures of return series: value at risk, drawdown, beta, ratios. Pure functions of floats; a year has 252 days.

Conventions (source: definitions/algos-and-sizing.md, "Metrics"): returns are simple (0.01 = 1 %), standard deviations
have ddof = 1, the risk-free rate is 0. Losses are positive: a VaR of 0.02 is a loss of 2 %; a negative one is a gain
even at the quantile. Series of money (profit a day) may stand for returns: the figure is in money then.

Every function gives None where the figure is not defined (too few values, no spread, no loss), and raises MetricError
for a value that is not a finite number and for a confidence that is not between 0 and 1.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from operator import mul
from statistics import NormalDist
from typing import Final

YEAR_DAYS: Final = 252
_NORMAL: Final = NormalDist()
#: A quantile's place this near to a whole one is that one: 20 x (1 - 0.95) is 1, and not 1.0000000000000009.
_SAME_PLACE: Final = 1e-9


class MetricError(ValueError):
    """A figure was asked of something that is not a number."""


def simple_returns(closes: Sequence[float]) -> list[float]:
    """close / close before - 1, one fewer than there are closes. Raises MetricError for a close not above 0."""
    closes = checked(closes)
    if any(close <= 0.0 for close in closes):
        raise MetricError(f"{min(closes)} is not above 0; expected prices")
    return [close / before - 1.0 for before, close in pairwise(closes)]


def mean(values: Sequence[float]) -> float | None:
    """Arithmetic mean; None of nothing."""
    values = checked(values)
    return math.fsum(values) / len(values) if values else None


def stdev(values: Sequence[float]) -> float | None:
    """Standard deviation with ddof = 1; None of fewer than two values. Equal values have exactly 0."""
    values = checked(values)
    if len(values) < 2:
        return None
    if min(values) == max(values):
        return 0.0
    middle = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((value - middle) ** 2 for value in values) / (len(values) - 1))


def quantile(values: Sequence[float], share: float) -> float | None:
    """The value below which `share` (0 to 1) of the values lie, linear between the two nearest (Hyndman and Fan 1996,
    "Sample quantiles", type 7; numpy's default). None of nothing."""
    values = sorted(checked(values))
    if not 0.0 <= share <= 1.0:
        raise MetricError(f"{share} is no share; expected 0 to 1")
    return _quantile(values, share) if values else None


def historical_var(returns: Sequence[float], confidence: float) -> float | None:
    """Historical value at risk: the negated quantile at 1 - confidence."""
    found = quantile(returns, _tail(confidence))
    return None if found is None else -found


def historical_cvar(returns: Sequence[float], confidence: float) -> float | None:
    """Historical expected shortfall: the negated mean of the returns at or beyond the historical VaR."""
    values = sorted(checked(returns))
    if not values:
        return None
    edge = _quantile(values, _tail(confidence))
    worst = [value for value in values if value <= edge]
    return -math.fsum(worst) / len(worst)


def parametric_var(returns: Sequence[float], confidence: float) -> float | None:
    """Value at risk of a normal distribution: z x sigma - mu, with z its quantile at `confidence`, sigma with
    ddof = 1. None of fewer than two values."""
    sigma, mu = stdev(returns), mean(returns)
    z = _NORMAL.inv_cdf(1.0 - _tail(confidence))
    return None if sigma is None or mu is None else z * sigma - mu


def parametric_cvar(returns: Sequence[float], confidence: float) -> float | None:
    """Expected shortfall of a normal distribution: sigma x phi(z) / (1 - confidence) - mu (Rockafellar and Uryasev
    2000, "Optimization of conditional value-at-risk"). None of fewer than two values."""
    sigma, mu, tail = stdev(returns), mean(returns), _tail(confidence)
    z = _NORMAL.inv_cdf(1.0 - tail)
    return None if sigma is None or mu is None else sigma * _NORMAL.pdf(z) / tail - mu


def drawdown(equity: float, peak: float) -> float | None:
    """1 - equity / peak, positive below the peak and never below 0; None where the peak is not above 0."""
    equity, peak = checked((equity, peak))
    return max(1.0 - equity / peak, 0.0) if peak > 0.0 else None


def max_drawdown(equities: Sequence[float]) -> float | None:
    """The largest drawdown from the highest equity before; None of nothing, or before any equity was above 0."""
    worst: float | None = None
    peak = -math.inf
    for equity in checked(equities):
        peak = max(peak, equity)
        fall = drawdown(equity, peak)
        if fall is not None and (worst is None or fall > worst):
            worst = fall
    return worst


def correlation(xs: Sequence[float], ys: Sequence[float]) -> float | None:
    """Pearson's coefficient of values that belong together; None of fewer than two pairs, or where one side has no
    spread."""
    sums = _sums(xs, ys)
    if sums is None or not sums[0] or not sums[1]:
        return None
    return max(-1.0, min(1.0, sums[2] / math.sqrt(sums[0]) / math.sqrt(sums[1])))


def beta(returns: Sequence[float], benchmark: Sequence[float]) -> float | None:
    """Covariance with the benchmark over its variance; None of fewer than two pairs, or where it has no spread."""
    sums = _sums(returns, benchmark)
    return None if sums is None or not sums[1] else sums[2] / sums[1]


def sharpe(returns: Sequence[float]) -> float | None:
    """Mean over standard deviation, times the root of 252 (Sharpe 1994, "The Sharpe ratio"); None without spread."""
    sigma, mu = stdev(returns), mean(returns)
    return None if not sigma or mu is None else mu / sigma * math.sqrt(YEAR_DAYS)


def sortino(returns: Sequence[float]) -> float | None:
    """Mean over downside deviation, times the root of 252: the deviation is the root of the mean of min(r, 0)^2 over
    all returns (Sortino and Price 1994, target 0); None without a loss."""
    values = checked(returns)
    mu = mean(values)
    downside = math.sqrt(math.fsum(min(value, 0.0) ** 2 for value in values) / len(values)) if values else 0.0
    return None if not downside or mu is None else mu / downside * math.sqrt(YEAR_DAYS)


def profit_factor(profits: Sequence[float]) -> float | None:
    """Gross profit over gross loss of single trades; one of exactly 0 is neither. None without a loss."""
    values = checked(profits)
    gross_loss = -math.fsum(value for value in values if value < 0.0)
    return math.fsum(value for value in values if value > 0.0) / gross_loss if gross_loss else None


def win_rate(profits: Sequence[float]) -> float | None:
    """Share of trades with a profit among those that were no trade of exactly 0; None where there are none."""
    values = [value for value in checked(profits) if value]
    return sum(1 for value in values if value > 0.0) / len(values) if values else None


def checked(values: Iterable[float]) -> list[float]:
    """The values as floats. Raises MetricError for one that is not finite."""
    found = [float(value) for value in values]
    for value in found:
        if not math.isfinite(value):
            raise MetricError(f"{value} is not a finite number")
    return found


def _tail(confidence: float) -> float:
    if not 0.0 < confidence < 1.0:
        raise MetricError(f"{confidence} is no confidence; expected a number between 0 and 1, like 0.95")
    return 1.0 - confidence


def _quantile(ordered: Sequence[float], share: float) -> float:
    place = (len(ordered) - 1) * share
    if abs(place - round(place)) < _SAME_PLACE:
        return ordered[round(place)]
    below = int(place)
    low, high = ordered[below], ordered[below + 1]
    return low + (high - low) * (place - below)


def _sums(xs: Sequence[float], ys: Sequence[float]) -> tuple[float, float, float] | None:
    """Sums of squares of both and of products, each around its mean; a side without spread has exactly 0."""
    if len(xs) != len(ys):
        raise MetricError(f"{len(xs)} and {len(ys)} values; expected as many on both sides")
    if len(xs) < 2:
        return None
    first, second = _around_mean(checked(xs)), _around_mean(checked(ys))
    return (
        math.fsum(map(mul, first, first)),
        math.fsum(map(mul, second, second)),
        math.fsum(map(mul, first, second)),
    )


def _around_mean(values: list[float]) -> list[float]:
    if min(values) == max(values):
        return [0.0] * len(values)
    middle = math.fsum(values) / len(values)
    return [value - middle for value in values]
