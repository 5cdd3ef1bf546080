"""A plan for people who read it in a shell: table, chart, cost, its part of the market, frontier, every check.

Made from the documented JSON, so that it says what scripts read.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from engine.model.money import ZERO
from widgets.glyphs import Glyphs, bar

CHART_ROWS = 26
"""More slices than these are put together, neighbours into one bar."""
BAR = 40
TABLE_ROWS = 60


def chart(plan: dict[str, Any], glyphs: Glyphs) -> Iterator[str]:
    """One bar a slice (or a few neighbours): time, quantity, and a mark where the market's usual share stands."""
    slices = plan["slices"]
    market = [Decimal(share) for share in plan.get("market_shares", [])]
    count = min(len(slices), CHART_ROWS)
    groups = [(len(slices) * n // count, len(slices) * (n + 1) // count) for n in range(count)]
    sums = [sum((Decimal(each["qty"]) for each in slices[low:high]), ZERO) for low, high in groups]
    whole = sum(sums, ZERO)
    shares = [qty / whole for qty in sums]
    usual = [sum(market[low:high], ZERO) for low, high in groups] if market else []
    most = max([*shares, *usual])
    width = max(len(f"{qty:f}") for qty in sums)
    times = local_times(plan)
    for n, (low, _) in enumerate(groups):
        mark = float(usual[n] / most) if usual else None
        drawn = bar(float(shares[n] / most), BAR, glyphs, mark)
        yield f"{times[low]}  {sums[n]:>{width}f}  {drawn}  {shares[n]:6.1%}"


def local_times(plan: dict[str, Any]) -> list[str]:
    """When each slice goes out, on the exchange's clock; with its date where they are of several days."""
    zone = ZoneInfo(plan["timezone"])
    # ISO texts with nanoseconds: a datetime keeps the microseconds.
    at = [datetime.fromisoformat(f"{each['at'][:19]}+00:00").astimezone(zone) for each in plan["slices"]]
    days = {moment.date() for moment in at}
    return [f"{moment:%Y-%m-%d %H:%M:%S}" if len(days) > 1 else f"{moment:%H:%M:%S}" for moment in at]


def slice_rows(plan: dict[str, Any]) -> list[dict[str, str]]:
    """The schedule as a table, for those whose bars would hold several slices, or one alone."""
    times = local_times(plan)
    return [{"at": at, "qty": each["qty"]} for at, each in zip(times, plan["slices"], strict=True)]


def facts(plan: dict[str, Any]) -> Iterator[str]:
    """What it should cost, and how much of the market it would be."""
    cost, deviation = plan["expected_cost"] or "-", plan["expected_stdev"] or "-"
    bps = f" ({plan['cost_bps']} bps of the arrival price {plan['arrival_px']})" if plan.get("cost_bps") else ""
    yield f"expected cost {cost}{bps}, standard deviation {deviation}"
    if plan.get("participation") is not None:
        share, peak = Decimal(plan["participation"]), Decimal(plan["peak_participation"])
        yield f"participation {share:.2%}, at most {peak:.2%} of a slice, of a usual volume of {plan['market_volume']}"
    for line in plan.get("assumptions", []):
        yield f"  {line}"


def frontier_rows(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows of the frontier, the plan's own risk aversion marked."""
    own = plan.get("risk_aversion")
    return [
        {**row, "": "<- this plan" if own and Decimal(row["risk_aversion"]) == Decimal(own) else ""}
        for row in plan.get("frontier", [])
    ]


def check_lines(plan: dict[str, Any]) -> Iterator[str]:
    """Every check of the largest child, the ones that pass in one line; then what refuses."""
    rows = plan.get("child_checks", [])
    passed = [row["check"] for row in rows if row["verdict"] == "pass"]
    if rows:
        yield f"checks of the largest child: {len(passed)} of {len(rows)} pass"
    for row in rows:
        if row["verdict"] != "pass":
            yield f"  {row['check']}: {row['verdict']}: {', '.join(row['codes'])}"
    for check in plan["checks"]:
        yield f"{check['code']}: value={check['value']} limit={check['limit']} scope={check['scope']}"
