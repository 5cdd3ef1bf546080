"""Decimal arithmetic for money, prices and quantities: parsing, ticks and lots. No float enters here."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, InvalidOperation
from typing import Final

ZERO: Final = Decimal(0)
ONE: Final = Decimal(1)
BPS: Final = Decimal("0.0001")
CENT: Final = Decimal("0.01")
#: Derived money (average cost taken out of a position, a fee from bps) is quantised once to this step.
MONEY_STEP: Final = Decimal("0.00000001")


class NumberError(ValueError):
    """A text is not a plain finite decimal number, or a value lies off its tick or lot."""


def parse_decimal(text: str, what: str) -> Decimal:
    """Parse a plain decimal text ("190.50"). `what` names the value in the error.

    Raises NumberError for NaN, infinities, exponents beyond the money range and anything that is no number.
    """
    try:
        value = Decimal(text)
    except (InvalidOperation, ValueError):
        raise NumberError(f"{what}: {text!r} is not a number; expected a decimal like 190.50") from None
    if not value.is_finite():
        raise NumberError(f"{what}: {text!r} is not a finite number")
    if value and not -18 <= value.adjusted() <= 18:
        raise NumberError(f"{what}: {text!r} is out of range")
    return value


def is_multiple(value: Decimal, step: Decimal) -> bool:
    """True when `value` is a whole multiple of `step` (step > 0)."""
    return not value % step


def floor_to(value: Decimal, step: Decimal) -> Decimal:
    """The largest multiple of `step` that is not above `value`."""
    return (value / step).to_integral_value(ROUND_FLOOR) * step


def ceil_to(value: Decimal, step: Decimal) -> Decimal:
    """The smallest multiple of `step` that is not below `value`."""
    return (value / step).to_integral_value(ROUND_CEILING) * step


def passive_price(value: Decimal, tick: Decimal, *, is_buy: bool) -> Decimal:
    """Round an off-tick price to the side that can't cost more than asked: buys down, sales up (DESIGN §3)."""
    return floor_to(value, tick) if is_buy else ceil_to(value, tick)


def aggressive_price(value: Decimal, tick: Decimal, *, is_buy: bool) -> Decimal:
    """Round outwards, so that a marketable price stays marketable: buys up, sales down."""
    return ceil_to(value, tick) if is_buy else floor_to(value, tick)


def plain(value: Decimal) -> str:
    """Decimal as text without exponent: the form used in JSON, the journal and messages."""
    return format(value, "f")
