"""Comparison with the broker: at start, after each reconnect, on a timer, when asked, and to verify a kill.

What differs is a break when two equal snapshots show it with no report for that instrument in between.
"""

from __future__ import annotations

from collections.abc import Container
from decimal import Decimal
from typing import TYPE_CHECKING

from engine import facts as f
from engine import inputs as i
from engine import protocol as p
from engine.algos import supervisor
from engine.effects import CloseGate, QuerySnapshot
from engine.evolve import order_of
from engine.ids import root_id
from engine.model.enums import AlertLevel, TradingState
from engine.model.money import ONE, ZERO, plain
from engine.model.snapshot import OrderSnapshot
from engine.orders import reports
from engine.orders.doubt import ask_about
from engine.orders.order import DEAD, HELD, Order
from engine.reconcile import evidence
from engine.risk import killswitch
from engine.timers import Key
from engine.views import CommandResult

if TYPE_CHECKING:
    from engine.desk import Desk

SECOND_NS = 1_000_000_000
POSITION_BREAK = "position break"
Difference = tuple[str, str, str]
"""(kind, account, key)"""


def connected(desk: Desk, report: p.Connected) -> None:
    """The session stands: ask before anything new may go out."""
    desk.emit(f.BrokerUp(report.broker))
    ask(desk, desk.state.account, "connect")


def disconnected(desk: Desk, report: p.Disconnected) -> None:
    """Orders keep their last state; nothing new goes out until the next comparison."""
    desk.emit(f.BrokerDown(report.broker, report.reason))
    desk.alert(AlertLevel.ALARM, "BROKER_DOWN", f"connection to {report.broker} lost: {report.reason}")


def ask(desk: Desk, account: str, reason: str) -> None:
    desk.emit(f.ReconcileStarted(account, reason))
    desk.effect(QuerySnapshot(account, reason))


def ask_now(desk: Desk, command: i.Reconcile) -> None:
    """The `reconcile` verb: starts a comparison; what it finds shows in the breaks pane."""
    ask(desk, command.account or desk.state.account, "asked by " + (command.user or "user"))
    desk.reply(command.cmd_id, CommandResult(True, "comparison with the broker started"))


def on_timer(desk: Desk, key: Key) -> None:
    """A comparison that was planned: periodic, repeated to confirm, or wanted by evidence."""
    if any(desk.state.brokers_up.values()):
        ask(desk, str(key[1]), str(key[2]))


def compare(desk: Desk, seen: i.BrokerSnapshot) -> None:
    """Book what we missed, settle orders, find breaks."""
    state = desk.state
    account = seen.account.account
    if seen.account.is_live != (state.mode == "live"):
        _refuse_mode(desk, seen)
        return
    if account not in state.accounts:
        if not _seen_twice(desk, seen):
            ask(desk, account, "first sight")
            return
        _adopt_account(desk, seen)
    # Told before anything of this snapshot is booked: what it teaches us is no news of after it.
    stirred = {o.cl_ord_id for o in state.open_orders.values() if o.updated_ns >= seen.asked_wall_ns}
    # What moved so shortly before that the broker's positions may lag behind its reports is not compared.
    settled_ns = seen.asked_wall_ns - evidence.LAG_NS
    moved = {symbol for (owner, symbol), at in desk.moved_ns.items() if owner == account and at >= settled_ns}
    _adopt_orders(desk, seen)
    fresh = 0
    for execution in seen.executions:
        fresh += reports.book(desk, execution)
    if fresh:
        desk.alert(AlertLevel.NOTICE, "FILLS_RECOVERED", f"{fresh} executions learned from the broker's books")
    _settle_orders(desk, seen, stirred)
    if not any(state.brokers_up.values()) or seen.asked_wall_ns < state.up_since_ns:
        return  # of a session that is over: what it taught us holds, but the new one has its own comparison
    differences = _differences(desk, seen, moved)
    confirmed = _confirm(desk, seen, differences, moved)
    if len(confirmed) < len(differences):
        desk.timers.set("wall", desk.now.wall_ns + SECOND_NS, ("snapshot", account, "confirm"))
        if not state.accounts[account].reconciled:
            # Not ready yet: a difference must be confirmed or gone before the first order goes out.
            return
    odd = {symbol for symbol, mine, yours in _positions(desk, seen) if mine != yours}
    if seen.reason == "kill-verify" and all(("position", account, symbol) in confirmed for symbol in odd):
        working = sum(1 for o in seen.orders if o.qty > o.cum_qty)
        killswitch.on_verified(desk, working, sum(1 for pos in seen.positions if pos.qty), seen.asked_wall_ns)
    until = max((e.ts_ns for e in seen.executions), default=state.executions_until_ns)
    desk.emit(f.Reconciled(account, len(state.breaks), until))
    due = desk.now.wall_ns + desk.surroundings.reconcile_every_ns
    if len(confirmed) == len(differences):
        desk.timers.set("wall", due, ("snapshot", account, "timer"))
    supervisor.resume_after_reconcile(desk)


def _refuse_mode(desk: Desk, seen: i.BrokerSnapshot) -> None:
    """The broker's account is of another kind of money than the profile says: nothing may trade on it."""
    kind = "live" if seen.account.is_live else "paper"
    text = f"account {seen.account.account} is a {kind} account, the profile says {desk.state.mode}"
    if desk.state.trading.get("desk") is not TradingState.HALTED:
        desk.emit(f.TradingStateSet("desk", TradingState.HALTED, "engine", text))
        desk.effect(CloseGate(desk.state.gate_epoch, "engine", text))
        desk.alert(AlertLevel.ALARM, "WRONG_ACCOUNT", text)


def _seen_twice(desk: Desk, seen: i.BrokerSnapshot) -> bool:
    """An account is adopted from two equal pictures: what moves between the questions of one would be booked twice or
    never."""
    picture = (
        seen.account.cash,
        sorted((p.symbol, p.qty) for p in seen.positions if p.qty),
        sorted(e.exec_id for e in seen.executions),
        sorted((o.order_id, o.cum_qty, o.status.value) for o in seen.orders),
    )
    before, desk.first_sight = desk.first_sight, picture
    return picture == before


def _adopt_account(desk: Desk, seen: i.BrokerSnapshot) -> None:
    """First sight of an account: its cash and positions are where we start from, its past executions are in them."""
    account = seen.account
    for position in seen.positions:
        if position.qty:
            desk.emit(f.PositionAdopted(account.account, position.symbol, position.qty, position.avg_px or ZERO))
    known = desk.state.orders
    old = tuple(e.exec_id for e in seen.executions if e.cl_ord_id not in known)
    if old:
        desk.emit(f.ExecutionsSkipped(account.account, old))
    cash = account.cash.get(account.currency, ZERO)
    for execution in seen.executions:
        # Ours are booked one by one right after this: their money is taken out here so that it comes back there.
        if execution.cl_ord_id in known:
            instrument = desk.state.instruments.get(execution.symbol)
            unit = instrument.multiplier if instrument is not None else ONE
            cash += execution.last_qty * execution.last_px * execution.side.sign * unit + execution.fee
    desk.emit(f.AccountAdopted(account.account, account.currency, cash))


def _settle_orders(desk: Desk, seen: i.BrokerSnapshot, stirred: Container[str]) -> None:
    """Bring open orders in line with the snapshot; `stirred` are those that changed since it was asked for."""
    state = desk.state
    at_broker = {}
    for snapshot in seen.orders:
        order = _known(desk, snapshot)
        if order is None:
            continue
        at_broker[order.cl_ord_id] = snapshot
        changed_ns = order.updated_ns if order.base in DEAD else order.filled_ns
        over = order.base in DEAD or snapshot.cum_qty < order.cum_qty
        if over and snapshot.qty > snapshot.cum_qty and changed_ns + evidence.LAG_NS < seen.asked_wall_ns:
            # Dead or filled for us and open there: the targeted answer says who is right.
            if order.nameless:
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
        unanswered = order.pending_cancel or order.pending_replace is not None
        if (snapshot_of is None or unanswered) and not order.nameless and order.cl_ord_id not in stirred:
            # Not open there (filled, cancelled, expired, never arrived), or a request is unanswered: the targeted
            # answer says which.
            ask_about(desk, order)


def _known(desk: Desk, snapshot: OrderSnapshot) -> Order | None:
    """Our order that the broker shows: by our id of any version, or by the broker's own."""
    orders = desk.state.orders
    return (
        orders.get(snapshot.cl_ord_id)
        or orders.get(snapshot.root_cl_ord_id)
        or desk.state.order_at(snapshot.account, snapshot.order_id)
    )


def _adopt_orders(desk: Desk, seen: i.BrokerSnapshot) -> None:
    """Take up open orders that we don't know, before their executions are booked, so that each finds its order."""
    state = desk.state
    for snapshot in seen.orders:
        if _known(desk, snapshot) is not None or snapshot.qty <= snapshot.cum_qty:
            continue
        ident = snapshot.cl_ord_id or root_id(state.desk_id, state.order_seq + 1)
        desk.emit(f.OrderAdopted(state.next_id, ident, snapshot, _done_before(desk, seen, snapshot)))
        order = state.orders[ident]
        what = f"order {order.id}: {snapshot.side.value} {plain(snapshot.qty)} {snapshot.symbol}"
        if snapshot.cl_ord_id.startswith(state.desk_id):
            # Sent while the journal was down, and a crash took our knowledge of it.
            desk.alert(AlertLevel.WARN, "RECOVERED_ORDER", f"{what} is this desk's own, and was not in its journal")
        else:
            desk.alert(AlertLevel.WARN, "EXTERNAL_ORDER", f"{what} was placed elsewhere")


def _done_before(desk: Desk, seen: i.BrokerSnapshot, snapshot: OrderSnapshot) -> Decimal:
    """What the order executed by executions that are not and will not be booked."""
    state = desk.state
    ours = {(e.account, e.exec_id): e for e in seen.executions}
    ours.update((key, e) for key, e in state.seen_executions.items() if key not in state.busted)
    booked = (
        e.last_qty for key, e in ours.items() if e.order_id == snapshot.order_id and key not in state.skipped_executions
    )
    return max(snapshot.cum_qty - sum(booked, ZERO), ZERO)


def _differences(desk: Desk, seen: i.BrokerSnapshot, moved: set[str]) -> dict[Difference, tuple[str, str]]:
    """Positions and cash that differ now; instruments with a report since the question was asked are left out."""
    state = desk.state
    account = seen.account.account
    found: dict[Difference, tuple[str, str]] = {}
    for symbol, mine, yours in _positions(desk, seen):
        if mine != yours and symbol not in moved:
            found[("position", account, symbol)] = (plain(mine), plain(yours))
    if not moved:
        currency = seen.account.currency
        cash = state.accounts[account].cash
        broker_cash = seen.account.cash.get(currency, ZERO)
        if cash != broker_cash:
            found[("cash", account, currency)] = (plain(cash), plain(broker_cash))
    return found


def _positions(desk: Desk, seen: i.BrokerSnapshot) -> list[tuple[str, Decimal, Decimal]]:
    """(symbol, ours, theirs) of everything that one of us holds or held."""
    account = seen.account.account
    theirs = {position.symbol: position.qty for position in seen.positions}
    ours = {symbol: pos.qty for (owner, symbol), pos in desk.state.positions.items() if owner == account}
    return [(s, ours.get(s, ZERO), theirs.get(s, ZERO)) for s in sorted(theirs.keys() | ours.keys())]


def _confirm(
    desk: Desk, seen: i.BrokerSnapshot, differences: dict[Difference, tuple[str, str]], moved: set[str]
) -> dict[Difference, tuple[str, str]]:
    """Turn differences seen twice into breaks, clear breaks that are gone; the confirmed ones. The second look comes a
    while after the first: two answers from one stale cache are one answer."""
    state, account = desk.state, seen.account.account
    standing = {(b.kind, b.account, b.key): b for b in state.breaks.values() if b.account == account}
    confirmed: dict[Difference, tuple[str, str]] = {}
    suspects: dict[Difference, tuple[tuple[str, str], int]] = {}
    for key, found in standing.items():
        if key not in differences and key[2] not in moved and not (moved and key[0] == "cash"):
            desk.emit(f.BreakCleared(found.no, "equal again"))
    for key, pair in differences.items():
        old = standing.get(key)
        if old is not None and _gap(old.ours, old.theirs) == _gap(*pair):
            if (old.ours, old.theirs) != pair:
                # The same gap, and both sides moved on: shown as it is now.
                desk.emit(f.BreakCleared(old.no, "changed"))
                desk.emit(f.BreakFound(state.next_break, key[0], account, key[2], *pair))
            _ask_about_missing(desk, seen, key)
            confirmed[key] = pair
            continue
        if old is not None:
            desk.emit(f.BreakCleared(old.no, "changed"))
        before, since_ns = desk.suspects.get(key, (pair, seen.asked_wall_ns))
        if before != pair:
            since_ns = seen.asked_wall_ns
        if seen.asked_wall_ns - since_ns >= SECOND_NS:
            _raise_break(desk, key, pair)
            _ask_about_missing(desk, seen, key)
            confirmed[key] = pair
        else:
            suspects[key] = (pair, since_ns)
    desk.suspects = suspects
    differing = {key[2] for key in differences if key[0] == "position"} | moved
    for scope, why in list(state.trading_reason.items()):
        if why.startswith(POSITION_BREAK) and scope.partition(":")[2] not in differing:
            desk.emit(f.TradingStateSet(scope, TradingState.ACTIVE, "engine", "position break resolved"))
    return confirmed


def _gap(ours: str, theirs: str) -> Decimal:
    return Decimal(theirs) - Decimal(ours)


def _ask_about_missing(desk: Desk, seen: i.BrokerSnapshot, key: Difference) -> None:
    """Executions of a broken instrument (with a cash break: of any) that the broker lists no more: their orders' own
    answers tell of busts."""
    state = desk.state
    listed = {e.exec_id for e in seen.executions}
    doubted = {
        order.cl_ord_id: order
        for place, e in state.seen_executions.items()
        if (key[0] == "cash" or e.symbol == key[2])
        if e.exec_id not in listed and e.ts_ns >= seen.since_ns and place not in state.busted
        if (order := order_of(state, e)) is not None and not order.nameless
    }
    for order in doubted.values():
        ask_about(desk, order)


def _raise_break(desk: Desk, key: Difference, pair: tuple[str, str]) -> None:
    kind, account, what = key
    desk.emit(f.BreakFound(desk.state.next_break, kind, account, what, *pair))
    desk.alert(AlertLevel.ALARM, "BREAK", f"{kind} break {what}: ours {pair[0]}, broker's {pair[1]}")
    scope = f"instrument:{what}"
    if kind == "position" and desk.state.trading.get(scope, TradingState.ACTIVE) < TradingState.REDUCING:
        desk.emit(f.TradingStateSet(scope, TradingState.REDUCING, "engine", POSITION_BREAK))
