"""Asking the broker about one order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.effects import QueryOrder
from engine.orders.order import Order

if TYPE_CHECKING:
    from engine.desk import Desk

SECOND_NS = 1_000_000_000
#: How long a broker's books may lag behind its own reports.
LAG_NS = 2_000_000_000


def ask_about(desk: Desk, order: Order) -> None:
    """Ask for the order under its newest id, and for a replace whose fate is open under its own."""
    if order.nameless:
        # No id to ask for: it stands in the list of open orders, or it is over.
        desk.timers.set("wall", desk.now.wall_ns + SECOND_NS, ("snapshot", order.account, "nameless order"))
        return
    desk.effect(QueryOrder(order.account, order.live_id))
    if order.pending_replace is not None:
        desk.effect(QueryOrder(order.account, order.pending_replace.cl_ord_id))
