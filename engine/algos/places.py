"""Where an algo that routes may trade: its accounts, what each would meet at its broker now, and the room that it has
there.

A sale gives what its account holds and no other order sells; a purchase what the account can pay. What the algo itself
has waiting there makes room for what can be taken. The checks have the last word on every child: a room keeps the
router from asking for what they would refuse.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from engine.algos.math.routing import VenueQuote
from engine.connections import is_down, is_withheld
from engine.inputs import AlgoSpec
from engine.model.enums import Side
from engine.model.fees import FeeSchedule
from engine.model.money import ZERO, floor_to
from engine.risk.valuation import value_account
from engine.state import Algo

if TYPE_CHECKING:
    from engine.desk import Desk

#: Part of the buying power that is left alone, since equity moves while an order is on its way.
_SPARED: Final = Decimal("0.001")


def accounts_of(spec: AlgoSpec) -> tuple[str, ...]:
    """Where the algo may trade: its own account first."""
    return tuple(dict.fromkeys((spec.account, *spec.accounts)))


def is_ready(desk: Desk, spec: AlgoSpec) -> bool:
    """Whether the algo's accounts were compared with their brokers. One of several whose connection is known to be lost
    is done without; one that was not asked yet is waited for."""
    state = desk.state
    unready = [name for name in accounts_of(spec) if not _compared(desk, name)]
    return not unready or (len(unready) < len(accounts_of(spec)) and all(is_down(state, name) for name in unready))


def places_of(desk: Desk, spec: AlgoSpec, algo: Algo | None) -> tuple[tuple[VenueQuote, int], ...]:
    """What each of the algo's accounts would meet at its broker now, where that can be relied on and orders go out,
    with when it was quoted (market ns)."""
    markets, now, is_buy = desk.surroundings.venues, desk.now.market_ns, spec.side.is_buy
    found = []
    for account in accounts_of(spec):
        if not _compared(desk, account) or is_withheld(desk.state, account):
            continue
        quote = (
            markets.usable(account, spec.symbol, now) if markets is not None else desk.quotes.usable(spec.symbol, now)
        )
        if quote is None:
            continue
        fees = markets.fees(account) if markets is not None else None
        here = (quote.ask, quote.ask_size) if is_buy else (quote.bid, quote.bid_size)
        own = (quote.bid, quote.bid_size) if is_buy else (quote.ask, quote.ask_size)
        room = _room(desk, spec, algo, account, spec.limit_px if spec.limit_px is not None else quote.ask)
        venue = VenueQuote(account, here[0], here[1] or ZERO, own[0], own[1] or ZERO, fees or FeeSchedule(), room)
        found.append((venue, quote.ts_ns))
    return tuple(found)


def room_in_all(desk: Desk, spec: AlgoSpec) -> Decimal | None:
    """What there is room for in all accounts together; None: any quantity, as far as is known here."""
    rooms = [venue.room for venue, _ in places_of(desk, spec, None)]
    known = [room for room in rooms if room is not None]
    return sum(known, ZERO) if len(known) == len(rooms) else None


def _compared(desk: Desk, account: str) -> bool:
    book = desk.state.accounts.get(account)
    return book is not None and book.reconciled


def _room(desk: Desk, spec: AlgoSpec, algo: Algo | None, account: str, px: Decimal) -> Decimal | None:
    children = algo.open_children.values() if algo is not None else ()
    waiting = sum((child.worst_leaves for child in children if child.account == account), ZERO)
    if spec.side is Side.SELL:
        state, symbol = desk.state, spec.symbol
        position = state.position(account, symbol)
        if position is None:
            return ZERO
        # Where the broker says that it holds less, less can be sold.
        held = min(position.qty, state.broker_qty(account, symbol)) if state.breaks else position.qty
        return max(held - position.open_sell + waiting, ZERO)
    return _affordable(desk, spec, account, px, waiting) if spec.side is Side.BUY else None


def _affordable(desk: Desk, spec: AlgoSpec, account: str, px: Decimal, waiting: Decimal) -> Decimal | None:
    """What the account's buying power (equity x leverage less what positions and orders come to) pays for; None where
    it is not limited or can't be told here: then the checks alone say."""
    state, instrument = desk.state, desk.state.instruments[spec.symbol]
    leverage = state.limits.covering(account, spec.strategy, spec.user, spec.symbol).max_leverage
    if (
        leverage is None
        or instrument.future
        or state.position_qty(account, spec.symbol) < 0
        or instrument.currency != state.base_currency
    ):
        return None
    now = value_account(state, desk.quotes, account, desk.now.market_ns)
    if now.unmarked or now.stale:
        return None
    unit = px * instrument.multiplier
    free = now.equity * leverage * (1 - _SPARED) - now.exposure + waiting * unit
    return max(floor_to(free / unit, spec.lot or instrument.lot), ZERO)
