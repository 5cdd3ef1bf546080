"""The live echo of an algo's line: what its plan would do, cost, and be of the market."""

from __future__ import annotations

from decimal import Decimal

from engine.views import AlgoPlan, FrontierRow, StatusView
from widgets.echo import who
from widgets.format import compact, money, number, percent, quantity
from widgets.glyphs import columns
from widgets.lines import Line, Part
from widgets.notation import SIDES, Notation

CHART_WIDTH = 60
FRONTIER_POINTS = 4


def plan_echo(plan: AlgoPlan, status: StatusView, notation: Notation) -> list[Line]:
    """Mode and account, algo, its schedule, what it should cost; then, as far as known, its part of the market, the
    schedule as a chart over the market's usual volume, and the frontier."""
    glyphs, times = notation.glyphs, notation.times
    dot: Part = (f" {glyphs.dot} ", "dim")
    first: list[Part] = [
        *who(status),
        (f" {plan.algo.upper()} {SIDES[plan.side]} {quantity(plan.qty)} {plan.symbol}", "strong"),
    ]
    if len(plan.slices) > 1:
        sizes = sorted({qty for _, qty in plan.slices})
        each = quantity(sizes[0]) if len(sizes) == 1 else f"{quantity(sizes[0])} to {quantity(sizes[-1])}"
        first += [dot, (f"{len(plan.slices)} slices of {each}", "normal")]
    second: list[Part] = [(" ", "normal")]
    if plan.slices:
        first_ns, last_ns = plan.slices[0][0], plan.slices[-1][0]
        when = f"{times.hms(first_ns)} to {times.hms(last_ns)}" if last_ns > first_ns else f"from {times.hms(first_ns)}"
        second += [(when, "normal"), dot]
    cost = money(plan.expected_cost) + (f" ({number(plan.cost_bps, 1)} bps)" if plan.cost_bps is not None else "")
    second += [("expected cost ", "label"), (cost, "normal")]
    second += [(" ± ", "label"), (money(plan.expected_stdev), "normal")]
    lines: list[Line] = [first, second]
    if plan.participation is not None:
        lines.append(
            [
                (" participation ", "label"),
                (percent(plan.participation), "normal"),
                (" at most ", "label"),
                (percent(plan.peak_participation), "normal"),
                (" of a usual ", "label"),
                (compact(plan.market_volume, 9), "normal"),
            ]
        )
    if len(plan.slices) > 1:
        lines.append(_chart("plan  ", [qty for _, qty in plan.slices], notation))
        if plan.market_shares:
            lines.append(_chart("market", list(plan.market_shares), notation))
    if plan.frontier:
        lines.append([(" frontier ", "label"), *_frontier(plan, dot)])
    return lines


def _chart(name: str, values: list[Decimal], notation: Notation) -> Line:
    # Heights of a chart, so floats.
    return [(f" {name} ", "label"), (columns([float(v) for v in values], CHART_WIDTH, notation.glyphs), "normal")]


def _frontier(plan: AlgoPlan, dot: Part) -> list[Part]:
    """A few points of it: cost and deviation, each with its risk aversion."""
    step = max((len(plan.frontier) - 1) // (FRONTIER_POINTS - 1), 1)
    parts: list[Part] = []
    for row in plan.frontier[::step][:FRONTIER_POINTS]:
        parts += [dot] if parts else []
        parts += [(_point(row), "normal")]
    return parts


def _point(row: FrontierRow) -> str:
    return f"{compact(row.expected_cost, 8)} ± {compact(row.expected_stdev, 8)} at {float(row.risk_aversion):.0e}"
