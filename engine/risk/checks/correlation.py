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
    """The proposal's bets against those of the account (of all accounts) and against each other. An instrument and the
    options on it are one bet, and matter of the position limits."""
    history, market_ns = c.surroundings.history, c.now.market_ns
    if not c.request.legs and c.books is not None and all(rest.margin is not None for _, rest in money.each):
        bet = bet_of(c.state, c.request.symbol, c.request.side)
        found = [c.books.likeness(account, bet, history, market_ns) for account, _ in money.each]
        _refuse(c, bet[0], found[0] if len(found) == 1 else _worst(found), money)
        return
    accounts = {account for account, _ in money.each}
    mine = {bet_of(c.state, part.request.symbol, part.request.side) for part in c.parts if not part.reducing}
    own = {part.request.symbol for part in c.parts}
    book: set[Bet] = set(mine) if len(mine) > 1 else set()
    for (account, symbol), position in c.state.active.items():
        if account in accounts and (account != c.request.account or symbol not in own):
            book.update(bets_of(c.state, position))
    for bet in sorted(mine):
        _refuse(c, bet[0], likeness(history, bet, book, market_ns), money)


def _worst(found: list[Likeness]) -> Likeness:
    """Of several accounts: the bet that is most like, wherever it is held, and all that is not known."""
    most = max(found, key=lambda one: one.value)
    return Likeness(most.value, most.other, tuple(sorted({name for one in found for name in one.unknown})))


def _refuse(c: Context, symbol: str, found: Likeness, money: Money) -> None:
    limit = money.limits.max_correlation
    if found.unknown:
        names = ",".join(found.unknown)
        words = f"how {symbol} moves with what is held is not known: too few recent days of {names}"
        c.deny("NO_HISTORY", names, "20 common days", symbol, words)
    if limit is not None and found.value > limit:
        words = f"{symbol} moves with {found.other}, and both would be held for the same move{money.where}"
        c.deny_limit("MAX_CORRELATION", MOST, found.value, symbol, words, of=money.limits)
