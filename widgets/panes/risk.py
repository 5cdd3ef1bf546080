"""Risk meters: bar, number and limit, the one nearest to its limit on top."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import ClassVar, Final

from engine.views import MeterRow
from widgets.format import measure, percent
from widgets.glyphs import bar
from widgets.grid import Cell, Column, Row
from widgets.lines import Part
from widgets.panes.base import Field, TablePane

WARN_AT: Final = Decimal("0.7")
CRITICAL_AT: Final = Decimal("0.9")
_BAR = 7


def meter_style(used: Decimal | None) -> str:
    """The style of a meter: warn from 70 % of its limit, alarm from 90 %."""
    if used is None:
        return "dim"
    if used >= CRITICAL_AT:
        return "alarm"
    return "warn" if used >= WARN_AT else "good"


def meter_sign(used: Decimal | None) -> str:
    """The same without colour: `!` and `!!`."""
    if used is None or used < WARN_AT:
        return ""
    return "!!" if used >= CRITICAL_AT else "!"


def valued(row: MeterRow, width: int) -> str:
    """Its value, with `~` where it stands on something stale; `-` where it is not known."""
    text = measure(row.value, row.unit, width - 1, 2)
    return f"~{text}" if row.stale else text


def _limit(row: MeterRow) -> str:
    """Its limit, with as many decimals of a percentage as it has, at most two."""
    tenths = row.limit is None or row.limit * 1000 == (row.limit * 1000).to_integral_value()
    return measure(row.limit, row.unit, 9, 1 if tenths else 2)


def by_nearness(meters: Sequence[MeterRow]) -> list[MeterRow]:
    """Nearest to its limit first; without a value next, switched off last."""
    return sorted(meters, key=lambda row: (row.off, row.used is None, -(row.used or 0)))


class RiskPane(TablePane[MeterRow]):
    """All meters, those that are off as well."""

    name_of_pane = "risk"
    number = 5
    title = "Risk"
    empty = "no meters"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("label", "Meter", 14, flexible=True),
        Column("bar", "", _BAR),
        Column("used", "Used", 5, "decimal"),
        Column("sign", "", 2),
        Column("value", "Value", 9, "decimal"),
        Column("limit", "Limit", 9, "decimal"),
    )
    fields: ClassVar[Mapping[str, Field]] = {
        "bar": "used",
        "sign": lambda row: meter_sign(None if row.off else row.used),
    }

    def key(self, row: MeterRow) -> str:
        return row.key

    def in_order(self, rows: Sequence[MeterRow]) -> Sequence[MeterRow]:
        return by_nearness(rows)

    def draw_row(self, row: MeterRow) -> Row:
        value = valued(row, 9)
        if row.off:
            return Row(row.key, (row.label, "", "OFF", "", value, "OFF"), "dim")
        style = meter_style(row.used)
        # Reversed blocks would be a hole: the bar takes the plain colour of the same severity.
        bar_style = "bad" if style == "alarm" else style
        share = 0.0 if row.used is None else float(row.used)
        return Row(
            row.key,
            (
                row.label,
                Cell(bar(share, _BAR, self.notation.glyphs), bar_style),
                Cell(percent(row.used, 0), "normal" if style == "good" else bar_style),
                Cell(meter_sign(row.used), style),
                value,
                Cell(_limit(row), "dim"),
            ),
        )

    def summary(self, rows: Sequence[MeterRow]) -> list[Part]:
        near = sum(1 for row in rows if not row.off and row.used is not None and row.used >= WARN_AT)
        return [(f"{near} near limit", "warn")] if near else []
