"""One leg of a living package order."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from engine.model.enums import Side
from engine.model.money import ZERO


class OrderLeg(msgspec.Struct, gc=False):
    """What one leg has executed and what it reserves on its own instrument's position.

    `ratio` units for each package. `ref_px` is the worst-case price at which it is reserved. cum_cost is signed money
    per multiplier: bought quantities x price count positive, sold ones negative.
    """

    symbol: str
    side: Side
    ratio: int
    ref_px: Decimal
    cum_qty: Decimal = ZERO
    cum_cost: Decimal = ZERO
    reserved_qty: Decimal = ZERO
    reserved_notional: Decimal = ZERO
