"""What a plan should cost and be of the market, before it is launched: the pre-trade view of any schedule.

It adds to a plan and refuses nothing: where a figure can't be known, the plan says so in a note and goes without it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from engine.algos.kinds.shortfall import given, risk_aversion
from engine.algos.math.estimate import Estimate, estimate
from engine.algos.math.expected_cost import Cost, ModelError
from engine.algos.math.frontier import frontier
from engine.algos.math.plan_cost import Share, market_share, plan_cost
from engine.inputs import AlgoSpec
from engine.market.calendar import CalendarError
from engine.model.enums import OrdType
from engine.model.instrument import Instrument
from engine.model.market import Quote
from engine.model.money import CENT, ONE
from engine.model.order import OrderRequest
from engine.views import AlgoPlan, CheckRow, FrontierRow

if TYPE_CHECKING:
    from engine.desk import Desk

_SHARE: Final = Decimal("0.0001")
_TENTH: Final = Decimal("0.1")
_HOUR_NS: Final = 3_600_000_000_000


def with_outlook(desk: Desk, spec: AlgoSpec, plan: AlgoPlan) -> AlgoPlan:
    """The plan with its expected cost and deviation, its part of the market, the verdict of every check on its largest
    child, and for implementation shortfall the efficient frontier over its own slices."""
    instrument = desk.state.instruments.get(spec.symbol)
    if instrument is None or not plan.slices:
        return plan
    now_ns = desk.now.market_ns
    quote = desk.quotes.usable(spec.symbol, now_ns)
    end_ns = spec.end_ns or plan.slices[-1][0] + _HOUR_NS
    notes = list(plan.notes)
    found: Estimate | None = None
    cost: Cost | None = None
    share: Share | None = None
    past, history = desk.surroundings.past, desk.surroundings.history
    try:
        found = estimate(spec.symbol, quote, past, history, now_ns, given(spec))
        cost = plan_cost(spec.symbol, plan.slices, end_ns, past, found.model)
    except (ModelError, CalendarError) as error:
        notes.append(f"cost without impact, and no deviation: {error}")
    try:
        volume = found.volume if found is not None else past.volume(spec.symbol, now_ns)
        if volume:
            share = market_share(spec.symbol, plan.slices, end_ns, past, volume, now_ns)
    except CalendarError as error:
        notes.append(f"no participation: {error}")
    unit = instrument.multiplier
    expected = money(cost.expected, unit) if cost is not None else plan.expected_cost
    arrival = spec.price if spec.price is not None else quote.mid if quote is not None else None
    notional = arrival * spec.qty * unit if arrival else None
    return msgspec.structs.replace(
        plan,
        expected_cost=expected,
        expected_stdev=money(cost.stdev, unit) if cost is not None else plan.expected_stdev,
        notes=tuple(notes),
        arrival_px=arrival,
        cost_bps=(expected / notional * 10_000).quantize(CENT) if expected is not None and notional else None,
        market_volume=share.others.quantize(ONE) if share is not None else None,
        participation=share.whole.quantize(_SHARE) if share is not None else None,
        peak_participation=share.peak.quantize(_SHARE) if share is not None else None,
        market_shares=tuple(each.quantize(Decimal("1e-6")) for each in share.market) if share is not None else (),
        assumptions=found.sources if found is not None else (),
        frontier=_frontier(desk, spec, plan, end_ns, found, unit) if spec.algo == "is" else (),
        risk_aversion=risk_aversion(spec) if spec.algo == "is" else None,
        checks=_checks(desk, spec, plan, instrument, quote),
    )


def money(value: float, unit: Decimal) -> Decimal:
    """A figure of the model as money, to the cent: price units times quantity, times what a price unit is worth."""
    return (Decimal(repr(value)) * unit).quantize(CENT)


def _frontier(
    desk: Desk, spec: AlgoSpec, plan: AlgoPlan, end_ns: int, found: Estimate | None, unit: Decimal
) -> tuple[FrontierRow, ...]:
    """Over equal periods, as many as the plan has slices; the plan's own risk aversion is one of its points."""
    past = desk.surroundings.past
    try:
        horizon = past.days_between(spec.symbol, spec.start_ns, end_ns)
        if found is None or horizon <= 0:
            return ()
        periods = max(spec.slices or len(plan.slices), 1)
        own = risk_aversion(spec)
        points = frontier(float(spec.qty), horizon, periods, found.model, also=float(own))
        day_s = past.day_s(spec.symbol, spec.start_ns)
    except (ModelError, CalendarError):
        return ()
    return tuple(
        FrontierRow(
            own if point.risk_aversion == float(own) else Decimal(f"{point.risk_aversion:.3g}"),
            money(point.expected, unit),
            money(point.stdev, unit),
            Decimal(repr(point.half_life * day_s)).quantize(_TENTH) if point.half_life != float("inf") else None,
        )
        for point in points
    )


def _checks(
    desk: Desk, spec: AlgoSpec, plan: AlgoPlan, instrument: Instrument, quote: Quote | None
) -> tuple[CheckRow, ...]:
    """Every check of the largest child, at the touch that it would take."""
    largest = max(qty for _, qty in plan.slices)
    px = spec.limit_px
    if quote is not None and px is None:
        px = quote.ask if spec.side.is_buy else quote.bid
    request = OrderRequest(
        spec.account,
        spec.symbol,
        spec.side,
        largest,
        OrdType.LIMIT if px is not None else OrdType.MARKET,
        px,
        origin="algo",
        user=spec.user,
        strategy=spec.strategy,
    )
    return desk.risk.verdicts(request, desk.now)
