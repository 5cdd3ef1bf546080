"""Answers to cancel/replaces, one or several of them out at once, and changes that the broker made under a new id.

Each replace is chained to the one before it. They may be answered in any order: one that is accepted ends those that
it was chained to, one that is refused ends itself alone.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from engine import facts as f
from engine import protocol as p
from engine.algos import supervisor
from engine.model.enums import AlertLevel, OrdStatus
from engine.model.money import plain
from engine.orders.doubt import ask_about, contradicted, order_for
from engine.orders.order import UNPROVEN, Order
from engine.orders.table import STANDING, Event, row

if TYPE_CHECKING:
    from engine.desk import Desk


def replaced(desk: Desk, report: p.Replaced) -> None:
    """A cancel/replace took effect; cum_qty runs on over the chain."""
    known = desk.state.orders.get(report.orig_cl_ord_id) or desk.state.orders.get(report.cl_ord_id)
    order = known or order_for(desk, report.orig_cl_ord_id, "replace")
    if order is None or order.live_id == report.cl_ord_id:
        return
    cell = row(Event.REPLACED, order.base)
    if not cell.recorded:
        contradicted(desk, order, "replaced", cell)
        return
    if report.cl_ord_id in desk.state.orders:
        if order.version(report.cl_ord_id) < order.version(order.live_id):
            return  # late: the order has been replaced again since
        take_terms(desk, order, report.cl_ord_id, report.order_id, (report.qty, report.limit_px, report.stop_px))
    elif order.external:
        # Changed by whoever placed it, under an id that we hear of now.
        take_terms(desk, order, report.cl_ord_id, report.order_id, (report.qty, report.limit_px, report.stop_px))
    else:
        qty = _amended(order, report.qty)
        terms = (qty, report.limit_px, report.stop_px)
        desk.emit(f.OrderRestated(order.cl_ord_id, report.order_id, stands(order), *terms, "replaced by the broker"))
        text = f"order {order.id} {order.symbol} was changed by the broker: {plain(qty)} in all"
        desk.alert(AlertLevel.NOTICE, "ORDER_RESTATED", text)
    desk.urgent += 1
    if cell.asks or order.over:
        ask_about(desk, order)
    supervisor.on_order_changed(desk, order)


Terms = tuple[Decimal, Decimal | None, Decimal | None]
"""(total quantity, limit, stop)"""


def take_terms(desk: Desk, order: Order, cl_ord_id: str, order_id: str, terms: Terms) -> None:
    """A version of ours is the order now."""
    qty, limit_px, stop_px = terms
    qty = _amended(order, qty)
    desk.emit(f.OrderReplaced(cl_ord_id, order.cl_ord_id, order_id, qty, limit_px, stop_px))
    check_overfill(desk, order)


def _amended(order: Order, qty: Decimal) -> Decimal:
    """A total below what was executed when the replace took effect is amended to that (C.3.c)."""
    return order.cum_qty if qty < order.cum_qty <= order.qty else qty


def stands(order: Order) -> OrdStatus:
    """What a change of terms says of how the order stands: no more than that it was accepted."""
    if order.base in UNPROVEN:
        return OrdStatus.NEW
    return order.base if order.base is not OrdStatus.NEW and order.base in STANDING else order.status


def replace_rejected(desk: Desk, report: p.ReplaceRejected) -> None:
    """The order keeps its terms."""
    known = desk.state.orders.get(report.cl_ord_id)
    order = known or order_for(desk, report.orig_cl_ord_id, "replace reject")
    if order is not None:
        replace_denied(desk, order, report.cl_ord_id, report.reason)


def replace_denied(desk: Desk, order: Order, cl_ord_id: str, reason: str) -> None:
    """A replace came to nothing: refused, withheld, or never arrived. Others that are out stay out."""
    if order.replace_of(cl_ord_id) is None:
        return
    desk.emit(f.ReplaceDenied(cl_ord_id, order.cl_ord_id, reason))
    desk.alert(AlertLevel.WARN, "REPLACE_REJECTED", f"change of order {order.id} {order.symbol} refused: {reason}")
    check_overfill(desk, order)
    if desk.surroundings.capabilities(order.account).replace_is_cancel_new:
        # Cancelled for the replace that was then refused?
        ask_about(desk, order)
    supervisor.on_order_changed(desk, order)


def deny_all(desk: Desk, order: Order, reason: str) -> None:
    """Nothing is left that could be changed."""
    for replace in order.pending_replaces:
        desk.emit(f.ReplaceDenied(replace.cl_ord_id, order.cl_ord_id, reason))


def follow_version(desk: Desk, order: Order, cl_ord_id: str) -> None:
    """An end that is reported under the id of an unanswered replace proves that the replace had taken effect."""
    replace = order.replace_of(cl_ord_id)
    if replace is not None:
        terms = (replace.qty, replace.limit_px, replace.stop_px)
        take_terms(desk, order, cl_ord_id, order.order_id or "", terms)


def check_overfill(desk: Desk, order: Order) -> None:
    """More was executed than was ever asked for: it is real and stays booked, and the instrument may only reduce. What
    an unanswered replace asks for is asked for: which it was is a question."""
    if order.cum_qty <= order.qty:
        return
    if any(order.cum_qty <= replace.qty for replace in order.pending_replaces):
        ask_about(desk, order)
        return
    # Here, since the triggers' actions reach back to orders.
    from engine.risk import triggers

    what = f"order {order.id} {order.symbol} filled {plain(order.cum_qty)} of {plain(order.qty)}"
    desk.alert(AlertLevel.ALARM, "OVERFILL", f"{what}; booked")
    triggers.on_overfill(desk, order.symbol, what)
