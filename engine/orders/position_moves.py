"""What bookings do to a position beyond executions: units and cost that come or go without a trade, splits, renaming.

Nothing is lost to rounding: for each position cost - realized = money paid + `moved`, to the last digit, and what one
position gives another takes.
"""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal

from engine.model.money import MONEY_STEP, ZERO
from engine.orders.position import Lot, Position, cost_of


def trade_for(position: Position, signed_qty: Decimal, money: Decimal) -> None:
    """Units change hands for a sum (paid > 0, received < 0), as by an execution whose price need not be exact."""
    held = position.qty
    after = position.qty = held + signed_qty
    lots = position.lots
    if not held or (held > 0) == (signed_qty > 0):
        position.cost += money
        if lots is not None:
            lots.append(Lot(signed_qty, money))
    elif not after:
        position.realized -= money + position.cost
        position.cost = ZERO
        if lots is not None:
            lots.clear()
    elif (after > 0) == (held > 0):
        cost_out = cost_of(position, held, abs(signed_qty))
        position.realized -= money + cost_out
        position.cost -= cost_out
    else:
        closing = (money * abs(held) / abs(signed_qty)).quantize(MONEY_STEP)
        position.realized -= closing + position.cost
        position.cost = money - closing
        if lots is not None:
            lots.clear()
            lots.append(Lot(after, position.cost))


def bring_in(position: Position, signed_qty: Decimal, cost: Decimal) -> None:
    """Units come with their cost; against a position of the other side they close it at that cost."""
    position.moved += cost
    trade_for(position, signed_qty, cost)


def take_out(position: Position, signed_qty: Decimal) -> Decimal:
    """Units of what is held (same sign; at most all) leave with their cost, which is returned. No profit."""
    held = position.qty
    if not held or not signed_qty or (held > 0) != (signed_qty > 0):
        return ZERO
    if abs(signed_qty) >= abs(held):
        cost = position.cost
        position.qty = position.cost = ZERO
        if position.lots is not None:
            position.lots.clear()
    else:
        cost = cost_of(position, held, abs(signed_qty))
        position.qty = held - signed_qty
        position.cost -= cost
    position.moved -= cost
    return cost


def transfer(position: Position, signed_qty: Decimal, px: Decimal) -> None:
    """Units arrive at `px`, or, against what is held, leave at their cost (what is more arrives at `px`)."""
    held = position.qty
    rest = signed_qty
    if held and (held > 0) != (signed_qty > 0):
        leaving = min(abs(held), abs(signed_qty)).copy_sign(held)
        take_out(position, leaving)
        rest += leaving
    if rest:
        bring_in(position, rest, rest * px * position.multiplier)


def correct_cost(position: Position, delta: Decimal) -> None:
    """What is held costs `delta` more than believed; with nothing held what was realised was wrong by it."""
    position.moved += delta
    if not position.qty:
        position.realized -= delta
        return
    position.cost += delta
    if position.lots:
        left = delta
        for lot in list(position.lots)[:-1]:
            part = (delta * lot.qty / position.qty).quantize(MONEY_STEP)
            lot.cost += part
            left -= part
        position.lots[-1].cost += left


def split(position: Position, new: Decimal, old: Decimal, lot: Decimal, cash: Decimal | None) -> None:
    """`new` units for every `old` at the same cost; with `cash`, what is below a whole lot is sold for it."""
    position.qty = scaled(position.qty, new, old)
    if position.last_px is not None:
        position.last_px = scaled(position.last_px, old, new)
    if position.lots:
        left = position.qty
        for each in list(position.lots)[:-1]:
            each.qty = scaled(each.qty, new, old)
            left -= each.qty
        position.lots[-1].qty = left
    if cash is None:
        return
    fraction = fraction_of(position.qty, lot)
    if fraction:
        trade_for(position, -fraction, -cash)
    else:
        position.realized += cash


def scaled(value: Decimal, new: Decimal, old: Decimal) -> Decimal:
    """value x new / old, to 8 decimals."""
    return (value * new / old).quantize(MONEY_STEP).normalize() + 0


def fraction_of(qty: Decimal, lot: Decimal) -> Decimal:
    """What is above the last whole lot, with the quantity's sign."""
    whole = (abs(qty) / lot).to_integral_value(ROUND_FLOOR) * lot
    return (abs(qty) - whole).copy_sign(qty) if abs(qty) != whole else ZERO


def expire(position: Position) -> None:
    """What is held is worth nothing any more: its cost is realised."""
    if position.qty:
        trade_for(position, -position.qty, ZERO)


def rename(position: Position, to: Position) -> None:
    """All units with their cost, lot by lot, go to another symbol; what was realised stays."""
    qty = position.qty
    if to.last_px is None:
        to.last_px = position.last_px
    joins = not to.qty or (to.qty > 0) == (qty > 0)
    parts = [(each.qty, each.cost) for each in position.lots] if position.lots and joins else None
    cost = take_out(position, qty)
    if qty:
        for part_qty, part_cost in parts or [(qty, cost)]:
            bring_in(to, part_qty, part_cost)


def exercise(option: Position, underlying: Position, qty: Decimal, shares: Decimal, strike: Decimal) -> None:
    """`qty` contracts (signed as held) leave at their cost, the premium; the shares cost the strike and the premium."""
    premium = take_out(option, qty)
    underlying.moved += premium
    trade_for(underlying, shares, shares * strike + premium)
