"""The P&L of the day as a curve: made when somebody looks."""

from __future__ import annotations

from decimal import Decimal

from engine.desk import Desk
from engine.model.charts import CurveRow, DayCurve
from engine.model.money import ZERO
from engine.publish.rows import money
from engine.tracks import Point, Series


def day_curve(desk: Desk) -> DayCurve:
    """The desk's, and each account's where there are several."""
    state, tracks = desk.state, desk.tracks
    is_today = tracks.day == state.day
    rows = [_row("", tracks.pnl.points if is_today else ())]
    rows += [_row(name, _from_zero(series)) for name, series in tracks.accounts.items() if is_today]
    return DayCurve(state.day, state.base_currency, state.day_equity, tuple(rows), tracks.whole and is_today)


def _from_zero(series: Series) -> tuple[Point, ...]:
    points = series.points
    return tuple((ts, value - points[0][1]) for ts, value in points)


def _row(name: str, points: tuple[Point, ...]) -> CurveRow:
    """Every day begins at zero: a loss from there is a drawdown, too."""
    if not points:
        return CurveRow(name, (), None, None, None, None, None)
    high = worst = ZERO
    fall: Decimal = ZERO
    for _, value in points:
        high = max(high, value)
        fall = high - value
        worst = max(worst, fall)
    values = [value for _, value in points]
    return CurveRow(name, points, money(values[-1]), money(max(values)), money(min(values)), money(fall), money(worst))
