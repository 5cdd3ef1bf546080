"""TWAP: equal parts at equal distances of market time, on the lot, from start to end."""

from __future__ import annotations

from engine.algos.kind import Sight, Slices
from engine.algos.kinds.scheduled import Scheduled
from engine.algos.slicing import by_weight, check_window
from engine.inputs import AlgoSpec
from engine.model.money import ONE


class Twap(Scheduled):
    """Without `slices` one a minute. Slice k goes out at start + k * (end - start) / slices. A profile gives other
    weights."""

    name = "twap"

    def plan(self, spec: AlgoSpec, sight: Sight) -> Slices:
        count = check_window(spec)
        return by_weight(spec, sight, spec.profile or (ONE,) * count)
