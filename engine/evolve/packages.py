"""What a package order changes: each leg's own position, reservation and executions.

A package's cum_qty counts whole packages: the least, over its legs, of executed / ratio. Legs that are reported one
after the other move their positions at once, and the package when the last of them has come.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from engine.evolve.positions import position_of, track
from engine.model.money import ZERO
from engine.model.package import Leg
from engine.model.snapshot import Execution
from engine.orders.leg import OrderLeg
from engine.orders.order import Order
from engine.orders.position import Position
from engine.state import DeskState


def legs_at(legs: Sequence[Leg], ref_pxs: Sequence[Decimal]) -> tuple[OrderLeg, ...]:
    """The living legs of a new package, each reserved at its worst-case price."""
    return tuple(OrderLeg(leg.symbol, leg.side, leg.ratio, px) for leg, px in zip(legs, ref_pxs, strict=True))


def reserve_legs(state: DeskState, order: Order, leaves: Decimal) -> None:
    """Count each leg on its own position with what `leaves` packages leave it, in place of what it had reserved."""
    order.reserved_qty = leaves
    order.reserved_notional = ZERO
    for leg in order.legs:
        key = (order.account, leg.symbol)
        position = state.positions.get(key) or position_of(state, *key)
        left = (order.cum_qty + leaves) * leg.ratio - leg.cum_qty if leaves else ZERO
        _reserve(leg, position, max(left, ZERO))
        order.reserved_notional += leg.reserved_notional
        track(state, key, position)


def _reserve(leg: OrderLeg, position: Position, left: Decimal) -> None:
    notional = left * leg.ref_px * position.multiplier
    qty_step, notional_step = left - leg.reserved_qty, notional - leg.reserved_notional
    if leg.side.is_buy:
        position.open_buy += qty_step
        position.open_buy_notional += notional_step
    else:
        position.open_sell += qty_step
        position.open_sell_notional += notional_step
    leg.reserved_qty, leg.reserved_notional = left, notional


def raise_references(order: Order, ref_pxs: Sequence[Decimal]) -> None:
    """A change was asked for: each leg is reserved at the worse of what it was and will be."""
    for leg, px in zip(order.legs, ref_pxs, strict=True):
        leg.ref_px = max(leg.ref_px, px)


def leg_of(order: Order, execution: Execution) -> OrderLeg | None:
    """The leg that an execution belongs to, or None when it is none of this package's."""
    is_buy = execution.side.is_buy
    return next((leg for leg in order.legs if leg.symbol == execution.symbol and leg.side.is_buy is is_buy), None)


def count_leg(order: Order, execution: Execution, sign: int) -> None:
    """Count an execution (+1), or take it back (-1). Executions of no leg change nothing here."""
    leg = leg_of(order, execution)
    if leg is None:
        return
    qty = execution.last_qty * sign
    money = qty * execution.last_px * leg.side.sign
    leg.cum_qty += qty
    leg.cum_cost += money
    order.cum_cost += money
    order.cum_qty = min(each.cum_qty // each.ratio for each in order.legs)


def leg_overfilled_by(order: Order, execution: Execution) -> bool:
    """Whether this execution, which is booked, made its leg more than its share of all packages."""
    leg = leg_of(order, execution)
    return leg is not None and leg.cum_qty > order.qty * leg.ratio
