"""Alerts and the event log, newest first; `v` leaves out the lower levels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from engine.model.enums import AlertLevel
from engine.views import AlertRow
from widgets.grid import Cell, Column, Row
from widgets.lines import Part
from widgets.panes.base import Field, TablePane
from widgets.tables.values import Ranked

LEVELS = {
    AlertLevel.INFO: ("info", "dim"),
    AlertLevel.NOTICE: ("note", "info"),
    AlertLevel.WARN: ("WARN", "warn"),
    AlertLevel.ALARM: ("ALARM", "alarm"),
}

LEVEL_FILTERS: Final = ("", "level=note,warn,alarm", "level=warn,alarm", "level=alarm")


class AlertsPane(TablePane[AlertRow]):
    """A warning keeps its colour until it is acknowledged."""

    name_of_pane = "alerts"
    number = 6
    title = "Alerts"
    empty = "nothing to report"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("time", "Time", 8),
        Column("level", "Level", 5),
        Column("text", "Event", 20, flexible=True),
        Column("no", "#", 5, "decimal", min_screen_width=160, priority=2),
        Column("code", "Code", 22, min_screen_width=160, priority=1),
    )
    fields: ClassVar[Mapping[str, Field]] = {
        "time": "ts_ns",
        "level": lambda row: Ranked(row.level.value, row.level.name),
    }

    def raise_level(self) -> None:
        """Show from the next level on; after the highest, all again. It is the pane's filter, written by a key."""
        now = LEVEL_FILTERS.index(self.filter.text) if self.filter.text in LEVEL_FILTERS else 0
        self.filter_by(LEVEL_FILTERS[(now + 1) % len(LEVEL_FILTERS)])

    def key(self, row: AlertRow) -> str:
        return str(row.no)

    def draw_row(self, row: AlertRow) -> Row:
        word, style = LEVELS[row.level]
        if row.acked:
            style = "dim"
        text_style = {"warn": "warn", "alarm": "strong"}.get(style, "normal")
        return Row(
            self.key(row),
            (
                self.notation.times.hms(row.ts_ns),
                Cell(word, style),
                Cell(row.text, text_style),
                str(row.no),
                Cell(row.code, "dim"),
            ),
            "dim" if row.level is AlertLevel.INFO or row.acked else None,
        )

    def summary(self, rows: Sequence[AlertRow]) -> list[Part]:
        waiting = sum(1 for row in rows if not row.acked and row.level >= AlertLevel.WARN)
        return [(f"{waiting} to acknowledge", "warn")] if waiting else []
