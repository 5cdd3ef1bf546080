"""Fills of today, newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import ClassVar

from engine.views import FillRow
from widgets.format import money, price, quantity
from widgets.grid import Cell, Column, Row
from widgets.lines import Part
from widgets.notation import SIDE_STYLES, SIDES
from widgets.panes.base import Field, TablePane


class FillsPane(TablePane[FillRow]):
    """One line for each execution."""

    name_of_pane = "fills"
    number = 3
    title = "Fills"
    empty = "no fills today; what trades stands here"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("time", "Time", 8),
        Column("order", "#", 4, "decimal", priority=1),
        Column("symbol", "Sym", 5, flexible=True, whole=True),
        Column("side", "Side", 5),
        Column("qty", "Qty", 7, "decimal"),
        Column("price", "Price", 8, "decimal", places=2),
        Column("fee", "Fee", 7, "decimal", places=2, priority=2),
        Column("value", "Value", 13, "decimal", places=2, priority=3),
        Column("broker", "Broker", 8, min_screen_width=160, priority=4),
        Column("exec_id", "Exec id", 12, min_screen_width=160, priority=5),
    )
    fields: ClassVar[Mapping[str, Field]] = {
        "time": "ts_ns",
        "qty": "last_qty",
        "price": "last_px",
        "value": lambda row: row.last_qty * row.last_px,
    }

    def key(self, row: FillRow) -> str:
        return f"{row.account}/{row.exec_id}"

    def draw_row(self, row: FillRow) -> Row:
        return Row(
            self.key(row),
            (
                self.notation.times.hms(row.ts_ns),
                str(row.order),
                Cell(self.notation.with_account(row.symbol, row.account), "strong"),
                Cell(SIDES[row.side], SIDE_STYLES[row.side]),
                quantity(row.last_qty),
                price(row.last_px, row.tick),
                Cell(money(row.fee), "dim"),
                money(row.last_qty * row.last_px),
                Cell(row.broker, "dim"),
                Cell(row.exec_id, "dim"),
            ),
        )

    def summary(self, rows: Sequence[FillRow]) -> list[Part]:
        if not rows:
            return []
        fees = sum((row.fee for row in rows), Decimal(0))
        return [(f"{len(rows)}  fees {money(fees)}", "dim")]
