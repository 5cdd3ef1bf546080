"""What an algo may see at this moment."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from engine import facts as f
from engine.algos.kind import Sight
from engine.algos.math.routing import VenueQuote
from engine.inputs import AlgoSpec
from engine.model.enums import Side
from engine.model.fees import FeeSchedule
from engine.model.instrument import Instrument
from engine.model.money import ZERO
from engine.state import Algo

if TYPE_CHECKING:
    from engine.desk import Desk


def sight_of(desk: Desk, spec: AlgoSpec, instrument: Instrument, algo: Algo | None = None) -> Sight:
    """The market of the algo's symbol now; `algo`: the one that looks, where it runs already."""
    now, around = desk.now.market_ns, desk.surroundings
    return Sight(
        now,
        instrument,
        desk.quotes.usable(spec.symbol, now),
        desk.state.mode == "live",  # what is traded on paper is printed nowhere
        around.session_bounds(spec.symbol, now),
        bool(around.session_closed(spec.symbol, now, False)),
        around.history,
        around.past,
        around.profiles,
        _venues(desk, spec, algo) if spec.accounts else (),
    )


def _venues(desk: Desk, spec: AlgoSpec, algo: Algo | None) -> tuple[tuple[VenueQuote, int], ...]:
    """What each of the algo's accounts would meet at its broker now, where that can be relied on."""
    markets, now, is_buy = desk.surroundings.venues, desk.now.market_ns, spec.side.is_buy
    found = []
    for account in accounts_of(spec):
        quote = (
            markets.usable(account, spec.symbol, now) if markets is not None else desk.quotes.usable(spec.symbol, now)
        )
        if quote is None:
            continue
        fees = markets.fees(account) if markets is not None else None
        here = (quote.ask, quote.ask_size) if is_buy else (quote.bid, quote.bid_size)
        own = (quote.bid, quote.bid_size) if is_buy else (quote.ask, quote.ask_size)
        shown = here[1] or ZERO
        if spec.side is Side.SELL:
            # A sale can only give what that account holds and no other order sells: what the algo itself has waiting
            # there makes room for what can be taken.
            held = desk.state.position(account, spec.symbol)
            own_leaves = _waiting_at(algo, account)
            free = held.qty - held.open_sell + own_leaves if held is not None else ZERO
            if held is None or held.qty <= 0:
                continue
            shown = min(shown, max(free, ZERO))
        venue = VenueQuote(account, here[0], shown, own[0], own[1] or ZERO, fees or FeeSchedule())
        found.append((venue, quote.ts_ns))
    return tuple(found)


def _waiting_at(algo: Algo | None, account: str) -> Decimal:
    """What the algo has out in an account."""
    children = algo.open_children.values() if algo is not None else ()
    return sum((child.worst_leaves for child in children if child.account == account), ZERO)


def accounts_of(spec: AlgoSpec) -> tuple[str, ...]:
    """Where the algo may trade: its own account first."""
    return tuple(dict.fromkeys((spec.account, *spec.accounts)))


def look(desk: Desk, algo: Algo) -> None:
    """Record what the market has traded since the algo last looked."""
    counts = desk.algo_memory.counts
    seen = desk.quotes.traded(algo.spec.symbol)
    before = counts.get(algo.id)
    counts[algo.id] = seen
    if before is None or desk.now.market_ns < algo.spec.start_ns:
        return
    more = seen.since(before)
    if more.volume > 0:
        desk.emit(f.AlgoVolumeSeen(algo.id, more.volume, more.notional))
