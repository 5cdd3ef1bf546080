"""Many orders as one figure: the notional-weighted mean with its standard error, and how single orders lie around it.

Statistics, so floats: bps and milliseconds, never money.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import msgspec

from engine.risk.metrics import quantile


class Spread(msgspec.Struct, frozen=True, gc=False):
    """`mean` by weight; median, p5 and p95 of the single values, each counted once. `se` needs two values."""

    count: int
    mean: float
    se: float | None
    median: float
    p5: float
    p95: float


class Percentiles(msgspec.Struct, frozen=True, gc=False):
    """Of waiting times; each counts once."""

    count: int
    p50: float
    p95: float
    p99: float
    max: float


def spread_of(values: Iterable[tuple[float, float]]) -> Spread | None:
    """Of (value, weight) pairs; those without weight say nothing. None of nothing.

    The standard error is that of a ratio of sums, sqrt(n / (n - 1) x sum(w^2 (x - mean)^2)) / sum(w) (Cochran 1977,
    "Sampling Techniques", 6.8; Gatz and Smith 1995, "The standard error of a weighted mean concentration", Atmospheric
    Environment 29(11), 1185-1193); with equal weights it is the ordinary one, s / sqrt(n) with ddof = 1.
    """
    pairs = [(value, weight) for value, weight in values if weight > 0.0]
    if not pairs:
        return None
    total = math.fsum(weight for _, weight in pairs)
    mean = math.fsum(value * weight for value, weight in pairs) / total
    several = len(pairs)
    se = None
    if several > 1:
        squares = math.fsum((weight * (value - mean)) ** 2 for value, weight in pairs)
        se = math.sqrt(squares * several / (several - 1)) / total
    singles = [value for value, _ in pairs]
    return Spread(several, mean, se, _at(singles, 0.5), _at(singles, 0.05), _at(singles, 0.95))


def percentiles_of(values: Sequence[float]) -> Percentiles | None:
    """Median, 95 %, 99 % and the longest; None of nothing."""
    if not values:
        return None
    return Percentiles(len(values), _at(values, 0.5), _at(values, 0.95), _at(values, 0.99), max(values))


def _at(values: Sequence[float], share: float) -> float:
    found = quantile(values, share)
    assert found is not None  # there are values
    return found
