"""Whole lots for an amount of money: the one rounding of every quantity, downwards."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from engine.model.money import ZERO
from engine.risk.sizing.errors import SizingError


def lots_in(amount: Fraction, per_unit: Fraction, lot: Decimal) -> Decimal:
    """The largest multiple of `lot` for which quantity x per_unit <= amount; 0 when there is none. Exact.

    `per_unit` > 0, in the currency of `amount`. Raises SizingError for a lot that is none.
    """
    if not lot.is_finite() or lot <= ZERO:
        raise SizingError(f"lot {lot} must be a number above 0")
    if amount <= 0:
        return ZERO
    count = amount / (per_unit * Fraction(lot))
    return Decimal(count.numerator // count.denominator) * lot


def units_for(weight: Decimal, equity: Decimal, price: Decimal, *, lot: Decimal, point_value: Decimal) -> Decimal:
    """Units that a share of equity buys: floor(weight x equity / (price x point value)) to the lot.

    `point_value`: the multiplier, times the rate to the equity's currency. Raises SizingError.
    """
    for name, value in (("equity", equity), ("price", price), ("point value", point_value)):
        if not value.is_finite() or value <= ZERO:
            raise SizingError(f"{name} {value} must be a number above 0")
    return lots_in(Fraction(weight) * Fraction(equity), Fraction(price) * Fraction(point_value), lot)
