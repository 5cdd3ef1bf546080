"""VWAP: the market's own pace. Each bucket of the window gets its share of the volume that the profile expects there.

The profile is given as weights: by hand, from a file, or learned from bars of earlier days (engine.algos.math.profile).
As volume comes in, the buckets to come are weighed anew (engine.algos.math.replan): a bucket that traded more than its
share bends those after it, fading; what was sent stays. Buckets of weight 0 get exactly 0. Nothing but what was seen
by the time that a slice is due goes into it.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec

from engine.algos.apportion import apportion
from engine.algos.kind import PlanError, Sight, Slices
from engine.algos.kinds.scheduled import Scheduled
from engine.algos.math.profile import ProfileError
from engine.algos.math.randomise import jitter_sizes
from engine.algos.math.replan import reweigh
from engine.algos.slicing import bucket_ns, by_weight, check_window, count_of, edges_ns, lot_of
from engine.inputs import AlgoSpec
from engine.market.calendar import CalendarError
from engine.model.money import ZERO

if TYPE_CHECKING:
    from engine.state import Algo


class Vwap(Scheduled):
    """Slice k goes out when bucket k begins, in proportion to what the profile expects there."""

    name = "vwap"

    def complete(self, spec: AlgoSpec, sight: Sight) -> AlgoSpec:
        """With the weights that earlier days teach, where none are given."""
        return msgspec.structs.replace(spec, profile=weights_of(spec, sight))

    def plan(self, spec: AlgoSpec, sight: Sight) -> Slices:
        return by_weight(spec, sight, weights_of(spec, sight))

    def resize(self, algo: Algo, sight: Sight) -> Decimal | None:
        """The slice that is due, with the buckets to come weighed by what has traded in those that are over."""
        spec, number = algo.spec, algo.reached
        last = len(algo.slices) - (1 if spec.close_share else 0)
        if number >= last or not algo.volumes_at:
            return None
        places = [_bucket_of(spec, at) for at, _ in algo.slices[:last]]
        past = [place for place in places[:number] if place >= 0]
        if len(past) < 2 or any(a >= b for a, b in pairwise(places[number - len(past) :])):
            return None  # an opening auction, or slices of an earlier window: nothing to learn from yet
        seen_at = [*algo.volumes_at[number - len(past) : number], algo.volume]
        seen = [after - before for before, after in pairwise(seen_at)]
        if not seen[-1]:
            return None  # a bucket without any volume is one that nobody watched
        edges = [*past, places[number]]
        expected = [sum(spec.profile[a:b], ZERO) for a, b in pairwise(edges)]
        weights = [spec.profile[place] for place in places[number:]]
        bent = reweigh(weights, expected, seen)
        left = sum((qty for _, qty in algo.slices[number:last]), ZERO)
        if not left or not any(bent):
            return None
        lot = lot_of(spec, sight.instrument)
        parts = apportion(left, bent, lot)
        if spec.randomise_size:
            parts = list(jitter_sizes(parts, lot, spec.randomise_size, spec.seed, first=number))
        return parts[0]


def weights_of(spec: AlgoSpec, sight: Sight) -> tuple[Decimal, ...]:
    """As given, or as the sessions of earlier days had them. Raises PlanError."""
    if spec.profile:
        return spec.profile
    edges = edges_ns(spec, check_window(spec))
    kept = sight.profiles.get(spec.profile_name)
    if spec.profile_name and kept is None:
        known = ", ".join(sorted(sight.profiles)) or "none"
        raise PlanError(f"there is no profile {spec.profile_name} in volume_profiles/; found {known}")
    try:
        if kept is not None:
            return _with_volume(sight.past.weights_of(kept, spec.symbol, edges))
        found = sight.past.weights(spec.symbol, edges, sight.now_ns, auctions=not (spec.open_share or spec.close_share))
    except (ProfileError, CalendarError) as error:
        raise PlanError(str(error)) from None
    return _with_volume(found)


def _with_volume(weights: tuple[Decimal, ...]) -> tuple[Decimal, ...]:
    if not any(weights):
        raise PlanError("the profile has no volume in the window")
    return weights


def _bucket_of(spec: AlgoSpec, at_ns: int) -> int:
    """The bucket in which that time lies; -1 before the window."""
    if at_ns < spec.start_ns:
        return -1
    count = count_of(spec)
    number = min((at_ns - spec.start_ns) * count // (spec.end_ns - spec.start_ns), count - 1)
    return number + 1 if number + 1 < count and bucket_ns(spec, count, number + 1) <= at_ns else number
