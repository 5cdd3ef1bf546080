"""What the market did around single fills: mark-outs, reversion, effective spread, spread capture.

Mark-out and capture are gains when positive (the price moved our way, we were paid for the spread): they say what the
market did, and are no costs. Everything else in this room is positive = cost.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from engine.tca.shortfall import TEN_THOUSAND

_SECOND_NS: Final = 1_000_000_000
HORIZONS: Final = {
    "1s": _SECOND_NS,
    "10s": 10 * _SECOND_NS,
    "1m": 60 * _SECOND_NS,
    "5m": 300 * _SECOND_NS,
    "30m": 1_800 * _SECOND_NS,
}
"""How long after a fill (market time) the mid is taken, by name, shortest first."""


def markout_bps(sign: int, px: Decimal, mid_after: Decimal) -> Decimal | None:
    """s x (mid after - price) / price: positive, the price moved in favour after the fill; negative on passive fills
    is adverse selection. None for a price of 0."""
    return sign * (mid_after - px) / px * TEN_THOUSAND if px else None


def reversion_bps(sign: int, px: Decimal, mid_after: Decimal) -> Decimal | None:
    """The negated mark-out: positive, the price fell back after a buy (rose after a sale), and what was paid to move
    it was for nothing."""
    found = markout_bps(sign, px, mid_after)
    return None if found is None else -found


def effective_spread_bps(sign: int, px: Decimal, mid: Decimal) -> Decimal | None:
    """2 x s x (price - mid at the fill) / mid: what was paid for taking; below 0, a passive fill earned it."""
    return 2 * sign * (px - mid) / mid * TEN_THOUSAND if mid else None


def spread_capture(sign: int, px: Decimal, bid: Decimal, ask: Decimal) -> Decimal | None:
    """Share of the quoted half spread that the fill earned: 1 bought at the bid, 0 at mid, -1 at the ask. None for a
    locked or crossed quote, which has no spread to earn."""
    half = (ask - bid) / 2
    return sign * ((bid + ask) / 2 - px) / half if half > 0 else None
