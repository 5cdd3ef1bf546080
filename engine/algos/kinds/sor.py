"""SOR: takes the best prices over several brokers' quotes net of their fees, the largest displayed first at an equal
price, up to the limit; what is left rests where the fee or the queue is best (engine.algos.math.routing).

A quote is taken once: what it showed and did not give is not asked for again until the venue quotes anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from engine.algos.kind import PlanError, Sight, Slices, Wish
from engine.algos.math.routing import Part, VenueQuote, route
from engine.algos.slicing import check_qty
from engine.inputs import AlgoSpec
from engine.model.enums import TimeInForce
from engine.model.money import ZERO

if TYPE_CHECKING:
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
            return _as_they_are(algo)
        spec, instrument = algo.spec, sight.instrument
        fresh = [v for v, ts_ns in sight.venues if ts_ns > algo.sent_ns or not algo.children]
        terms = {"lot": spec.lot or instrument.lot, "multiplier": instrument.multiplier}
        found = route(algo.left, spec.side.is_buy, spec.limit_px, fresh, **terms)
        takes = [_take(part) for part in found.takes]
        left = algo.left - sum((part.qty for part in found.takes), ZERO)
        resting = route(left, spec.side.is_buy, spec.limit_px, [_shown(v) for v, _ in sight.venues], **terms).rest
        out = [child for child in algo.open_children.values() if child.request.purpose.startswith("rest")]
        if out and left > 0:
            # It keeps its place in the queue: only its size follows, not the venue of the moment.
            first = out[0].request
            px = out[0].limit_px if spec.limit_px is None else spec.limit_px
            return (*takes, Wish(first.purpose, left, "fixed", px, first.account, once=True))
        if resting is None:
            return takes
        return (*takes, Wish(f"rest {resting.venue}", resting.qty, "fixed", resting.px, resting.venue, once=True))

    def resize(self, algo: Algo, sight: Sight) -> Decimal | None:
        return None

    def wake_ns(self, algo: Algo, sight: Sight) -> int | None:
        return sight.now_ns + LOOK_NS


def _take(part: Part) -> Wish:
    return Wish(f"take {part.venue}", part.qty, "fixed", part.px, part.venue, True, TimeInForce.IOC)


def _as_they_are(algo: Algo) -> list[Wish]:
    """The children that are out, just as they are."""
    return [
        Wish(
            child.request.purpose,
            child.worst_leaves,
            "fixed",
            child.limit_px,
            child.request.account,
            True,
            child.request.time_in_force,
        )
        for child in algo.open_children.values()
    ]


def _shown(venue: VenueQuote) -> VenueQuote:
    """The venue for one who only rests there."""
    return msgspec.structs.replace(venue, displayed=ZERO)
