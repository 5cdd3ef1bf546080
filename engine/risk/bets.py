"""What a position is a bet on, and how much two bets are one (docs/decisions/exposure-measures.md)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

import msgspec

from engine.market.history import History
from engine.market.past import is_recent
from engine.model.enums import Side
from engine.orders.position import Position
from engine.risk.sectors import root_of
from engine.state import DeskState

_STEP: Final = Decimal("0.000001")
Bet = tuple[str, int]
"""(the symbol that moves the price, +1 gains when it rises, -1 when it falls)"""


class Likeness(msgspec.Struct, frozen=True):
    """The bet that is most like another: the coefficient x both directions, with whom; and what isn't known."""

    value: Decimal
    other: str
    unknown: tuple[str, ...]


def bet_of(state: DeskState, symbol: str, side: Side) -> Bet:
    """A put gains when its underlying falls."""
    instrument = state.instruments.get(symbol)
    sign = side.sign
    if instrument is not None and instrument.option and not instrument.option.is_call:
        sign = -sign
    return root_of(state, symbol), sign


def bets_of(state: DeskState, position: Position) -> list[Bet]:
    """What a position is, or can become when its working orders fill."""
    qty, symbol = position.qty, position.symbol
    bets = []
    if qty > 0 or qty + position.open_buy > 0:
        bets.append(bet_of(state, symbol, Side.BUY))
    if qty < 0 or qty < position.open_sell:
        bets.append(bet_of(state, symbol, Side.SELL))
    return bets


def likeness(history: History, bet: Bet, book: Iterable[Bet], market_ns: int) -> Likeness:
    """Of one bet to those of a book. An instrument and the options on it are one bet, and not compared."""
    symbol, sign = bet
    worst, with_whom = Decimal(-2), ""
    unknown: set[str] = set()
    known = is_recent(history, symbol, market_ns)
    for other, direction in sorted(book):
        if other == symbol:
            continue
        found = history.correlation(symbol, other) if known and is_recent(history, other, market_ns) else None
        if found is None:
            unknown.add(other if known else symbol)
            continue
        value = Decimal(found * sign * direction).quantize(_STEP)
        if value > worst:
            worst, with_whom = value, other
    return Likeness(worst, with_whom, tuple(sorted(unknown)))
