"""Reports of the broker and outcomes of hand-overs: what each proves, and what it does not.

Reports may be late, doubled, out of order or about orders that we do not know. A duplicate changes nothing; nothing is
dropped silently: what can't be placed becomes an alert and a question to the broker.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from engine import facts as f
from engine import inputs as i
from engine import protocol as p
from engine.algos import supervisor
from engine.effects import QueryOrder, QuerySnapshot
from engine.evolve import order_of
from engine.model.enums import AlertLevel, OrdStatus, TradingState
from engine.model.money import plain
from engine.model.snapshot import Execution
from engine.orders import letters
from engine.orders.doubt import ask_about
from engine.orders.order import DEAD, UNPROVEN, Order

if TYPE_CHECKING:
    from engine.desk import Desk

S = OrdStatus
SECOND_NS = 1_000_000_000
LOUD_CANCELS = 5


def _order_of(desk: Desk, cl_ord_id: str, what: str) -> Order | None:
    order = desk.state.orders.get(cl_ord_id)
    if order is None:
        desk.alert(AlertLevel.WARN, "UNKNOWN_ORDER_REPORT", f"{what} for {cl_ord_id}, an order this desk does not know")
        desk.effect(QuerySnapshot(desk.state.account, "report of an unknown order"))
    return order


def accepted(desk: Desk, report: p.Accepted) -> None:
    """FIX New. A late ack after a fill or a cancel only teaches us the broker's id."""
    order = _order_of(desk, report.cl_ord_id, "ack")
    if order is not None and (order.base in UNPROVEN or order.order_id is None):
        desk.emit(f.OrderAccepted(order.cl_ord_id, report.order_id))
        desk.urgent += 1


def rejected(desk: Desk, report: p.Rejected) -> None:
    """FIX Rejected, also after an ack. An order with fills was not rejected, whatever the report says."""
    order = _order_of(desk, report.cl_ord_id, "reject")
    if order is None or order.base in DEAD:
        return
    if report.cl_ord_id != order.cl_ord_id:
        _replace_denied(desk, order, report.cl_ord_id, report.reason)
        return
    if order.cum_qty:
        desk.alert(
            AlertLevel.WARN,
            "REJECT_AFTER_FILL",
            f"order {order.id} {order.symbol} has fills and is reported rejected ({report.reason}); asking the broker",
        )
        ask_about(desk, order)
        return
    desk.emit(f.OrderRejected(order.cl_ord_id, report.reason))
    desk.alert(
        AlertLevel.WARN, "ORDER_REJECTED", f"order {order.id} {order.symbol} rejected by the broker: {report.reason}"
    )
    supervisor.on_order_dead(desk, order, rejected=True)


def filled(desk: Desk, report: p.Filled) -> None:
    """Book an execution once, whatever channel reports it and however often."""
    book(desk, report.execution)


def book(desk: Desk, execution: Execution) -> bool:
    """Book one execution if it is new; True when it was."""
    state = desk.state
    account = execution.account
    key = (account, execution.exec_id)
    known = state.seen_executions.get(key)
    if known is not None or key in state.skipped_executions:
        if known is not None and (known.last_qty, known.last_px) != (execution.last_qty, execution.last_px):
            desk.alert(
                AlertLevel.ALARM,
                "EXECUTION_CONFLICT",
                f"execution {execution.exec_id} was reported twice with different terms; the first is booked",
            )
        return False
    if account not in state.accounts:
        _wait_for_account(desk, execution)
        return False
    order = order_of(state, execution)
    desk.urgent += 1
    desk.moved_ns[(account, execution.symbol)] = desk.now.wall_ns
    if order is None:
        desk.emit(f.OrphanFilled(execution))
        desk.alert(
            AlertLevel.ALARM,
            "ORPHAN_FILL",
            f"{execution.side.value} {plain(execution.last_qty)} {execution.symbol} at {plain(execution.last_px)}"
            " was filled on an order that this desk does not know; booked",
        )
    else:
        was_dead, had = order.base in DEAD, order.cum_qty
        desk.emit(f.OrderFilled(execution))
        if was_dead:
            desk.alert(
                AlertLevel.WARN,
                "FILL_AFTER_END",
                f"order {order.id} {order.symbol} was {order.status.value} and filled {plain(execution.last_qty)}",
            )
        if order.cum_qty > order.qty and had + execution.last_qty == order.cum_qty:
            _overfilled(desk, order)
    if key in state.early_busts:
        desk.emit(f.ExecutionBusted(execution.account, execution.exec_id))
    if order is not None and order.request.parent is not None:
        supervisor.on_fill(desk, order)
    return True


def _wait_for_account(desk: Desk, execution: Execution) -> None:
    """The account is not adopted yet: the comparison that adopts it either includes this fill or brings it again."""
    desk.alert(AlertLevel.NOTICE, "FILL_BEFORE_ACCOUNT", f"execution {execution.exec_id} waits for its account")
    desk.timers.set("wall", desk.now.wall_ns + SECOND_NS, ("snapshot", execution.account, "early fill"))


def _overfilled(desk: Desk, order: Order) -> None:
    desk.alert(
        AlertLevel.ALARM,
        "OVERFILL",
        f"order {order.id} {order.symbol} filled {plain(order.cum_qty)} of {plain(order.qty)}; booked, now REDUCING",
    )
    scope = f"instrument:{order.symbol}"
    if desk.state.trading.get(scope, TradingState.ACTIVE) < TradingState.REDUCING:
        desk.emit(f.TradingStateSet(scope, TradingState.REDUCING, "engine", "overfill"))


def canceled(desk: Desk, report: p.Canceled) -> None:
    """FIX Canceled, solicited or not. After a full fill it only ends a cancel that came too late."""
    order = _order_of(desk, report.cl_ord_id, "cancel")
    if order is None or _known_dead(desk, order, report.cum_qty):
        return
    if not order.worst_leaves:
        if order.pending_cancel:
            desk.emit(f.CancelDenied(order.cl_ord_id, "already filled"))
        return
    asked = order.pending_cancel
    _follow_version(desk, order, report.cl_ord_id)
    desk.emit(f.OrderCanceled(order.cl_ord_id, report.reason, report.cum_qty))
    desk.urgent += 1
    if not asked and report.reason:
        desk.alert(AlertLevel.NOTICE, "ORDER_CANCELED", f"order {order.id} {order.symbol} cancelled: {report.reason}")
    ended(desk, order)


def _follow_version(desk: Desk, order: Order, cl_ord_id: str) -> None:
    """An end that is reported under the id of an unanswered replace proves that the replace had taken effect."""
    replace = order.pending_replace
    if replace is not None and replace.cl_ord_id == cl_ord_id != order.cl_ord_id:
        terms = (replace.qty, replace.limit_px, replace.stop_px)
        desk.emit(f.OrderReplaced(cl_ord_id, order.cl_ord_id, order.order_id or "", *terms))


def _known_dead(desk: Desk, order: Order, cum_qty: Decimal | None) -> bool:
    """Whether the order was dead already; the broker's count may be what its end still lacked."""
    if order.base not in DEAD:
        return False
    if order.unproven_qty and cum_qty is not None:
        prove_end(desk, order, cum_qty)
    return True


def ended(desk: Desk, order: Order) -> None:
    """An order has died. Unless the broker said how much it had filled in all, ask: a fill may have been lost, and
    until its count agrees with ours the rest is neither free for an algo nor for a liquidation."""
    if order.unproven_qty:
        ask_about(desk, order)
    supervisor.on_order_dead(desk, order)


def prove_end(desk: Desk, order: Order, cum_qty: Decimal) -> None:
    """The broker's books say what a dead order had filled."""
    desk.emit(f.OrderEndProven(order.cl_ord_id, cum_qty))
    supervisor.on_order_changed(desk, order)


def cancel_rejected(desk: Desk, report: p.CancelRejected) -> None:
    """A fact about the request: the order returns to what its quantities imply, and the broker is asked about it."""
    order = _order_of(desk, report.cl_ord_id, "cancel reject")
    if order is None or not order.pending_cancel:
        return
    desk.emit(f.CancelDenied(order.cl_ord_id, report.reason))
    desk.urgent += 1
    if order.leaves_qty:
        _complain(desk, order, "CANCEL_REJECTED", f"refused: {report.reason}")
        ask_about(desk, order)
    supervisor.on_order_changed(desk, order)


def _complain(desk: Desk, order: Order, code: str, what: str) -> None:
    """Say that a cancel came to nothing; a kill or liquidation that repeats it every second says so a few times."""
    if order.cancel_attempts <= LOUD_CANCELS:
        desk.alert(AlertLevel.WARN, code, f"cancel of order {order.id} {order.symbol} {what}")


def replaced(desk: Desk, report: p.Replaced) -> None:
    """A cancel/replace took effect; cum_qty runs on over the chain."""
    order = _order_of(desk, report.orig_cl_ord_id, "replace")
    if order is None or order.live_id == report.cl_ord_id:
        return
    if report.cl_ord_id in desk.state.orders:
        if order.version(report.cl_ord_id) < order.version(order.live_id):
            return  # late: the order has been replaced again since
        desk.emit(
            f.OrderReplaced(
                report.cl_ord_id, order.cl_ord_id, report.order_id, report.qty, report.limit_px, report.stop_px
            )
        )
    else:
        desk.emit(
            f.OrderRestated(
                order.cl_ord_id,
                report.order_id,
                order.status,
                report.qty,
                report.limit_px,
                report.stop_px,
                "replaced by the broker",
            )
        )
    desk.urgent += 1
    supervisor.on_order_changed(desk, order)


def replace_rejected(desk: Desk, report: p.ReplaceRejected) -> None:
    """The order keeps its terms."""
    order = _order_of(desk, report.orig_cl_ord_id, "replace reject")
    if order is not None:
        _replace_denied(desk, order, report.cl_ord_id, report.reason)


def _replace_denied(desk: Desk, order: Order, cl_ord_id: str, reason: str) -> None:
    replace = order.pending_replace
    if replace is None or replace.cl_ord_id != cl_ord_id:
        return
    desk.emit(f.ReplaceDenied(cl_ord_id, order.cl_ord_id, reason))
    desk.alert(AlertLevel.WARN, "REPLACE_REJECTED", f"change of order {order.id} {order.symbol} refused: {reason}")
    supervisor.on_order_changed(desk, order)


def expired(desk: Desk, report: p.Expired) -> None:
    """The time in force ended."""
    order = _order_of(desk, report.cl_ord_id, "expiry")
    if order is None or _known_dead(desk, order, report.cum_qty):
        return
    if order.worst_leaves:
        _follow_version(desk, order, report.cl_ord_id)
        desk.emit(f.OrderExpired(order.cl_ord_id, report.cum_qty))
        desk.urgent += 1
        ended(desk, order)


def done_for_day(desk: Desk, report: p.DoneForDay) -> None:
    order = _order_of(desk, report.cl_ord_id, "done for day")
    if order is not None and order.base not in DEAD and order.base is not S.DONE_FOR_DAY:
        desk.emit(f.OrderDoneForDay(order.cl_ord_id))


def triggered(desk: Desk, report: p.Triggered) -> None:
    order = _order_of(desk, report.cl_ord_id, "trigger")
    if order is not None and order.base not in DEAD:
        desk.emit(f.OrderTriggered(order.cl_ord_id))
        desk.alert(AlertLevel.NOTICE, "STOP_TRIGGERED", f"stop order {order.id} {order.symbol} was triggered")


def busted(desk: Desk, report: p.Busted) -> None:
    """An execution is taken back; it may not have arrived yet."""
    take_back(desk, report.account, report.exec_id, "was busted by the broker")


def take_back(desk: Desk, account: str, exec_id: str, why: str) -> None:
    """Unbook an execution once; one that has not come yet is unbooked when it does."""
    key = (account, exec_id)
    if key in desk.state.busted or key in desk.state.early_busts:
        return
    execution = desk.state.seen_executions.get(key)
    if execution is not None:
        desk.moved_ns[(account, execution.symbol)] = desk.now.wall_ns
    desk.emit(f.ExecutionBusted(account, exec_id))
    desk.alert(AlertLevel.ALARM, "TRADE_BUST", f"execution {exec_id} {why}")


def corrected(desk: Desk, report: p.Corrected) -> None:
    """An execution's terms are replaced by those of a new execution, which another channel may have brought before."""
    key = (report.account, report.execution.exec_id)
    if key in desk.state.seen_executions:
        take_back(desk, report.account, report.exec_id, "was corrected by the broker")
        return
    if report.execution.account not in desk.state.accounts:
        _wait_for_account(desk, report.execution)
        return
    desk.moved_ns[(report.account, report.execution.symbol)] = desk.now.wall_ns
    desk.emit(f.ExecutionCorrected(report.account, report.exec_id, report.execution))
    if key in desk.state.early_busts:
        # Corrected again already: that report came first.
        desk.emit(f.ExecutionBusted(*key))
    desk.alert(AlertLevel.ALARM, "TRADE_CORRECT", f"execution {report.exec_id} was corrected by the broker")


# --- outcomes of hand-overs -----------------------------------------------------------------------------------------


def submit_failed(desk: Desk, outcome: i.SubmitFailed) -> None:
    """The broker (or the adapter) refused before anything lived."""
    order = desk.state.orders[outcome.cl_ord_id]
    unread = bool(outcome.cause)
    if outcome.cl_ord_id != order.cl_ord_id:
        if unread:
            letters.write(desk, order, outcome.cl_ord_id, outcome.cause, outcome.reason)
        _replace_denied(desk, order, outcome.cl_ord_id, outcome.reason)
    elif order.base in UNPROVEN:
        desk.emit(f.OrderRejected(order.cl_ord_id, outcome.reason))
        desk.alert(AlertLevel.WARN, "ORDER_REJECTED", f"order {order.id} {order.symbol} refused: {outcome.reason}")
        if unread:
            letters.write(desk, order, order.cl_ord_id, outcome.cause, outcome.reason)
        throttled = outcome.cause == "throttled"
        supervisor.on_order_dead(desk, order, rejected=not throttled, later=throttled)


def submit_unknown(desk: Desk, outcome: i.SubmitUnknown) -> None:
    """Sent, outcome not known: never re-sent, only asked about."""
    order = desk.state.orders[outcome.cl_ord_id]
    replace = order.pending_replace
    about_replace = replace is not None and replace.cl_ord_id == outcome.cl_ord_id
    if order.base is not S.PENDING_NEW and not about_replace:
        return
    desk.emit(f.OrderUnknown(outcome.cl_ord_id, outcome.reason))
    desk.alert(
        AlertLevel.ALARM,
        "ORDER_UNKNOWN",
        f"order {order.id} {order.symbol}: outcome not known ({outcome.reason}); asking the broker",
    )
    desk.effect(QueryOrder(order.account, outcome.cl_ord_id))


def withheld(desk: Desk, outcome: i.Withheld) -> None:
    """Never sent: the gate closed first, or the way to the broker."""
    order = desk.state.orders[outcome.cl_ord_id]
    taken_back = outcome.cause == "cancelled"
    if outcome.cl_ord_id != order.cl_ord_id:
        if not taken_back:
            letters.write(desk, order, outcome.cl_ord_id, outcome.cause, outcome.reason)
        _replace_denied(desk, order, outcome.cl_ord_id, f"WITHHELD: {outcome.reason}")
    elif order.base in UNPROVEN:
        desk.emit(f.OrderWithheld(order.cl_ord_id, outcome.reason))
        desk.alert(AlertLevel.NOTICE, "WITHHELD", f"order {order.id} {order.symbol} was not sent: {outcome.reason}")
        if not taken_back:
            letters.write(desk, order, order.cl_ord_id, outcome.cause, outcome.reason)
        supervisor.on_order_dead(desk, order, later=not taken_back and outcome.cause != "gate")


def cancel_failed(desk: Desk, outcome: i.CancelFailed) -> None:
    """The cancel's hand-over failed: an ambiguous one stays pending and is asked about; a refused one wasn't sent."""
    order = desk.state.orders.get(outcome.cl_ord_id)
    if order is None or not order.pending_cancel:
        return
    if not outcome.ambiguous:
        desk.emit(f.CancelDenied(order.cl_ord_id, outcome.reason))
        if order.leaves_qty:
            _complain(desk, order, "CANCEL_FAILED", f"could not be sent: {outcome.reason}")
    ask_about(desk, order)
