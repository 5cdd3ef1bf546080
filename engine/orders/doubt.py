"""Asking the broker about one order, and what makes us ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.effects import QueryOrder, QuerySnapshot
from engine.model.enums import AlertLevel
from engine.orders.order import Order
from engine.orders.table import Row

if TYPE_CHECKING:
    from engine.desk import Desk

SECOND_NS = 1_000_000_000
#: How long a broker's books may lag behind its own reports.
LAG_NS = 2_000_000_000


def ask_about(desk: Desk, order: Order) -> None:
    """Ask for the order under its newest id, and for each replace whose fate is open under its own."""
    if order.nameless:
        # No id to ask for: it stands in the list of open orders, or it is over.
        desk.timers.set("wall", desk.now.wall_ns + SECOND_NS, ("snapshot", order.account, "nameless order"))
        return
    desk.effect(QueryOrder(order.account, order.live_id))
    for replace in order.pending_replaces:
        desk.effect(QueryOrder(order.account, replace.cl_ord_id))


def order_for(desk: Desk, cl_ord_id: str, what: str) -> Order | None:
    """The order of a report; one that we don't know is told of and looked for."""
    order = desk.state.orders.get(cl_ord_id)
    if order is None:
        desk.alert(AlertLevel.WARN, "UNKNOWN_ORDER_REPORT", f"{what} for {cl_ord_id}, an order this desk does not know")
        desk.effect(QuerySnapshot(desk.state.account, "report of an unknown order"))
    return order


def contradicted(desk: Desk, order: Order, what: str, cell: Row) -> None:
    """A report that does not go with what we know: nothing is believed before the broker was asked."""
    note = f"; {cell.note}" if cell.note else ""
    text = f"order {order.id} {order.symbol} is {order.status.value} and was reported {what}{note}; asking the broker"
    desk.alert(AlertLevel.WARN, "ODD_REPORT", text)
    ask_about(desk, order)
