"""Doubt about single orders: who is in doubt, asking the broker, and what its answers prove.

A timer alone resolves nothing: it only makes us ask. "Not found" is proof only where the adapter says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine import facts as f
from engine import inputs as i
from engine import protocol as p
from engine.algos import supervisor
from engine.connections import up_since_ns
from engine.evolve import order_of
from engine.model.enums import AlertLevel, OrdStatus
from engine.model.money import ZERO
from engine.model.snapshot import Execution, OrderSnapshot
from engine.orders import lost, reports, resend
from engine.orders.doubt import LAG_NS, ask_about, note_answer, note_silence, order_for
from engine.orders.intake import request_cancel
from engine.orders.order import DEAD, GOOD_TILL, UNPROVEN, Order
from engine.orders.replaces import check_overfill, deny_all, stands, take_terms
from engine.orders.standing import stand_as
from engine.reconcile.confirmation import clear_settled_orders
from engine.timers import Key

if TYPE_CHECKING:
    from engine.desk import Desk

S = OrdStatus
#: Statuses in which an order can still execute.
WORKS = frozenset({S.NEW, S.PARTIALLY_FILLED, S.SUSPENDED, S.STOPPED, S.PENDING_CANCEL, S.PENDING_REPLACE})


def doubt_unproven(desk: Desk) -> None:
    """After a restart: an intent without proof of its fate is UNKNOWN (it may or may not have been handed over)."""
    for order in list(desk.state.open_orders.values()):
        if order.base is S.PENDING_NEW:
            desk.emit(f.OrderUnknown(order.cl_ord_id, "no acknowledgement before the restart"))
        for replace in order.pending_replaces:
            if not replace.doubtful:
                desk.emit(f.OrderUnknown(replace.cl_ord_id, "replace unanswered before the restart"))


def arm(desk: Desk) -> None:
    """Start the periodic look at unanswered requests."""
    desk.timers.set("wall", desk.now.wall_ns + desk.surroundings.check_every_ns, ("check",))


def check_pending(desk: Desk, key: Key) -> None:
    """Ask about every order whose request has had no answer for too long."""
    arm(desk)
    oldest = desk.now.wall_ns - desk.surroundings.unacked_after_ns
    for order in (*desk.state.open_orders.values(), *desk.state.unproven.values()):
        waiting = order.base in UNPROVEN or order.pending_cancel or order.pending_replaces
        if (waiting or order.unproven_qty) and order.updated_ns <= oldest:
            ask_about(desk, order)


def query_failed(desk: Desk, outcome: i.QueryFailed) -> None:
    """No answer is no evidence; the periodic look (or the next reconnect) asks again."""
    if outcome.cl_ord_id:
        note_silence(desk, outcome)
    else:
        desk.alert(AlertLevel.WARN, "SNAPSHOT_FAILED", f"the broker gave no snapshot: {outcome.reason}")
        desk.timers.set("wall", desk.now.wall_ns + 2_000_000_000, ("snapshot", outcome.account, "retry"))


def weigh(desk: Desk, answer: i.OrderEvidence) -> None:
    """The broker's answer about one order."""
    lost.answered(desk, answer)
    order = desk.state.orders.get(answer.cl_ord_id)
    for execution in answer.executions:
        reports.book(desk, execution)
    if order is None or order.nameless:
        return
    if order.doubt is not None:
        note_answer(desk, order, answer)
    if answer.order is not None:
        desk.not_found.pop(answer.cl_ord_id, None)
        count_less(desk, order, answer.order, answer)
        apply_snapshot(desk, order, answer.order, asked_ns=answer.asked_wall_ns)
    elif not resend.on_not_found(desk, order, answer) and answer.proves_absence:
        desk.not_found.pop(answer.cl_ord_id, None)
        _not_found(desk, order, answer.cl_ord_id)
    elif order.worst_leaves:
        # No proof, and no evidence either: shown as a break when a later look finds it so still.
        desk.not_found[answer.cl_ord_id] = order.cl_ord_id
    if desk.state.breaks:
        clear_settled_orders(desk, "settled by the broker's answer")


def status_reported(desk: Desk, report: p.OrderStatusReport) -> None:
    """The broker's picture of an order, on the stream: where it only confirms or completes what we know it is taken as
    evidence; where it is late, or has an order alive that is over for us, the broker is asked."""
    seen = report.order
    state = desk.state
    order = state.orders.get(seen.cl_ord_id) or state.order_at(seen.account, seen.order_id)
    order = order or order_for(desk, seen.cl_ord_id, "status")
    if order is None:
        return
    if order.dead and seen.status in (S.FILLED, S.CANCELED, S.EXPIRED, S.REJECTED):
        _compare_dead(desk, order, seen, desk.now.wall_ns)
    elif order.dead or seen.cum_qty < order.cum_qty or report.ts_ns < order.told_ns:
        ask_about(desk, order)
    else:
        apply_snapshot(desk, order, seen, asked_ns=desk.now.wall_ns)


def count_less(desk: Desk, order: Order, seen: OrderSnapshot, answer: i.OrderEvidence) -> None:
    """The broker says that less of an order was executed than we count: an execution of it is gone (its bust or
    correction never reached us), or what it had executed before we adopted it was reported to us after all.

    (A package's executions don't add up to its count: only a report takes one of them back.) Believed only when
    nothing was heard of the order for longer than a broker may lag."""
    less = order.cum_qty - seen.cum_qty
    heard_ns = max(order.filled_ns, order.created_ns)
    if less <= 0 or order.legs or heard_ns + LAG_NS > answer.asked_wall_ns:
        return
    gone = _gone(desk, order, seen, answer)
    for execution in gone:
        reports.take_back(desk, execution.account, execution.exec_id, "is gone from the broker's books")
    if not gone and less <= order.adopted_qty:
        desk.emit(f.AdoptionCorrected(order.cl_ord_id, order.adopted_qty - less))


def _gone(desk: Desk, order: Order, seen: OrderSnapshot, answer: i.OrderEvidence) -> list[Execution]:
    """The executions that we booked and the broker no longer has: when its own count and its list of the order's
    executions agree with each other, and when what is gone makes exactly the difference."""
    if sum((e.last_qty for e in answer.executions), order.adopted_qty) != seen.cum_qty:
        return []
    listed = {e.exec_id for e in answer.executions}
    gone = [
        e
        for key, e in desk.state.seen_executions.items()
        if key not in desk.state.busted and e.exec_id not in listed and order_of(desk.state, e) is order
    ]
    if sum((e.last_qty for e in gone), ZERO) != order.cum_qty - seen.cum_qty:
        return []
    return [] if any(e.ts_ns < answer.since_ns for e in gone) else gone


def _not_found(desk: Desk, order: Order, cl_ord_id: str) -> None:
    """The broker proved that it neither has nor will have an order of this id."""
    if order.replace_of(cl_ord_id) is not None:
        desk.emit(f.ReplaceDenied(cl_ord_id, order.cl_ord_id, "the broker never got it"))
        check_overfill(desk, order)
        supervisor.on_order_changed(desk, order)
    elif cl_ord_id != order.live_id:
        return  # about a version that has come to nothing meanwhile: says nothing of the order
    elif order.unproven_qty:
        reports.prove_end(desk, order, order.cum_qty)
    elif order.leaves_qty and order.base is not S.HELD:
        desk.emit(f.OrderResolved(order.cl_ord_id, "broker", "proven absent"))
        desk.alert(
            AlertLevel.NOTICE,
            "ORDER_RESOLVED",
            f"order {order.id} {order.symbol} never reached the broker or is gone there: {order.status.value}",
        )
        reports.tell_lost(desk, order)
        supervisor.on_order_dead(desk, order)


def apply_snapshot(desk: Desk, order: Order, seen: OrderSnapshot, *, asked_ns: int) -> None:
    """Bring our order in line with the broker's own picture of it, asked for at `asked_ns`."""
    if order.dead:
        _compare_dead(desk, order, seen, asked_ns)
        return
    dead_now = seen.status in (S.CANCELED, S.EXPIRED, S.REJECTED)
    if seen.status is S.PENDING_NEW and order.base in UNPROVEN:
        return  # the broker has it and did not decide: its answer is still to come
    _follow_terms(desk, order, seen, asked_ns)
    if order.base in UNPROVEN and not dead_now:
        desk.emit(f.OrderAccepted(order.cl_ord_id, seen.order_id))
    if order.updated_ns < asked_ns:
        stand_as(desk, order, seen.status, 0, seen.cum_qty, "by the broker's books")
    if seen.status is S.REJECTED and not order.cum_qty:
        desk.emit(f.OrderRejected(order.cl_ord_id, seen.text or "rejected"))
        reports.tell_lost(desk, order)
        desk.alert(AlertLevel.WARN, "ORDER_REJECTED", f"order {order.id} {order.symbol} rejected: {seen.text}")
    elif order.worst_leaves:
        if seen.status is S.EXPIRED:
            desk.emit(f.OrderExpired(order.cl_ord_id, seen.cum_qty))
        elif dead_now:
            desk.emit(f.OrderCanceled(order.cl_ord_id, seen.text or "cancelled at the broker", seen.cum_qty))
    elif order.pending_cancel:
        desk.emit(f.CancelDenied(order.cl_ord_id, "already filled"))
    if order.base in DEAD:
        supervisor.on_order_dead(desk, order)
    elif order.pending_cancel and _cancel_was_lost(desk, order, asked_ns):
        # Cancels may be repeated.
        request_cancel(desk, order, "engine", "cancel unanswered", again=True)
    _miss_fills(desk, order, seen)
    supervisor.on_order_changed(desk, order)


def _cancel_was_lost(desk: Desk, order: Order, asked_ns: int) -> bool:
    """Whether the cancel of an order that still works did not arrive: too long ago, or handed over (if it was) in a
    session that is over, so that nothing of it is on its way any more."""
    in_old_session = order.cancel_ns < up_since_ns(desk.state, order.account) <= asked_ns
    return in_old_session or desk.now.wall_ns - order.cancel_ns >= desk.surroundings.unacked_after_ns


def _follow_terms(desk: Desk, order: Order, seen: OrderSnapshot, asked_ns: int) -> None:
    """The broker works a newer version than the one that we know of, or other terms than we think."""
    if order.external and _changed_elsewhere(order, seen):
        ident = seen.cl_ord_id or order.cl_ord_id
        desk.emit(f.OrderReplaced(ident, order.cl_ord_id, seen.order_id, seen.qty, seen.limit_px, seen.stop_px))
        what = f"{seen.qty:f} {order.symbol}" + (f" at {seen.limit_px:f}" if seen.limit_px is not None else "")
        desk.alert(AlertLevel.NOTICE, "EXTERNAL_CHANGED", f"order {order.id} was changed elsewhere: now {what}")
    elif order.version(seen.cl_ord_id) > order.version(order.live_id):
        take_terms(desk, order, seen.cl_ord_id, seen.order_id, (seen.qty, seen.limit_px, seen.stop_px))
    elif order.pending_replaces and seen.status is S.FILLED:
        # What is filled can't be changed any more, whether the replace arrives or not: but for a broker that can.
        if not desk.surroundings.capabilities(order.account).replace_filled:
            deny_all(desk, order, "already filled")
    elif not order.pending_replaces and seen.cl_ord_id == order.live_id:
        terms = (seen.qty, seen.limit_px, seen.stop_px)
        if desk.restated_ns.get(order.cl_ord_id, 0) + LAG_NS > asked_ns:
            return  # the broker told new terms itself a moment ago, and its books may lag behind that
        if terms != (order.qty, order.limit_px, order.stop_px):
            desk.emit(
                f.OrderRestated(order.cl_ord_id, seen.order_id, stands(order), *terms, "the broker's terms differ")
            )


def _changed_elsewhere(order: Order, seen: OrderSnapshot) -> bool:
    """Whether an order placed elsewhere has other terms, or another id, than what we know of it. Only while nothing of
    ours is on its way: our cancel needs no terms."""
    terms = (seen.qty, seen.limit_px, seen.stop_px)
    renamed = bool(seen.cl_ord_id) and seen.cl_ord_id != order.live_id
    return renamed or terms != (order.qty, order.limit_px, order.stop_px)


def _compare_dead(desk: Desk, order: Order, seen: OrderSnapshot, asked_ns: int) -> None:
    """An order that is dead for us: the broker's count may prove its end, or show that it lives."""
    today_only = seen.status is S.DONE_FOR_DAY and order.request.time_in_force in GOOD_TILL
    if (seen.status in WORKS or today_only) and seen.qty > seen.cum_qty:
        if order.updated_ns < asked_ns:
            desk.emit(
                f.OrderRestated(
                    order.cl_ord_id,
                    seen.order_id,
                    S.PARTIALLY_FILLED if seen.cum_qty else S.NEW,
                    seen.qty,
                    seen.limit_px,
                    seen.stop_px,
                    "alive at the broker",
                )
            )
            desk.alert(
                AlertLevel.ALARM,
                "ORDER_ALIVE",
                f"order {order.id} {order.symbol} was taken for dead and works at the broker",
            )
            stand_as(desk, order, seen.status, 0, seen.cum_qty, "by the broker's books")
    elif order.unproven_qty:
        reports.prove_end(desk, order, seen.cum_qty)
    _miss_fills(desk, order, seen)


def _miss_fills(desk: Desk, order: Order, seen: OrderSnapshot) -> None:
    """The broker counts more than we have booked: fetch the executions."""
    if seen.cum_qty > order.cum_qty:
        if desk.miscounted.get(order.cl_ord_id) != seen.cum_qty:
            desk.alert(
                AlertLevel.WARN,
                "FILLS_MISSING",
                f"order {order.id} {order.symbol}: the broker says {seen.cum_qty} filled, we know {order.cum_qty}",
            )
        elif any(b.kind == "order" and b.key == order.cl_ord_id for b in desk.state.breaks.values()):
            return  # shown as a break; the periodic comparison looks again
        desk.miscounted[order.cl_ord_id] = seen.cum_qty
        desk.timers.set("wall", desk.now.wall_ns + 1_000_000_000, ("snapshot", order.account, "fills missing"))
    elif desk.miscounted:
        desk.miscounted.pop(order.cl_ord_id, None)
