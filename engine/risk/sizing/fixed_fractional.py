"""Fixed fractional sizing: lose the same share of equity whenever the stop is hit.

Source: definitions/algos-and-sizing.md; R. Vince, "Portfolio Management Formulas" (1990): size = equity x risk / risk
per unit. Exact: the division is done in fractions, so that no rounding can add a lot.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import msgspec

from engine.model.money import ONE, ZERO, plain
from engine.risk.sizing.errors import SizingError
from engine.risk.sizing.lots import lots_in


class RiskSize(msgspec.Struct, frozen=True):
    """qty: units, a multiple of the lot (0 when not even one lot fits). amount: the money that may be lost; per_unit:
    what one unit loses at the stop; at_risk: what the quantity loses there, never above the amount. All money in one
    currency."""

    qty: Decimal
    amount: Decimal
    per_unit: Decimal
    at_risk: Decimal


def fixed_fractional(
    equity: Decimal,
    risk: Decimal,
    entry: Decimal,
    stop: Decimal,
    *,
    lot: Decimal = ONE,
    point_value: Decimal = ONE,
) -> RiskSize:
    """floor(equity x risk / |entry - stop| / point value) to the lot.

    `risk` is a share (0.01 = 1 %) of `equity`; `point_value` is what one unit earns when the price moves by 1 (the
    multiplier, times the rate to the equity's currency). Raises SizingError.
    """
    _above_zero(equity=equity)
    _above_zero(risk=risk)
    if risk > 1:
        raise SizingError(f"risk {plain(risk)} is a share of equity and can't be above 1 (0.01 = 1 %)")
    return for_risk(equity * risk, entry, stop, lot=lot, point_value=point_value)


def for_risk(
    amount: Decimal, entry: Decimal, stop: Decimal, *, lot: Decimal = ONE, point_value: Decimal = ONE
) -> RiskSize:
    """The same for an amount of money that may be lost between entry and stop. Raises SizingError."""
    _above_zero(amount=amount, entry=entry, stop=stop, lot=lot)
    if not point_value.is_finite() or point_value <= ZERO:
        raise SizingError(f"point value {point_value} must be a number above 0")
    distance = abs(entry - stop)
    if not distance:
        raise SizingError(
            f"entry and stop are both {plain(entry)}: nothing is at risk between them, so no size follows"
        )
    per_unit = distance * point_value
    qty = lots_in(Fraction(amount), Fraction(distance) * Fraction(point_value), lot)
    return RiskSize(qty, amount, per_unit, qty * per_unit)


def _above_zero(**values: Decimal) -> None:
    for name, value in values.items():
        if not value.is_finite() or value <= ZERO:
            raise SizingError(f"{name} {value} must be a number above 0")
