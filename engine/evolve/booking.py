"""What orders and executions do to positions, reservations, cash and their parents: shared by the evolvers."""

from __future__ import annotations

from decimal import Decimal

from engine.evolve.packages import count_leg, reserve_legs
from engine.evolve.positions import position_of, track
from engine.evolve.refold import linked_symbols, refold_together
from engine.model.enums import OrdStatus
from engine.model.money import ONE, ZERO
from engine.model.snapshot import Execution
from engine.orders.group import Group, counted_leaves, reserved_leaves
from engine.orders.order import DEAD, Doubt, Order, derive_status
from engine.orders.position import Position, apply_execution, refold
from engine.state import Account, DeskState

__all__ = ["position_of", "track"]

NEW, UNKNOWN, HELD = OrdStatus.NEW, OrdStatus.UNKNOWN, OrdStatus.HELD


def remember(state: DeskState, order: Order) -> None:
    """An order that is new here, by its ids and by the key that its request may have."""
    state.orders[order.cl_ord_id] = order
    state.by_id[order.id] = order
    if order.id >= state.next_id:
        state.next_id = order.id + 1
    if order.request.client_key and order.base not in DEAD:
        state.client_keys[order.request.client_key] = order.cl_ord_id
    if order.request.basket:
        basket = state.baskets.get(order.request.basket)
        if basket is not None:
            basket.orders.setdefault(order.request.basket_row, order.cl_ord_id)


def note_sent(state: DeskState, order: Order, now: int) -> None:
    """A request about the order goes out: counted for the throttles."""
    r = order.request
    state.sent_ns.append(now)
    state.sent_by.append((r.account, r.strategy, r.user))


def settle(state: DeskState, order: Order, now: int) -> None:
    """Re-derive an order's status and reservation after any change of its quantities, prices, or chance to live."""
    order.status = derive_status(order)
    order.updated_ns = now
    leaves = order.worst_leaves
    if order.legs:
        reserve_legs(state, order, leaves)
    else:
        key = (order.account, order.symbol)
        position = state.positions.get(key) or position_of(state, *key)
        if order.group:
            settle_group(state, order, position, leaves, now)
        else:
            reserve(order, position, leaves)
    root, base = order.cl_ord_id, order.base
    dead = base in DEAD or order.over
    if base is UNKNOWN:
        state.unknown[root] = order
    elif state.unknown:
        state.unknown.pop(root, None)
    if order.doubt is not None:
        settle_doubt(state, order)
    if dead and leaves:
        state.unproven[root] = order
    elif state.unproven:
        state.unproven.pop(root, None)
    # A filled order with a cancel or replace still out stays listed until that request is answered.
    if dead or not (leaves or order.pending_cancel or order.pending_replaces):
        if state.open_orders.pop(root, None) is not None:
            state.resting.drop(order)
    elif root not in state.open_orders:
        state.open_orders[root] = order
        state.resting.add(order)
        _number_again(state, order)
    if base is HELD:
        if root not in state.held:
            state.held[root] = order
            state.held_version += 1
    elif state.held and state.held.pop(root, None) is not None:
        state.held_version += 1
    if order.request.parent is not None:
        tell_parent(state, order, leaves)
    if not order.legs:
        if order.request.reduce_only:
            watch_reduce_only(state, order)
        track(state, key, position)


def settle_doubt(state: DeskState, order: Order) -> None:
    """The doubt about a request ends with the first proof of what became of it; the next of a chain takes its place."""
    open_doubts = () if order.dead else tuple(r.cl_ord_id for r in order.pending_replaces if r.doubtful)
    if open_doubts:
        state.doubtful[order.cl_ord_id] = order
    else:
        state.doubtful.pop(order.cl_ord_id, None)
    if order.base is UNKNOWN or order.doubt is None:
        return
    if not open_doubts:
        order.doubt = None
    elif order.doubt.about not in open_doubts:
        order.doubt = Doubt(open_doubts[0], order.doubt.since_ns)


def settle_group(state: DeskState, order: Order, position: Position, leaves: Decimal, now: int) -> None:
    """Reserve an order of a group, and its held partners anew: what they may still do follows from it."""
    group = state.groups[order.group]
    state.stirred.add(group.no)
    if group.at_broker:
        _reserve_at_broker(state, group)
        return
    if order.base is not HELD:
        reserve(order, position, leaves)
    for root in group.roots:
        leg = state.orders[root]
        if leg.base is not HELD:
            continue
        key = (leg.account, leg.symbol)
        place = state.positions.get(key) or position_of(state, *key)
        leg.updated_ns = now
        if root == group.entry:
            reserve(leg, place, leg.worst_leaves)
        else:
            reserve(leg, place, reserved_leaves(group, leg, state.orders, lot_of(state, leg.symbol)))
        track(state, key, place)


def _reserve_at_broker(state: DeskState, group: Group) -> None:
    """A change of one order changes what its partners may still do: all of them are counted anew."""
    orders = state.orders
    for root in group.roots:
        each = orders[root]
        key = (each.account, each.symbol)
        place = state.positions.get(key) or position_of(state, *key)
        reserve(each, place, counted_leaves(group, each, orders))
        track(state, key, place)


def lot_of(state: DeskState, symbol: str) -> Decimal:
    """The lot on which a share of an order is rounded down."""
    instrument = state.instruments.get(symbol)
    return instrument.lot if instrument is not None else ONE


def watch_reduce_only(state: DeskState, order: Order) -> None:
    """Keep the list of open orders that may only reduce: the desk watches their size."""
    if order.cl_ord_id in state.open_orders:
        state.reduce_only[order.cl_ord_id] = order
    else:
        state.reduce_only.pop(order.cl_ord_id, None)


def reserve(order: Order, position: Position, leaves: Decimal) -> None:
    """Count the order on its position with these leaves in place of what it had reserved."""
    had_qty, had = order.reserved_qty, order.reserved_notional
    px = order.worst_px if order.pending_replaces else order.ref_px
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


def tell_parent(state: DeskState, order: Order, leaves: Decimal) -> None:
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


def book(state: DeskState, execution: Execution) -> Position:
    """Move position and cash by one execution."""
    key = (execution.account, execution.symbol)
    position = state.positions.get(key) or position_of(state, *key)
    signed = execution.last_qty if execution.side.is_buy else -execution.last_qty
    fee, currency = execution.fee, position.currency
    account = state.accounts.get(execution.account)
    if fee and execution.fee_currency != currency:
        if account is not None:
            charge_elsewhere(account, execution.fee_currency, fee)
        fee = ZERO
    realized = position.realized
    paid = apply_execution(position, signed, execution.last_px, fee)
    if position.margined:
        paid = realized - position.realized
    if account is not None:
        if fee:
            paid += fee
        if currency == account.currency:
            account.cash -= paid
        else:
            account.move(currency, -paid)
    return position


def charge_elsewhere(account: Account, currency: str, fee: Decimal) -> None:
    """A fee in another currency than its instrument's: it is paid, and no position's profit can hold it."""
    account.move(currency, -fee)
    account.side_fees[currency] = account.side_fees.get(currency, ZERO) + fee


def give_back(state: DeskState, execution: Execution) -> None:
    """Return the money of an execution that is taken back, in the currencies in which it was paid."""
    account = state.accounts.get(execution.account)
    if account is None:
        return
    position = position_of(state, execution.account, execution.symbol)
    if not position.margined:  # else refold_instrument gives back what it had won
        money = execution.last_qty * execution.side.sign * execution.last_px * position.multiplier
        account.move(position.currency, money)
    if execution.fee and execution.fee_currency != position.currency:
        charge_elsewhere(account, execution.fee_currency, -execution.fee)
    else:
        account.move(position.currency, execution.fee)


def count_execution(order: Order, execution: Execution, sign: int) -> None:
    """Count an execution on its order (+1), or take it back (-1)."""
    if order.legs:
        count_leg(order, execution, sign)
    else:
        order.cum_qty += execution.last_qty * sign
        order.cum_cost += execution.last_qty * execution.last_px * sign


def refold_instrument(state: DeskState, account: str, symbol: str) -> None:
    """Book an instrument anew from the executions and bookings that stand, in the order in which they were booked."""
    position = position_of(state, account, symbol)
    if state.bookings:
        linked = linked_symbols(state, account, symbol)
        if linked:
            together = {name: position_of(state, account, name) for name in linked}
            won = {name: moved.realized for name, moved in together.items()}
            refold_together(state, account, together)
            for name, moved in together.items():
                settle_margin(state, moved, won[name])
                track(state, (account, name), moved)
            return
    standing = (e for key, e in state.seen_executions.items() if key not in state.busted)
    realized = position.realized
    refold(position, (e for e in standing if e.symbol == symbol and e.account == account))
    settle_margin(state, position, realized)
    track(state, (account, symbol), position)


def settle_margin(state: DeskState, position: Position, realized: Decimal) -> None:
    """Cash follows the profit of a future, which was `realized` before it was booked anew."""
    account = state.accounts.get(position.account)
    if position.margined and account is not None and position.realized != realized:
        account.move(position.currency, position.realized - realized)


def order_of(state: DeskState, execution: Execution) -> Order | None:
    """The order of an execution, by our id or else by the broker's."""
    return state.orders.get(execution.cl_ord_id) or state.order_at(execution.account, execution.order_id)


def learn_order_id(state: DeskState, order: Order, order_id: str | None) -> None:
    """The broker's id of an order became known (or another, after a replace)."""
    if order_id and order_id != order.order_id:
        order.order_id = order_id
        state.by_order_id[(order.account, order_id)] = order


def count_for_parent(state: DeskState, order: Order, execution: Execution, sign: int) -> None:
    parent = order.request.parent
    if parent is not None:
        algo = state.algos.get(parent)
        if algo is not None:
            algo.cum_qty += execution.last_qty * sign
            algo.cum_cost += execution.last_qty * execution.last_px * sign
            algo.filled_ns = max(algo.filled_ns, execution.ts_ns)
            purpose = order.request.purpose
            if purpose:
                algo.filled_for[purpose] = algo.filled_for.get(purpose, ZERO) + execution.last_qty * sign
