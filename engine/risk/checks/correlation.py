"""No second bet of the same kind: an order whose instrument moves with one that is held or being opened, in the same
direction. The measure is the coefficient of daily returns x the directions of both, so that a hedge passes.
(docs/decisions/exposure-measures.md)"""

from __future__ import annotations

from typing import Final

from engine.risk.bets import Bet, Likeness, bet_of, bets_of, likeness
from engine.risk.context import Context
from engine.risk.money import Money

MOST: Final = "risk.max_correlation"


def is_alone(c: Context) -> bool:
    """An order for the one instrument that is held or working, or for the first: there is nothing to compare with."""
    active, request = c.state.active, c.request
    return not request.legs and (not active or (len(active) == 1 and (request.account, request.symbol) in active))


def check_correlation(c: Context, money: Money) -> None:
    """The proposal's bets against the account's and against each other. An instrument and the options on it are one
    bet, and matter of the position limits."""
    if not c.request.legs and c.books is not None and money.rest.margin is not None:
        bet = bet_of(c.state, c.request.symbol, c.request.side)
        _refuse(c, bet[0], c.books.likeness(c.request.account, bet, c.surroundings.history, c.now.market_ns))
        return
    mine = {bet_of(c.state, part.request.symbol, part.request.side) for part in c.parts if not part.reducing}
    own = {part.request.symbol for part in c.parts}
    book: set[Bet] = set(mine) if len(mine) > 1 else set()
    for (account, symbol), position in c.state.active.items():
        if account == c.request.account and symbol not in own:
            book.update(bets_of(c.state, position))
    for bet in sorted(mine):
        _refuse(c, bet[0], likeness(c.surroundings.history, bet, book, c.now.market_ns))


def _refuse(c: Context, symbol: str, found: Likeness) -> None:
    limit = c.limits.max_correlation
    if found.unknown:
        names = ",".join(found.unknown)
        words = f"how {symbol} moves with what is held is not known: too few recent days of {names}"
        c.deny("NO_HISTORY", names, "20 common days", symbol, words)
    if limit is not None and found.value > limit:
        words = f"{symbol} moves with {found.other}, and both would be held for the same move"
        c.deny_limit("MAX_CORRELATION", MOST, found.value, symbol, words)
