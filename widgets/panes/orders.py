"""Working orders, then those that ended today."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import ClassVar

from engine.model.enums import OrdStatus, OrdType
from engine.views import OrderRow
from widgets.format import age, average, price, quantity
from widgets.grid import Cell, Column, Row
from widgets.lines import Part
from widgets.notation import PACKAGE, SIDE_STYLES, SIDES, STATUS_STYLES, STATUSES, TYPES
from widgets.panes.base import Field, TablePane


class OrdersPane(TablePane[OrderRow]):
    """Open orders first, newest on top; ended ones follow, dimmed. A `?` marks a status that may be out of date, an
    E before its number an EXTERNAL order, placed elsewhere."""

    name_of_pane = "orders"
    number = 2
    title = "Working orders"
    empty = "no orders today; press : and type, e.g. buy 100 aapl @bid"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("id", "#", 4, "decimal"),
        Column("symbol", "Symbol", 6, flexible=True, whole=True),
        Column("side", "Side", 5),
        Column("qty", "Qty", 8, "decimal"),
        Column("filled", "Filled", 8, "decimal", priority=1),
        Column("type", "Type", 4, priority=2),
        Column("price", "Price", 9, "decimal", places=2),
        Column("status", "Status", 9),
        Column("tif", "TIF", 3, priority=4),
        Column("time", "Time", 8, priority=5),
        Column("stop", "Stop", 9, "decimal", places=2, priority=6),
        Column("avg", "Avg px", 10, "decimal", places=4, priority=7),
        Column("parent", "Algo", 4, "decimal", priority=8),
        Column("note", "Note", 8, min_screen_width=160, priority=9, flexible=True),
    )
    fields: ClassVar[Mapping[str, Field]] = {
        "qty": "order_qty",
        "filled": "cum_qty",
        "type": "ord_type",
        "price": lambda row: _price(row),
        "tif": "time_in_force",
        "time": "updated_ns",
        "stop": "stop_px",
        "avg": "avg_px",
        "note": lambda row: _note(row),
    }

    def key(self, row: OrderRow) -> str:
        return str(row.id)

    def in_order(self, rows: Sequence[OrderRow]) -> Sequence[OrderRow]:
        return sorted(rows, key=lambda row: (not row.is_open, -row.id))

    def draw_row(self, row: OrderRow) -> Row:
        status = STATUSES[row.status]
        if self.notation.ascii_only:
            status = status.replace("…", "")
        style = STATUS_STYLES.get(row.status, "normal")
        if not row.is_open and style in ("good", "warn", "info"):
            style = "normal"
        return Row(
            self.key(row),
            (
                Cell(f"E{row.id}", "warn") if row.external else str(row.id),
                Cell(self.notation.with_account(row.symbol, row.account), "strong" if row.is_open else "normal"),
                _side(row),
                quantity(row.order_qty),
                quantity(row.cum_qty) if row.cum_qty or row.is_open else "-",
                TYPES[row.ord_type],
                price(_price(row), row.tick),
                Cell(f"{status}{'?' if row.doubt else ''}", style),
                row.time_in_force.value.upper(),
                self.notation.times.hms(row.updated_ns) if row.doubt_s is None else f"{_age(row.doubt_s)} ago",
                price(row.stop_px, row.tick),
                average(row.avg_px, row.tick),
                "-" if row.parent is None else str(row.parent),
                Cell(_note(row), "alarm" if row.evidence else "dim"),
            ),
            "stale" if row.doubt and row.is_open else None if row.is_open else "dim",
        )

    def summary(self, rows: Sequence[OrderRow]) -> list[Part]:
        working = sum(1 for row in rows if row.is_open)
        unknown = [row for row in rows if row.status is OrdStatus.UNKNOWN]
        parts: list[Part] = [(f"{working} working", "dim")] if rows else []
        external = sum(1 for row in rows if row.external and row.is_open)
        if external:
            parts += [("  ", "dim"), (f" {external} EXTERNAL ", "warn")]
        doubted = [row.doubt_s for row in rows if row.doubt_s is not None]
        if doubted:
            parts += [("  ", "dim"), (f" {len(doubted)} as of {_age(max(doubted))} ago ", "warn")]
        if unknown:
            ages = [row.unknown_s for row in unknown if row.unknown_s is not None]
            oldest = f" {age(max(ages) * 1_000_000_000)}" if ages else ""
            parts += [("  ", "dim"), (f" {len(unknown)} UNKNOWN{oldest} ", "alarm")]
        return parts


def _age(seconds: int) -> str:
    return age(seconds * 1_000_000_000)


def _side(row: OrderRow) -> Cell:
    if row.legs:
        return Cell(PACKAGE, "normal")
    return Cell(SIDES[row.side], SIDE_STYLES[row.side] if row.is_open else "normal")


def _price(row: OrderRow) -> Decimal | None:
    """The trigger of what becomes a market order there, the limit of everything else."""
    return row.stop_px if row.ord_type in (OrdType.STOP, OrdType.TRAILING_STOP) else row.limit_px


def _note(row: OrderRow) -> str:
    group = f"group {row.group}" if row.group else ""
    trail = f"trails {row.trail}" if row.trail else ""
    return " ".join(text for text in (f"#{row.tag}" if row.tag else "", group, trail, row.evidence or row.text) if text)
