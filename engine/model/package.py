"""Legs of a package: several instruments bought and sold together as one order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from engine.model.enums import Side
from engine.model.option import OccError, parse_occ, readable_strike

#: As many legs as exchanges take in one complex order.
MOST_LEGS: Final = 4


class Leg(msgspec.Struct, frozen=True, gc=False):
    """One leg: `ratio` units of the instrument for each package, bought or sold."""

    symbol: str
    side: Side
    ratio: int = 1


def package_symbol(legs: Sequence[Leg]) -> str:
    """The package's own symbol, which no instrument has: AAPL260116C200/-AAPL260116C210, sold legs with a minus, a
    ratio above one as 2x. Equal packages have equal symbols."""
    return "/".join(_leg_word(leg) for leg in legs)


def _leg_word(leg: Leg) -> str:
    try:
        occ = parse_occ(leg.symbol)
        name = f"{occ.root}{occ.expiry:%y%m%d}{occ.right}{readable_strike(occ.strike)}"
    except OccError:
        name = leg.symbol
    ratio = f"{leg.ratio}x" if leg.ratio != 1 else ""
    return f"{'' if leg.side.is_buy else '-'}{ratio}{name}"
