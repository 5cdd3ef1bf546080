"""How the desk performs: its work against the targets on top, the statistics of its trades below."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import ClassVar, Final

from textual.app import ComposeResult

from engine.model.performance import GroupStats, Measure, PerformanceReport
from widgets.format import NO_VALUE, number, percent, plain, signed
from widgets.grid import Cell, Column, Row
from widgets.lines import Line, Lines, Part
from widgets.notation import Notation
from widgets.panes.base import Field, TablePane

_VERDICTS: Final = {"met": "up", "missed": "down", "unknown": "dim"}
_ORDER: Final = ("all", "strategy", "tag", "account", "symbol", "day")


class TargetLines(Lines):
    """One line for each target: what it is about, the value, the target, the verdict in a word, how much was judged."""

    def __init__(self) -> None:
        super().__init__(id="targets")
        self._measures: tuple[Measure, ...] = ()
        self._said = ""

    def show(self, measures: tuple[Measure, ...], said: str) -> None:
        """Show these, or say why there are none."""
        self._measures, self._said = measures, said
        self.redraw()

    def build(self, width: int) -> Sequence[Line]:
        if self._said:
            return [[(f" {self._said}", "dim")]]
        return [_line(measure) for measure in self._measures]


def _line(measure: Measure) -> Line:
    style = _VERDICTS[measure.verdict]
    judged: Part = (f"  of {measure.of:,}", "dim")
    bound = "" if measure.at_its_end else "under " if measure.at_most else "over "
    return [
        (f" {measure.label:<22}", "label"),
        (f"{_valued(measure.value, measure.unit):>11}", "normal"),
        (f"  {bound + _valued(measure.target, measure.unit, exact=False):<13}", "dim"),
        (f"{measure.verdict.upper() if measure.verdict == 'missed' else measure.verdict:<7}", style),
        judged if measure.of else ("", "dim"),
    ]


def _valued(value: Decimal | None, unit: str, *, exact: bool = True) -> str:
    """A value with the same places always, a target with as many as it needs."""
    if value is None:
        return NO_VALUE
    if unit == "ms":
        return f"{number(value, 1) if exact else f'{value.normalize():f}'} ms"
    return percent(value, 3) if exact else f"{(value * 100).normalize():f}%"


def _name(row: GroupStats) -> str:
    return "all" if row.by == "all" else row.name if row.by in ("symbol", "day") else f"{row.by} {row.name}"


class PerformancePane(TablePane[GroupStats]):
    """One line for all trades and for each strategy, account, symbol and day; the newest day first."""

    name_of_pane = "performance"
    number = 0
    title = "Performance"
    empty = "no trades"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("name", "Trades of", 16, flexible=True, whole=True),
        Column("trades", "Trades", 6, "decimal"),
        Column("won", "Won", 6, "decimal"),
        Column("net", "Net P&L", 13, "decimal", places=3),
        Column("factor", "P.factor", 8, "decimal", places=3),
        Column("drawdown", "Max DD", 7, "decimal", places=4),
        Column("expectancy", "Expect.", 10, "decimal", places=3, priority=3),
        Column("sharpe", "Sharpe", 7, "decimal", places=3, priority=2),
        Column("sortino", "Sortino", 7, "decimal", places=3, priority=4),
        Column("win", "Av. win", 10, "decimal", places=3, priority=5),
        Column("loss", "Av. loss", 10, "decimal", places=3, priority=6),
    )

    fields: ClassVar[Mapping[str, Field]] = {
        "name": _name,
        "trades": lambda row: row.stats.trades,
        "won": lambda row: row.stats.win_rate,
        "net": lambda row: row.stats.net_pnl,
        "factor": lambda row: row.stats.profit_factor,
        "drawdown": lambda row: row.stats.max_drawdown,
        "expectancy": lambda row: row.stats.expectancy,
        "sharpe": lambda row: row.stats.sharpe,
        "sortino": lambda row: row.stats.sortino,
        "win": lambda row: row.stats.average_win,
        "loss": lambda row: row.stats.average_loss,
    }

    def __init__(self, notation: Notation, clock: Callable[[], float]) -> None:
        super().__init__(notation, clock)
        self._targets = TargetLines()
        self._report: PerformanceReport | None = None
        self.tell(None, "measuring")

    def compose(self) -> ComposeResult:
        yield self._title_line
        yield self._targets
        yield self.table

    def tell(self, report: PerformanceReport | None, said: str = "") -> None:
        """The newest report; without one, what to say instead."""
        self._report = report
        self._draw_title()
        self._targets.show(() if report is None else report.measures, plain(said))

    @staticmethod
    def rows_of(report: PerformanceReport) -> tuple[GroupStats, ...]:
        """What the table shows of a report: nothing while there are no trades, and accounts where there are several."""
        if not report.overall.trades:
            return ()
        accounts = sum(1 for row in report.groups if row.by == "account")
        shown = [row for row in report.groups if row.by != "account" or accounts > 1]
        shown = [row for row in shown if row.by not in ("strategy", "tag") or row.name]
        return (GroupStats("all", "", report.overall), *shown)

    def key(self, row: GroupStats) -> str:
        return f"{row.by} {row.name}"

    def in_order(self, rows: Sequence[GroupStats]) -> Sequence[GroupStats]:
        newest_first = sorted((row for row in rows if row.by == "day"), key=lambda row: row.name, reverse=True)
        return [*sorted((r for r in rows if r.by != "day"), key=lambda r: (_ORDER.index(r.by), r.name)), *newest_first]

    def draw_row(self, row: GroupStats) -> Row:
        stats = row.stats
        net = signed(stats.net_pnl)
        return Row(
            self.key(row),
            (
                Cell(_name(row), "strong" if row.by == "all" else "normal"),
                f"{stats.trades:,}",
                percent(stats.win_rate, 0),
                Cell(net, "up" if stats.net_pnl > 0 else "down" if stats.net_pnl < 0 else "flat"),
                number(stats.profit_factor, 2),
                percent(stats.max_drawdown, 2),
                signed(stats.expectancy),
                number(stats.sharpe, 2),
                number(stats.sortino, 2),
                number(stats.average_win, 2),
                number(stats.average_loss, 2),
            ),
        )

    def summary(self, rows: Sequence[GroupStats]) -> list[Part]:
        report = self._report
        if report is None:
            return []
        missed = sum(1 for measure in report.measures if measure.verdict == "missed")
        parts: list[Part] = [(f"{missed} missed  ", "warn")] if missed else []
        if report.untold:
            parts.append((f"{report.untold} left out  ", "warn"))
        return [*parts, (f"{report.open_trades} open, {report.currency}", "dim")]
