"""Worst-case exposure: what a position is worth when working orders fill, as 15c3-5 asks (orders entered count).

Exits count only beyond the position that they close: a sale out of a long position adds nothing until it is larger
than the position, and then only its excess. Source: definitions/risk-checks.md 2.7, DESIGN §4 "Reservation".
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

from engine.model.money import MONEY_STEP, ZERO
from engine.orders.position import Position


def reach(held: Decimal, mark: Decimal, multiplier: Decimal, open_qty: Decimal, open_notional: Decimal) -> Decimal:
    """Market value in one side's direction once every working order of that side has filled, and none of the other's.

    `held` is the position in that side's direction: above 0 the orders add to it, below 0 they close it first; what
    they leave of it is a value below 0. What goes beyond the position counts at the orders' average worst-case price.
    """
    if not held:
        return open_notional
    if held > ZERO:
        return held * mark * multiplier + open_notional
    beyond = open_qty + held
    if beyond <= ZERO:
        return beyond * mark * multiplier
    # Rounded, so that sums of it lose nothing however often they are changed.
    return (open_notional * beyond / open_qty).quantize(MONEY_STEP, ROUND_CEILING)


def side_exposure(
    held: Decimal, mark: Decimal, multiplier: Decimal, open_qty: Decimal, open_notional: Decimal
) -> Decimal:
    """|Market value| (>= 0) to which one side's orders can take the position; 0 where they only close it."""
    value = reach(held, mark, multiplier, open_qty, open_notional)
    return value if value > ZERO else ZERO


def worst_exposure(position: Position, mark: Decimal) -> Decimal:
    """The larger of the two sides' exposures: what the position can come to whichever orders fill."""
    qty, multiplier = position.qty, position.multiplier
    buys = reach(qty, mark, multiplier, position.open_buy, position.open_buy_notional)
    sales = reach(-qty, mark, multiplier, position.open_sell, position.open_sell_notional)
    return buys if buys > sales else sales
