"""What an order (or parent) costs, as lines for a box."""

from __future__ import annotations

from decimal import Decimal

from engine.views import CostRow
from widgets.format import average, money, percent, plain, price, quantity, signed
from widgets.lines import Line, Part
from widgets.notation import SIDES

_LABEL = 12
_BENCHMARKS = (("arrival", "arrival"), ("vwap", "VWAP"), ("twap", "TWAP"), ("close", "close"), ("pwp", "PWP 20 %"))


def cost_title(row: CostRow) -> str:
    """Costs of #3 TWAP SELL 5,000 MSFT"""
    return f"Costs of #{row.id} {row.algo.upper()} {SIDES[row.side]} {quantity(row.qty)} {row.symbol}"


def cost_lines(row: CostRow) -> list[Line]:
    """Benchmarks, the shortfall in its parts, mark-outs, latencies, what is not known and why."""
    prices = {"arrival": row.arrival_px, "vwap": row.vwap, "twap": row.twap, "close": row.close_px, "pwp": row.pwp}
    filled = f"{quantity(row.cum_qty)} of {quantity(row.qty)} at {average(row.avg_px, row.tick)}"
    lines: list[Line] = [
        [_label("Filled"), (filled, "strong"), (f"   {row.status}", "dim" if row.final else "up")],
        [_label("Against"), (f"{'price':>12}{'slippage bps':>16}   + = cost", "dim")],
    ]
    for name, words in _BENCHMARKS:
        px = prices[name]
        shown = average(px, row.tick) if name in ("vwap", "twap", "pwp") else price(px, row.tick)
        lines.append([_label(f"  {words}"), (f"{shown:>12}", "normal"), _bps(row.slippage_bps[name], 16)])
    lines += [
        [],
        [
            _label("Shortfall"),
            (f"{signed(row.shortfall)} {row.currency}" if row.shortfall is not None else "-", "strong"),
            _bps(row.shortfall_bps, 10),
            (" bps of the whole order (Kissell)", "dim"),
        ],
        [_label(""), (", ".join(f"{name} {money(value)}" for name, value in row.parts) or "-", "normal")],
        [_label("Share"), (f"{percent(row.participation, 1)} of what traded", "normal")],
        [_label("Spread"), _bps(row.spread_bps, 0), (" bps effective, twice the distance from mid", "dim")],
        [_label("Mark-outs"), *_marks(row), ("+ = our way", "dim")],
        [_label("Latency"), (_latency(row), "normal"), (" ms, median", "dim")],
        [_label("Orders"), (f"{row.orders} sent, {row.rejected} rejected, {row.fills} fills", "normal")],
    ]
    return [*lines, *([_label("Note"), (plain(note), "warn")] for note in row.notes)]


def order_cost_line(row: CostRow) -> Line:
    """One line: an order's costs so far."""
    marks = dict(row.markouts_bps)
    return [
        (f" {'Cost':<13}", "label"), ("against arrival ", "dim"), _bps(row.slippage_bps["arrival"], 0),
        (" bps  VWAP ", "dim"), _bps(row.slippage_bps["vwap"], 0), ("  shortfall ", "dim"), _bps(row.shortfall_bps, 0),
        ("  after 1m ", "dim"), (signed(marks.get("1m"), 1), "normal"),
    ]  # fmt: skip


def _marks(row: CostRow) -> list[Part]:
    parts: list[Part] = []
    for name, value in row.markouts_bps:
        style = "dim" if not value else "up" if value > 0 else "down"
        parts += [(f"{name} ", "dim"), (f"{signed(value, 1)}  ", style)]
    return parts


def _latency(row: CostRow) -> str:
    words = {"decision_to_send": "send", "send_to_ack": "ack", "ack_to_fill": "fill"}
    return "  ".join(f"{words[step]} {'-' if value is None else f'{value:f}'}" for step, value in row.latency_ms)


def _bps(value: Decimal | None, width: int) -> Part:
    style = "dim" if not value else "down" if value > 0 else "up"
    return (f"{signed(value, 1):>{width}}", style)


def _label(text: str) -> Part:
    return (f" {text:<{_LABEL - 1}}", "label")
