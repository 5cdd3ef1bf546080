"""Risk: what is halted and tripped, then meters and triggers: bar, number, limit, the nearest to its limit on top."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import ClassVar, Final

from engine.model.guards import GuardRow
from engine.views import DeskView, MeterRow
from widgets.format import measure, percent
from widgets.glyphs import bar
from widgets.grid import Cell, Column, Row
from widgets.lines import Part
from widgets.notation import Notation
from widgets.panes.base import Field, TablePane
from widgets.risk_rows import HaltRow, RiskRow, guard_value, halt_rows, ordered

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


class RiskPane(TablePane[RiskRow]):
    """All meters and automatic triggers, those that are off as well."""

    name_of_pane = "risk"
    number = 5
    title = "Risk"
    empty = "no meters; risk_params.yaml has the limits"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("label", "Meter", 14, flexible=True),
        Column("bar", "", _BAR),
        Column("used", "Used", 5, "decimal"),
        Column("sign", "", 2),
        Column("value", "Value", 9, "decimal"),
        Column("limit", "Limit", 9, "decimal"),
        Column("note", "", 22, priority=1),
    )
    fields: ClassVar[Mapping[str, Field]] = {
        "bar": "used",
        "sign": lambda row: meter_sign(None if getattr(row, "off", False) else row.used),
        "note": lambda row: getattr(row, "note", "") or getattr(row, "action", "") or getattr(row, "reason", ""),
    }

    def __init__(self, notation: Notation, clock: Callable[[], float]) -> None:
        super().__init__(notation, clock)
        self._guards: tuple[GuardRow, ...] = ()
        self._halts: tuple[HaltRow, ...] = ()
        self._view: DeskView | None = None

    def tell(self, guards: tuple[GuardRow, ...]) -> None:
        """The triggers as they stand; those that stand as before stay the same objects."""
        known = {self.key(row): row for row in self._guards}
        self._guards = tuple(old if (old := known.get(self.key(row))) == row else row for row in guards)
        if self._view is not None:
            self.follow(self._view)
            if not known:
                self.put_in_order()  # they come a moment after the pane was opened

    def sorry(self, why: str) -> None:
        """There is nobody to tell of triggers."""
        self._guards = ()

    def follow(self, view: DeskView) -> None:
        """Show the view's meters and halts, with the triggers told last."""
        self._view = view
        halts = tuple(halt_rows(view))
        if halts != self._halts:
            self._halts = halts
        self.show((*self._halts, *view.meters, *self._guards))

    def key(self, row: RiskRow) -> str:
        return f"{row.code} {row.scope if row.state == 'TRIPPED' else ''}" if isinstance(row, GuardRow) else row.key

    def in_order(self, rows: Sequence[RiskRow]) -> Sequence[RiskRow]:
        return ordered(rows)

    def draw_row(self, row: RiskRow) -> Row:
        if isinstance(row, HaltRow):
            return self._halt(row)
        if isinstance(row, GuardRow):
            return self._guard(row)
        return self._meter(row)

    def _halt(self, row: HaltRow) -> Row:
        style = "warn" if row.state == "REDUCING" else "alarm"
        return Row(
            row.key, (Cell(row.label, "strong"), "", "", Cell("!!", style), Cell(row.state, style), "", row.reason)
        )

    def _guard(self, row: GuardRow) -> Row:
        value, label = guard_value(row, row.value), f"on {row.label}"
        if row.state == "off":
            return Row(self.key(row), (label, "", "OFF", "", value, "OFF", ""), "dim")
        limit = guard_value(row, row.limit)
        if row.state == "TRIPPED":
            named = label if row.scope == "the desk" else f"{label} {row.scope}"
            cells = (Cell(named, "strong"), Cell("TRIPPED", "alarm"), "", Cell("!!", "alarm"), value, limit, row.text)
            return Row(self.key(row), cells)
        style = meter_style(row.used)
        bar_style = "bad" if style == "alarm" else style
        drawn = "armed" if row.used is None else bar(float(row.used), _BAR, self.notation.glyphs)
        return Row(
            self.key(row),
            (
                label,
                Cell(drawn, bar_style),
                Cell(percent(row.used, 0), "normal" if style == "good" else bar_style),
                Cell(meter_sign(row.used), style),
                value,
                Cell(limit, "dim"),
                Cell(row.action, "dim"),
            ),
        )

    def _meter(self, row: MeterRow) -> Row:
        value = valued(row, 9)
        if row.off:
            return Row(row.key, (row.label, "", "OFF", "", value, "OFF", row.note), "dim")
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
                Cell(row.note, "dim"),
            ),
        )

    def summary(self, rows: Sequence[RiskRow]) -> list[Part]:
        halted = sum(1 for row in rows if isinstance(row, HaltRow))
        tripped = sum(1 for row in rows if isinstance(row, GuardRow) and row.state == "TRIPPED")
        near = sum(1 for row in rows if _is_near(row))
        parts: list[Part] = [(f" {halted} halted ", "alarm"), (" ", "normal")] if halted else []
        parts += [(f" {tripped} tripped ", "alarm"), (" ", "normal")] if tripped else []
        return [*parts, *([(f"{near} near limit", "warn")] if near else ())]


def _is_near(row: RiskRow) -> bool:
    off = row.state == "off" if isinstance(row, GuardRow) else isinstance(row, MeterRow) and row.off
    return not off and row.used is not None and row.used >= WARN_AT
