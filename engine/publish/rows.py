"""Rows of the tables, one builder a table. A row object is built anew only when what it shows changed."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from engine.algos.supervisor import slippage_bps, working_qty
from engine.evolve.booking import lot_of
from engine.model.enums import OrdStatus, OrdType
from engine.model.instrument import Instrument
from engine.model.market import Quote
from engine.model.money import CENT, ONE, ZERO, plain
from engine.model.snapshot import Execution
from engine.orders.group import total_qty
from engine.orders.leg import OrderLeg
from engine.orders.order import Doubt, Order
from engine.orders.position import Position
from engine.state import Algo, Break, DeskState
from engine.views import AlgoRow, BreakRow, FillRow, LegRow, OrderRow, PositionRow

PRICE_STEP: Final = Decimal("0.000001")
SECOND_NS: Final = 1_000_000_000


def _price(value: Decimal | None) -> Decimal | None:
    """A derived price, short enough to read and exact enough to check."""
    return value.quantize(PRICE_STEP).normalize() + 0 if value is not None else None


def money(value: Decimal) -> Decimal:
    """The same amount written with cents, or with as many digits as it needs."""
    cents = value.quantize(CENT)
    return cents if cents == value else value.normalize() + 0


def tick_of(state: DeskState, symbol: str) -> Decimal:
    instrument = state.instruments.get(symbol)
    return instrument.tick if instrument is not None else CENT


def unknown_s(order: Order, wall_ns: int) -> int | None:
    """For how many seconds the outcome of a request of this order has not been known."""
    return None if order.doubt is None else max(wall_ns - order.doubt.since_ns, 0) // SECOND_NS


def evidence(doubt: Doubt) -> str:
    """What the broker was asked, and what it said last."""
    if not doubt.asked:
        return "asking the broker"
    return f"asked {'once' if doubt.asked == 1 else f'{doubt.asked} times'}, last answer: {doubt.answer}"


def order_row(
    state: DeskState, order: Order, *, doubt: bool, wall_ns: int = 0, unheard_s: int | None = None
) -> OrderRow:
    """One order as the blotter shows it."""
    return OrderRow(
        order.id,
        order.cl_ord_id,
        order.order_id,
        order.account,
        order.symbol,
        order.side,
        order.request.ord_type,
        order.request.time_in_force,
        order.qty,
        order.cum_qty,
        _leaves(state, order),
        order.limit_px,
        order.stop_px,
        _price(order.avg_px),
        order.status,
        order.request.parent,
        order.request.tag,
        order.text or _waits_at_broker(state, order),
        order.created_ns,
        order.updated_ns,
        tick_of(state, order.legs[0].symbol if order.legs else order.symbol),
        order.is_open,
        doubt or order.doubt is not None or order.base is OrdStatus.UNKNOWN,
        order.group,
        order.base is OrdStatus.HELD or bool(order.expire_ns and order.is_open),
        _trail(order) if order.request.ord_type is OrdType.TRAILING_STOP else "",
        order.external,
        order.request.reduce_only,
        tuple(LegRow(leg.symbol, leg.side, leg.ratio, leg.cum_qty, _leg_px(leg)) for leg in order.legs),
        unknown_s(order, wall_ns),
        "" if order.doubt is None else evidence(order.doubt),
        0 if order.doubt is None else order.doubt.answered_ns,
        order.request.basket,
        unheard_s,
    )


def _waits_at_broker(state: DeskState, order: Order) -> str:
    """Of a leg of a group that the broker holds: what it waits for there."""
    group = state.groups.get(order.group)
    if group is None or not (group.at_broker and group.entry) or order.cl_ord_id == group.entry or order.dead:
        return ""
    entry = state.orders[group.entry]
    return "" if entry.cum_qty else f"at the broker, waits for order {entry.id}"


def _trail(order: Order) -> str:
    request = order.request
    if request.trail_amount is not None:
        return f"{request.trail_amount:f}"
    return f"{((request.trail_pct or ZERO) * 100).normalize():f}%"


def _leaves(state: DeskState, order: Order) -> Decimal:
    """What can still execute; of a held leg what its entry's and partners' fills leave it."""
    if not order.group or order.base is not OrdStatus.HELD or order.cl_ord_id == state.groups[order.group].entry:
        return order.leaves_qty
    total = total_qty(state.groups[order.group], order, state.orders, lot_of(state, order.symbol))
    return max(total - order.cum_qty, ZERO)


def _leg_px(leg: OrderLeg) -> Decimal | None:
    return _price(abs(leg.cum_cost) / leg.cum_qty) if leg.cum_qty else None


def position_row(
    state: DeskState, position: Position, quote: Quote | None, *, fresh: bool, rate: Decimal | None, trading: str = ""
) -> PositionRow:
    """One position, marked at the conservative side of `quote` (None = never a price), all amounts in its own currency.
    `rate`: what that counts for in the base currency; None where they are the same, ZERO where it is not known."""
    mark = None
    if quote is not None:
        mark = quote.bid if position.qty >= 0 else quote.ask
    elif position.last_px is not None:
        mark = position.last_px
    value = position.qty * mark * position.multiplier if mark is not None else None
    unrealized = value - position.cost if value is not None else None
    realized = position.realized - position.fees
    day = realized - position.day_realized + unrealized if unrealized is not None else None
    return PositionRow(
        position.account,
        position.symbol,
        position.qty,
        _price(position.avg_px),
        mark,
        money(value) if value is not None else None,
        money(unrealized) if unrealized is not None else None,
        money(realized),
        money(day) if day is not None else None,
        position.currency,
        bool(position.qty) and not fresh,
        tick_of(state, position.symbol),
        ONE if rate is None else rate or None,
        trading,
    )


def break_row(found: Break) -> BreakRow:
    """One difference, with theirs less ours."""
    difference = plain(Decimal(found.theirs) - Decimal(found.ours))
    return BreakRow(
        found.no,
        found.kind,
        found.account,
        found.key,
        found.ours,
        found.theirs,
        found.since_ns,
        difference,
        found.why,
        found.remedies,
    )


def fill_row(state: DeskState, execution: Execution) -> FillRow:
    """One execution."""
    order = state.orders.get(execution.cl_ord_id)
    return FillRow(
        execution.exec_id,
        execution.cl_ord_id,
        order.id if order is not None else 0,
        execution.account,
        execution.symbol,
        execution.side,
        execution.last_qty,
        execution.last_px,
        execution.fee,
        execution.ts_ns,
        execution.broker or state.broker,
        tick_of(state, execution.symbol),
    )


def algo_row(algo: Algo, instrument: Instrument | None) -> AlgoRow:
    """One parent order against its schedule."""
    spec = algo.spec
    return AlgoRow(
        algo.id,
        spec.algo,
        spec.account,
        spec.symbol,
        spec.side,
        spec.qty,
        algo.cum_qty,
        working_qty(algo),
        algo.target_qty,
        _price(algo.cum_cost / algo.cum_qty) if algo.cum_qty else None,
        algo.arrival_px,
        slippage_bps(algo),
        algo.reached,
        len(algo.slices),
        spec.start_ns,
        spec.end_ns,
        algo.status,
        algo.reason,
        instrument.tick if instrument is not None else CENT,
    )
