"""The whole desk by its marks: what the meters and the status line show of a desk with several accounts."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from engine.connections import accounts_of
from engine.model.money import ZERO
from engine.risk.context import Quotes
from engine.risk.meters import valued
from engine.risk.valuation import Valuation
from engine.state import DeskState


def valued_desk(state: DeskState, quotes: Quotes, account: str, market_ns: int) -> Valuation | None:
    """The sum over the desk's accounts; of a desk with one, `account` alone."""
    if len(state.accounts) < 2:
        return valued(state, quotes, account, market_ns)
    return added_up(valued_accounts(state, quotes, market_ns))


def valued_accounts(state: DeskState, quotes: Quotes, market_ns: int) -> dict[str, Valuation]:
    """Each account that is known, the desk's own first."""
    names = dict.fromkeys((*accounts_of(state), *state.accounts))
    return {name: one for name in names if (one := valued(state, quotes, name, market_ns)) is not None}


def added_up(each: dict[str, Valuation]) -> Valuation:
    """The whole desk, with the account that uses most of its equity."""
    found = total(list(each.values()))
    tightest = max(each.items(), key=lambda item: _used(item[1]), default=None)
    if tightest is not None:
        found.tightest = (tightest[0], tightest[1].tied, tightest[1].equity)
    return found


def _used(one: Valuation) -> Decimal:
    """What is tied up in equities; whatever there is of it is too much without equity."""
    if one.equity > ZERO:
        return one.tied / one.equity
    return Decimal("Infinity") if one.tied else ZERO


def total(each: Sequence[Valuation]) -> Valuation:
    """The sum of several accounts. Nothing is netted between them but cash and what `net`, `up` and `down` say."""
    sectors: dict[str | None, Decimal] = {}
    for one in each:
        for sector, amount in one.sectors.items():
            sectors[sector] = sectors.get(sector, ZERO) + amount
    margins = [one.margin for one in each if one.margin is not None]
    return Valuation(
        sum((one.equity for one in each), ZERO),
        sum((one.exposure for one in each), ZERO),
        sum((one.gross for one in each), ZERO),
        sum((one.net for one in each), ZERO),
        sum(one.positions for one in each),
        tuple(symbol for one in each for symbol in one.stale),
        tuple(symbol for one in each for symbol in one.unmarked),
        tuple(dict.fromkeys(currency for one in each for currency in one.no_rate)),
        tuple(dict.fromkeys(currency for one in each for currency in one.stale_rate)),
        sum((one.up for one in each), ZERO),
        sum((one.down for one in each), ZERO),
        sectors,
        [line for one in each for line in one.lines],
        any(one.has_shorts for one in each),
        (sum((a for a, _ in margins), ZERO), sum((b for _, b in margins), ZERO)) if margins else None,
        sum(one.active for one in each),
        None,
        sum((one.eased for one in each), ZERO),
    )
