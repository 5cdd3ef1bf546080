"""Costs: what each order and parent costs against what it could have cost, while it works and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import ClassVar

from engine.views import CostRow
from widgets.format import average, percent, price, quantity, signed
from widgets.grid import Cell, Column, Row
from widgets.lines import Part
from widgets.notation import SIDE_STYLES, SIDES
from widgets.panes.base import Field, TablePane


class CostsPane(TablePane[CostRow]):
    """Newest first. Bps above 0 cost money; a mark-out above 0 moved our way."""

    name_of_pane = "costs"
    number = "T"
    title = "Costs, bps (+ = cost)"
    empty = "no orders today to cost; `tradedesk tca` tells of earlier days"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("id", "#", 4, "decimal"),
        Column("algo", "Algo", 8),
        Column("symbol", "Sym", 5, flexible=True, whole=True),
        Column("side", "Side", 5, priority=1),
        Column("filled", "Filled", 6, "decimal"),
        Column("arrival", "Arrival", 7, "decimal", places=1),
        Column("vwap", "VWAP", 6, "decimal", places=1),
        Column("twap", "TWAP", 6, "decimal", places=1),
        Column("shortfall", "IS", 6, "decimal", places=1),
        Column("part", "Part", 5, "decimal", places=1, priority=2),
        Column("m1m", "1m", 6, "decimal", places=1),
        Column("status", "Status", 8, priority=3),
        Column("pwp", "PWP", 6, "decimal", places=1, priority=4),
        Column("close", "Close", 6, "decimal", places=1, priority=5),
        Column("spread", "Spread", 6, "decimal", places=1, priority=6),
        Column("m30m", "30m", 6, "decimal", places=1, priority=7),
        Column("money", "IS money", 10, "decimal", places=2, priority=8),
        Column("avg", "Avg px", 10, "decimal", places=4, priority=9),
        Column("px", "Arr. px", 9, "decimal", places=4, priority=10),
        Column("qty", "Qty", 8, "decimal", priority=11),
    )
    fields: ClassVar[Mapping[str, Field]] = {
        "filled": lambda row: row.cum_qty / row.qty if row.qty else None,
        "arrival": lambda row: row.slippage_bps["arrival"],
        "vwap": lambda row: row.slippage_bps["vwap"],
        "twap": lambda row: row.slippage_bps["twap"],
        "shortfall": "shortfall_bps",
        "part": "participation",
        "m1m": lambda row: dict(row.markouts_bps).get("1m"),
        "pwp": lambda row: row.slippage_bps["pwp"],
        "close": lambda row: row.slippage_bps["close"],
        "spread": "spread_bps",
        "m30m": lambda row: dict(row.markouts_bps).get("30m"),
        "money": "shortfall",
        "avg": "avg_px",
        "px": "arrival_px",
    }

    def key(self, row: CostRow) -> str:
        return row.key

    def draw_row(self, row: CostRow) -> Row:
        slippage, marks = row.slippage_bps, dict(row.markouts_bps)
        return Row(
            self.key(row),
            (
                str(row.id),
                row.algo if row.key.startswith("algo ") else Cell(row.algo, "dim"),
                Cell(row.symbol, "normal" if row.final else "strong"),
                Cell(SIDES[row.side], "normal" if row.final else SIDE_STYLES[row.side]),
                percent(row.cum_qty / row.qty, 0) if row.qty else "-",
                cost(slippage["arrival"]),
                cost(slippage["vwap"]),
                cost(slippage["twap"]),
                cost(row.shortfall_bps),
                percent(row.participation, 1),
                gain(marks.get("1m")),
                Cell(row.status, "dim" if row.final else "good"),
                cost(slippage["pwp"]),
                cost(slippage["close"]),
                cost(row.spread_bps),
                gain(marks.get("30m")),
                Cell(signed(row.shortfall), _style(row.shortfall)),
                average(row.avg_px, row.tick),
                price(row.arrival_px, row.tick),
                quantity(row.qty),
            ),
        )

    def summary(self, rows: Sequence[CostRow]) -> list[Part]:
        working = sum(1 for row in rows if not row.final)
        return [(f"{working} working, {len(rows)} in all", "dim")] if rows else []


def cost(value: Decimal | None) -> Cell:
    """Bps that cost when positive: in the colour of a loss then."""
    return Cell(signed(value, 1), _style(value))


def gain(value: Decimal | None) -> Cell:
    """Bps that are in our favour when positive."""
    return Cell(signed(value, 1), _style(None if value is None else -value))


def _style(value: Decimal | None) -> str:
    return "flat" if not value else "down" if value > 0 else "up"
