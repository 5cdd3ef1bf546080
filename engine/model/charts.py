"""Views that are made when somebody asks for them, since they would cost too much in every frame: what charts show.

Times are market time, ns UTC; None is "no value", as in engine.views.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

Point = tuple[int, Decimal]
"""(market ns, value)"""


class SliceRow(msgspec.Struct, frozen=True, gc=False):
    """One slice of a schedule, and what was executed from its time to that of the next one."""

    no: int
    at_ns: int
    qty: Decimal
    target_qty: Decimal
    """What is to be done by the end of its interval, all slices before it included."""
    filled_qty: Decimal
    avg_px: Decimal | None
    market_volume: Decimal | None
    """What others and we traded in its interval, as far as it was seen; None before its time."""
    participation: Decimal | None
    """Own executions against that."""
    reached: bool


class FillPoint(msgspec.Struct, frozen=True, gc=False):
    """One execution of a child."""

    ts_ns: int
    qty: Decimal
    px: Decimal


class AlgoDetail(msgspec.Struct, frozen=True, gc=False):
    """One algo in full."""

    id: int
    now_ns: int
    start_ns: int
    end_ns: int
    """0: it has no end."""
    qty: Decimal
    slices: tuple[SliceRow, ...]
    """Empty for a kind that follows the market."""
    schedule: tuple[Point, ...]
    """What it wants done by each time, in steps; of a kind without slices what it wanted so far."""
    actual: tuple[Point, ...]
    """What was executed by each time, in steps, thinned."""
    prices: tuple[Point, ...]
    """Mids of usable quotes, thinned; they begin where somebody was there to see them."""
    fills: tuple[FillPoint, ...]
    """The newest ones, oldest first."""
    fill_count: int
    limit_px: Decimal | None
    would_px: Decimal | None
    arrival_px: Decimal | None
    avg_px: Decimal | None
    market_volume: Decimal
    """What traded while it ran, as far as it was seen."""
    participation: Decimal | None
    """Own executions against that."""
    cap: Decimal | None
    children: int
    """Orders that it has sent."""
    terms: tuple[tuple[str, str], ...]
    """What else was asked of it, in words."""


class CurveRow(msgspec.Struct, frozen=True, gc=False):
    """P&L over the day, of the desk (name "") or of one account: highest, lowest, and the largest fall from a high."""

    name: str
    points: tuple[Point, ...]
    newest: Decimal | None
    high: Decimal | None
    low: Decimal | None
    drawdown: Decimal | None
    """Below the high so far, now."""
    max_drawdown: Decimal | None


class DayCurve(msgspec.Struct, frozen=True, gc=False):
    """P&L of the trading day. An account's is what its equity changed by since this process first saw it today."""

    day: str
    currency: str
    day_equity: Decimal | None
    """With which the day began."""
    rows: tuple[CurveRow, ...]
    """The desk's first."""
    whole: bool
    """The time of the day before this process began is in it, as the journal has it."""
