"""TWAP: equal parts at equal distances of market time, on the lot, from start to end."""

from __future__ import annotations

from decimal import Decimal

from engine.algos.apportion import ApportionError, apportion
from engine.inputs import AlgoSpec
from engine.model.instrument import Instrument
from engine.model.money import ONE

MINUTE_NS = 60_000_000_000
MAX_SLICES = 390
"""A slice a minute over a regular session."""


class PlanError(ValueError):
    """The algo can't be planned as asked; the message says which option and what was expected."""


def schedule(spec: AlgoSpec, instrument: Instrument) -> tuple[tuple[int, Decimal], ...]:
    """The slices (market ns, quantity), in time order; quantities sum to the parent exactly, none is 0.

    Without `slices` it is one a minute. Slice k goes out at start + k * (end - start) / slices. Raises PlanError.
    """
    span = spec.end_ns - spec.start_ns
    if span <= 0:
        raise PlanError("the end must be after the start")
    lot = spec.lot if spec.lot is not None else instrument.lot
    if not lot.is_finite() or lot <= 0 or lot % instrument.lot:
        raise PlanError(f"lot {lot} is no multiple of the instrument's lot {instrument.lot}")
    if not spec.qty.is_finite() or spec.qty <= 0 or spec.qty.adjusted() > 18 or spec.qty % instrument.lot:
        raise PlanError(f"quantity {spec.qty} is no multiple of the instrument's lot {instrument.lot}")
    slices = spec.slices if spec.slices is not None else max(1, min(MAX_SLICES, span // MINUTE_NS))
    if slices < 1:
        raise PlanError(f"slices {slices} must be at least 1")
    weights = spec.profile or (ONE,) * slices
    if len(weights) != slices and spec.slices is not None:
        raise PlanError(f"profile has {len(weights)} weights for {slices} slices")
    try:
        parts = apportion(spec.qty, weights, lot)
    except ApportionError as error:
        raise PlanError(str(error)) from None
    smallest = min(part for part in parts if part)
    if smallest < instrument.min_qty:
        raise PlanError(
            f"a slice of {smallest} is below the instrument's minimum {instrument.min_qty}; take fewer slices"
        )
    count = len(weights)
    times = (spec.start_ns + span * n // count for n in range(count))
    return tuple((at, part) for at, part in zip(times, parts, strict=True) if part)
