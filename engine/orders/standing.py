"""Reports of how an order stands by the broker's own doing: pending, suspended, stopped, calculated, done for day, at
work again, restated. What each means for an order is the table's; here is what else it takes."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from engine import facts as f
from engine import protocol as p
from engine.algos import supervisor
from engine.model.enums import AlertLevel, OrdStatus, RestatementReason
from engine.model.money import plain
from engine.orders.doubt import ask_about, contradicted, order_for
from engine.orders.order import GOOD_TILL, UNPROVEN, Order
from engine.orders.replaces import check_overfill, stands
from engine.orders.reports import canceled, ended, prove_end
from engine.orders.table import STANDING, Event, row

if TYPE_CHECKING:
    from engine.desk import Desk

S = OrdStatus
#: Restatements that bring an order back to work on a new day.
RENEWALS = frozenset({RestatementReason.GT_RENEWAL, RestatementReason.GT_CORPORATE_ACTION})
ENDS = frozenset({S.CANCELED, S.EXPIRED, S.REJECTED})


def _means(desk: Desk, order: Order, event: Event, what: str, ts_ns: int) -> bool:
    """Whether a report moves the order; one that contradicts what we know, or is older than what we were told, becomes
    a question."""
    cell = row(event, order.base)
    if cell.asks:
        contradicted(desk, order, what, cell)
    elif cell.recorded and ts_ns < order.told_ns:
        ask_about(desk, order)
    else:
        return cell.recorded
    return False


def pending(desk: Desk, report: p.Pending) -> None:
    """The broker has a request: no news, except where it is one that we know nothing of, or an order in doubt."""
    order = order_for(desk, report.cl_ord_id, "pending")
    if order is None or order.dead:
        return
    unasked = (report.status is S.PENDING_CANCEL and not order.pending_cancel) or (
        report.status is S.PENDING_REPLACE
        and not order.pending_replaces
        and order.version(report.cl_ord_id) >= order.version(order.live_id)
    )
    if unasked or row(Event.PENDING, order.base).asks:
        ask_about(desk, order)


def suspended(desk: Desk, report: p.Suspended) -> None:
    """It can't trade; its leaves and its reservation stay."""
    order = order_for(desk, report.cl_ord_id, "suspension")
    if order is not None and _means(desk, order, Event.SUSPENDED, "suspended", report.ts_ns):
        desk.emit(f.OrderSuspended(order.cl_ord_id, report.reason, report.ts_ns))
        why = f": {report.reason}" if report.reason else ""
        desk.alert(AlertLevel.WARN, "ORDER_SUSPENDED", f"order {order.id} {order.symbol} suspended{why}")


def reinstated(desk: Desk, report: p.Reinstated) -> None:
    """It works again."""
    order = order_for(desk, report.cl_ord_id, "reinstatement")
    if order is not None and _means(desk, order, Event.REINSTATED, "reinstated", report.ts_ns):
        _reinstate(desk, order, report.reason or "reinstated by the broker", report.ts_ns)


def _reinstate(desk: Desk, order: Order, why: str, ts_ns: int) -> None:
    desk.emit(f.OrderReinstated(order.cl_ord_id, why, ts_ns))
    desk.alert(AlertLevel.NOTICE, "ORDER_REINSTATED", f"order {order.id} {order.symbol} works again: {why}")
    supervisor.on_order_changed(desk, order)


def reinstate_for(desk: Desk, day: str) -> None:
    """A trading day begins: what was done for the day before and is good for more than a day is back."""
    for order in list(desk.state.open_orders.values()):
        if order.base in (S.DONE_FOR_DAY, S.CALCULATED) and order.request.time_in_force in GOOD_TILL:
            desk.emit(f.OrderReinstated(order.cl_ord_id, f"trading day {day}"))


def stopped(desk: Desk, report: p.Stopped) -> None:
    """A guarantee, not an execution: nothing moves."""
    order = order_for(desk, report.cl_ord_id, "guarantee")
    if order is not None and _means(desk, order, Event.STOPPED, "stopped", report.ts_ns):
        desk.emit(f.OrderStopped(order.cl_ord_id, report.qty, report.px, report.ts_ns))
        qty = plain(report.qty) if report.qty is not None else "an execution"
        at = f" at {plain(report.px)} or better" if report.px is not None else ""
        desk.alert(AlertLevel.NOTICE, "ORDER_STOPPED", f"order {order.id} {order.symbol}: {qty} guaranteed{at}")


def calculated(desk: Desk, report: p.Calculated) -> None:
    order = order_for(desk, report.cl_ord_id, "calculation")
    if order is not None and _means(desk, order, Event.CALCULATED, "calculated", report.ts_ns):
        desk.emit(f.OrderCalculated(order.cl_ord_id, report.ts_ns))


def done_for_day(desk: Desk, report: p.DoneForDay) -> None:
    """A GT order is back on another day; any other is over with what it had filled."""
    order = order_for(desk, report.cl_ord_id, "done for day")
    if order is None:
        return
    if order.over and report.cum_qty is not None and order.unproven_qty:
        prove_end(desk, order, report.cum_qty)
    elif _means(desk, order, Event.DONE_FOR_DAY, "done for day", report.ts_ns):
        finish_day(desk, order, report.ts_ns, report.cum_qty)


def finish_day(desk: Desk, order: Order, ts_ns: int, cum_qty: Decimal | None) -> None:
    """The broker works it no more today."""
    over, left = order.request.time_in_force not in GOOD_TILL, order.leaves_qty
    desk.emit(f.OrderDoneForDay(order.cl_ord_id, ts_ns, over, cum_qty if over else None))
    desk.urgent += 1
    if left:
        desk.alert(AlertLevel.NOTICE, "DONE_FOR_DAY", f"order {order.id} {order.symbol} is done for the day")
    if over:
        ended(desk, order, pause=left > 0)


def restated(desk: Desk, report: p.Restated) -> None:
    """The broker changed or renewed an order of its own accord."""
    order = order_for(desk, report.cl_ord_id, "restatement")
    if order is None:
        return
    if order.version(report.cl_ord_id) < order.version(order.live_id) or report.ts_ns < order.told_ns:
        ask_about(desk, order)  # of a version that is no more, or older than what we were told
        return
    if report.status in ENDS:
        canceled(desk, p.Canceled(report.cl_ord_id, report.ts_ns, report.text or report.reason.value, report.cum_qty))
        return
    cell = row(Event.RESTATED, order.base)
    if cell.asks or (order.over and report.status is None):
        contradicted(desk, order, f"restated ({report.reason.value})", cell)
        return
    status = report.status
    if status is None and report.reason in RENEWALS and order.base in (S.DONE_FOR_DAY, S.CALCULATED):
        status = S.NEW
    moved = status is not None and stand_as(desk, order, status, report.ts_ns, report.cum_qty, report.reason.value)
    if _restate(desk, order, report) or moved:
        desk.urgent += 1
        text = f"order {order.id} {order.symbol} restated by the broker ({report.reason.value}): {plain(order.qty)}"
        desk.alert(AlertLevel.NOTICE, "ORDER_RESTATED", f"{text}{f', {report.text}' if report.text else ''}")
        supervisor.on_order_changed(desk, order)
    if report.cum_qty is not None and report.cum_qty != order.cum_qty:
        ask_about(desk, order)  # an execution, or its end, did not reach us


def stand_as(desk: Desk, order: Order, status: OrdStatus, ts_ns: int, cum_qty: Decimal | None, why: str) -> bool:
    """Follow the broker's word for how a live order stands; whether that moved it. Its word is the state of highest
    precedence: what is above that has passed. An end is no way to stand and moves nothing here."""
    event = STANDING.get(status)
    if event is None or status in ENDS or status is order.base:
        return False
    if not row(event, order.base).recorded:
        if event is Event.REINSTATED or not row(Event.REINSTATED, order.base).recorded:
            return False
        desk.emit(f.OrderReinstated(order.cl_ord_id, why, ts_ns))
    if event is Event.REINSTATED:
        desk.emit(f.OrderReinstated(order.cl_ord_id, why, ts_ns))
    elif event is Event.SUSPENDED:
        desk.emit(f.OrderSuspended(order.cl_ord_id, why, ts_ns))
    elif event is Event.STOPPED:
        desk.emit(f.OrderStopped(order.cl_ord_id, None, None, ts_ns))
    elif event is Event.CALCULATED:
        desk.emit(f.OrderCalculated(order.cl_ord_id, ts_ns))
    else:
        finish_day(desk, order, ts_ns, cum_qty)
    return True


def _restate(desk: Desk, order: Order, report: p.Restated) -> bool:
    """Take over the terms that are new; whether any was."""
    limit_px = order.limit_px if report.limit_px is None else report.limit_px
    stop_px = order.stop_px if report.stop_px is None else report.stop_px
    split = report.reason is RestatementReason.GT_CORPORATE_ACTION and report.cum_qty not in (None, order.cum_qty)
    same = (report.qty, limit_px, stop_px) == (order.qty, order.limit_px, order.stop_px)
    if same and not split and order.base not in UNPROVEN:
        return False
    desk.restated_ns[order.cl_ord_id] = desk.now.wall_ns
    desk.emit(
        f.OrderRestated(
            order.cl_ord_id,
            report.order_id or order.order_id,
            stands(order),
            report.qty,
            limit_px,
            stop_px,
            f"restated by the broker: {report.reason.value}",
            report.cum_qty if split else None,
            report.ts_ns,
        )
    )
    check_overfill(desk, order)
    return True
