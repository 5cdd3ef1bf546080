"""The Kelly criterion: the share of equity that makes the logarithm of wealth grow fastest.

Sources: J. L. Kelly, "A New Interpretation of Information Rate" (1956); E. O. Thorp, "The Kelly Criterion in
Blackjack, Sports Betting, and the Stock Market" (2006), eq. 2.1 (binary) and 7.3 (continuous).
"""

from __future__ import annotations

from decimal import Decimal

from engine.model.money import ONE, ZERO
from engine.risk.sizing.errors import SizingError
from engine.risk.sizing.weights import weight


def kelly_binary(win_rate: Decimal, payoff: Decimal, *, fraction: Decimal = ONE, cap: Decimal = ONE) -> Decimal:
    """f* = p - q/b, clipped to [0, cap], times `fraction`: a share of equity, what is lost when the bet is.

    `win_rate` p in [0, 1], q = 1 - p; `payoff` b > 0 is the average win in units of the average loss. 0 when the edge
    is not positive. Raises SizingError.
    """
    _finite(win_rate=win_rate, payoff=payoff)
    if not ZERO <= win_rate <= ONE:
        raise SizingError(f"win rate {win_rate} is a probability; expected 0 to 1 (0.55 = 55 %)")
    if payoff <= ZERO:
        raise SizingError(f"payoff {payoff} must be above 0: the average win in units of the average loss")
    return _chosen(win_rate - (ONE - win_rate) / payoff, fraction, cap)


def kelly_continuous(mean: Decimal, variance: Decimal, *, fraction: Decimal = ONE, cap: Decimal = ONE) -> Decimal:
    """f* = mu / sigma^2, clipped to [0, cap], times `fraction`: a share of equity to hold.

    `mean`: of the returns beyond the riskless rate; `variance` > 0, of the same period. Raises SizingError.
    """
    _finite(mean=mean, variance=variance)
    if variance <= ZERO:
        raise SizingError(f"variance {variance} must be above 0")
    return _chosen(mean / variance, fraction, cap)


def _chosen(full: Decimal, fraction: Decimal, cap: Decimal) -> Decimal:
    _finite(fraction=fraction, cap=cap)
    if not ZERO < fraction <= ONE:
        raise SizingError(f"fraction {fraction} must be above 0 and at most 1 (0.5 = half Kelly)")
    if cap <= ZERO:
        raise SizingError(f"cap {cap} must be above 0: the largest share of equity")
    return weight(min(max(full, ZERO), cap) * fraction)


def _finite(**values: Decimal) -> None:
    for name, value in values.items():
        if not value.is_finite():
            raise SizingError(f"{name.replace('_', ' ')} {value} is not a finite number")
