"""A pane: a title line over a live table that draws one tuple of a view's rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from widgets.grid import Column, GridTable, Row, widened
from widgets.lines import Line, Lines, Part, justified
from widgets.notation import Notation

RowT = TypeVar("RowT")


class PaneTitle(Lines):
    """The pane's key, name and summary."""

    def __init__(self, number: int | str, title: str) -> None:
        super().__init__()
        self._number = number
        self._title = title
        self._summary: list[Part] = []

    def show(self, summary: list[Part]) -> None:
        """Show another summary at the right end."""
        self._summary = summary
        self.redraw()

    def build(self, width: int) -> Sequence[Line]:
        left: list[Part] = [(f" {self._number} ", "key"), (self._title, "strong")]
        return [justified(left, [*self._summary, (" ", "normal")], width)]


class TablePane(Vertical, Generic[RowT]):
    """Base of the panes. A subclass says what a row looks like, in which order rows stand, and the summary.

    `show` takes the tuple of the newest view; rows that are the same object as before cost one comparison.
    """

    DEFAULT_CSS = """
    TablePane { height: 1fr; }
    TablePane > PaneTitle { height: 1; }
    """

    name_of_pane: ClassVar[str]
    number: ClassVar[int | str]
    title: ClassVar[str]
    empty: ClassVar[str]
    columns: ClassVar[tuple[Column, ...]]

    class Opened(Message):
        """Enter was pressed on a row."""

        def __init__(self, pane: TablePane[RowT]) -> None:
            super().__init__()
            self.pane = pane

    def __init__(self, notation: Notation, clock: Callable[[], float]) -> None:
        """`clock` gives monotonic seconds, for the pace at which rows may change places."""
        super().__init__(id=f"pane-{self.name_of_pane}")
        self.notation = notation
        self._title_line = PaneTitle(self.number, self.title)
        self.table = GridTable(self.columns, empty=self.empty, ascii_only=notation.ascii_only, clock=clock)
        self._columns: Sequence[Column] = self.columns
        self._rows: tuple[RowT, ...] = ()
        self._drawn: dict[str, tuple[RowT, Row]] = {}
        self._shown_once = False

    def compose(self) -> ComposeResult:
        yield self._title_line
        yield self.table

    # What a subclass says -----------------------------------------------------------------------------------

    def key(self, row: RowT) -> str:
        """What stays the same while a row changes."""
        return str(row)

    def draw_row(self, row: RowT) -> Row:
        """The row's cells, one for each column."""
        return Row(self.key(row), ())

    def in_order(self, rows: Sequence[RowT]) -> Sequence[RowT]:
        """The rows in the order in which they should stand."""
        return rows

    def summary(self, rows: Sequence[RowT]) -> list[Part]:
        """What the title line says at its right end."""
        return [(str(len(rows)), "dim")] if rows else []

    # What the screen does -----------------------------------------------------------------------------------

    def show(self, rows: tuple[RowT, ...]) -> None:
        """Take the newest rows and repaint the cells that changed."""
        if rows is not self._rows or not self._shown_once:
            self._rows = rows
            self._shown_once = True
            drawn: dict[str, tuple[RowT, Row]] = {}
            new: list[Row] = []
            for row in self.in_order(rows):
                key = self.key(row)
                old = self._drawn.get(key)
                if old is not None and old[0] is row:
                    drawn[key] = old
                else:
                    drawn[key] = row, self.draw_row(row)
                    new.append(drawn[key][1])
            self._drawn = drawn
            self._make_room(new)
            self.table.set_rows([row for _, row in drawn.values()])
            self._title_line.show(self.summary(rows))
        self.table.flush()

    def _make_room(self, rows: Sequence[Row]) -> None:
        """Widen the columns that must be read in full. They stay wide: columns that jump are worse than wide ones."""
        columns = widened(self._columns, rows)
        if columns is not self._columns:
            self._columns = columns
            self.table.set_columns(columns)

    @property
    def selected(self) -> RowT | None:
        """The view's row under the cursor."""
        key = self.table.cursor_key
        drawn = None if key is None else self._drawn.get(key)
        return None if drawn is None else drawn[0]

    def on_descendant_focus(self) -> None:
        self._title_line.add_class("-focus")

    def on_descendant_blur(self) -> None:
        self._title_line.remove_class("-focus")

    def on_grid_table_row_selected(self, event: GridTable.RowSelected) -> None:
        event.stop()
        self.post_message(self.Opened(self))
