"""Volatility target: hold so much of an asset that the holding moves as much as wanted.

Source: definitions/algos-and-sizing.md; A. Moreira, T. Muir, "Volatility-Managed Portfolios" (2017), with the target in
place of their constant.
"""

from __future__ import annotations

from decimal import Decimal

from engine.model.money import ONE, ZERO
from engine.risk.sizing.errors import SizingError
from engine.risk.sizing.weights import weight


def volatility_target(target: Decimal, realized: Decimal, *, cap: Decimal = ONE) -> Decimal:
    """weight = target / realised, at most `cap`: a share of equity.

    Both are volatilities of the same period (0.10 = 10 % a year). A realised volatility of 0 is no estimate and raises
    SizingError, as anything else that is not above 0.
    """
    for name, value in (("target", target), ("realized", realized), ("cap", cap)):
        if not value.is_finite() or value <= ZERO:
            raise SizingError(f"{name} {value} must be a number above 0")
    return weight(min(target / realized, cap))
