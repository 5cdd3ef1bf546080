"""What an order could expect to be executed at, when it was decided."""

from __future__ import annotations

from decimal import Decimal

from engine.model.enums import OrdType, Side
from engine.model.market import Quote


def expected_px(
    side: Side, ord_type: OrdType, limit_px: Decimal | None, stop_px: Decimal | None, quote: Quote | None
) -> Decimal | None:
    """The price of an order with these terms, decided on this quote (None: not known any more, as after a change).

    A market order: the touch that it takes, the ask for a buy and the bid for a sale. A limit order: its limit, or the
    touch where that is better (the limit reaches through it). A stop: its stop price. None where nothing was known.
    """
    if ord_type.waits:
        return stop_px
    touch = None if quote is None else quote.ask if side.is_buy else quote.bid
    if limit_px is None or touch is None:
        return limit_px if touch is None else touch
    return min(limit_px, touch) if side.is_buy else max(limit_px, touch)
