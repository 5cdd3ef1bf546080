"""The dead-letter queue: approved orders and replaces that were not sent, or were refused unread.

Nothing in it is ever sent by itself: the operator replays a letter or discards it (engine.orders.replaying). What
belongs to an algo, a liquidation or a group is listed to be seen: its owner makes its own next order, so that a replay
by hand would do the same thing twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine import facts as f
from engine.model.enums import AlertLevel
from engine.orders.order import HELD, Order

if TYPE_CHECKING:
    from engine.desk import Desk

SECOND_NS = 1_000_000_000


def write(desk: Desk, order: Order, cl_ord_id: str, cause: str, reason: str) -> None:
    """Put an order, or the pending replace `cl_ord_id` of it, into the queue. Called while the replace is pending."""
    no, owner = desk.state.next_letter, owner_of(desk, order)
    if order.base is HELD:
        _wait_a_moment(desk, order)
        return
    replace = order.replace_of(cl_ord_id)
    if cl_ord_id == order.cl_ord_id:
        desk.emit(f.DeadLettered(no, cl_ord_id, cause, reason, owner))
    elif replace is not None:
        terms = (replace.qty, replace.limit_px, replace.stop_px)
        if order.group:
            owner = f"group {order.group}"
            _size_again(desk, order)
        desk.emit(f.DeadLettered(no, cl_ord_id, cause, reason, owner, order.cl_ord_id, *terms))
    else:
        return  # a replace that has come to its end by other news
    if not owner:
        what = "order" if cl_ord_id == order.cl_ord_id else "change of order"
        text = f"{what} {order.id} {order.symbol} is dead letter {no} ({reason}): dlq replay {no}, or dlq discard {no}"
        desk.alert(AlertLevel.WARN, "DEAD_LETTER", text)


def _wait_a_moment(desk: Desk, order: Order) -> None:
    """It waits in the desk again, under the same id, and is tried again soon; its partners don't take its place."""
    again_ns = desk.now.wall_ns + SECOND_NS
    group = desk.state.groups.get(order.group)
    for root in (order.cl_ord_id, *(group.roots if group is not None else ())):
        desk.held_memory.retry_ns[root] = again_ns
    if group is not None:
        desk.timers.set("wall", again_ns, ("group", group.no))
    elif order.due_ns:
        desk.timers.set("market", desk.now.market_ns + SECOND_NS, ("due", order.cl_ord_id))


def _size_again(desk: Desk, order: Order) -> None:
    """A leg that was not resized is for more (or less) than it may be: its group looks at it again in a moment."""
    desk.held_memory.asked.pop(order.cl_ord_id, None)
    desk.timers.set("wall", desk.now.wall_ns + SECOND_NS, ("group", order.group))


def owner_of(desk: Desk, order: Order) -> str:
    """Who makes the next order in its place: "algo 3", "liquidation"; "" = nobody, it is the operator's. An order of a
    group at the broker is not sent alone: the group is placed anew."""
    group = desk.state.groups.get(order.group)
    if group is not None and group.at_broker:
        return f"group {group.no}"
    if order.liquidation:
        return "liquidation"
    return f"algo {order.request.parent}" if order.request.parent is not None else ""
