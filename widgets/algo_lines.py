"""An algo in full, as lines: how far it is, what it was asked, and its slices as a table."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from engine.model.charts import AlgoDetail, SliceRow
from engine.views import AlgoRow, CostRow
from widgets.format import average, percent, plain, price, quantity, quoted_size, signed, signed_quantity
from widgets.lines import Line, Part
from widgets.notation import Notation

_MOST_SLICES: Final = 60


def state_lines(algo: AlgoRow, detail: AlgoDetail | None, cost: CostRow | None, notation: Notation) -> list[Line]:
    """Five lines: status, quantities, prices and costs so far, its part of the market, what else was asked of it."""
    done = percent(algo.cum_qty / algo.qty, 0) if algo.qty else "-"
    ahead = algo.cum_qty - algo.target_qty
    hms, tick, dot = notation.times.hms, algo.tick, f" {notation.glyphs.dot} "
    ends = hms(algo.end_ns) if algo.end_ns else "when filled"
    slices = f"slice {algo.slices_done} of {algo.slices}" if algo.slices else "follows the market"
    style = {"RUNNING": "up", "PAUSED": "warn", "STOPPING": "warn", "FAILED": "down"}.get(algo.status, "strong")
    status: list[Part] = [(f" {algo.status}", style), (f"  {hms(algo.start_ns)} to {ends}{dot}{slices}", "normal")]
    if algo.reason:
        status.append((f"{dot}{plain(algo.reason)}", "warn"))
    lines: list[Line] = [
        status,
        [
            (" filled ", "label"), (f"{quantity(algo.cum_qty)} of {quantity(algo.qty)} ({done})", "strong"),
            ("  wanted ", "label"), (quantity(algo.target_qty), "normal"),
            ("  ahead ", "label"), (signed_quantity(ahead), "warn" if ahead < 0 else "normal"),
            ("  working ", "label"), (quantity(algo.working_qty), "normal"),
        ],
        [
            (" avg ", "label"), (average(algo.avg_px, tick), "strong"),
            ("  arrival ", "label"), (price(algo.arrival_px, tick), "normal"),
            ("  slippage ", "label"), _bps(algo.slippage_bps), (" bps (+ = cost)", "dim"),
        ],
    ]  # fmt: skip
    lines += _costs(cost)
    if detail is not None:
        lines += [_market(detail), *_terms(detail, tick)]
    return lines


def _costs(cost: CostRow | None) -> list[Line]:
    """VWAP slippage and shortfall so far, where the recorder knows them."""
    if cost is None:
        return []
    return [[
        (" against VWAP ", "label"), _bps(cost.slippage_bps["vwap"]),
        ("  TWAP ", "label"), _bps(cost.slippage_bps["twap"]),
        ("  shortfall ", "label"), _bps(cost.shortfall_bps), (" bps so far", "dim"),
    ]]  # fmt: skip


def _market(detail: AlgoDetail) -> Line:
    cap = f" (cap {percent(detail.cap, 1)})" if detail.cap is not None else ""
    volume = quantity(detail.market_volume) if detail.market_volume else "-"
    return [
        (" participation ", "label"), (f"{percent(detail.participation, 1)}{cap}", "normal"),
        ("  market traded ", "label"), (volume, "normal"),
        ("  orders ", "label"), (str(detail.children), "normal"),
        ("  fills ", "label"), (str(detail.fill_count), "normal"),
    ]  # fmt: skip


def _terms(detail: AlgoDetail, tick: Decimal) -> list[Line]:
    terms = [] if detail.limit_px is None else [("limit", price(detail.limit_px, tick))]
    terms += [term for term in detail.terms if term[0] != "cap"]
    return (
        [[(" asked ", "label"), (", ".join(f"{name} {plain(value)}" for name, value in terms), "normal")]]
        if terms
        else []
    )


def slice_lines(detail: AlgoDetail, tick: Decimal, notation: Notation) -> list[Line]:
    """Every slice: when, planned, filled, at what price, its part of the market; the one that is running marked."""
    if not detail.slices:
        return [[(" no slices: it follows the market", "dim")]]
    running = max((row.no for row in detail.slices if row.reached), default=0)
    header = _columns("#", "at", "planned", "filled", "sum/plan", "avg px", "part", "market")
    lines: list[Line] = [[(header, "label")]]
    shown, total = detail.slices, Decimal(0)
    sums: list[Decimal] = []
    for row in shown:
        total += row.filled_qty
        sums.append(total)
    first = max(0, min(running - _MOST_SLICES // 2, len(shown) - _MOST_SLICES))
    for row, done in list(zip(shown, sums, strict=True))[first : first + _MOST_SLICES]:
        lines.append(_slice_line(row, done, tick, notation, is_running=row.no == running))
    left_out = len(shown) - _MOST_SLICES
    return [*lines, [(f"   and {left_out} more slices", "dim")]] if left_out > 0 else lines


def _slice_line(row: SliceRow, done: Decimal, tick: Decimal, notation: Notation, *, is_running: bool) -> Line:
    mark = notation.glyphs.to if is_running else " "
    text = _columns(
        f"{mark}{row.no:>3}",
        notation.times.hms(row.at_ns),
        quantity(row.qty),
        quantity(row.filled_qty) if row.reached else "-",
        f"{quantity(done) if row.reached else '-'}/{quantity(row.target_qty)}",
        average(row.avg_px, tick),
        percent(row.participation, 1),
        quoted_size(row.market_volume) if row.market_volume else "-",
    )
    return [(text, "strong" if is_running else "normal" if row.reached else "dim")]


def _columns(*texts: str) -> str:
    """One row of the table; 71 cells, as many as a box has at 80 columns."""
    return " ".join(f"{text:>{width}}" for text, width in zip(texts, (4, 8, 8, 8, 12, 10, 6, 8), strict=True))


def _bps(value: Decimal | None) -> Part:
    return (signed(value, 1), "dim" if not value else "down" if value > 0 else "up")
