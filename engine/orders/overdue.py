"""What happens to an order whose time is over (engine.orders.timeouts says when that is)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.model.enums import AlertLevel
from engine.orders.doubt import ask_about
from engine.orders.intake import request_cancel
from engine.orders.order import DEAD, UNPROVEN
from engine.orders.timeouts import timeout_ns
from engine.timers import Key

if TYPE_CHECKING:
    from engine.desk import Desk

SECOND_NS = 1_000_000_000


def on_timer(desk: Desk, key: Key) -> None:
    """An order's time is over. Until it is dead its timer looks again."""
    order = desk.state.orders.get(str(key[1]))
    if order is None or order.base in DEAD or not order.leaves_qty:
        return
    desk.timers.set("wall", desk.now.wall_ns + desk.surroundings.check_every_ns, key)
    if order.base in UNPROVEN:
        ask_about(desk, order)
    elif not order.pending_cancel:
        limit = timeout_ns(desk.surroundings.order_timeouts, order.request)
        words = f"not done within {limit // SECOND_NS} s"
        request_cancel(desk, order, "timeout", words)
        desk.alert(AlertLevel.NOTICE, "ORDER_TIMEOUT", f"order {order.id} {order.symbol} {words}: cancelled")
