"""How baskets end: stopped by a cancel, by the desk's own end, or because every line had its turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine import facts as f
from engine.model.counted import counted
from engine.model.enums import AlertLevel, OrdStatus
from engine.model.order import OrderRequest, symbols_of
from engine.state.basket import Basket

if TYPE_CHECKING:
    from engine.desk import Desk
    from engine.inputs import CancelSelector


def stop_matching(desk: Desk, selector: CancelSelector, user: str) -> int:
    """A cancel also ends the release of every basket that would still send what it selects. How many it was."""
    count = 0
    for basket in list(desk.state.baskets.values()):
        if basket.status == "RELEASING" and any(
            _selects(selector, basket, request) for item in basket.left for request in item.requests
        ):
            end(desk, basket, "stopped", f"cancelled by {user or 'hand'}", user)
            count += 1
    return count


def _selects(selector: CancelSelector, basket: Basket, request: OrderRequest) -> bool:
    if selector.ids or selector.cl_ord_ids or selector.last:
        return False
    if selector.basket is not None and selector.basket != basket.id:
        return False
    if selector.account not in (None, request.account) or selector.tag not in (None, request.tag):
        return False
    if selector.symbol is not None and selector.symbol not in (request.symbol, *symbols_of(request)):
        return False
    return selector.buys is None or request.side.is_buy == selector.buys


def end_all(desk: Desk, reason: str) -> None:
    """The desk stops, or has stopped in the middle: what was not sent is never sent by itself."""
    for basket in list(desk.state.baskets.values()):
        if basket.status == "RELEASING":
            end(desk, basket, "stopped", reason, "engine")
            words = f"basket {basket.name} was not sent to its end: {reason}; {left_words(basket)}"
            desk.alert(AlertLevel.WARN, "BASKET_STOPPED", words)


def end(desk: Desk, basket: Basket, outcome: str, reason: str, by: str) -> None:
    """Record its end, with how many lines were sent, refused, and not sent."""
    orders = desk.state.orders
    denied = sum(1 for root in basket.orders.values() if orders[root].base is OrdStatus.DENIED)
    refused = denied + len(basket.refused)
    unsent = sum(1 for _ in basket.left)
    desk.timers.cancel(("basket", basket.id))
    desk.emit(f.BasketEnded(basket.id, outcome, reason, by, len(basket.orders) - denied, refused, unsent))
    desk.urgent += 1


def left_words(basket: Basket) -> str:
    """What of it is not sent."""
    left = sum(1 for _ in basket.left)
    return f"{counted(left, 'line')} of {len(basket.items)} not sent"
