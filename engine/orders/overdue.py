"""What happens to an order whose time is over (engine.orders.timeouts says when that is)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.model.enums import AlertLevel
from engine.orders.doubt import ask_about
from engine.orders.intake import request_cancel
from engine.orders.order import DEAD, UNPROVEN, Order
from engine.orders.timeouts import timeout_of
from engine.timers import Key

if TYPE_CHECKING:
    from engine.desk import Desk

SECOND_NS = 1_000_000_000


def on_timer(desk: Desk, key: Key) -> None:
    """An order's time is over. Until it is dead its timer looks again."""
    order = desk.state.orders.get(str(key[1]))
    if order is None or order.base in DEAD or not order.leaves_qty:
        return
    limit = timeout_of(desk.surroundings.order_timeouts, order)
    if not limit or _was_left(desk, order):
        return
    left = order.created_ns + limit - desk.now.wall_ns
    desk.timers.set("wall", desk.now.wall_ns + (left if left > 0 else desk.surroundings.check_every_ns), key)
    if left > 0:
        return  # it has joined a group since its timer was set
    if order.base in UNPROVEN:
        ask_about(desk, order)
    elif not order.pending_cancel:
        words = f"not done within {limit // SECOND_NS} s"
        request_cancel(desk, order, "timeout", words)
        desk.alert(AlertLevel.NOTICE, "ORDER_TIMEOUT", f"order {order.id} {order.symbol} {words}: cancelled")


def _was_left(desk: Desk, order: Order) -> bool:
    """Whether its algo is over and left it working, as it was asked to."""
    algo = desk.state.algos.get(order.request.parent or 0)
    return algo is not None and algo.status == "DONE"
