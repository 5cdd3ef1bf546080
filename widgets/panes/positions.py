"""Positions: quantity, cost, mark and P&L, each in its own currency. A `~` stands before every P&L that is built on a
stale price."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import ClassVar

from engine.views import PositionRow
from widgets.format import average, money, price, signed, signed_quantity
from widgets.grid import Cell, Column, Row
from widgets.lines import Part
from widgets.notation import sign_style
from widgets.panes.base import Field, TablePane


class PositionsPane(TablePane[PositionRow]):
    """Open positions first, by symbol, then those closed today."""

    name_of_pane = "positions"
    number = 1
    title = "Positions"
    empty = "no positions today; press : and type, e.g. buy 100 aapl mkt"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("symbol", "Symbol", 6, flexible=True, whole=True),
        Column("qty", "Qty", 9, "decimal"),
        Column("avg", "Avg px", 10, "decimal", places=4, priority=3),
        Column("last", "Last", 9, "decimal", places=2, priority=1),
        Column("value", "Mkt value", 13, "decimal", places=2, priority=5),
        Column("unrealized", "Unreal", 11, "decimal", places=2),
        Column("realized", "Real", 11, "decimal", places=2, priority=4),
        Column("day", "Day P&L", 11, "decimal", places=2),
        Column("currency", "Ccy", 4, min_screen_width=160, priority=9),
        Column("account", "Account", 10, min_screen_width=160, priority=8),
    )
    fields: ClassVar[Mapping[str, Field]] = {
        "avg": "avg_px",
        "last": "last_px",
        "value": "market_value",
        "unrealized": "unrealized_pnl",
        "realized": "realized_pnl",
        "day": "day_pnl",
    }

    def key(self, row: PositionRow) -> str:
        return f"{row.account}/{row.symbol}"

    def in_order(self, rows: Sequence[PositionRow]) -> Sequence[PositionRow]:
        return sorted(rows, key=lambda row: (row.qty == 0, row.symbol, row.account))

    def draw_row(self, row: PositionRow) -> Row:
        return Row(
            self.key(row),
            (
                _symbol(row, self.notation.with_account(row.symbol, row.account)),
                signed_quantity(row.qty),
                average(row.avg_px, row.tick),
                Cell(price(row.last_px, row.tick), "stale" if row.stale else "normal"),
                money(row.market_value),
                _pnl(row.unrealized_pnl, row.stale),
                _pnl(row.realized_pnl, False),
                _pnl(row.day_pnl, row.stale),
                row.currency,
                row.account,
            ),
            "dim" if row.qty == 0 else None,
        )

    def summary(self, rows: Sequence[PositionRow]) -> list[Part]:
        if not rows:
            return []
        held = sum(1 for row in rows if row.qty)
        # In the base currency: amounts of several currencies make no sum.
        known = [(row.unrealized_pnl, row.rate) for row in rows]
        total = sum((pnl * rate for pnl, rate in known if pnl is not None and rate is not None), Decimal(0))
        unknown = any(row.qty and (row.unrealized_pnl is None or row.rate is None) for row in rows)
        stale = unknown or any(row.stale for row in rows)
        return [
            (f"{held} held  unreal ", "dim"),
            (f"{'~' if stale else ''}{signed(total)}", "up" if total > 0 else "down" if total < 0 else "dim"),
        ]


def _pnl(value: Decimal | None, stale: bool) -> Cell:
    text = signed(value)
    return Cell(f"~{text}" if stale and value is not None else text, sign_style(value))


def _symbol(row: PositionRow, name: str) -> Cell:
    """With the word of what is not open for trading, never by colour alone."""
    if not row.trading:
        return Cell(name, "strong")
    return Cell(f"{name} {row.trading}", "alarm" if row.trading == "HALTED" else "warn")
