"""Slices of a window: equal distances of market time, quantities by weight on the lot, nothing lost; shares for the
auctions apart."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import msgspec

from engine.algos.apportion import ApportionError, apportion
from engine.algos.kind import PlanError, Sight, Slices
from engine.algos.math.randomise import JitterError, jitter_sizes, jitter_times
from engine.inputs import AlgoSpec
from engine.model.instrument import Instrument
from engine.model.money import ZERO, floor_to

MINUTE_NS: Final = 60_000_000_000
MAX_SLICES: Final = 390
"""A slice a minute over a regular session."""
#: How long before the close the child for the closing auction goes out: exchanges stop taking them 10 to 15 minutes
#: before (NYSE 15:50, Nasdaq 15:55).
CLOSE_LEAD_NS: Final = 15 * MINUTE_NS


def lot_of(spec: AlgoSpec, instrument: Instrument) -> Decimal:
    """The multiple on which children are cut. Raises PlanError."""
    lot = spec.lot if spec.lot is not None else instrument.lot
    if not lot.is_finite() or lot <= 0 or lot % instrument.lot:
        raise PlanError(f"lot {lot} is no multiple of the instrument's lot {instrument.lot}")
    return lot


def check_qty(spec: AlgoSpec, instrument: Instrument) -> None:
    """What the instrument can't take is refused at launch, never dropped. Raises PlanError."""
    if not spec.qty.is_finite() or spec.qty <= 0 or spec.qty.adjusted() > 18 or spec.qty % instrument.lot:
        raise PlanError(f"quantity {spec.qty} is no multiple of the instrument's lot {instrument.lot}")


def count_of(spec: AlgoSpec) -> int:
    """How many buckets the window has: as asked, one a weight, or one a minute."""
    if spec.slices is not None:
        return spec.slices
    return len(spec.profile) or max(1, min(MAX_SLICES, (spec.end_ns - spec.start_ns) // MINUTE_NS))


def bucket_ns(spec: AlgoSpec, count: int, number: int) -> int:
    """When bucket `number` of `count` begins."""
    return spec.start_ns + (spec.end_ns - spec.start_ns) * number // count


def check_window(spec: AlgoSpec) -> int:
    """The number of buckets of a window that makes sense. Raises PlanError."""
    if spec.end_ns <= spec.start_ns:
        raise PlanError("the end must be after the start")
    count = count_of(spec)
    if count < 1:
        raise PlanError(f"slices {count} must be at least 1")
    return count


def by_weight(spec: AlgoSpec, sight: Sight, weights: Sequence[Decimal]) -> Slices:
    """One slice a weight, from start to end; slice k goes out when bucket k begins. Quantities sum to the parent
    exactly, none is 0. Raises PlanError."""
    count = check_window(spec)
    if len(weights) != count:
        raise PlanError(f"profile has {len(weights)} weights for {count} slices")
    check_qty(spec, sight.instrument)
    lot = lot_of(spec, sight.instrument)
    opening, closing = auction_shares(spec, sight, lot)
    qty = spec.qty - opening - closing
    try:
        parts = apportion(qty, weights, lot) if qty else [ZERO] * count
    except ApportionError as error:
        raise PlanError(str(error)) from None
    return scheduled(spec, sight, parts, lot, opening, closing)


def scheduled(
    spec: AlgoSpec, sight: Sight, parts: Sequence[Decimal], lot: Decimal, opening: Decimal, closing: Decimal
) -> Slices:
    """One slice a part, from start to end, varied as asked for, and those of the auctions. Raises PlanError."""
    if opening and sight.bounds is not None and sight.bounds[0] > spec.start_ns:
        spec = msgspec.structs.replace(spec, start_ns=sight.bounds[0])
    try:
        if spec.randomise_size:
            parts = jitter_sizes(parts, lot, spec.randomise_size, spec.seed, smallest=spec.min_child or ZERO)
        times = jitter_times(edges_ns(spec, len(parts)), spec.randomise_time, spec.seed)
    except JitterError as error:
        raise PlanError(str(error)) from None
    slices = [(at, part) for at, part in zip(times, parts, strict=True) if part]
    return with_auctions(slices, spec, sight, opening, closing)


def with_auctions(
    slices: list[tuple[int, Decimal]], spec: AlgoSpec, sight: Sight, opening: Decimal, closing: Decimal
) -> Slices:
    """The slices with those of the auctions in their place. Raises PlanError where one is too small to be sent."""
    if opening and sight.bounds is not None:
        slices = [(sight.bounds[0], opening), *slices]
    if closing and sight.bounds is not None:
        # Last whatever its time: what the close takes is never part of what the schedule wants before.
        slices = [*slices, (max(close_ns(sight.bounds), spec.start_ns, *(at for at, _ in slices)), closing)]
    smallest = min(part for _, part in slices)
    if smallest < sight.instrument.min_qty:
        least = sight.instrument.min_qty
        raise PlanError(f"a slice of {smallest} is below the instrument's minimum {least}; take fewer slices")
    return tuple(slices)


def close_ns(bounds: tuple[int, int]) -> int:
    """When the child for the closing auction of a session goes out."""
    return max(bounds[1] - CLOSE_LEAD_NS, bounds[0])


def auction_shares(spec: AlgoSpec, sight: Sight, lot: Decimal) -> tuple[Decimal, Decimal]:
    """(for the opening auction, for the closing one), on the lot. Raises PlanError where there is none to be in."""
    if not spec.open_share and not spec.close_share:
        return ZERO, ZERO
    bounds = sight.bounds
    if bounds is None:
        raise PlanError(f"{spec.symbol} has no auctions: its market never opens or closes")
    if spec.open_share and not sight.now_ns < bounds[0] < spec.end_ns:
        raise PlanError("there is no opening auction between now and the end")
    if spec.close_share and not (spec.start_ns < bounds[1] <= spec.end_ns and close_ns(bounds) >= sight.now_ns):
        lead = CLOSE_LEAD_NS // MINUTE_NS
        raise PlanError(f"the closing auction needs a window until the close, begun {lead} minutes before it")
    opening = floor_to(spec.qty * spec.open_share, lot)
    closing = min(floor_to(spec.qty * spec.close_share, lot), spec.qty - opening)
    for word, part, found in (("open", spec.open_share, opening), ("close", spec.close_share, closing)):
        if part and not found:
            raise PlanError(f"{word} {part:%} of {spec.qty} is less than a lot of {lot}")
    return opening, closing


def edges_ns(spec: AlgoSpec, count: int) -> list[int]:
    """Where buckets begin, and where the last one ends."""
    return [bucket_ns(spec, count, number) for number in range(count + 1)]
