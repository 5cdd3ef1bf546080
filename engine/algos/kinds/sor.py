"""SOR: takes the best prices over several brokers' quotes net of their fees, the largest displayed first at an equal
price, up to the limit; what is left rests where the fee or the queue is best (engine.algos.math.routing), as far as
each account has room for it (engine.algos.places).

An account that can't be reached now is done without: what is out there stays, and counts until it is proven dead.

A quote is taken once: what it showed and did not give is not asked for again until the venue quotes anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from engine.algos.kind import PlanError, Sight, Slices, Wish
from engine.algos.math.routing import Part, VenueQuote, less, route
from engine.algos.slicing import check_qty
from engine.inputs import AlgoSpec
from engine.model.enums import TimeInForce
from engine.model.money import ZERO

if TYPE_CHECKING:
    from engine.orders.order import Order
    from engine.state import Algo

LOOK_NS: Final = 1_000_000_000
#: Where a broker has no immediate-or-cancel, what was not given within so long is pulled.
ROUND_NS: Final = 2_000_000_000


class Sor:
    """All of it is wanted at once, as far as the limit lets it."""

    name: Final = "sor"
    has_window: Final = False
    style: Final = "aggressive"
    at_end: Final = "cancel"

    def complete(self, spec: AlgoSpec, sight: Sight) -> AlgoSpec:
        """With the parent's own account among those that it may trade in."""
        return msgspec.structs.replace(spec, accounts=tuple(dict.fromkeys((spec.account, *spec.accounts))))

    def plan(self, spec: AlgoSpec, sight: Sight) -> Slices:
        if spec.open_share or spec.close_share:
            raise PlanError("a routed order takes no part in auctions")
        check_qty(spec, sight.instrument)
        return ((spec.start_ns, spec.qty),)

    def wanted(self, algo: Algo, sight: Sight, at_ns: int) -> Decimal:
        return algo.spec.qty if algo.reached else ZERO

    def wishes(self, algo: Algo, sight: Sight) -> Sequence[Wish]:
        if not algo.reached:
            return ()
        taking = [child for child in algo.open_children.values() if child.request.purpose.startswith("take")]
        if taking and sight.now_ns - algo.sent_ns < ROUND_NS:
            # One round at a time: what is on its way must have ended before the quotes are read again.
            return _as_they_are(algo.open_children.values())
        spec, instrument = algo.spec, sight.instrument
        places = [venue for venue, _ in sight.venues]
        reached = {venue.venue for venue in places}
        away = [child for child in algo.open_children.values() if child.account not in reached]
        left = algo.left - sum((child.worst_leaves for child in away), ZERO)
        fresh = [v for v, ts_ns in sight.venues if ts_ns > algo.sent_ns or not algo.children]
        lot = spec.lot or instrument.lot
        found = route(left, spec.side.is_buy, spec.limit_px, fresh, lot=lot, multiplier=instrument.multiplier)
        left -= sum((part.qty for part in found.takes), ZERO)
        used = {part.venue: part.qty for part in found.takes}
        rests = _rests(algo, sight, left, less(places, used), whole=not away and len(places) == len(spec.accounts))
        return (*_as_they_are(away), *map(_take, found.takes), *rests)

    def resize(self, algo: Algo, sight: Sight) -> Decimal | None:
        return None

    def wake_ns(self, algo: Algo, sight: Sight) -> int | None:
        return sight.now_ns + LOOK_NS


def _take(part: Part) -> Wish:
    return Wish(f"take {part.venue}", part.qty, "fixed", part.px, part.venue, True, TimeInForce.IOC)


def _rests(algo: Algo, sight: Sight, left: Decimal, places: Sequence[VenueQuote], *, whole: bool) -> Sequence[Wish]:
    """What waits, and where: what waits already keeps its place in the queue, as far as its account has room for it;
    only what comes to it goes to the venue of the moment. `whole`: every account is in sight, so that what none has
    room for is asked for all the same: the check that refuses it says why, and the algo pauses."""
    spec, wanted = algo.spec, dict[str, Decimal]()
    px = spec.limit_px
    for child in algo.open_children.values():
        place = next((each for each in places if each.venue == child.account), None)
        if child.request.purpose.startswith("rest") and place is not None:
            px = child.limit_px if px is None else px
            keeps = min(child.worst_leaves, left if place.room is None else min(left, place.room))
            wanted[child.account] = wanted.get(child.account, ZERO) + keeps
            places = less(places, {child.account: keeps})
            left -= keeps
    if left > 0:
        more = route(
            left, spec.side.is_buy, px, [_shown(v) for v in places], multiplier=sight.instrument.multiplier, rest_px=px
        )
        for part in more.rests:
            px = part.px
            wanted[part.venue] = wanted.get(part.venue, ZERO) + part.qty
        if more.over and whole:
            px = px if px is not None else (max if spec.side.is_buy else min)(v.own_px for v in places)
            wanted[spec.account] = wanted.get(spec.account, ZERO) + more.over
    return [Wish(f"rest {name}", qty, "fixed", px, name, once=True) for name, qty in wanted.items() if qty > 0]


def _as_they_are(children: Iterable[Order]) -> list[Wish]:
    """Children that are out, just as they are."""
    sums: dict[str, tuple[Order, Decimal]] = {}
    for child in children:
        _, qty = sums.get(child.request.purpose, (child, ZERO))
        sums[child.request.purpose] = (child, qty + child.worst_leaves)
    return [
        Wish(purpose, qty, "fixed", child.limit_px, child.account, True, child.request.time_in_force)
        for purpose, (child, qty) in sums.items()
    ]


def _shown(venue: VenueQuote) -> VenueQuote:
    """The venue for one who only rests there."""
    return msgspec.structs.replace(venue, displayed=ZERO)
