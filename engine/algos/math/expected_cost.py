"""What a schedule is expected to cost, and how much that cost varies, under linear impact.

Source: Almgren and Chriss, "Optimal execution of portfolio transactions" (2000), sections 1.2 to 1.5. The trade of an
interval is made at its beginning; what is left afterwards bears the interval's price move. With n_k traded in interval
k of length tau_k and x_k left after it:

    E = gamma/2 X^2 + epsilon sum |n_k| + sum (eta/tau_k - gamma/2) n_k^2 - alpha sum tau_k x_k
    V = sigma^2 sum tau_k x_k^2

(their equations 5, 8 and 27 for equal intervals). Statistics, so in floats. Time is counted in trading days, money in
the instrument's currency per unit: a futures contract's multiplier is the caller's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec


class ModelError(ValueError):
    """The model has no answer for these parameters; one line says which, its value and what was expected."""


class CostModel(msgspec.Struct, frozen=True, gc=False):
    """How a price moves, by itself and under our trading. Raises ModelError where a number makes no sense."""

    sigma: float
    """Volatility: price units per square root of a day."""
    eta: float
    """Temporary impact: price units for a rate of one unit a day."""
    gamma: float = 0.0
    """Permanent impact: price units for one unit traded."""
    epsilon: float = 0.0
    """Fixed cost a unit: half the spread, and fees."""
    drift: float = 0.0
    """Expected move of the price a day, in favour of waiting: a sale's alpha, a purchase's -alpha."""

    def __post_init__(self) -> None:
        for name in ("sigma", "eta", "gamma", "epsilon"):
            _at_least_0(name, getattr(self, name))
        if not math.isfinite(self.drift):
            raise ModelError(f"drift {self.drift} is no number; expected price units a day")


class Cost(msgspec.Struct, frozen=True, gc=False):
    """Expected cost against the arrival price (positive = cost) and its variance, in money and money squared."""

    expected: float
    variance: float

    @property
    def stdev(self) -> float:
        """Standard deviation, in money."""
        return math.sqrt(self.variance)

    def utility(self, risk_aversion: float) -> float:
        """expected + risk_aversion * variance: what the optimal schedule makes least."""
        return self.expected + risk_aversion * self.variance


def expected_cost(trades: Sequence[float], lengths: Sequence[float], model: CostModel) -> Cost:
    """The cost of trading `trades[k]` at the beginning of an interval of `lengths[k]` days. Raises ModelError."""
    if len(trades) != len(lengths) or not trades:
        raise ModelError(
            f"{len(trades)} trades in {len(lengths)} intervals; expected as many of both, and one at least"
        )
    if not all(map(math.isfinite, trades)) or not all(math.isfinite(tau) and tau > 0 for tau in lengths):
        raise ModelError("trades must be numbers and intervals longer than 0 days")
    whole = math.fsum(trades)
    left: list[float] = []
    for n in reversed(trades):  # from the end, so that what is left after the last trade is exactly 0
        left.append(left[-1] + n if left else n)
    after = [*left[-2::-1], 0.0]
    squares = [n * n for n in trades]
    impact = math.fsum((model.eta / tau - model.gamma / 2) * n2 for n2, tau in zip(squares, lengths, strict=True))
    fixed = model.epsilon * math.fsum(map(abs, trades))
    drift = model.drift * math.fsum(tau * x for tau, x in zip(lengths, after, strict=True))
    expected = model.gamma / 2 * whole * whole + fixed + impact - drift
    variance = model.sigma**2 * math.fsum(tau * x * x for tau, x in zip(lengths, after, strict=True))
    return Cost(expected, variance)


def _at_least_0(name: str, value: float) -> None:
    if not (math.isfinite(value) and value >= 0):
        raise ModelError(f"{name} {value} must be a number of at least 0")
