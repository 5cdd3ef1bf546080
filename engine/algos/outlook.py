"""What a plan should cost and be of the market, before it is launched: the pre-trade view of any schedule.

It adds to a plan and refuses nothing: where a figure can't be known, the plan says so in a note and goes without it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from engine.algos.kind import PlanError, Slices
from engine.algos.kinds.shortfall import given, risk_aversion
from engine.algos.launch import worst_child
from engine.algos.math.estimate import Estimate, estimate
from engine.algos.math.expected_cost import Cost, ModelError
from engine.algos.math.frontier import frontier
from engine.algos.math.plan_cost import Share, market_pace, market_share, plan_cost
from engine.algos.prices import level_px
from engine.algos.slicing import count_of
from engine.inputs import AlgoSpec
from engine.market.calendar import CalendarError
from engine.model.enums import OrdType
from engine.model.market import Quote
from engine.model.money import CENT, ONE, ZERO, floor_to, plain
from engine.model.order import OrderRequest
from engine.orders.emulation import time_of_ours
from engine.views import AlgoPlan, CheckRow, FrontierRow

if TYPE_CHECKING:
    from engine.desk import Desk

#: Kinds whose trading is known beforehand, so that the model can price it; and those that it prices at all.
SCHEDULED: Final = frozenset({"twap", "vwap", "is"})
PRICED: Final = SCHEDULED | {"pov"}
_SHARE: Final = Decimal("0.0001")
_PART: Final = Decimal("0.000001")
_TENTH: Final = Decimal("0.1")


class _Figures(msgspec.Struct):
    """What could be worked out."""

    notes: list[str]
    model: Estimate | None = None
    cost: Cost | None = None
    share: Share | None = None


def with_outlook(desk: Desk, spec: AlgoSpec, plan: AlgoPlan) -> AlgoPlan:
    """The plan with its expected cost and deviation, its part of the market, the verdict of every check on its largest
    child, and for implementation shortfall the efficient frontier over its own periods."""
    instrument = desk.state.instruments.get(spec.symbol)
    if instrument is None or spec.algo not in desk.surroundings.algo_kinds or not plan.qty.is_finite():
        return plan
    if any(denial.code in ("ALGO_PLAN", "ALGO_WINDOW") for denial in plan.denials):
        return plan
    quote = desk.quotes.usable(spec.symbol, desk.now.market_ns)
    unit = instrument.multiplier
    found = _figures(desk, spec, plan, quote)
    cost, share = found.cost, found.share
    expected = money(cost.expected, unit) if cost is not None else plan.expected_cost
    notional = quote.mid * spec.qty * unit if quote is not None else None
    return msgspec.structs.replace(
        plan,
        expected_cost=expected,
        expected_stdev=money(cost.stdev, unit) if cost is not None else plan.expected_stdev,
        notes=(*plan.notes, *found.notes),
        arrival_px=quote.mid if quote is not None else None,
        cost_bps=(expected / notional * 10_000).quantize(CENT) if expected is not None and notional else None,
        market_volume=share.others.quantize(ONE) if share is not None else None,
        participation=share.whole.quantize(_SHARE) if share is not None else None,
        peak_participation=share.peak.quantize(_SHARE) if share is not None else None,
        market_shares=tuple(each.quantize(_PART) for each in share.market) if share is not None and plan.slices else (),
        assumptions=found.model.sources if found.model is not None and cost is not None else (),
        frontier=_frontier(desk, spec, found.model, unit) if spec.algo == "is" else (),
        risk_aversion=risk_aversion(spec) if spec.algo == "is" else None,
        checks=_checks(desk, spec, plan, quote),
    )


def money(value: float, unit: Decimal) -> Decimal:
    """A figure of the model as money, to the cent: price units times quantity, times what a price unit is worth."""
    return (Decimal(repr(value)) * unit).quantize(CENT)


def _figures(desk: Desk, spec: AlgoSpec, plan: AlgoPlan, quote: Quote | None) -> _Figures:
    now_ns, past, history = desk.now.market_ns, desk.surroundings.past, desk.surroundings.history
    found = _Figures([])
    try:
        found.model = estimate(spec.symbol, quote, past, history, now_ns, given(spec)) if spec.algo in PRICED else None
        volume = found.model.volume if found.model is not None else _usual_volume(desk, spec)
    except (ModelError, CalendarError) as error:
        found.notes.append(f"cost without impact, and no deviation: {error}")
        volume = _usual_volume(desk, spec)
    try:
        slices = plan.slices
        if spec.algo == "pov" and volume and spec.end_ns:
            slices = _pace(desk, spec, volume, found)
        if not slices or not spec.end_ns:
            return found
        if found.model is not None and (spec.algo in SCHEDULED or volume):
            found.cost = plan_cost(spec.symbol, slices, spec.end_ns, past, found.model.model)
        if volume:
            found.share = market_share(spec.symbol, slices, spec.end_ns, past, volume, now_ns)
    except (ModelError, CalendarError) as error:
        found.notes.append(f"no participation: {error}")
    return found


def _usual_volume(desk: Desk, spec: AlgoSpec) -> Decimal | None:
    surroundings = desk.surroundings
    daily = surroundings.history.adv(spec.symbol)
    try:
        return daily if daily is not None else surroundings.past.volume(spec.symbol, desk.now.market_ns)
    except CalendarError:
        return None


def _pace(desk: Desk, spec: AlgoSpec, volume: Decimal, found: _Figures) -> Slices:
    """What following the market comes to at its usual volume, with a note of how far that gets."""
    rate = spec.participation
    if rate is None or rate >= 1:
        return ()
    window = (max(spec.start_ns, desk.now.market_ns), spec.end_ns)
    slices = market_pace(spec.symbol, spec.qty, rate, window, desk.surroundings.past, volume, desk.now.market_ns)
    done = sum((qty for _, qty in slices), ZERO)
    if done < spec.qty:
        lot = desk.state.instruments[spec.symbol].lot
        found.notes.append(
            f"at the usual volume {plain(floor_to(done, lot))} of {plain(spec.qty)} are done by the end, the rest not"
        )
    else:
        minutes = (slices[-1][0] - window[0]) // 60_000_000_000 + 1
        found.notes.append(f"at the usual volume it takes {minutes} min")
    return slices


def _frontier(desk: Desk, spec: AlgoSpec, found: Estimate | None, unit: Decimal) -> tuple[FrontierRow, ...]:
    """Over equal periods, as many as the parent asks for; its own risk aversion is one of the points."""
    past = desk.surroundings.past
    try:
        horizon = past.days_between(spec.symbol, spec.start_ns, spec.end_ns)
        if found is None or horizon <= 0:
            return ()
        own = risk_aversion(spec)
        points = frontier(float(spec.qty), horizon, count_of(spec), found.model, also=float(own))
        day_s = past.day_s(spec.symbol, spec.start_ns)
    except (ModelError, CalendarError, PlanError):
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


def _checks(desk: Desk, spec: AlgoSpec, plan: AlgoPlan, quote: Quote | None) -> tuple[CheckRow, ...]:
    """Every check of the largest child, at the price at which it would cross."""
    px = level_px("cross", spec, desk.state.instruments[spec.symbol], quote) if quote is not None else spec.limit_px
    request = OrderRequest(
        spec.account,
        spec.symbol,
        spec.side,
        worst_child(spec, plan.slices, desk.state.instruments[spec.symbol].lot),
        OrdType.LIMIT if px is not None else OrdType.MARKET,
        px,
        time_in_force=time_of_ours(desk.surroundings.capabilities(spec.account), desk.state.instruments[spec.symbol]),
        origin="algo",
        user=spec.user,
        strategy=spec.strategy,
    )
    return desk.risk.verdicts(request, desk.now)
