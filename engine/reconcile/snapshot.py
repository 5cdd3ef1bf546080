"""Comparison with the broker: at start, after each reconnect, on a timer, when asked, and to verify a kill.

What differs is a break when two equal snapshots show it with no report for that instrument in between.
"""

from __future__ import annotations

from collections.abc import Container
from typing import TYPE_CHECKING

from engine import facts as f
from engine import inputs as i
from engine import protocol as p
from engine.algos import supervisor
from engine.connections import account_at, accounts_of, is_up, up_since_ns
from engine.effects import CloseGate, QuerySnapshot
from engine.model.enums import AlertLevel, TradingState
from engine.orders import lost, reports
from engine.orders.doubt import LAG_NS, ask_about
from engine.orders.order import HELD
from engine.reconcile import evidence
from engine.reconcile.adoption import adopt_account, adopt_orders, known_order, seen_twice
from engine.reconcile.confirmation import confirm
from engine.reconcile.differences import differences, positions
from engine.reconcile.identity import Identity
from engine.risk import killswitch
from engine.timers import Key
from engine.views import CommandResult, ComparisonRow

if TYPE_CHECKING:
    from engine.desk import Desk
    from engine.model.snapshot import OrderSnapshot
    from engine.orders.order import Order

SECOND_NS = 1_000_000_000
LEFT_OUT = "left out before"


def connected(desk: Desk, report: p.Connected) -> None:
    """The session stands: ask before anything new may go out."""
    desk.emit(f.BrokerUp(report.broker))
    account = account_at(desk.state, report.broker)
    lost.look_again(desk, account)
    ask(desk, account, "connect")


def disconnected(desk: Desk, report: p.Disconnected) -> None:
    """Orders keep their last state; nothing new goes out until the next comparison."""
    desk.emit(f.BrokerDown(report.broker, report.reason))
    desk.alert(AlertLevel.ALARM, "BROKER_DOWN", f"connection to {report.broker} lost: {report.reason}")


def gap(desk: Desk, report: p.Gap) -> None:
    """Something of the stream is lost: compare soon, once for a whole row of losses."""
    key = ("snapshot", account_at(desk.state, report.broker), "stream gap")
    if not desk.timers.is_set(key):
        desk.alert(AlertLevel.WARN, "STREAM_GAP", f"{report.broker}: {report.reason}; comparing with its books")
        desk.timers.set("wall", desk.now.wall_ns + SECOND_NS, key)


def ask(desk: Desk, account: str, reason: str) -> None:
    desk.emit(f.ReconcileStarted(account, reason))
    desk.effect(QuerySnapshot(account, reason))


def ask_now(desk: Desk, command: i.Reconcile) -> None:
    """The `reconcile` verb: starts a comparison; what it finds shows in the breaks pane."""
    state = desk.state
    accounts = [name for name in ((command.account,) if command.account else accounts_of(state)) if is_up(state, name)]
    if not accounts:
        desk.refuse(command.cmd_id, "reconcile", "the broker is not connected: nothing can be compared", command.user)
        return
    for account in accounts:
        ask(desk, account, "asked by " + (command.user or "user"))
    desk.reply(command.cmd_id, CommandResult(True, "comparison with the broker started"))


def on_timer(desk: Desk, key: Key) -> None:
    """A comparison that was planned: periodic, repeated to confirm, or wanted by evidence."""
    if is_up(desk.state, str(key[1])):
        ask(desk, str(key[1]), str(key[2]))


def _note_margin(desk: Desk, seen: i.BrokerSnapshot) -> None:
    """Keep what the broker says that the account has left; the same again only when it would get old."""
    margin, account = seen.account.margin, seen.account.account
    if margin is None:
        return
    told = desk.state.margins.get(account)
    if (
        told is None
        or told.margin != margin
        or desk.now.wall_ns - told.told_ns >= desk.surroundings.reconcile_every_ns // 2
    ):
        desk.emit(f.MarginTold(account, desk.state.connections.get(account, desk.state.broker), margin))


def compare(desk: Desk, seen: i.BrokerSnapshot) -> None:
    """Book what we missed, settle orders, find breaks."""
    state = desk.state
    account = seen.account.account
    meant = account if account in state.connections else state.account
    wrong = Identity(meant, state.mode).mismatch(seen.account)
    if wrong:
        refuse_account(desk, wrong)
        return
    if any(missing.account == account for missing in desk.lost.values()):
        # The answers about orders that a crash made us forget come first: their executions belong to them.
        desk.timers.set("wall", desk.now.wall_ns + SECOND_NS, ("snapshot", account, "lost orders"))
        return
    if account not in state.accounts:
        if not seen_twice(desk, seen):
            ask(desk, account, "first sight")
            return
        adopt_account(desk, seen)
    # Told before anything of this snapshot is booked: what it teaches us is no news of after it.
    stirred = {o.cl_ord_id for o in state.open_orders.values() if o.updated_ns >= seen.asked_wall_ns}
    # What moved so shortly before that the broker's positions may lag behind its reports is not compared.
    settled_ns = seen.asked_wall_ns - LAG_NS
    moved = {symbol for (owner, symbol), at in desk.moved_ns.items() if owner == account and at >= settled_ns}
    adopt_orders(desk, seen)
    lost.look_for_executed(desk, seen.executions)
    fresh = 0
    for execution in seen.executions:
        fresh += reports.book(desk, execution)
    if fresh:
        desk.alert(AlertLevel.NOTICE, "FILLS_RECOVERED", f"{fresh} executions learned from the broker's books")
    _settle_orders(desk, seen, stirred)
    if not is_up(state, account) or seen.asked_wall_ns < up_since_ns(state, account):
        return  # of a session that is over: what it taught us holds, but the new one has its own comparison
    _note_margin(desk, seen)
    found = differences(desk, seen, moved)
    confirmed = confirm(desk, seen, found, moved)
    desk.comparison = _summary(desk, seen, fresh, settled=len(confirmed) == len(found), cash=not moved)
    if len(confirmed) < len(found):
        desk.timers.set("wall", desk.now.wall_ns + SECOND_NS, ("snapshot", account, "confirm"))
        if not state.accounts[account].reconciled:
            # Not ready yet: a difference must be confirmed or gone before the first order goes out.
            return
    odd = {symbol for symbol, mine, yours in positions(state, seen) if mine != yours}
    if seen.reason == "kill-verify" and all(("position", account, symbol) in confirmed for symbol in odd):
        ours = {o.order_id: order for o in seen.orders if (order := known_order(desk, o)) is not None}
        killswitch.on_verified(desk, seen, ours)
    until = max((e.ts_ns for e in seen.executions), default=state.executions_until_ns)
    desk.emit(f.Reconciled(account, len(state.breaks), until))
    due = desk.now.wall_ns + desk.surroundings.reconcile_every_ns
    if moved and seen.reason not in ("timer", LEFT_OUT):
        # What moved just now was left out: once more when the broker's books have had time to follow.
        desk.timers.set("wall", desk.now.wall_ns + LAG_NS + SECOND_NS, ("snapshot", account, LEFT_OUT))
    if len(confirmed) == len(found):
        desk.timers.set("wall", due, ("snapshot", account, "timer"))
    supervisor.resume_after_reconcile(desk)


def _summary(desk: Desk, seen: i.BrokerSnapshot, fresh: int, *, settled: bool, cash: bool) -> ComparisonRow:
    """What was compared, for who asked."""
    before = desk.comparison
    no, learned = (before.no + 1, before.executions_learned + fresh) if before is not None else (1, fresh)
    held = {p.symbol for p in seen.positions if p.qty} | {
        symbol for (account, symbol), p in desk.state.positions.items() if p.qty and account == seen.account.account
    }
    sizes = (len(seen.orders), len(seen.executions), len(held))
    return ComparisonRow(no, desk.now.wall_ns, seen.asked_wall_ns, *sizes, cash, learned, settled)


def wrong_account(desk: Desk, report: i.WrongAccount) -> None:
    """The session was closed before anything could be sent on it; a person must look before the desk trades again."""
    refuse_account(desk, f"{report.broker}: {report.reason}")


def refuse_account(desk: Desk, text: str) -> None:
    """The broker's account is not the one that the profile names, or of another kind of money: no new risk."""
    if desk.state.trading.get("desk") is not TradingState.HALTED:
        desk.emit(f.TradingStateSet("desk", TradingState.HALTED, "engine", text))
        desk.effect(CloseGate(desk.state.gate_epoch, "engine", text))
        desk.alert(AlertLevel.ALARM, "WRONG_ACCOUNT", text)


def _settle_orders(desk: Desk, seen: i.BrokerSnapshot, stirred: Container[str]) -> None:
    """Bring open orders in line with the snapshot; `stirred` are those that changed since it was asked for."""
    state = desk.state
    at_broker = {}
    for snapshot in seen.orders:
        order = known_order(desk, snapshot)
        if order is None:
            continue
        at_broker[order.cl_ord_id] = snapshot
        changed_ns = order.updated_ns if order.dead else order.filled_ns
        over = order.dead or snapshot.cum_qty < order.cum_qty
        if over and snapshot.qty > snapshot.cum_qty and changed_ns + LAG_NS < seen.asked_wall_ns:
            # Dead or filled for us and open there: the targeted answer says who is right.
            if order.nameless:
                _count_less(desk, order, snapshot, seen)
                evidence.apply_snapshot(desk, order, snapshot, asked_ns=seen.asked_wall_ns)
            else:
                ask_about(desk, order)
    for order in list(state.open_orders.values()):
        if order.account != seen.account.account or order.created_ns >= seen.asked_wall_ns or order.base is HELD:
            continue
        snapshot_of = at_broker.get(order.cl_ord_id)
        if snapshot_of is not None:
            evidence.apply_snapshot(desk, order, snapshot_of, asked_ns=seen.asked_wall_ns)
        elif order.nameless:
            # It has no id to be asked for. Its fills were read after the list of open orders: none is missing. (A kill
            # stirs it every second with another cancel; that teaches nothing of it.)
            desk.emit(f.OrderCanceled(order.cl_ord_id, "no longer open at the broker", order.cum_qty))
            continue
        unanswered = order.pending_cancel or order.pending_replaces
        if (snapshot_of is None or unanswered) and not order.nameless and order.cl_ord_id not in stirred:
            # Not open there (filled, cancelled, expired, never arrived), or a request is unanswered: the targeted
            # answer says which.
            ask_about(desk, order)


def _count_less(desk: Desk, order: Order, snapshot: OrderSnapshot, seen: i.BrokerSnapshot) -> None:
    """An order that can't be asked for: what the snapshot lists of it is all the evidence there is."""
    its = tuple(e for e in seen.executions if e.order_id == order.order_id)
    answer = i.OrderEvidence(
        order.cl_ord_id, snapshot, its, False, asked_wall_ns=seen.asked_wall_ns, since_ns=seen.since_ns
    )
    evidence.count_less(desk, order, snapshot, answer)
