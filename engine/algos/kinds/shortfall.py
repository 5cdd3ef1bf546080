"""IS: implementation shortfall, the optimal schedule of Almgren and Chriss (2000) for the parent's risk aversion.

Volatility and impact are given, or estimated from earlier days and the present spread (engine.algos.math.estimate).
Holdings are rounded to the lot, each by itself, so that nothing is lost and nothing adds up; risk aversion 0 is the
straight line. An expected move of the price (a drift) holds back or brings forward, as far as no part of it would be
traded the other way. Time counts in trading days of the instrument's calendar.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec

from engine.algos.kind import PlanError, Sight, Slices
from engine.algos.kinds.scheduled import Scheduled
from engine.algos.math.almgren_chriss import Schedule
from engine.algos.math.estimate import RISK_AVERSION, Given, estimate
from engine.algos.math.expected_cost import CostModel, ModelError
from engine.algos.slicing import auction_shares, check_qty, check_window, lot_of, scheduled
from engine.inputs import AlgoSpec
from engine.market.calendar import CalendarError
from engine.model.money import ZERO

if TYPE_CHECKING:
    from collections.abc import Sequence


class Shortfall(Scheduled):
    """Slice k is what the optimal holdings fall by over period k, at its beginning."""

    name = "is"

    def complete(self, spec: AlgoSpec, sight: Sight) -> AlgoSpec:
        """With the parameters that are estimated where none are given."""
        model = model_of(spec, sight)
        found = (Decimal(repr(value)) for value in (model.sigma, model.eta, model.gamma, model.epsilon))
        names = ("volatility", "eta", "gamma", "epsilon")
        terms = dict(zip(names, found, strict=True))
        return msgspec.structs.replace(spec, risk_aversion=risk_aversion(spec), **terms)

    def plan(self, spec: AlgoSpec, sight: Sight) -> Slices:
        count = check_window(spec)
        check_qty(spec, sight.instrument)
        lot = lot_of(spec, sight.instrument)
        opening, closing = auction_shares(spec, sight, lot)
        qty = spec.qty - opening - closing
        parts = on_lots(qty, holdings(spec, sight, qty, count), lot) if qty else [ZERO] * count
        return scheduled(spec, sight, parts, lot, opening, closing)


def holdings(spec: AlgoSpec, sight: Sight, qty: Decimal, count: int) -> Sequence[float]:
    """The optimal holdings at the edges of the periods, `qty` first and 0 last. Raises PlanError."""
    model = model_of(spec, sight)
    try:
        horizon = sight.past.days_between(spec.symbol, spec.start_ns, spec.end_ns)
        if horizon <= 0:
            raise PlanError("no session is open in the window")
        return Schedule(float(qty), horizon, count, model, float(risk_aversion(spec))).holdings
    except (ModelError, CalendarError) as error:
        raise PlanError(str(error)) from None


def model_of(spec: AlgoSpec, sight: Sight) -> CostModel:
    """Volatility and impact, given or estimated as of now. Raises PlanError."""
    try:
        return estimate(spec.symbol, sight.quote, sight.past, sight.history, sight.now_ns, given(spec)).model
    except (ModelError, CalendarError) as error:
        raise PlanError(str(error)) from None


def given(spec: AlgoSpec) -> Given:
    """The parameters of the cost that the user gave."""
    sigma, eta, gamma, epsilon = (
        None if value is None else float(value) for value in (spec.volatility, spec.eta, spec.gamma, spec.epsilon)
    )
    # A purchase waits for a price that falls, a sale for one that rises.
    drift = float(-spec.side.sign * spec.drift) if spec.drift else 0.0
    return Given(sigma, eta, gamma, epsilon, drift)


def risk_aversion(spec: AlgoSpec) -> Decimal:
    """As given, or the usual one."""
    return spec.risk_aversion if spec.risk_aversion is not None else Decimal(repr(RISK_AVERSION))


def on_lots(qty: Decimal, holdings: Sequence[float], lot: Decimal) -> list[Decimal]:
    """What is sold from each holding to the next, both rounded to the lot; sums to `qty`. An odd lot rides on the last
    part that is not 0."""
    whole = qty - qty % lot
    rounded = [whole, *(_rounded(left, lot, whole) for left in holdings[1:-1]), ZERO]
    parts = [before - after for before, after in pairwise(rounded)]
    last = max((n for n, part in enumerate(parts) if part), default=len(parts) - 1)
    parts[last] += qty - whole
    return parts


def _rounded(left: float, lot: Decimal, whole: Decimal) -> Decimal:
    # repr() is the shortest text that is this very float: quantised once, to the nearest lot.
    return min((Decimal(repr(left)) / lot).quantize(Decimal(1), ROUND_HALF_EVEN) * lot, whole)
