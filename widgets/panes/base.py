"""A pane: a title line over a live table that draws one tuple of a view's rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, ClassVar, Final, Generic, TypeVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from widgets.grid import Column, GridTable, Row, widened
from widgets.lines import Part
from widgets.notation import Notation
from widgets.panes.lineup import Lineup, SortBy
from widgets.panes.title import PaneTitle
from widgets.tables.filter import Filter, FilterError, parse_filter
from widgets.tables.values import Value, number_in, value_of

RowT = TypeVar("RowT")
Field = str | Callable[[Any], object]
"""The name of a row's attribute (times end in `_ns`), or what makes the value of the row."""

_ABSENT: Final = object()
_NOTHING_PASSES: Final = "no row passes the filter"


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
    stands_still: ClassVar[bool] = False
    """Whether its rows are places, which no filter takes away and no order moves."""
    fields: ClassVar[Mapping[str, Field]] = {}
    """Column key -> the value behind its cells, where the row's attribute has another name than the column or where
    there is none. What is not here and no attribute is valued by what the cell shows."""

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
        self.lineup: Lineup[RowT] = Lineup(self.key, self.draw_row, self.value)
        self._due = True
        """Whether the rows must be taken again although they are the same."""

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

    def value(self, drawn: Row, row: RowT, column: str) -> Value:
        """The value behind the row's cell in this column."""
        field = self.fields.get(column, column)
        raw = field(row) if callable(field) else getattr(row, field, _ABSENT)
        try:
            return value_of(raw, is_time=isinstance(field, str) and field.endswith("_ns"))
        except TypeError:  # not there, or of several parts: what is shown counts
            return self._shown_value(drawn, column)

    def _shown_value(self, drawn: Row, key: str) -> Value:
        index, column = next((at, column) for at, column in enumerate(self.columns) if column.key == key)
        cell = drawn.cells[index]
        text = (cell if isinstance(cell, str) else cell.text).strip()
        if text in ("", "-"):
            return None
        number = number_in(text) if column.align == "decimal" else None
        return text if number is None else number

    # What the screen does -----------------------------------------------------------------------------------

    def show(self, rows: tuple[RowT, ...]) -> None:
        """Take the newest rows and repaint the cells that changed."""
        if rows is not self._rows or self._due:
            self._rows = rows
            self._take(self._kept())
        self.table.flush()

    def _kept(self) -> Collection[str]:
        """While the table has the focus, no row that it shows leaves because the filter does not let it pass any more:
        those below it would move."""
        return {row.key for row in self.table.rows} if self.lineup.filter and self.table.has_focus else ()

    def _take(self, keep: Collection[str] = ()) -> None:
        self._due = False
        shown, new = self.lineup.take(self.in_order(self._rows), keep)
        self._make_room(new)
        self.table.set_rows(shown)
        self.table.set_empty(_NOTHING_PASSES if self.lineup.filter and self._rows else self.empty)
        self._draw_title()

    def _draw_title(self) -> None:
        words, count = self.lineup.filter.text, f"{self.lineup.matching:,} of {len(self.lineup):,}"
        note = "unsorted" if self.table.has_focus and self.table.order_pending else ""
        self._title_line.show(self.summary(self._rows), (words, count), note)

    def _make_room(self, rows: Sequence[Row]) -> None:
        """Widen the columns that must be read in full. They stay wide: columns that jump are worse than wide ones."""
        columns = widened(self._columns, rows)
        if columns is not self._columns:
            self._columns = columns
            self.table.set_columns(columns)

    @property
    def selected(self) -> RowT | None:
        """The view's row under the cursor."""
        return self.lineup.source(self.table.cursor_key)

    # Rows for other programs --------------------------------------------------------------------------------

    def columns_in_use(self) -> tuple[str, ...]:
        """The columns that are shown; all of them while the pane has no place on the screen."""
        return self.table.shown_columns or tuple(column.key for column in self.columns)

    def values(self, columns: Sequence[str], *, everything: bool = False) -> list[list[Value]]:
        """The values of these columns, for the rows that pass the filter (or all), in their order."""
        found = self.lineup.sources(everything=everything)
        return [[self.value(drawn, row, column) for column in columns] for row, drawn in found]

    def selected_values(self, columns: Sequence[str]) -> list[Value]:
        """Those of the row under the cursor; none without one."""
        found = self.lineup.drawn(self.table.cursor_key)
        return [] if found is None else [self.value(found[1], found[0], column) for column in columns]

    # Filter and order ---------------------------------------------------------------------------------------

    def filter_by(self, text: str) -> str:
        """Show only the rows that these words let pass, all without any. Returns what is wrong with them; the filter
        that was there stays then."""
        if self.stands_still:
            return f"{self.title}: its rows always stand as they are" if text else ""
        try:
            wanted = parse_filter(text, self.columns)
        except FilterError as error:
            return str(error)
        if wanted != self.lineup.filter:
            self.lineup.look_by(wanted, self.lineup.sort)
            self.put_in_order()
            self.table.flush()
        return ""

    @property
    def filter(self) -> Filter:
        return self.lineup.filter

    @property
    def sort(self) -> SortBy | None:
        return self.lineup.sort

    def sort_by(self, sort: SortBy | None) -> None:
        """Stand in the order of a column, or (None) in the pane's own; at once, since somebody asked for it."""
        if self.stands_still or (sort is not None and all(column.key != sort.column for column in self.columns)):
            sort = None
        self.lineup.look_by(self.lineup.filter, sort)
        self.table.set_sort_marker(sort.column if sort else None, sort.descending if sort else False)
        self.put_in_order()

    def put_in_order(self) -> None:
        """Let the filter and the order have their way now, also while the table has the focus."""
        self._take()
        self.table.reorder()
        self._draw_title()

    def sort_beside(self, by: int) -> SortBy | None:
        """Sort by the next shown column to the right (or left); behind the last one stands the pane's own order.
        Numbers begin with the largest."""
        titled = {column.key: column for column in self.columns if column.title}
        choices: list[str | None] = [None, *(key for key in self.table.shown_columns if key in titled)]
        now = self.sort.column if self.sort else None
        at = choices.index(now) if now in choices else 0
        key = choices[(at + by) % len(choices)]
        self.sort_by(None if key is None else SortBy(key, titled[key].align == "decimal"))
        return self.sort

    def reverse(self) -> SortBy | None:
        """The same column the other way round; None where the pane's own order has no other way."""
        if self.sort is not None:
            self.sort_by(SortBy(self.sort.column, not self.sort.descending))
        return self.sort

    def title_of(self, key: str) -> str:
        """What a column is called."""
        return next(column.title or column.key for column in self.columns if column.key == key)

    # Focus --------------------------------------------------------------------------------------------------

    def on_descendant_focus(self) -> None:
        self._title_line.add_class("-focus")

    def on_descendant_blur(self) -> None:
        self._title_line.remove_class("-focus")
        self._due = True  # rows that were kept for the focus, and the note about their order

    def on_grid_table_row_selected(self, event: GridTable.RowSelected) -> None:
        event.stop()
        self.post_message(self.Opened(self))
