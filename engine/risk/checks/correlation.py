"""No second bet of the same kind: an order whose instrument moves with one that is held or being opened, in the same
direction. The measure is the coefficient of daily returns x the directions of both, so that a hedge passes.
(docs/decisions/exposure-measures.md)"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from engine.market.past import is_recent
from engine.model.enums import Side
from engine.orders.position import Position
from engine.risk.context import Context
from engine.risk.money import Money
from engine.risk.sectors import root_of

MOST: Final = "risk.max_correlation"
_STEP: Final = Decimal("0.000001")
Bet = tuple[str, int]
"""(the symbol that moves the price, +1 gains when it rises, -1 when it falls)"""


def is_alone(c: Context) -> bool:
    """An order for the one instrument that is held or working, or for the first: there is nothing to compare with."""
    active, request = c.state.active, c.request
    return not request.legs and (not active or (len(active) == 1 and (request.account, request.symbol) in active))


def check_correlation(c: Context, money: Money) -> None:
    """The proposal's bets against the account's and against each other. An instrument and the options on it are one
    bet, and matter of the position limits."""
    limit = c.limits.max_correlation
    if limit is None:
        return
    mine = {_bet(c, part.request.symbol, part.request.side) for part in c.parts if not part.reducing}
    own = {part.request.symbol for part in c.parts}
    book: set[Bet] = set(mine) if len(mine) > 1 else set()
    for (account, symbol), position in c.state.active.items():
        if account == c.request.account and symbol not in own:
            book |= _bets_of(c, symbol, position)
    for symbol, sign in sorted(mine):
        _compare(c, symbol, sign, book, limit)


def _compare(c: Context, symbol: str, sign: int, book: set[Bet], limit: Decimal) -> None:
    worst, with_whom = limit, ""
    unknown: set[str] = set()
    history = c.surroundings.history
    today = c.now.market_ns
    known = is_recent(history, symbol, today)
    for other, direction in book:
        if other == symbol:
            continue
        found = history.correlation(symbol, other) if known and is_recent(history, other, today) else None
        if found is None:
            unknown.add(other if known else symbol)
            continue
        value = Decimal(found * sign * direction).quantize(_STEP)
        if value > worst:
            worst, with_whom = value, other
    if unknown:
        names = ",".join(sorted(unknown))
        words = f"how {symbol} moves with what is held is not known: too few recent days of {names}"
        c.deny("NO_HISTORY", names, "20 common days", symbol, words)
    if with_whom:
        words = f"{symbol} moves with {with_whom}, and both would be held for the same move"
        c.deny_limit("MAX_CORRELATION", MOST, worst, symbol, words)


def _bets_of(c: Context, symbol: str, position: Position) -> set[Bet]:
    """What a position is or can become when its working orders fill."""
    qty = position.qty
    bets = set()
    if qty > 0 or qty + position.open_buy > 0:
        bets.add(_bet(c, symbol, Side.BUY))
    if qty < 0 or qty < position.open_sell:
        bets.add(_bet(c, symbol, Side.SELL))
    return bets


def _bet(c: Context, symbol: str, side: Side) -> Bet:
    instrument = c.state.instruments.get(symbol)
    sign = side.sign
    if instrument is not None and instrument.option and not instrument.option.is_call:
        sign = -sign
    return root_of(c.state, symbol), sign
