"""The efficient frontier: the least expected cost for each deviation (Almgren and Chriss 2000, section 2.1)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import msgspec

from engine.algos.math.almgren_chriss import DriftError, Schedule
from engine.algos.math.expected_cost import CostModel, ModelError

#: Points of a frontier that is drawn, the straight line included.
POINTS: Final = 13
#: kappa~ T of its points beyond the straight line: from hardly bent to nearly all at once.
_FLATTEST, _STEEPEST = 0.5, 20.0


class FrontierPoint(msgspec.Struct, frozen=True, gc=False):
    """One optimal schedule: expected cost and standard deviation in money."""

    risk_aversion: float
    expected: float
    stdev: float
    half_life: float
    """Days; inf for the straight line."""


def frontier(
    qty: float,
    horizon: float,
    periods: int,
    model: CostModel,
    risk_aversions: Sequence[float] = (),
    also: float | None = None,
) -> tuple[FrontierPoint, ...]:
    """The points for these risk aversions, or POINTS of them from the straight line to nearly all at once; and the one
    for `also`.

    Rising risk aversion: cost rises and deviation falls. With a drift, points at which the best schedule would trade
    the other way at times are left out: nothing is sent like that. Raises ModelError.
    """
    asked = {*(risk_aversions or _spread(horizon, periods, model)), *(() if also is None else (also,))}
    found = []
    for risk_aversion in sorted(asked):
        try:
            schedule = Schedule(qty, horizon, periods, model, risk_aversion)
        except DriftError:
            continue
        cost = schedule.cost
        found.append(FrontierPoint(risk_aversion, cost.expected, cost.stdev, schedule.half_life))
    return tuple(found)


def _spread(horizon: float, periods: int, model: CostModel) -> list[float]:
    if not model.sigma:
        raise ModelError("sigma 0: without risk every risk aversion gives the same schedule, and there is no frontier")
    eta_tilde = Schedule(1.0, horizon, periods, msgspec.structs.replace(model, drift=0.0), 0.0).eta_tilde
    steps = POINTS - 2
    ratio = math.log(_STEEPEST / _FLATTEST) / steps
    bends = (_FLATTEST * math.exp(ratio * step) / horizon for step in range(steps + 1))
    return [0.0, *(kappa_tilde**2 * eta_tilde / model.sigma**2 for kappa_tilde in bends)]
