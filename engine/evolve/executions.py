"""Executions: booked once, busted, corrected. Whatever was believed, the last word on an order is what filled."""

from __future__ import annotations

from engine import facts as f
from engine.evolve.booking import (
    book,
    count_execution,
    count_for_parent,
    give_back,
    learn_order_id,
    order_of,
    refold_instrument,
    settle,
    track,
)
from engine.evolve.day_activity import note_short, note_trade
from engine.evolve.trips import count_again
from engine.evolve.trips import count_execution as count_trip
from engine.model.enums import Side
from engine.model.money import ZERO
from engine.model.snapshot import Execution
from engine.orders.table import AFTER, Event, after
from engine.state import DeskState

SHORT = Side.SELL_SHORT
AFTER_FILL = AFTER[Event.FILLED]


def order_filled(state: DeskState, fact: f.OrderFilled, now: int, market: int) -> None:
    execution = fact.execution
    order = order_of(state, execution)
    if order is None:
        raise KeyError(execution.cl_ord_id)
    state.seen_executions[(execution.account, execution.exec_id)] = execution
    state.fills.append(execution)
    had = order.cum_qty
    if order.legs:
        count_execution(order, execution, 1)
    else:
        order.cum_qty += execution.last_qty
        order.cum_cost += execution.last_qty * execution.last_px
    order.filled_ns = now
    if order.unproven_qty:
        order.unproven_qty = max(order.unproven_qty - (order.cum_qty - had), ZERO)
    order.base = AFTER_FILL[order.base]
    if order.order_id is None and execution.order_id:
        learn_order_id(state, order, execution.order_id)
    note_trade(state, execution, book(state, execution))
    if execution.side is SHORT or order.side is SHORT:
        note_short(state, execution.symbol, execution.last_qty)
    count_trip(state, execution, order)
    if order.request.parent is not None:
        count_for_parent(state, order, execution, 1)
    settle(state, order, now)


def orphan_filled(state: DeskState, fact: f.OrphanFilled, now: int, market: int) -> None:
    execution = fact.execution
    state.seen_executions[(execution.account, execution.exec_id)] = execution
    state.fills.append(execution)
    position = book(state, execution)
    note_trade(state, execution, position)
    if execution.side is SHORT:
        note_short(state, execution.symbol, execution.last_qty)
    track(state, (execution.account, execution.symbol), position)
    count_trip(state, execution, None)


def execution_busted(state: DeskState, fact: f.ExecutionBusted, now: int, market: int) -> None:
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
    give_back(state, execution)
    refold_instrument(state, execution.account, execution.symbol)
    count_again(state, execution.account)
    order = order_of(state, execution)
    if execution.side is SHORT or (order is not None and order.side is SHORT):
        note_short(state, execution.symbol, -execution.last_qty)
    if order is not None:
        order.filled_ns = now
        order.base = after(order.base, Event.AMENDED)
        count_execution(order, execution, -1)
        if order.split_qty:
            order.cum_qty -= dict(order.split_qty).get(execution.exec_id, ZERO)
            order.split_qty = tuple(s for s in order.split_qty if s[0] != execution.exec_id)
        count_for_parent(state, order, execution, -1)
        settle(state, order, now)


def execution_corrected(state: DeskState, fact: f.ExecutionCorrected, now: int, market: int) -> None:
    key = (fact.account, fact.exec_id)
    old = state.seen_executions.get(key)
    if old is None:
        state.early_busts.add(key)
    elif key not in state.busted:
        state.busted.add(key)
        _unbook(state, old, now)
        _take_place_of(state, key, fact.execution)
    if order_of(state, fact.execution) is not None:
        order_filled(state, f.OrderFilled(fact.execution), now, market)
    else:
        orphan_filled(state, f.OrphanFilled(fact.execution), now, market)
    refold_instrument(state, fact.execution.account, fact.execution.symbol)
    count_again(state, fact.execution.account)


def _take_place_of(state: DeskState, old: tuple[str, str], execution: Execution) -> None:
    """Put a corrected execution right behind the one it amends: profit depends on the order of executions."""
    seen: dict[tuple[str, str], Execution] = {}
    for key, booked in state.seen_executions.items():
        seen[key] = booked
        if key == old:
            seen[(execution.account, execution.exec_id)] = execution
    state.seen_executions = seen
    for booking in state.bookings.values():
        if booking.after == old:
            booking.after = (execution.account, execution.exec_id)
