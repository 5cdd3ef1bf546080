"""Implied volatility and delta of an option from its mid, after Black and Scholes (1973): European, without interest
and dividends, the time to expiration in calendar years of 365 days. For the eye, and for nothing that decides."""

from __future__ import annotations

import math
from typing import Final

import msgspec

from engine.market.sim_options import option_value

_YEAR_NS: Final = 365 * 86_400 * 1_000_000_000
_LOW, _HIGH = 0.005, 5.0
_STEPS: Final = 40


class Greeks(msgspec.Struct, frozen=True):
    """iv: a share a year; delta: of one unit of the underlying."""

    iv: float
    delta: float


def greeks(mid: float, price: float, strike: float, left_ns: int, *, is_call: bool) -> Greeks | None:
    """None where no volatility gives that price: below its intrinsic value, above the underlying, or expired."""
    years = left_ns / _YEAR_NS
    if years <= 0 or mid <= 0 or price <= 0:
        return None

    def value(volatility: float) -> float:
        return option_value(price, strike, years, volatility, is_call=is_call)

    low, high = _LOW, _HIGH
    if not value(low) <= mid <= value(high):
        return None
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if value(middle) < mid:
            low = middle
        else:
            high = middle
    iv = (low + high) / 2
    width = iv * math.sqrt(years)
    d1 = math.log(price / strike) / width + width / 2
    delta = 0.5 * math.erfc(-d1 / math.sqrt(2.0))
    return Greeks(iv, delta if is_call else delta - 1.0)
