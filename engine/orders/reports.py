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
from engine.effects import QueryOrder
from engine.evolve import order_of
from engine.evolve.packages import leg_of, leg_overfilled_by
from engine.model.enums import AlertLevel, OrdStatus, TimeInForce
from engine.model.money import plain
from engine.model.snapshot import Execution
from engine.orders import letters, lost
from engine.orders.by_hand import confirm_booked
from engine.orders.doubt import again_in_doubt, ask_about, contradicted, order_for
from engine.orders.group import ended_with_partner, is_exit
from engine.orders.order import HELD, UNPROVEN, Order
from engine.orders.replaces import check_overfill, deny_all, follow_version, replace_denied
from engine.orders.table import Event, row
from engine.risk import triggers

if TYPE_CHECKING:
    from engine.desk import Desk

S = OrdStatus
SECOND_NS = 1_000_000_000
LOUD_CANCELS = 5


def accepted(desk: Desk, report: p.Accepted) -> None:
    """FIX New. A late ack after a fill or a cancel only teaches us the broker's id."""
    order = order_for(desk, report.cl_ord_id, "ack")
    if order is None:
        return
    if order.base in UNPROVEN:
        desk.emit(f.OrderAccepted(order.cl_ord_id, report.order_id))
        desk.urgent += 1
        return
    if order.order_id is None:
        desk.emit(f.OrderAccepted(order.cl_ord_id, report.order_id))
    elif 0 < order.told_ns < report.ts_ns and row(Event.REINSTATED, order.base).recorded:
        desk.emit(f.OrderReinstated(order.cl_ord_id, "accepted again", report.ts_ns))
    cell = row(Event.ACCEPTED, order.base)
    if cell.asks:
        contradicted(desk, order, "accepted", cell)
    elif order.replace_of(report.cl_ord_id) is not None:
        ask_about(desk, order)


def rejected(desk: Desk, report: p.Rejected) -> None:
    """FIX Rejected, also after an ack. An order with fills was not rejected, whatever the report says."""
    order = order_for(desk, report.cl_ord_id, "reject")
    if order is None:
        return
    if report.duplicate:
        # A second copy was refused: the first one is what it was (F.1), and the broker can tell what that is.
        ask_about(desk, order)
        return
    if order.replace_of(report.cl_ord_id) is not None:
        replace_denied(desk, order, report.cl_ord_id, report.reason)
        return
    cell = row(Event.REJECTED, order.base)
    if cell.asks:
        contradicted(desk, order, "rejected", cell)
    if not cell.recorded or order.over:
        return
    if order.cum_qty or report.cl_ord_id != order.live_id:
        desk.alert(
            AlertLevel.WARN,
            "REJECT_AFTER_FILL" if order.cum_qty else "ODD_REPORT",
            f"order {order.id} {order.symbol} has {'fills' if order.cum_qty else 'another version'} and is reported"
            f" rejected ({report.reason}); asking the broker",
        )
        ask_about(desk, order)
        return
    desk.emit(f.OrderRejected(order.cl_ord_id, report.reason))
    desk.alert(
        AlertLevel.WARN, "ORDER_REJECTED", f"order {order.id} {order.symbol} rejected by the broker: {report.reason}"
    )
    tell_lost(desk, order)
    triggers.on_reject(desk, order)
    supervisor.on_order_dead(desk, order, rejected=True)


def tell_lost(desk: Desk, order: Order) -> None:
    """A stop that protected a position has come to nothing: whoever holds the position must know at once."""
    held = desk.state.position_qty(order.account, order.symbol) * -order.side.sign
    if not (order.request.ord_type.waits and is_exit(order)) or held <= 0:
        return
    text = f"order {order.id} {order.symbol} is {order.status.value}: {plain(held)} held are without that stop"
    desk.alert(AlertLevel.ALARM, "STOP_LOST", text)


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
    if state.bookings and confirm_booked(desk, execution):
        return True
    order = order_of(state, execution)
    if order is not None and order.legs and leg_of(order, execution) is None:
        order = None  # of no leg of its package: booked, and nobody's
    desk.urgent += 1
    desk.moved_ns[(account, execution.symbol)] = desk.now.wall_ns
    if order is None:
        desk.emit(f.OrphanFilled(execution))
        lost.note_used(desk, (execution,))
        desk.alert(
            AlertLevel.ALARM,
            "ORPHAN_FILL",
            f"{execution.side.value} {plain(execution.last_qty)} {execution.symbol} at {plain(execution.last_px)}"
            " was filled on an order that this desk does not know; booked",
        )
    else:
        was_dead = order.dead or order.base is HELD
        desk.emit(f.OrderFilled(execution))
        if key not in state.early_busts:
            if was_dead:
                _filled_after_end(desk, order, execution)
            if order.legs and leg_overfilled_by(order, execution):
                _leg_overfilled(desk, order, execution)
            elif order.cum_qty > order.qty:
                check_overfill(desk, order)
    if key in state.early_busts:
        desk.emit(f.ExecutionBusted(execution.account, execution.exec_id))
    if order is not None and order.request.origin != "manual":
        if order.request.parent is not None:
            supervisor.on_fill(desk, order)
        triggers.on_execution(desk, order, execution.symbol, bought=execution.side.is_buy)
    if state.streaks:
        triggers.on_streak(desk, account)
    return True


def _wait_for_account(desk: Desk, execution: Execution) -> None:
    """The account is not adopted yet: the comparison that adopts it either includes this fill or brings it again."""
    desk.alert(AlertLevel.NOTICE, "FILL_BEFORE_ACCOUNT", f"execution {execution.exec_id} waits for its account")
    desk.timers.set("wall", desk.now.wall_ns + SECOND_NS, ("snapshot", execution.account, "early fill"))


def _leg_overfilled(desk: Desk, order: Order, execution: Execution) -> None:
    """A leg of a package executed more than its share: booked, and only reducing orders in that leg from now on."""
    what = f"a leg of order {order.id}, {execution.symbol}, filled more than its share of {plain(order.qty)} packages"
    desk.alert(AlertLevel.ALARM, "OVERFILL", f"{what}; booked")
    triggers.on_overfill(desk, execution.symbol, what)


def _filled_after_end(desk: Desk, order: Order, execution: Execution) -> None:
    """It is booked and the order stays over (FIX J.1.b); one that was refused should not be able to fill at all."""
    # That somebody vouched for its death and was wrong is worse than a fill that crossed a cancel.
    desk.alert(
        AlertLevel.ALARM if order.resolved else AlertLevel.WARN,
        "FILL_AFTER_END",
        f"order {order.id} {order.symbol} was {order.status.value}"
        f"{' by hand' if order.resolved else ''} and filled {plain(execution.last_qty)}",
    )
    if row(Event.FILLED, order.base).asks:
        ask_about(desk, order)


def canceled(desk: Desk, report: p.Canceled) -> None:
    """FIX Canceled, solicited or not. After a full fill it only ends a cancel that came too late."""
    order = order_for(desk, report.cl_ord_id, "cancel")
    if order is not None and order.base is HELD:
        contradicted(desk, order, "canceled", row(Event.ALIVE, HELD))
        return
    if order is None or _known_dead(desk, order, report.cum_qty) or _half_of_replace(desk, order, report.cl_ord_id):
        return
    asked = order.pending_cancel
    follow_version(desk, order, report.cl_ord_id)
    if _was_filled(desk, order):
        return
    desk.emit(f.OrderCanceled(order.cl_ord_id, report.reason, report.cum_qty))
    desk.urgent += 1
    immediate = order.request.time_in_force in (TimeInForce.IOC, TimeInForce.FOK)
    if not asked and (report.reason or not immediate):
        why = report.reason or "the broker gave no reason"
        desk.alert(AlertLevel.NOTICE, "ORDER_CANCELED", f"order {order.id} {order.symbol} cancelled: {why}")
    ended(desk, order)


def _half_of_replace(desk: Desk, order: Order, cl_ord_id: str) -> bool:
    """Whether the cancel is the first half of a replace at a broker that replaces by cancel and new."""
    half = bool(order.pending_replaces) and not order.pending_cancel and order.replace_of(cl_ord_id) is None
    if not half or not desk.surroundings.capabilities(order.account).replace_is_cancel_new:
        return False
    ask_about(desk, order)
    return True


def _was_filled(desk: Desk, order: Order) -> bool:
    """Whether nothing was left to end, of no version: FILLED takes precedence, and requests still out came too late."""
    if order.worst_leaves:
        return False
    deny_all(desk, order, "already filled")
    if order.pending_cancel:
        desk.emit(f.CancelDenied(order.cl_ord_id, "already filled"))
    return True


def _known_dead(desk: Desk, order: Order, cum_qty: Decimal | None) -> bool:
    """Whether the order was dead already; the broker's count may be what its end still lacked."""
    if not order.dead:
        return False
    if order.unproven_qty and cum_qty is not None:
        prove_end(desk, order, cum_qty)
    return True


def ended(desk: Desk, order: Order, *, pause: bool = False) -> None:
    """An order has died. Unless the broker said how much it had filled in all, ask: a fill may have been lost, and
    until its count agrees with ours the rest is neither free for an algo nor for a liquidation. `pause`: its algo does
    not send the rest again."""
    if order.unproven_qty:
        ask_about(desk, order)
    supervisor.on_order_dead(desk, order, rejected=pause)


def prove_end(desk: Desk, order: Order, cum_qty: Decimal) -> None:
    """The broker's books say what a dead order had filled."""
    desk.emit(f.OrderEndProven(order.cl_ord_id, cum_qty))
    supervisor.on_order_changed(desk, order)


def cancel_rejected(desk: Desk, report: p.CancelRejected) -> None:
    """A fact about the request: the order returns to what its quantities imply, and the broker is asked about it."""
    order = order_for(desk, report.cl_ord_id, "cancel reject")
    if order is None or not order.pending_cancel:
        return
    desk.emit(f.CancelDenied(order.cl_ord_id, report.reason))
    desk.urgent += 1
    if order.leaves_qty:
        _complain(desk, order, "CANCEL_REJECTED", f"refused: {report.reason}")
        ask_about(desk, order)
    supervisor.on_order_changed(desk, order)


def _complain(desk: Desk, order: Order, code: str, what: str) -> None:
    """Say that a cancel came to nothing; a kill or liquidation that repeats it every second says so a few times. In a
    broker's group one order's cancel takes the others along: that theirs come too late is no news."""
    if order.cancel_attempts <= LOUD_CANCELS:
        level = AlertLevel.NOTICE if ended_with_partner(desk.state, order) else AlertLevel.WARN
        desk.alert(level, code, f"cancel of order {order.id} {order.symbol} {what}")


def expired(desk: Desk, report: p.Expired) -> None:
    """The time in force ended."""
    order = order_for(desk, report.cl_ord_id, "expiry")
    if order is not None and order.base is HELD:
        contradicted(desk, order, "expired", row(Event.ALIVE, HELD))
        return
    if order is None or _known_dead(desk, order, report.cum_qty):
        return
    follow_version(desk, order, report.cl_ord_id)
    if not _was_filled(desk, order):
        desk.emit(f.OrderExpired(order.cl_ord_id, report.cum_qty))
        desk.urgent += 1
        ended(desk, order)


def triggered(desk: Desk, report: p.Triggered) -> None:
    """A stop was elected, or an order that was held at the broker activated: it works."""
    order = order_for(desk, report.cl_ord_id, "trigger")
    if order is None:
        return
    cell = row(Event.TRIGGERED, order.base)
    if cell.asks:
        contradicted(desk, order, "triggered", cell)
    elif cell.recorded and not order.over:
        if cell.to is not order.base and report.ts_ns >= order.told_ns:
            desk.emit(f.OrderReinstated(order.cl_ord_id, "triggered", report.ts_ns))
        desk.emit(f.OrderTriggered(order.cl_ord_id))
        desk.alert(AlertLevel.NOTICE, "STOP_TRIGGERED", f"stop order {order.id} {order.symbol} was triggered")


def busted(desk: Desk, report: p.Busted) -> None:
    """An execution is taken back; it may not have arrived yet."""
    key = (report.account, report.exec_id)
    old = desk.state.seen_executions.get(key)
    order = order_of(desk.state, old) if old is not None else None
    if order is not None and key in desk.state.busted:
        # The same again; or it was corrected since, and what is meant is the correction: the broker's list says which.
        ask_about(desk, order)
        return
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
    old = desk.state.seen_executions.get((report.account, report.exec_id))
    amends = old is not None
    desk.emit(f.ExecutionCorrected(report.account, report.exec_id, report.execution))
    order = order_of(desk.state, report.execution)
    if key in desk.state.early_busts:
        # Corrected again already: that report came first.
        desk.emit(f.ExecutionBusted(*key))
    elif order is not None and amends and order.cum_qty > order.qty:
        check_overfill(desk, order)
    new = report.execution
    if old is not None and (old.side, old.last_qty, old.last_px) == (new.side, new.last_qty, new.last_px):
        # A commission that was told after its fill: every day's business at some brokers.
        words = f"the fee of execution {report.exec_id} is {new.fee}, told after the fill"
        desk.alert(AlertLevel.NOTICE, "FEE_TOLD_LATE", words)
        return
    desk.alert(AlertLevel.ALARM, "TRADE_CORRECT", f"execution {report.exec_id} was corrected by the broker")


# --- outcomes of hand-overs -----------------------------------------------------------------------------------------


def submit_failed(desk: Desk, outcome: i.SubmitFailed) -> None:
    """The broker (or the adapter) refused before anything lived."""
    order = desk.state.orders[outcome.cl_ord_id]
    unread = bool(outcome.cause)
    if order.released and order.base is S.PENDING_NEW and outcome.cause == "throttled":
        # Refused unread: a stop that the desk held is held again, and goes out when the broker reads again.
        withheld(desk, i.Withheld(outcome.cl_ord_id, outcome.reason, outcome.cause))
        return
    if outcome.cl_ord_id != order.cl_ord_id:
        if unread:
            letters.write(desk, order, outcome.cl_ord_id, outcome.cause, outcome.reason)
        replace_denied(desk, order, outcome.cl_ord_id, outcome.reason)
    elif order.base in UNPROVEN and not again_in_doubt(desk, order, f"refused when sent again: {outcome.reason}"):
        desk.emit(f.OrderRejected(order.cl_ord_id, outcome.reason))
        desk.alert(AlertLevel.WARN, "ORDER_REJECTED", f"order {order.id} {order.symbol} refused: {outcome.reason}")
        tell_lost(desk, order)
        if not unread:
            triggers.on_reject(desk, order)
        if unread:
            letters.write(desk, order, order.cl_ord_id, outcome.cause, outcome.reason)
        throttled = outcome.cause == "throttled"
        supervisor.on_order_dead(desk, order, rejected=not throttled, later=throttled)


def submit_unknown(desk: Desk, outcome: i.SubmitUnknown) -> None:
    """Sent, outcome not known: never re-sent, only asked about."""
    order = desk.state.orders[outcome.cl_ord_id]
    about_replace = order.replace_of(outcome.cl_ord_id) is not None
    if not about_replace and (order.base is not S.PENDING_NEW or outcome.cl_ord_id != order.cl_ord_id):
        if again_in_doubt(desk, order, f"sent again, outcome not known: {outcome.reason}"):
            ask_about(desk, order)
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
        replace_denied(desk, order, outcome.cl_ord_id, f"WITHHELD: {outcome.reason}")
    elif order.base in UNPROVEN and not again_in_doubt(desk, order, f"not sent again: {outcome.reason}"):
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
