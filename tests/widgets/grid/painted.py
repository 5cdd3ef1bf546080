"""An app without a terminal that still paints: what it would have sent goes to a pyte screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyte
from rich.console import RenderableType
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Button

from console.driver import CompactFrames
from console.driver.patches import PatchUpdate
from widgets.grid import Column, GridTable, Row

COLUMNS = (
    Column("symbol", "Symbol", 8),
    Column("price", "Price", 9, "decimal", 2),
    Column("qty", "Qty", 6, "right", min_screen_width=40),
    Column("note", "Note", 6, flexible=True, priority=1),
)


class Painted(App[None]):
    """One table and something else to focus. `terminal` is the screen that its updates have made."""

    CSS = "Button { height: 1; border: none; } Button:focus { border: none; }"

    def __init__(self, columns: Sequence[Column] = COLUMNS, **options: Any) -> None:
        super().__init__()
        self.now = 0.0
        self.table = GridTable(columns, clock=lambda: self.now, **options)
        self.terminal = pyte.Screen(80, 24)
        self._stream = pyte.Stream(self.terminal)
        self.sent = 0

    def compose(self) -> ComposeResult:
        yield self.table
        yield Button("elsewhere")

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        super()._display(screen, renderable)
        if isinstance(renderable, LayoutUpdate | ChopsUpdate | PatchUpdate):
            size = (self.size.height, self.size.width)
            if (self.terminal.lines, self.terminal.columns) != size:
                self.terminal.resize(*size)
            # pyte moves on at the end of a line where the driver has switched line wrap off
            self.terminal.reset_mode(7, private=True)
            text = renderable.render_segments(self.console)
            self.sent += len(text)
            self._stream.feed(text)

    async def settle(self, pilot: Pilot[Any]) -> None:
        """Wait until nothing more is painted (a scrollbar that appears takes a second layout)."""
        quiet = 0
        while quiet < 3:
            sent = self.sent
            await pilot.pause()
            quiet = quiet + 1 if self.sent == sent else 0

    def show(self, rows: Sequence[Row], order: Sequence[str] | None = None) -> None:
        self.table.set_rows(rows, order)
        self.table.flush()

    def lines(self) -> list[str]:
        """The table's part of the screen, without the scrollbar's column."""
        return [line[: self.size.width - 1].rstrip() for line in self.terminal.display[: self.size.height - 1]]

    def cells(self) -> list[list[Any]]:
        """Every character of the screen with its colours; the colour of a blank's letter can't be seen."""
        buffer = self.terminal.buffer
        cells = [[buffer[y][x] for x in range(self.size.width)] for y in range(self.size.height)]
        return [[_visible(cell) for cell in line] for line in cells]


def _visible(cell: Any) -> Any:
    if cell.data != " " or cell.reverse or cell.underscore or cell.strikethrough:
        return cell
    return cell._replace(fg="", bold=False, italics=False)


class PaintedCompactly(CompactFrames, Painted):
    """The same with the console's compact frames."""


def row(key: str, price: str = "1.00", qty: str = "1", note: str = "", style: str | None = None) -> Row:
    return Row(key, (key, price, qty, note), style)
