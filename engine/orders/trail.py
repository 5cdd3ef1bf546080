"""Where a trailing stop stands."""

from __future__ import annotations

from decimal import Decimal

from engine.model.money import ONE, ceil_to, floor_to
from engine.model.order import OrderRequest


def trail_stop(best_px: Decimal, request: OrderRequest, *, is_buy: bool) -> Decimal:
    """The stop that trails the best price seen so far: below the highest for a sale, above the lowest for a buy."""
    if request.trail_amount is not None:
        return best_px + request.trail_amount if is_buy else best_px - request.trail_amount
    share = request.trail_pct or Decimal(0)
    return best_px * (ONE + share) if is_buy else best_px * (ONE - share)


def on_tick(stop_px: Decimal, tick: Decimal, *, is_buy: bool) -> Decimal:
    """Rounded away from the market, so that rounding never triggers it early."""
    return ceil_to(stop_px, tick) if is_buy else floor_to(stop_px, tick)
