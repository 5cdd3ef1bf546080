"""Connection diagnostics: brokers, feeds, journal, engine and screen, a line for each thing that can be wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from engine.model.diagnostics import Diagnostics
from widgets.connection_rows import ConnectionRow, ScreenHealth, connection_rows
from widgets.format import plain
from widgets.grid import Cell, Column, Row
from widgets.lines import Part
from widgets.panes.base import TablePane

_STYLES: Final = {"ok": "good", "warn": "warn", "bad": "bad", "": "normal"}
_WORDS: Final = {"ok": "ok", "warn": "!", "bad": "!!", "": ""}


class ConnectionsPane(TablePane[ConnectionRow]):
    """Rows that say the same are the same objects: only what changed is painted."""

    name_of_pane = "connections"
    number = "i"
    title = "Connections"
    empty = "asking the desk"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("part", "Of", 16),
        Column("what", "What", 14),
        Column("verdict", "", 2),
        Column("value", "Value", 22, flexible=True),
        Column("note", "", 20, flexible=True),
    )

    def tell(self, found: Diagnostics, screen: ScreenHealth) -> None:
        """Show the newest diagnostics."""
        said = {self.key(row): row for row in self._rows}
        fresh = {self.key(row): row for row in connection_rows(found, screen, self.notation.times)}
        self.show(tuple(old if (old := said.get(key)) == row else row for key, row in fresh.items()))

    def sorry(self, why: str) -> None:
        """Say why there is nothing."""
        self.show((ConnectionRow("desk", "diagnostics", plain(why), "warn"),))

    def key(self, row: ConnectionRow) -> str:
        more = ""
        if row.what == "rate limit":
            more = row.value.rpartition(" in ")[2]  # a broker may have one a second and one a minute
        elif row.what[0].isdigit():
            more = row.value  # errors of the same second
        return f"{row.part}|{row.what}|{more}"

    def draw_row(self, row: ConnectionRow) -> Row:
        style = _STYLES[row.verdict]
        return Row(
            self.key(row),
            (
                Cell(row.part, "dim"),
                row.what,
                Cell(_WORDS[row.verdict], style),
                Cell(row.value, "normal" if row.verdict == "ok" else style),
                Cell(row.note, "dim"),
            ),
        )

    def summary(self, rows: Sequence[ConnectionRow]) -> list[Part]:
        bad = sum(1 for row in rows if row.verdict == "bad")
        warned = sum(1 for row in rows if row.verdict == "warn")
        if bad:
            return [(f"{bad} broken", "alarm")]
        return [(f"{warned} to look at", "warn")] if warned else [("all well", "up")] if rows else []
