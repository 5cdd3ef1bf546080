"""How each fact changes the state: one function a fact, no decisions. State is the fold of `evolve` over the journal.

`evolve(state, fact, recorded_ns, market_ns)` changes the state in place and never fails on a fact that the core made.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from engine import facts as f
from engine.ids import CRASH_GAP
from engine.model.enums import OrdStatus, TradingState
from engine.model.money import ONE, ZERO
from engine.model.order import OrderRequest
from engine.model.snapshot import Execution
from engine.orders.order import DEAD, UNPROVEN, Order, PendingReplace, derive_status, intent_key
from engine.orders.position import Position, adopt, apply_execution, refold
from engine.risk.limits import Limits
from engine.state import Account, Alert, Algo, Break, DeskState, Kill, Liquidation, LossWatch, PositionKey

Evolver = Callable[[DeskState, Any, int, int], None]
S = OrdStatus
NEW, UNKNOWN = S.NEW, S.UNKNOWN


def evolve(state: DeskState, fact: f.Fact, recorded_ns: int, market_ns: int) -> None:
    """Fold one fact into the state."""
    EVOLVERS[type(fact)](state, fact, recorded_ns, market_ns)
    state.last_recorded_ns = recorded_ns
    state.last_market_ns = market_ns


# --- positions and reservations -------------------------------------------------------------------------------------


def position_of(state: DeskState, account: str, symbol: str) -> Position:
    """The position record, made flat on first use."""
    key = (account, symbol)
    position = state.positions.get(key)
    if position is None:
        instrument = state.instruments.get(symbol)
        position = Position(account, symbol, instrument.multiplier if instrument is not None else ONE)
        if state.pnl_method == "fifo":
            position.lots = deque()
        state.positions[key] = position
    return position


def _settle(state: DeskState, order: Order, now: int) -> None:
    """Re-derive an order's status and reservation after any change of its quantities, prices, or chance to live."""
    order.status = derive_status(order)
    order.updated_ns = now
    key = (order.account, order.symbol)
    position = state.positions.get(key) or position_of(state, *key)
    leaves = order.worst_leaves
    _reserve(order, position, leaves)
    root, base = order.cl_ord_id, order.base
    dead = base in DEAD
    if base is UNKNOWN:
        state.unknown[root] = order
    elif state.unknown:
        state.unknown.pop(root, None)
    if dead and leaves:
        state.unproven[root] = order
    elif state.unproven:
        state.unproven.pop(root, None)
    # A filled order with a cancel or replace still out stays listed until that request is answered.
    if dead or not (leaves or order.pending_cancel or order.pending_replace is not None):
        state.open_orders.pop(root, None)
    elif root not in state.open_orders:
        state.open_orders[root] = order
        _number_again(state, order)
    if order.request.parent is not None:
        _tell_parent(state, order, leaves)
    _track(state, key, position)


def _reserve(order: Order, position: Position, leaves: Decimal) -> None:
    """Count the order on its position with these leaves in place of what it had reserved."""
    had_qty, had = order.reserved_qty, order.reserved_notional
    px = order.ref_px if order.pending_replace is None else order.worst_px
    notional = leaves * px * position.multiplier if leaves else ZERO
    if order.side.is_buy:
        if had_qty:
            position.open_buy -= had_qty
            position.open_buy_notional -= had
        if leaves:
            position.open_buy += leaves
            position.open_buy_notional += notional
    else:
        if had_qty:
            position.open_sell -= had_qty
            position.open_sell_notional -= had
        if leaves:
            position.open_sell += leaves
            position.open_sell_notional += notional
    order.reserved_qty = leaves
    order.reserved_notional = notional


def _tell_parent(state: DeskState, order: Order, leaves: Decimal) -> None:
    algo = state.algos.get(order.request.parent or 0)
    if algo is not None:
        if leaves:
            algo.open_children[order.cl_ord_id] = order
        else:
            algo.open_children.pop(order.cl_ord_id, None)


def _number_again(state: DeskState, order: Order) -> None:
    """An order that is open again (a bust) on a later day: its short number may be another order's by now."""
    if state.by_id.get(order.id) is not order:
        if order.id in state.by_id:
            order.id = state.next_id
        state.by_id[order.id] = order
        state.next_id = max(state.next_id, order.id + 1)


def _track(state: DeskState, key: PositionKey, position: Position) -> None:
    """Keep the list of instruments with something held or working: what each order's checks walk."""
    if position.qty or position.open_buy or position.open_sell:
        state.active[key] = position
    else:
        state.active.pop(key, None)


def _book(state: DeskState, execution: Execution) -> Position:
    """Move position and cash by one execution."""
    key = (execution.account, execution.symbol)
    position = state.positions.get(key) or position_of(state, *key)
    signed = execution.last_qty if execution.side.is_buy else -execution.last_qty
    paid = apply_execution(position, signed, execution.last_px, execution.fee)
    account = state.accounts.get(execution.account)
    if account is not None:
        account.cash -= paid + execution.fee if execution.fee else paid
    return position


def _refold(state: DeskState, account: str, symbol: str) -> None:
    """Book an instrument anew from the executions that stand, in the order in which they were booked."""
    position = position_of(state, account, symbol)
    standing = (e for key, e in state.seen_executions.items() if key not in state.busted)
    refold(position, (e for e in standing if e.symbol == symbol and e.account == account))
    _track(state, (account, symbol), position)


# --- the desk -------------------------------------------------------------------------------------------------------


def _desk_opened(state: DeskState, fact: f.DeskOpened, now: int, market: int) -> None:
    if state.desk_id and not state.closed_cleanly:
        state.order_seq += CRASH_GAP
    state.desk_id = fact.desk_id
    state.mode = fact.mode
    state.account = fact.account
    state.broker = fact.broker
    state.base_currency = fact.base_currency
    state.pnl_method = fact.pnl_method
    state.run_label = fact.run_label
    state.risk_hash = fact.risk_hash
    state.closed_cleanly = False
    state.brokers_up.clear()
    # Marks and loss timers belong to a run: the new one has a market (or a tape) of its own.
    state.marks.clear()
    state.loss = LossWatch()
    for account in state.accounts.values():
        account.reconciled = False


def _desk_closed(state: DeskState, fact: f.DeskClosed, now: int, market: int) -> None:
    state.closed_cleanly = True


def _instruments_loaded(state: DeskState, fact: f.InstrumentsLoaded, now: int, market: int) -> None:
    for instrument in fact.instruments:
        state.instruments[instrument.symbol] = instrument


def _limits_loaded(state: DeskState, fact: f.LimitsLoaded, now: int, market: int) -> None:
    state.limits = Limits(fact.limits)
    state.risk_hash = fact.risk_hash


def _day_rolled(state: DeskState, fact: f.DayRolled, now: int, market: int) -> None:
    state.day = fact.day
    state.day_end_ns = fact.end_ns
    state.day_equity = fact.equity
    state.day_flows = sum((a.flows for a in state.accounts.values()), ZERO)
    state.loss = LossWatch()
    state.fills.clear()
    state.rejects = state.submits = 0
    state.by_id = {o.id: o for orders in (state.open_orders, state.unproven) for o in orders.values()}
    state.next_id = 1 + max(state.by_id, default=0)
    state.algos = {k: a for k, a in state.algos.items() if a.is_live}
    for position in state.positions.values():
        position.day_realized = position.realized - position.fees


def _account_adopted(state: DeskState, fact: f.AccountAdopted, now: int, market: int) -> None:
    account = state.accounts.get(fact.account)
    if account is None:
        state.accounts[fact.account] = Account(fact.account, fact.currency, fact.cash, flows=fact.cash)
    else:
        account.flows += fact.cash - account.cash
        account.cash = fact.cash
    flows = sum((a.flows for a in state.accounts.values()), ZERO)
    if state.day_equity is None and not any(p.qty for p in state.positions.values()):
        # The first cash of a desk that holds nothing is its day's starting equity.
        state.day_equity = sum((a.cash for a in state.accounts.values()), ZERO)
        state.day_flows = flows
    if state.peak_equity is None:
        state.peak_equity = state.day_equity


def _position_adopted(state: DeskState, fact: f.PositionAdopted, now: int, market: int) -> None:
    position = position_of(state, fact.account, fact.symbol)
    adopt(position, fact.qty, fact.avg_px)
    _track(state, (fact.account, fact.symbol), position)


def _executions_skipped(state: DeskState, fact: f.ExecutionsSkipped, now: int, market: int) -> None:
    state.skipped_executions.update((fact.account, exec_id) for exec_id in fact.exec_ids)


def _command_refused(state: DeskState, fact: f.CommandRefused, now: int, market: int) -> None:
    """An audit record; changes nothing."""


def _marks_sampled(state: DeskState, fact: f.MarksSampled, now: int, market: int) -> None:
    for symbol, bid, ask, ts_ns in fact.marks:
        state.marks[symbol] = (bid, ask, ts_ns)
    if fact.equity is None:
        return
    state.equity = fact.equity
    state.peak_equity = fact.peak_equity
    if state.day_equity is None:
        state.day_equity = fact.equity
        # An account that was first seen with positions: its day begins with this first equity, and so do its flows.
        state.day_flows = sum((a.flows for a in state.accounts.values()), ZERO)
    flows = sum((a.flows for a in state.accounts.values()), ZERO) - state.day_flows
    loss = state.day_equity + flows - fact.equity
    limit = state.limits.value("risk.max_daily_loss_pct")
    hit = limit is not None and state.day_equity > 0 and loss >= limit * state.day_equity
    state.loss.daily_since = (state.loss.daily_since or now) if hit else None
    limit = state.limits.value("risk.max_drawdown_pct")
    peak = state.peak_equity
    hit = limit is not None and peak is not None and peak > 0 and peak - fact.equity >= limit * peak
    state.loss.drawdown_since = (state.loss.drawdown_since or now) if hit else None


def _alert_raised(state: DeskState, fact: f.AlertRaised, now: int, market: int) -> None:
    state.alerts.append(Alert(fact.no, fact.level, fact.code, fact.text, market))
    state.next_alert = fact.no + 1


def _alerts_acked(state: DeskState, fact: f.AlertsAcked, now: int, market: int) -> None:
    for alert in state.alerts:
        if alert.no <= fact.upto:
            alert.acked = True


# --- orders ---------------------------------------------------------------------------------------------------------


def _order_intended(state: DeskState, fact: f.OrderIntended, now: int, market: int) -> None:
    request = fact.request
    order = Order(
        fact.id,
        fact.cl_ord_id,
        request,
        request.qty,
        request.limit_px,
        request.stop_px,
        fact.ref_px,
        now,
        now,
        fact.cl_ord_id,
        request.account,
        request.symbol,
        request.side,
    )
    if fact.liquidation:
        order.liquidation = True
    _remember(state, order)
    state.order_seq += 1
    state.submits += 1
    state.sent_ns.append(now)
    state.last_intent[intent_key(request)] = now
    if len(state.last_intent) > 4096:
        _forget_old_intents(state, now)
    if request.parent is not None:
        algo = state.algos.get(request.parent)
        if algo is not None:
            algo.children += 1
    if fact.liquidation:
        liquidation = state.liquidations.get((request.account, request.symbol))
        if liquidation is not None:
            liquidation.attempts += 1
    key = (request.account, request.symbol)
    position = state.positions.get(key) or position_of(state, *key)
    _reserve(order, position, request.qty)
    state.open_orders[fact.cl_ord_id] = order
    state.active[key] = position
    if request.parent is not None:
        _tell_parent(state, order, request.qty)


def _forget_old_intents(state: DeskState, now: int) -> None:
    """Keep the duplicate index bounded: the window is seconds, an hour is plenty."""
    horizon = now - 3_600_000_000_000
    kept = {key: at for key, at in state.last_intent.items() if at >= horizon}
    state.last_intent = kept if len(kept) <= 4096 else dict(list(kept.items())[-2048:])


def _remember(state: DeskState, order: Order) -> None:
    state.orders[order.cl_ord_id] = order
    state.by_id[order.id] = order
    if order.id >= state.next_id:
        state.next_id = order.id + 1
    if order.request.client_key and order.base not in DEAD:
        state.client_keys[order.request.client_key] = order.cl_ord_id


def _order_denied(state: DeskState, fact: f.OrderDenied, now: int, market: int) -> None:
    request = fact.request
    order = Order(
        fact.id,
        fact.cl_ord_id,
        request,
        request.qty,
        request.limit_px,
        request.stop_px,
        ZERO,
        now,
        now,
        fact.cl_ord_id,
        request.account,
        request.symbol,
        request.side,
        base=S.DENIED,
        status=S.DENIED,
    )
    order.text = "; ".join(str(d) for d in fact.denials)
    state.order_seq += 1
    _remember(state, order)


def _order_withheld(state: DeskState, fact: f.OrderWithheld, now: int, market: int) -> None:
    order = state.orders[fact.cl_ord_id]
    if order.base in UNPROVEN:
        order.base = S.DENIED
        order.text = f"WITHHELD: {fact.reason}"
        order.pending_cancel = False
    _settle(state, order, now)


def _order_unknown(state: DeskState, fact: f.OrderUnknown, now: int, market: int) -> None:
    order = state.orders[fact.cl_ord_id]
    replace = order.pending_replace
    if replace is not None and replace.cl_ord_id == fact.cl_ord_id and fact.cl_ord_id != order.cl_ord_id:
        # The doubt is about the replace: it stays PENDING_REPLACE, reserves the worse of both, and is queried.
        replace.doubtful = True
    elif order.base is S.PENDING_NEW:
        order.base = S.UNKNOWN
        order.text = fact.reason
    _settle(state, order, now)


def _order_accepted(state: DeskState, fact: f.OrderAccepted, now: int, market: int) -> None:
    order = state.orders[fact.cl_ord_id]
    _name(state, order, fact.order_id)
    if order.base in UNPROVEN:
        order.base = NEW
        order.text = ""
        state.unknown.pop(order.cl_ord_id, None)
    # An acknowledgement changes no quantity and no price: what is reserved stays.
    order.status = derive_status(order)
    order.updated_ns = now


def _order_rejected(state: DeskState, fact: f.OrderRejected, now: int, market: int) -> None:
    order = state.orders[fact.cl_ord_id]
    if order.base not in DEAD:
        _die(order, S.REJECTED, fact.reason)
        state.rejects += 1
        liquidation = state.liquidations.get((order.account, order.symbol))
        if liquidation is not None and order.liquidation:
            liquidation.refused_ns = now
    _settle(state, order, now)


def _end(order: Order, base: OrdStatus, text: str, cum_qty: Decimal | None) -> None:
    """The order is dead with what it had filled: by the broker's count, or by one that is still to be asked for."""
    if order.base not in DEAD:
        left = order.worst_leaves
        _die(order, base, text)
        order.unproven_qty = left
    if cum_qty is not None:
        order.unproven_qty = max(cum_qty - order.cum_qty, ZERO)


def _die(order: Order, base: OrdStatus, text: str) -> None:
    order.base = base
    order.pending_cancel = False
    order.pending_replace = None
    if text:
        order.text = text


def _order_filled(state: DeskState, fact: f.OrderFilled, now: int, market: int) -> None:
    execution = fact.execution
    order = order_of(state, execution)
    if order is None:
        raise KeyError(execution.cl_ord_id)
    state.seen_executions[(execution.account, execution.exec_id)] = execution
    state.fills.append(execution)
    order.cum_qty += execution.last_qty
    order.cum_cost += execution.last_qty * execution.last_px
    order.filled_ns = now
    if order.unproven_qty:
        order.unproven_qty = max(order.unproven_qty - execution.last_qty, ZERO)
    if order.base in UNPROVEN:
        # An execution proves acceptance; the ack itself may arrive later or never.
        order.base = NEW
    if order.order_id is None and execution.order_id:
        _name(state, order, execution.order_id)
    _book(state, execution)
    if order.request.parent is not None:
        _count_for_parent(state, order, execution, 1)
    _settle(state, order, now)


def order_of(state: DeskState, execution: Execution) -> Order | None:
    """The order of an execution, by our id or else by the broker's."""
    return state.orders.get(execution.cl_ord_id) or state.order_at(execution.account, execution.order_id)


def _name(state: DeskState, order: Order, order_id: str | None) -> None:
    """The broker's id of an order became known (or another, after a replace)."""
    if order_id and order_id != order.order_id:
        order.order_id = order_id
        state.by_order_id[(order.account, order_id)] = order


def _count_for_parent(state: DeskState, order: Order, execution: Execution, sign: int) -> None:
    parent = order.request.parent
    if parent is not None:
        algo = state.algos.get(parent)
        if algo is not None:
            algo.cum_qty += execution.last_qty * sign
            algo.cum_cost += execution.last_qty * execution.last_px * sign


def _orphan_filled(state: DeskState, fact: f.OrphanFilled, now: int, market: int) -> None:
    execution = fact.execution
    state.seen_executions[(execution.account, execution.exec_id)] = execution
    state.fills.append(execution)
    _track(state, (execution.account, execution.symbol), _book(state, execution))


def _execution_busted(state: DeskState, fact: f.ExecutionBusted, now: int, market: int) -> None:
    key = (fact.account, fact.exec_id)
    execution = state.seen_executions.get(key)
    if execution is None:
        state.early_busts.add(key)
    elif key not in state.busted:
        state.busted.add(key)
        state.early_busts.discard(key)
        _unbook(state, execution, now)


def _unbook(state: DeskState, execution: Execution, now: int) -> None:
    """Take a busted execution back: its money, its place in the instrument's history, its share of the order."""
    signed = execution.last_qty * execution.side.sign
    account = state.accounts.get(execution.account)
    if account is not None:
        multiplier = position_of(state, execution.account, execution.symbol).multiplier
        account.cash += signed * execution.last_px * multiplier + execution.fee
    _refold(state, execution.account, execution.symbol)
    order = order_of(state, execution)
    if order is not None:
        order.filled_ns = now
        order.cum_qty -= execution.last_qty
        order.cum_cost -= execution.last_qty * execution.last_px
        _count_for_parent(state, order, execution, -1)
        _settle(state, order, now)


def _execution_corrected(state: DeskState, fact: f.ExecutionCorrected, now: int, market: int) -> None:
    key = (fact.account, fact.exec_id)
    old = state.seen_executions.get(key)
    if old is None:
        state.early_busts.add(key)
    elif key not in state.busted:
        state.busted.add(key)
        _unbook(state, old, now)
        _take_place_of(state, key, fact.execution)
    if order_of(state, fact.execution) is not None:
        _order_filled(state, f.OrderFilled(fact.execution), now, market)
    else:
        _orphan_filled(state, f.OrphanFilled(fact.execution), now, market)
    _refold(state, fact.execution.account, fact.execution.symbol)


def _take_place_of(state: DeskState, old: tuple[str, str], execution: Execution) -> None:
    """Put a corrected execution right behind the one it amends: profit depends on the order of executions."""
    seen: dict[tuple[str, str], Execution] = {}
    for key, booked in state.seen_executions.items():
        seen[key] = booked
        if key == old:
            seen[(execution.account, execution.exec_id)] = execution
    state.seen_executions = seen


def _cancel_intended(state: DeskState, fact: f.CancelIntended, now: int, market: int) -> None:
    order = state.orders[fact.cl_ord_id]
    order.pending_cancel = True
    order.cancel_attempts = fact.attempt
    order.cancel_ns = now
    state.sent_ns.append(now)
    _settle(state, order, now)


def _cancel_denied(state: DeskState, fact: f.CancelDenied, now: int, market: int) -> None:
    order = state.orders[fact.cl_ord_id]
    order.pending_cancel = False
    order.text = fact.reason
    _settle(state, order, now)


def _order_canceled(state: DeskState, fact: f.OrderCanceled, now: int, market: int) -> None:
    order = state.orders[fact.cl_ord_id]
    _end(order, S.CANCELED, fact.reason, fact.cum_qty)
    _settle(state, order, now)


def _replace_intended(state: DeskState, fact: f.ReplaceIntended, now: int, market: int) -> None:
    order = state.orders[fact.orig_cl_ord_id]
    order.pending_replace = PendingReplace(fact.cl_ord_id, fact.qty, fact.limit_px, fact.stop_px, fact.ref_px)
    order.replaces += 1
    state.orders[fact.cl_ord_id] = order
    state.sent_ns.append(now)
    _settle(state, order, now)


def _replace_refused(state: DeskState, fact: f.ReplaceRefused, now: int, market: int) -> None:
    """An audit record; the order is as it was."""


def _order_replaced(state: DeskState, fact: f.OrderReplaced, now: int, market: int) -> None:
    order = state.orders[fact.cl_ord_id]
    replace = order.pending_replace
    if replace is not None and replace.cl_ord_id == fact.cl_ord_id:
        order.ref_px = replace.ref_px
        order.pending_replace = None
    elif fact.limit_px is not None:
        order.ref_px = fact.limit_px
    order.qty = fact.qty
    order.limit_px = fact.limit_px
    order.stop_px = fact.stop_px
    order.live_id = fact.cl_ord_id
    _name(state, order, fact.order_id)
    if order.base in UNPROVEN:
        order.base = S.NEW
    _settle(state, order, now)


def _replace_denied(state: DeskState, fact: f.ReplaceDenied, now: int, market: int) -> None:
    order = state.orders[fact.orig_cl_ord_id]
    replace = order.pending_replace
    if replace is not None and replace.cl_ord_id == fact.cl_ord_id:
        order.pending_replace = None
        order.text = fact.reason
    _settle(state, order, now)


def _order_expired(state: DeskState, fact: f.OrderExpired, now: int, market: int) -> None:
    order = state.orders[fact.cl_ord_id]
    _end(order, S.EXPIRED, "", fact.cum_qty)
    _settle(state, order, now)


def _order_end_proven(state: DeskState, fact: f.OrderEndProven, now: int, market: int) -> None:
    order = state.orders[fact.cl_ord_id]
    if order.base in DEAD:
        order.unproven_qty = max(fact.cum_qty - order.cum_qty, ZERO)
    _settle(state, order, now)


def _order_done_for_day(state: DeskState, fact: f.OrderDoneForDay, now: int, market: int) -> None:
    order = state.orders[fact.cl_ord_id]
    if order.base not in DEAD:
        order.base = S.DONE_FOR_DAY
    _settle(state, order, now)


def _order_triggered(state: DeskState, fact: f.OrderTriggered, now: int, market: int) -> None:
    order = state.orders[fact.cl_ord_id]
    order.text = "triggered"
    _settle(state, order, now)


def _order_restated(state: DeskState, fact: f.OrderRestated, now: int, market: int) -> None:
    order = state.orders[fact.cl_ord_id]
    _name(state, order, fact.order_id)
    order.qty = fact.qty
    order.limit_px = fact.limit_px
    order.stop_px = fact.stop_px
    if fact.limit_px is not None:
        order.ref_px = fact.limit_px
    if fact.status in (S.CANCELED, S.EXPIRED, S.REJECTED):
        if order.base not in DEAD:
            _die(order, fact.status, fact.why)
    elif order.base in UNPROVEN or fact.status in (S.DONE_FOR_DAY, S.SUSPENDED, S.STOPPED, S.CALCULATED):
        order.base = fact.status if fact.status not in (S.PARTIALLY_FILLED, S.FILLED) else S.NEW
        order.text = fact.why
    elif order.base in DEAD and fact.status in (S.NEW, S.PARTIALLY_FILLED):
        # We took it for dead, and the broker works it.
        order.base = S.NEW
        order.unproven_qty = ZERO
        order.text = fact.why
    _settle(state, order, now)


def _order_adopted(state: DeskState, fact: f.OrderAdopted, now: int, market: int) -> None:
    snapshot = fact.snapshot
    request = OrderRequest(
        snapshot.account,
        snapshot.symbol,
        snapshot.side,
        snapshot.qty,
        snapshot.ord_type,
        snapshot.limit_px,
        snapshot.stop_px,
        snapshot.time_in_force,
        origin="external",
    )
    px = snapshot.limit_px or snapshot.stop_px or ZERO
    order = Order(
        fact.id,
        fact.cl_ord_id,
        request,
        snapshot.qty,
        snapshot.limit_px,
        snapshot.stop_px,
        px,
        now,
        now,
        fact.cl_ord_id,
        snapshot.account,
        snapshot.symbol,
        snapshot.side,
        base=S.NEW,
    )
    order.external = True
    order.nameless = not snapshot.cl_ord_id
    order.text = "EXTERNAL"
    _remember(state, order)
    _name(state, order, snapshot.order_id)
    state.order_seq += 1
    # Executions that came before their order was known were booked without it: they are its own from now on.
    order.adopted_qty = order.cum_qty = fact.adopted_qty
    for key, execution in state.seen_executions.items():
        if key not in state.busted and order_of(state, execution) is order:
            order.cum_qty += execution.last_qty
            order.cum_cost += execution.last_qty * execution.last_px
    _settle(state, order, now)


def _order_resolved(state: DeskState, fact: f.OrderResolved, now: int, market: int) -> None:
    order = state.orders[fact.cl_ord_id]
    replace = order.pending_replace
    if replace is not None and fact.cl_ord_id == replace.cl_ord_id and fact.cl_ord_id != order.cl_ord_id:
        order.pending_replace = None
    elif order.base not in DEAD:
        never_lived = order.base in UNPROVEN and not order.cum_qty
        _die(order, S.REJECTED if never_lived else S.CANCELED, f"{fact.by}: {fact.reason}")
    _settle(state, order, now)


# --- gate, kill, liquidation ----------------------------------------------------------------------------------------


def _trading_state_set(state: DeskState, fact: f.TradingStateSet, now: int, market: int) -> None:
    gate_moves = TradingState.HALTED in (fact.state, state.trading.get(fact.scope))
    if fact.state is TradingState.ACTIVE:
        state.trading.pop(fact.scope, None)
        state.trading_reason.pop(fact.scope, None)
    else:
        state.trading[fact.scope] = fact.state
        state.trading_reason[fact.scope] = f"{fact.reason} ({fact.by})" if fact.by else fact.reason
    if fact.scope == "desk" and gate_moves:
        state.gate_epoch += 1


def _kill_pulled(state: DeskState, fact: f.KillPulled, now: int, market: int) -> None:
    held = tuple(key for key, position in state.positions.items() if position.qty)
    state.kill = Kill(
        fact.epoch, fact.by, fact.reason, fact.flatten, market, fact.orders, positions=len(held), held=held
    )
    state.kill_epoch = fact.epoch
    state.gate_epoch += 1
    state.trading["kill"] = TradingState.HALTED
    state.trading_reason["kill"] = f"{fact.reason} ({fact.by})"


def _kill_escalated(state: DeskState, fact: f.KillEscalated, now: int, market: int) -> None:
    if state.kill is not None:
        state.kill.flatten = fact.flatten
        state.kill.kept = state.kill.given_up = False


def _kill_kept(state: DeskState, fact: f.KillKept, now: int, market: int) -> None:
    if state.kill is not None:
        state.kill.kept = True
        state.kill.phase = "kept"


def _kill_phase(state: DeskState, fact: f.KillPhase, now: int, market: int) -> None:
    if state.kill is not None:
        state.kill.phase = fact.phase
        state.kill.detail = fact.detail
        state.kill.phase_ns = now


def _kill_reset(state: DeskState, fact: f.KillReset, now: int, market: int) -> None:
    state.kill = None
    state.gate_epoch += 1
    state.trading.pop("kill", None)
    state.trading_reason.pop("kill", None)
    state.loss = LossWatch()


def _liquidation_started(state: DeskState, fact: f.LiquidationStarted, now: int, market: int) -> None:
    key = (fact.account, fact.symbol)
    state.liquidations[key] = Liquidation(fact.account, fact.symbol, fact.by, fact.reason, now)


def _liquidation_ended(state: DeskState, fact: f.LiquidationEnded, now: int, market: int) -> None:
    state.liquidations.pop((fact.account, fact.symbol), None)
    if state.kill is not None and not fact.flat:
        state.kill.given_up = True


# --- algos ----------------------------------------------------------------------------------------------------------


def _algo_launched(state: DeskState, fact: f.AlgoLaunched, now: int, market: int) -> None:
    state.algos[fact.id] = Algo(fact.id, fact.spec, fact.slices, fact.arrival_px, open_children={})
    state.next_algo_id = fact.id + 1
    if fact.spec.client_key:
        state.algo_keys[fact.spec.client_key] = fact.id


def _algo_refused(state: DeskState, fact: f.AlgoRefused, now: int, market: int) -> None:
    """An audit record; changes nothing."""


def _algo_slice_reached(state: DeskState, fact: f.AlgoSliceReached, now: int, market: int) -> None:
    algo = state.algos[fact.id]
    algo.reached = max(algo.reached, fact.slice_no + 1)


def _algo_status_set(state: DeskState, fact: f.AlgoStatusSet, now: int, market: int) -> None:
    algo = state.algos[fact.id]
    algo.status = fact.status
    algo.reason = fact.reason


# --- broker ---------------------------------------------------------------------------------------------------------


def _broker_up(state: DeskState, fact: f.BrokerUp, now: int, market: int) -> None:
    state.brokers_up[fact.broker] = True
    state.up_since_ns = now
    for account in state.accounts.values():
        account.reconciled = False


def _broker_down(state: DeskState, fact: f.BrokerDown, now: int, market: int) -> None:
    state.brokers_up[fact.broker] = False
    for account in state.accounts.values():
        account.reconciled = False


def _reconcile_started(state: DeskState, fact: f.ReconcileStarted, now: int, market: int) -> None:
    """An audit record; changes nothing."""


def _reconciled(state: DeskState, fact: f.Reconciled, now: int, market: int) -> None:
    account = state.accounts.get(fact.account)
    if account is not None:
        account.reconciled = True
    state.executions_until_ns = max(state.executions_until_ns, fact.until_ns)


def _break_found(state: DeskState, fact: f.BreakFound, now: int, market: int) -> None:
    state.breaks[fact.no] = Break(fact.no, fact.type, fact.account, fact.key, fact.ours, fact.theirs, now)
    state.next_break = fact.no + 1


def _break_cleared(state: DeskState, fact: f.BreakCleared, now: int, market: int) -> None:
    state.breaks.pop(fact.no, None)


def _journal_went_down(state: DeskState, fact: f.JournalWentDown, now: int, market: int) -> None:
    state.journal_ok = False


def _journal_came_back(state: DeskState, fact: f.JournalCameBack, now: int, market: int) -> None:
    state.journal_ok = True


EVOLVERS: dict[type, Evolver] = {
    f.DeskOpened: _desk_opened,
    f.DeskClosed: _desk_closed,
    f.InstrumentsLoaded: _instruments_loaded,
    f.LimitsLoaded: _limits_loaded,
    f.DayRolled: _day_rolled,
    f.AccountAdopted: _account_adopted,
    f.PositionAdopted: _position_adopted,
    f.ExecutionsSkipped: _executions_skipped,
    f.CommandRefused: _command_refused,
    f.MarksSampled: _marks_sampled,
    f.AlertRaised: _alert_raised,
    f.AlertsAcked: _alerts_acked,
    f.OrderIntended: _order_intended,
    f.OrderDenied: _order_denied,
    f.OrderWithheld: _order_withheld,
    f.OrderUnknown: _order_unknown,
    f.OrderAccepted: _order_accepted,
    f.OrderRejected: _order_rejected,
    f.OrderFilled: _order_filled,
    f.OrphanFilled: _orphan_filled,
    f.ExecutionBusted: _execution_busted,
    f.ExecutionCorrected: _execution_corrected,
    f.CancelIntended: _cancel_intended,
    f.CancelDenied: _cancel_denied,
    f.OrderCanceled: _order_canceled,
    f.ReplaceIntended: _replace_intended,
    f.ReplaceRefused: _replace_refused,
    f.OrderReplaced: _order_replaced,
    f.ReplaceDenied: _replace_denied,
    f.OrderExpired: _order_expired,
    f.OrderEndProven: _order_end_proven,
    f.OrderDoneForDay: _order_done_for_day,
    f.OrderTriggered: _order_triggered,
    f.OrderRestated: _order_restated,
    f.OrderAdopted: _order_adopted,
    f.OrderResolved: _order_resolved,
    f.TradingStateSet: _trading_state_set,
    f.KillPulled: _kill_pulled,
    f.KillEscalated: _kill_escalated,
    f.KillKept: _kill_kept,
    f.KillPhase: _kill_phase,
    f.KillReset: _kill_reset,
    f.LiquidationStarted: _liquidation_started,
    f.LiquidationEnded: _liquidation_ended,
    f.AlgoLaunched: _algo_launched,
    f.AlgoRefused: _algo_refused,
    f.AlgoSliceReached: _algo_slice_reached,
    f.AlgoStatusSet: _algo_status_set,
    f.BrokerUp: _broker_up,
    f.BrokerDown: _broker_down,
    f.ReconcileStarted: _reconcile_started,
    f.Reconciled: _reconciled,
    f.BreakFound: _break_found,
    f.BreakCleared: _break_cleared,
    f.JournalWentDown: _journal_went_down,
    f.JournalCameBack: _journal_came_back,
}
