"""Scale: a ladder of limit orders, out together, from one price to another; equal rungs, or by weights.

Each rung rests at its own price until it is filled; what a rung has executed stays executed.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from engine.algos.apportion import ApportionError, apportion
from engine.algos.kind import PlanError, Sight, Slices, Wish
from engine.algos.slicing import check_qty, lot_of
from engine.inputs import AlgoSpec
from engine.model.instrument import Instrument
from engine.model.money import ONE, ZERO, passive_price

if TYPE_CHECKING:
    from engine.state import Algo

MOST_RUNGS: Final = 50


class Scale:
    """One slice a rung, all of them due at the start."""

    name: Final = "scale"
    has_window: Final = False
    style: Final = "passive"
    at_end: Final = "cancel"

    def complete(self, spec: AlgoSpec, sight: Sight) -> AlgoSpec:
        return spec

    def plan(self, spec: AlgoSpec, sight: Sight) -> Slices:
        if spec.open_share or spec.close_share:
            raise PlanError("a ladder takes no part in auctions")
        check_qty(spec, sight.instrument)
        prices = rungs(spec, sight.instrument)
        if len(set(prices)) < len(prices):
            raise PlanError(f"{len(prices)} rungs don't fit between {spec.from_px} and {spec.to_px} on the tick")
        if spec.limit_px is not None and any((px - spec.limit_px) * spec.side.sign > 0 for px in prices):
            raise PlanError(f"a rung lies beyond the limit {spec.limit_px}")
        weights = spec.profile or (ONE,) * len(prices)
        if len(weights) != len(prices):
            raise PlanError(f"profile has {len(weights)} weights for {len(prices)} rungs")
        try:
            parts = apportion(spec.qty, weights, lot_of(spec, sight.instrument))
        except ApportionError as error:
            raise PlanError(str(error)) from None
        smallest = min(parts)
        if smallest < sight.instrument.min_qty:
            raise PlanError(f"a rung of {smallest} is below the instrument's minimum {sight.instrument.min_qty}")
        return tuple((spec.start_ns, part) for part in parts)

    def wanted(self, algo: Algo, sight: Sight, at_ns: int) -> Decimal:
        return sum((qty for at, qty in algo.slices[: algo.reached] if at <= at_ns), ZERO)

    def wishes(self, algo: Algo, sight: Sight) -> Sequence[Wish]:
        prices = rungs(algo.spec, sight.instrument)
        wishes = []
        for number, (_, qty) in enumerate(algo.slices[: algo.reached], 1):
            left = qty - algo.filled_for.get(f"rung {number}", ZERO)
            if left > 0:
                px = prices[(number - 1) % len(prices)]
                wishes.append(Wish(f"rung {number}", left, "fixed", px, once=True))
        return wishes

    def resize(self, algo: Algo, sight: Sight) -> Decimal | None:
        return None

    def wake_ns(self, algo: Algo, sight: Sight) -> int | None:
        return None


def rungs(spec: AlgoSpec, instrument: Instrument) -> list[Decimal]:
    """The prices, from the first to the last, on the tick. Raises PlanError."""
    first, last, count = spec.from_px, spec.to_px, spec.slices
    if first is None or last is None or count is None:
        raise PlanError("a ladder needs its first and last price and how many steps, like from 189 to 185 steps 5")
    if not 2 <= count <= MOST_RUNGS:
        raise PlanError(f"steps {count} is no number from 2 to {MOST_RUNGS}")
    is_buy = spec.side.is_buy
    return [
        passive_price(first + (last - first) * number / (count - 1), instrument.tick, is_buy=is_buy)
        for number in range(count)
    ]
