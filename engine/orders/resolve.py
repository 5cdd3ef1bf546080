"""The operator's decisions about orders whose outcome nobody knows: audited, with a reason and a role."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from engine import facts as f
from engine import inputs as i
from engine.algos import supervisor
from engine.effects import QuerySnapshot
from engine.model.enums import AlertLevel, OrdStatus
from engine.orders.intake import deny, intend
from engine.orders.order import Order
from engine.reconcile.confirmation import clear_settled_orders
from engine.views import CommandResult

if TYPE_CHECKING:
    from engine.desk import Desk

OWNER = "owner"
"""The role where roles.yaml names nobody: whoever owns the state folder has every role."""


def resolve(desk: Desk, command: i.ResolveOrder) -> None:
    """Declare an UNKNOWN order (or replace) dead, or alive at the broker."""
    order = _in_doubt(desk, command, "resolve")
    if order is None or order.doubt is None:
        return
    by, role, about = command.user or "operator", command.role or OWNER, order.doubt.about
    what = f"order {order.id}" if about == order.cl_ord_id else f"the change of order {order.id}"
    if command.decision == "alive":
        desk.emit(f.OrderVouched(about, command.order_id, by, role, command.reason))
        desk.effect(QuerySnapshot(order.account, "resolved by hand"))
        supervisor.on_order_changed(desk, order)
    else:
        _declare_dead(desk, order, about, by, role, command.reason)
    desk.alert(
        AlertLevel.WARN, "RESOLVED_BY_HAND", f"{what} {order.symbol} is {command.decision}: {command.reason} ({by})"
    )
    desk.reply(command.cmd_id, CommandResult(True, f"{what} resolved as {command.decision}", (order.id,)))


def resend(desk: Desk, command: i.ResendOrder) -> None:
    """Declare an UNKNOWN order dead and place its like anew, under a new id, through every check."""
    order = _in_doubt(desk, command, "resend")
    if order is None or order.doubt is None:
        return
    why_not = ""
    if order.base is not OrdStatus.UNKNOWN:
        why_not = f"the change of order {order.id} is UNKNOWN, not the order: resolve it, then change it again"
    elif order.request.parent is not None or order.liquidation:
        why_not = f"order {order.id} belongs to an algo or a liquidation, which goes on by itself: resolve it"
    elif order.group or order.released:
        why_not = f"order {order.id} was held here or is one of a group: resolve it, then place what you want anew"
    if why_not:
        desk.refuse(command.cmd_id, "resend", why_not, command.user)
        return
    by = command.user or "operator"
    _declare_dead(desk, order, order.cl_ord_id, by, command.role or OWNER, command.reason)
    request = msgspec.structs.replace(order.request, user=by, client_key="")
    context = desk.risk.check(request, desk.now)
    again = deny(desk, request, context) if context.denials else intend(desk, request, context)
    gone = not context.denials
    what = f"order {order.id} resolved as dead; order {again.id} {'goes out' if gone else 'was denied'} in its place"
    desk.alert(AlertLevel.WARN, "RESENT_BY_HAND", f"{what} ({by}: {command.reason})")
    desk.reply(command.cmd_id, CommandResult(gone, what, (again.id,), tuple(context.denials)))


def _in_doubt(desk: Desk, command: i.ResolveOrder | i.ResendOrder, verb: str) -> Order | None:
    """The order that the command names, when it is in doubt and a reason is given; else the command is refused."""
    order = desk.state.find(command.target)
    if order is None or order.doubt is None:
        status = "" if order is None else f", it is {order.status.value}"
        desk.refuse(command.cmd_id, verb, f"order {command.target} is not UNKNOWN{status}", command.user)
        return None
    if not command.reason.strip():
        desk.refuse(command.cmd_id, verb, "a reason is needed", command.user)
        return None
    return order


def _declare_dead(desk: Desk, order: Order, about: str, by: str, role: str, reason: str) -> None:
    desk.emit(f.OrderResolved(about, by, reason, role))
    clear_settled_orders(desk, f"resolved by {by}")
    if about == order.cl_ord_id:
        supervisor.on_order_dead(desk, order)
    else:
        supervisor.on_order_changed(desk, order)
