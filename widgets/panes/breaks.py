"""Breaks: what the desk and the broker disagree about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import ClassVar

from engine.views import BreakRow
from widgets.format import plain, quantity, signed_quantity
from widgets.grid import Cell, Column, Row
from widgets.lines import Part
from widgets.panes.base import Field, TablePane


class BreaksPane(TablePane[BreakRow]):
    """One line for each mismatch found by reconciliation; Enter opens all of it, with what can be done."""

    name_of_pane = "breaks"
    number = 8
    title = "Breaks"
    empty = "no breaks: the broker agrees with us; : reconcile asks again"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("kind", "What", 9),
        Column("key", "Key", 9),
        Column("ours", "Ours", 12, "decimal"),
        Column("theirs", "Theirs", 12, "decimal"),
        Column("difference", "Diff", 10, "decimal", priority=3),
        Column("since", "Since", 8, priority=1),
        Column("why", "Probably", 16, priority=2, flexible=True),
        Column("account", "Account", 10, min_screen_width=160, priority=5),
    )
    fields: ClassVar[Mapping[str, Field]] = {
        "ours": lambda row: Decimal(row.ours),
        "theirs": lambda row: Decimal(row.theirs),
        "difference": lambda row: Decimal(row.difference),
        "since": "since_ns",
    }

    def key(self, row: BreakRow) -> str:
        return str(row.no)

    def draw_row(self, row: BreakRow) -> Row:
        return Row(
            self.key(row),
            (
                Cell(row.kind, "warn"),
                Cell(row.key, "strong"),
                quantity(Decimal(row.ours)),
                Cell(quantity(Decimal(row.theirs)), "bad"),
                signed_quantity(Decimal(row.difference)),
                self.notation.times.hms(row.since_ns),
                Cell(plain(row.why), "dim"),
                row.account,
            ),
        )

    def summary(self, rows: Sequence[BreakRow]) -> list[Part]:
        return [(f" {len(rows)} BREAK{'S' if len(rows) > 1 else ''} ", "alarm")] if rows else []
