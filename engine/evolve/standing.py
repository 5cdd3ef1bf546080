"""How an order stands by the broker's own doing: done for day, suspended, stopped, calculated, at work again, and its
terms restated. Which base follows is the table's."""

from __future__ import annotations

from decimal import Decimal

from engine import facts as f
from engine.evolve.booking import learn_order_id, order_of, settle
from engine.model.enums import OrdStatus
from engine.model.money import ZERO
from engine.orders.order import DEAD, UNPROVEN, Order
from engine.orders.table import STANDING, Event, after
from engine.state import DeskState

S = OrdStatus
WORKS = frozenset({S.NEW, S.PARTIALLY_FILLED, S.FILLED})


def _move(state: DeskState, order: Order, event: Event, ts_ns: int) -> None:
    order.base = after(order.base, event)
    order.told_ns = max(order.told_ns, ts_ns)


def order_done_for_day(state: DeskState, fact: f.OrderDoneForDay, now: int, market: int) -> None:
    order = state.orders[fact.cl_ord_id]
    if order.base not in DEAD:
        left = order.worst_leaves
        _move(state, order, Event.DONE_FOR_DAY, fact.ts_ns)
        if fact.over:
            order.unproven_qty = left if fact.cum_qty is None else max(fact.cum_qty - order.cum_qty, ZERO)
            order.over = True
            order.pending_cancel = False
            order.pending_replaces = ()
            order.text = "done for day"
    settle(state, order, now)


def order_suspended(state: DeskState, fact: f.OrderSuspended, now: int, market: int) -> None:
    order = state.orders[fact.cl_ord_id]
    _move(state, order, Event.SUSPENDED, fact.ts_ns)
    order.text = fact.reason or "suspended"
    settle(state, order, now)


def order_reinstated(state: DeskState, fact: f.OrderReinstated, now: int, market: int) -> None:
    order = state.orders[fact.cl_ord_id]
    _move(state, order, Event.REINSTATED, fact.ts_ns)
    if order.over:
        order.over = False
        order.unproven_qty = ZERO
    order.text = fact.why
    settle(state, order, now)


def order_stopped(state: DeskState, fact: f.OrderStopped, now: int, market: int) -> None:
    order = state.orders[fact.cl_ord_id]
    _move(state, order, Event.STOPPED, fact.ts_ns)
    order.text = "an execution is guaranteed"
    settle(state, order, now)


def order_calculated(state: DeskState, fact: f.OrderCalculated, now: int, market: int) -> None:
    order = state.orders[fact.cl_ord_id]
    _move(state, order, Event.CALCULATED, fact.ts_ns)
    settle(state, order, now)


def order_restated(state: DeskState, fact: f.OrderRestated, now: int, market: int) -> None:
    order = state.orders[fact.cl_ord_id]
    learn_order_id(state, order, fact.order_id)
    if fact.limit_px is not None:
        order.ref_px = fact.limit_px
    elif fact.cum_qty is not None and fact.qty:
        # A corporate action: what reserved an order without a limit is worth as much in today's shares.
        order.ref_px = order.ref_px * order.qty / fact.qty
    order.qty = fact.qty
    order.limit_px = fact.limit_px
    order.stop_px = fact.stop_px
    if fact.cum_qty is not None:
        _count_anew(state, order, fact.cum_qty)
    if (order.dead and fact.status in WORKS) or order.base in UNPROVEN or fact.status in STANDING:
        _stand(order, fact)
    order.told_ns = max(order.told_ns, fact.ts_ns)
    settle(state, order, now)


def _stand(order: Order, fact: f.OrderRestated) -> None:
    """The status that the broker (or its books) gives the order."""
    before = order.base
    if order.dead and fact.status in WORKS:
        # We took it for dead, and the broker works it.
        order.base = after(before, Event.ALIVE) if before in DEAD else S.NEW
        order.over = False
        order.unproven_qty = ZERO
    else:
        order.base = after(before, STANDING.get(fact.status, Event.RESTATED))
        if order.base in DEAD and before not in DEAD:
            order.pending_cancel = False
            order.pending_replaces = ()
    if order.base is not before:
        order.text = fact.why


def _count_anew(state: DeskState, order: Order, cum_qty: Decimal) -> None:
    """What was executed, in the shares of after a split: each execution counts for its share of the new total, so that
    its bust takes as much back. The executions themselves stay as they were made."""
    old = order.cum_qty
    order.cum_qty = cum_qty
    standing = [
        e for key, e in state.seen_executions.items() if key not in state.busted and order_of(state, e) is order
    ]
    if not old or not standing:
        order.adopted_qty += cum_qty - old
        return
    before = dict(order.split_qty)
    order.adopted_qty = order.adopted_qty * cum_qty / old
    left = cum_qty - order.adopted_qty
    extra: dict[str, Decimal] = {}
    for execution in standing[:-1]:
        counts = (execution.last_qty + before.get(execution.exec_id, ZERO)) * cum_qty / old
        extra[execution.exec_id] = counts - execution.last_qty
        left -= counts
    extra[standing[-1].exec_id] = left - standing[-1].last_qty
    order.split_qty = tuple(extra.items())
