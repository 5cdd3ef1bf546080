"""Quotes: bid and ask with sizes, last, and how old all of it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import ClassVar

from engine.views import QuoteRow
from widgets.format import age, price, quantity, quoted_size, signed, tick_places
from widgets.grid import Cell, Column, Row
from widgets.lines import Part
from widgets.notation import sign_style
from widgets.panes.base import Field, TablePane


class WatchPane(TablePane[QuoteRow]):
    """The watch list. An old quote is dimmed, then says STALE; D marks delayed data, `Irr` counts locked and
    crossed quotes."""

    name_of_pane = "watch"
    number = 7
    title = "Quotes"
    empty = "no quotes yet; : watch aapl adds a symbol"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("symbol", "Sym", 5, flexible=True, whole=True),
        Column("bid_size", "Size", 6, "decimal", priority=3),
        Column("bid", "Bid", 8, "decimal", places=2),
        Column("ask", "Ask", 8, "decimal", places=2),
        Column("ask_size", "Size", 6, "decimal", priority=3),
        Column("spread", "Spr", 5, "decimal", places=2, priority=4),
        Column("last", "Last", 8, "decimal", places=2, priority=1),
        Column("last_size", "Size", 6, "decimal", priority=7),
        Column("change", "Chg", 7, "decimal", places=2, priority=2),
        Column("age", "Age", 9),
        Column("irregular", "Irr", 4, "decimal", priority=5),
        Column("volume", "Volume", 11, "decimal", min_screen_width=160, priority=6),
    )
    fields: ClassVar[Mapping[str, Field]] = {
        "spread": lambda row: None if row.bid is None or row.ask is None else row.ask - row.bid,
        "last": "last_px",
        "age": lambda row: Decimal(row.age_ns).scaleb(-9),
        "volume": "day_volume",
    }

    def key(self, row: QuoteRow) -> str:
        return row.symbol

    def draw_row(self, row: QuoteRow) -> Row:
        how_old = age(row.age_ns)
        crossed = row.bid is not None and row.ask is not None and row.bid >= row.ask
        book = "warn" if crossed and not row.stale else "normal"
        return Row(
            row.symbol,
            (
                Cell(row.symbol, "strong"),
                Cell(quoted_size(row.bid_size), "dim"),
                Cell(price(row.bid, row.tick), book),
                Cell(price(row.ask, row.tick), book),
                Cell(quoted_size(row.ask_size), "dim"),
                Cell(price(_spread(row), row.tick), "dim"),
                price(row.last_px, row.tick),
                Cell(quoted_size(row.last_size), "dim"),
                Cell(signed(row.change, tick_places(row.tick)), sign_style(row.change)),
                Cell(
                    f"{'D' if row.delayed else ''}{f'STALE {how_old}' if row.stale else how_old}",
                    "warn" if row.stale else "dim",
                ),
                Cell(str(row.irregular) if row.irregular else "-", "warn" if row.irregular else "dim"),
                Cell(quantity(row.day_volume), "dim"),
            ),
            "stale" if row.stale else "dim" if row.dim else None,
        )

    def summary(self, rows: Sequence[QuoteRow]) -> list[Part]:
        stale = sum(1 for row in rows if row.stale)
        return [(f"{stale} of {len(rows)} stale", "warn")] if stale else []


def _spread(row: QuoteRow) -> Decimal | None:
    """Ask less bid; below 0 where they are crossed."""
    return None if row.bid is None or row.ask is None else row.ask - row.bid
