"""First sight: of an account (its cash and positions are where we start from), and of orders placed elsewhere."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from engine import facts as f
from engine import inputs as i
from engine.ids import root_id
from engine.model.enums import AlertLevel
from engine.model.money import ONE, ZERO, plain
from engine.model.snapshot import OrderSnapshot
from engine.orders import lost
from engine.orders.order import Order

if TYPE_CHECKING:
    from engine.desk import Desk


def seen_twice(desk: Desk, seen: i.BrokerSnapshot) -> bool:
    """An account is adopted from two equal pictures: what moves between the questions of one would be booked twice or
    never."""
    picture = (
        seen.account.cash,
        sorted((p.symbol, p.qty) for p in seen.positions if p.qty),
        sorted(e.exec_id for e in seen.executions),
        sorted((o.order_id, o.cum_qty, o.status.value) for o in seen.orders),
    )
    account = seen.account.account
    before = desk.first_sight.get(account)
    desk.first_sight[account] = picture
    return picture == before


def adopt_account(desk: Desk, seen: i.BrokerSnapshot) -> None:
    """First sight of an account: its cash and positions are where we start from, its past executions are in them."""
    account = seen.account
    for position in seen.positions:
        if position.qty:
            desk.emit(f.PositionAdopted(account.account, position.symbol, position.qty, position.avg_px or ZERO))
    known = desk.state.orders
    old = tuple(e.exec_id for e in seen.executions if e.cl_ord_id not in known)
    if old:
        desk.emit(f.ExecutionsSkipped(account.account, old))
    amounts = dict(account.cash)
    for execution in seen.executions:
        # Ours are booked one by one right after this: their money is taken out here so that it comes back there.
        if execution.cl_ord_id in known:
            instrument = desk.state.instruments.get(execution.symbol)
            # A future was not paid for. (What a part of them realised is not told apart: a cash break would show it.)
            unit = ONE if instrument is None else ZERO if instrument.future else instrument.multiplier
            paid_in = instrument.currency if instrument is not None else account.currency
            paid = execution.last_qty * execution.last_px * execution.side.sign * unit
            amounts[paid_in] = amounts.get(paid_in, ZERO) + paid
            if execution.fee:
                amounts[execution.fee_currency] = amounts.get(execution.fee_currency, ZERO) + execution.fee
    cash = amounts.pop(account.currency, ZERO)
    desk.emit(f.AccountAdopted(account.account, account.currency, cash, amounts))


def known_order(desk: Desk, snapshot: OrderSnapshot) -> Order | None:
    """Our order that the broker shows: by our id of any version, or by the broker's own."""
    orders = desk.state.orders
    return (
        orders.get(snapshot.cl_ord_id)
        or orders.get(snapshot.root_cl_ord_id)
        or desk.state.order_at(snapshot.account, snapshot.order_id)
    )


def adopt_orders(desk: Desk, seen: i.BrokerSnapshot) -> None:
    """Take up open orders that we don't know, before their executions are booked, so that each finds its order."""
    state = desk.state
    for snapshot in seen.orders:
        if known_order(desk, snapshot) is not None or snapshot.qty <= snapshot.cum_qty:
            continue
        ident = snapshot.cl_ord_id or root_id(state.desk_id, state.order_seq + 1)
        done = _done_before(desk, seen, snapshot)
        if lost.is_ours(desk, snapshot.cl_ord_id):
            lost.adopt(desk, snapshot, done)
            continue
        desk.emit(f.OrderAdopted(state.next_id, ident, snapshot, done))
        order = state.orders[ident]
        what = f"order {order.id}: {snapshot.side.value} {plain(snapshot.qty)} {snapshot.symbol}"
        if state.desk_id and snapshot.cl_ord_id.startswith(state.desk_id):
            # An older journal was put back, perhaps.
            desk.alert(AlertLevel.WARN, "RECOVERED_ORDER", f"{what} is this desk's own, and was not in its journal")
        else:
            desk.alert(AlertLevel.WARN, "EXTERNAL_ORDER", f"{what} was placed elsewhere")


def _done_before(desk: Desk, seen: i.BrokerSnapshot, snapshot: OrderSnapshot) -> Decimal:
    """What the order executed by executions that are not and will not be booked."""
    state = desk.state
    ours = {(e.account, e.exec_id): e for e in seen.executions}
    ours.update((key, e) for key, e in state.seen_executions.items() if key not in state.busted)
    booked = [e for key, e in ours.items() if e.order_id == snapshot.order_id and key not in state.skipped_executions]
    if snapshot.legs:
        done = min(sum((e.last_qty for e in booked if e.symbol == g.symbol), ZERO) // g.ratio for g in snapshot.legs)
    else:
        done = sum((e.last_qty for e in booked), ZERO)
    return max(snapshot.cum_qty - done, ZERO)
