"""Orders of any day that a search of the journal found, newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import ClassVar, Final

from engine.model.found import FoundOrder
from widgets.format import average, plain, quantity
from widgets.grid import Cell, Column, Row
from widgets.lines import Part
from widgets.notation import PACKAGE, SIDE_STYLES, SIDES, TYPES
from widgets.panes.base import Field, TablePane

_STYLES: Final = {"FILLED": "good", "DENIED": "bad", "REJECTED": "bad"}
_CENT: Final = Decimal("0.01")


class FoundPane(TablePane[FoundOrder]):
    """`ask` says that a search is under way, `tell` what it found. Enter tells an order's whole life."""

    name_of_pane = "found"
    number = "F"
    title = "Found orders"
    empty = "nothing; for example : find ibm 2026-11-26, or : find #dip"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("day", "Day", 10),
        Column("time", "Time", 8),
        Column("id", "#", 4, "decimal"),
        Column("symbol", "Symbol", 6, flexible=True, whole=True),
        Column("side", "Side", 5),
        Column("qty", "Qty", 8, "decimal"),
        Column("filled", "Filled", 8, "decimal"),
        Column("price", "Price", 9, "decimal", places=2),
        Column("status", "Status", 8),
        Column("avg", "Avg px", 10, "decimal", places=4, priority=2),
        Column("tag", "Tag", 10, priority=1),
        Column("type", "Type", 4, priority=3),
        Column("user", "User", 8, priority=4),
        Column("account", "Account", 10, priority=5),
        Column("cl_ord_id", "Id", 20, priority=6),
    )
    fields: ClassVar[Mapping[str, Field]] = {
        "day": "market_ns",
        "time": "market_ns",
        "filled": "filled_qty",
        "avg": "avg_px",
    }

    def ask(self, words: str) -> None:
        """A search has begun."""
        self._words = plain(words)
        self.show(())
        self.table.set_empty("searching the journal")
        self._title_line.show([(f"{self._words}  …", "dim")])

    def tell(self, orders: tuple[FoundOrder, ...]) -> None:
        """What it found."""
        self.show(orders)
        if not orders:
            self.table.set_empty(f"no order fits {self._words}")
        self._title_line.show(self.summary(orders))

    def sorry(self, why: str) -> None:
        """It could not be searched."""
        self.table.set_empty(f"can't be searched: {plain(why)}")

    @property
    def found(self) -> tuple[FoundOrder, ...]:
        """What it shows."""
        return self._rows

    _words = ""

    def key(self, row: FoundOrder) -> str:
        return row.cl_ord_id

    def draw_row(self, row: FoundOrder) -> Row:
        times = self.notation.times
        px = row.limit_px if row.limit_px is not None else row.stop_px
        return Row(
            self.key(row),
            (
                Cell(times.date(row.market_ns), "dim"),
                times.hms(row.market_ns),
                str(row.id),
                Cell(row.symbol, "strong"),
                Cell(PACKAGE if row.legs else SIDES[row.side], SIDE_STYLES[row.side]),
                quantity(row.qty),
                quantity(row.filled_qty) if row.filled_qty else "-",
                "-" if px is None else f"{px:,f}",
                Cell(row.status or "-", _STYLES.get(row.status, "dim")),
                "-" if row.avg_px is None else average(row.avg_px, _CENT),
                row.tag,
                TYPES[row.ord_type],
                Cell(row.user, "dim"),
                row.account,
                Cell(row.cl_ord_id, "dim"),
            ),
        )

    def summary(self, rows: Sequence[FoundOrder]) -> list[Part]:
        return [(f"{self._words}  ", "normal"), (f"{len(rows)} found", "dim")] if self._words else []
