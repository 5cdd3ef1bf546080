"""The P&L of the day as a curve, with its high, its low and how far it fell from a high."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Final

from textual.app import ComposeResult

from engine.model.charts import CurveRow, DayCurve
from engine.views import StatusView
from widgets.format import compact, percent, plain, signed
from widgets.grid import Cell, Column, Row
from widgets.lines import Line, Lines, Part
from widgets.notation import Notation, sign_style
from widgets.panes.base import TablePane

if TYPE_CHECKING:
    from widgets.plot import Chart

#: Accounts are told apart by these; the desk's own curve is drawn in the plain colour.
_STYLES: Final = ("normal", "key", "warn", "sell")
_SIGNS: Final = "#*+o"


class SaidLine(Lines):
    """One line of words."""

    def __init__(self) -> None:
        super().__init__(id="curve-said")
        self._line: Line = ()

    def show(self, line: Line) -> None:
        """Say this."""
        self._line = line
        self.redraw()

    def build(self, width: int) -> Sequence[Line]:
        return [self._line]


class CurvePane(TablePane[CurveRow]):
    """A chart, made when it is first looked at, over a row for the desk and one for each account."""

    name_of_pane = "curve"
    number = "e"
    title = "P&L of the day"
    empty = "no equity was known yet"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("name", "Of", 8, flexible=True, whole=True),
        Column("newest", "Now", 13, "decimal", places=2),
        Column("high", "High", 13, "decimal", places=2),
        Column("low", "Low", 13, "decimal", places=2),
        Column("drawdown", "Below high", 12, "decimal", places=2),
        Column("max_drawdown", "Max fall", 12, "decimal", places=2),
    )

    def __init__(self, notation: Notation, clock: Callable[[], float]) -> None:
        super().__init__(notation, clock)
        self._said = SaidLine()
        self._chart: Chart | None = None

    def compose(self) -> ComposeResult:
        yield self._title_line
        yield self._said
        yield self.table

    def tell(self, curve: DayCurve, status: StatusView) -> None:
        """Draw the newest curve."""
        self._said.show(_words(curve, status))
        self._draw(curve)
        self.show(curve.rows if any(row.points for row in curve.rows) else ())

    def sorry(self, why: str) -> None:
        """Say why there is none."""
        self._said.show([(f" {plain(why)}", "warn")])
        self.show(())

    def _draw(self, curve: DayCurve) -> None:
        from widgets.plot import Chart, Curve, Level

        if self._chart is None:
            self._chart = Chart(self.notation, lambda value: compact(value, 9))
            _ = self.mount(self._chart, before=self.table)
        drawn = [
            Curve(row.points, _STYLES[n % len(_STYLES)], _SIGNS[n % len(_SIGNS)])
            for n, row in enumerate(curve.rows)
            if row.points
        ]
        self._chart.show(drawn, [Level(Decimal(0), "dim")] if drawn else [])

    def key(self, row: CurveRow) -> str:
        return row.name

    def draw_row(self, row: CurveRow) -> Row:
        style = "strong" if not row.name else "normal"
        return Row(
            self.key(row),
            (
                Cell(row.name or "desk", style),
                Cell(signed(row.newest), sign_style(row.newest)),
                signed(row.high),
                signed(row.low),
                Cell(signed(None if row.drawdown is None else -row.drawdown), "down" if row.drawdown else "flat"),
                Cell(
                    signed(None if row.max_drawdown is None else -row.max_drawdown),
                    "down" if row.max_drawdown else "flat",
                ),
            ),
        )

    def summary(self, rows: Sequence[CurveRow]) -> list[Part]:
        newest = next((row.newest for row in rows if not row.name), None)
        return [] if newest is None else [(signed(newest), sign_style(newest).replace("flat", "dim"))]


def _words(curve: DayCurve, status: StatusView) -> Line:
    equity = status.whole_equity
    share = None if status.day_pnl is None or not curve.day_equity else status.day_pnl / curve.day_equity
    parts: list[Part] = [
        (f" {curve.day}  began ", "label"),
        (f"{compact(curve.day_equity, 14)} {curve.currency}", "normal"),
        ("  now ", "label"),
        (compact(equity, 14), "normal"),
        (f"  {'~' if status.pnl_stale else ''}{percent(share, 2)}", "strong"),
    ]
    if not curve.whole:
        parts.append(("  since this start", "warn"))
    elif any(row.name for row in curve.rows):
        parts.append(("  accounts: since first seen", "dim"))
    return parts
