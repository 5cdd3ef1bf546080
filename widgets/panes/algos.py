"""Algos: how much is done, how much the schedule wanted by now, and what it costs against arrival."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import ClassVar

from engine.views import AlgoRow
from widgets.format import average, percent, price, quantity, signed, signed_quantity
from widgets.glyphs import bar
from widgets.grid import Cell, Column, Row
from widgets.lines import Part
from widgets.notation import SIDE_STYLES, SIDES
from widgets.panes.base import Field, TablePane

_BAR = 6
_STATUS_STYLES = {"RUNNING": "good", "PAUSED": "warn", "STOPPING": "warn", "FAILED": "bad"}
_ENDED = ("DONE", "CANCELED", "FAILED")


class AlgosPane(TablePane[AlgoRow]):
    """Running algos first. The mark in the bar is the schedule: filled up to it means on time."""

    name_of_pane = "algos"
    number = 4
    title = "Algos"
    empty = "no algos; : twap buy 1000 ibm 10m slices 10"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("id", "#", 3, "decimal"),
        Column("algo", "Algo", 5, priority=4),
        Column("symbol", "Sym", 5, flexible=True, whole=True),
        Column("side", "Side", 5, priority=2),
        Column("bar", "Plan", _BAR),
        Column("done", "Done", 4, "decimal"),
        Column("behind", "Ahead", 7, "decimal", priority=1),
        Column("slippage", "bps", 6, "decimal", places=1),
        Column("status", "Status", 8),
        Column("cum", "Filled", 8, "decimal", priority=5),
        Column("qty", "Qty", 8, "decimal", priority=6),
        Column("slices", "Slices", 7, "decimal", priority=7),
        Column("avg", "Avg px", 10, "decimal", places=4, priority=8),
        Column("arrival", "Arrival", 9, "decimal", places=2, priority=9),
        Column("ends", "Ends", 8, priority=10),
    )
    fields: ClassVar[Mapping[str, Field]] = {
        "bar": lambda row: _done(row),
        "done": lambda row: _done(row),
        "behind": lambda row: None if row.status in _ENDED else row.cum_qty - row.target_qty,
        "slippage": "slippage_bps",
        "cum": "cum_qty",
        "slices": "slices_done",
        "avg": "avg_px",
        "arrival": "arrival_px",
        "ends": "end_ns",
    }

    def key(self, row: AlgoRow) -> str:
        return str(row.id)

    def in_order(self, rows: Sequence[AlgoRow]) -> Sequence[AlgoRow]:
        return sorted(rows, key=lambda row: (row.status in _ENDED, -row.id))

    def draw_row(self, row: AlgoRow) -> Row:
        ended = row.status in _ENDED
        done = _done(row)
        target = None if ended or not row.qty else float(row.target_qty / row.qty)
        slippage = row.slippage_bps
        return Row(
            self.key(row),
            (
                str(row.id),
                row.algo.upper(),
                Cell(row.symbol, "normal" if ended else "strong"),
                Cell(SIDES[row.side], "normal" if ended else SIDE_STYLES[row.side]),
                Cell(bar(float(done), _BAR, self.notation.glyphs, target), "normal" if ended else "info"),
                percent(done, 0),
                "-" if ended else signed_quantity(row.cum_qty - row.target_qty),
                Cell(
                    signed(slippage, 1),
                    "flat" if not slippage else "down" if slippage > 0 else "up",  # positive = cost
                ),
                Cell(row.status, _STATUS_STYLES.get(row.status, "normal")),
                quantity(row.cum_qty),
                quantity(row.qty),
                f"{row.slices_done}/{row.slices}",
                average(row.avg_px, row.tick),
                price(row.arrival_px, row.tick),
                self.notation.times.hms(row.end_ns),
            ),
            "dim" if ended else None,
        )

    def summary(self, rows: Sequence[AlgoRow]) -> list[Part]:
        running = sum(1 for row in rows if row.status not in _ENDED)
        return [(f"{running} active", "dim")] if rows else []


def _done(row: AlgoRow) -> Decimal:
    """The share that is filled, 1 = all."""
    return row.cum_qty / row.qty if row.qty else Decimal(0)
