"""GridTable: a live table that repaints single cells."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from widgets.grid.layout import Layout, place_columns
from widgets.grid.model import Column, Row, check_columns
from widgets.grid.painter import RowPainter
from widgets.grid.row_store import RowStore
from widgets.grid.styles import COMPONENTS, cell_style
from widgets.grid.window import EMPTY_LINE, Line, changed_regions


class GridTable(ScrollView, can_focus=True):
    """A table for rows that change all the time: fixed column widths, whole-cell repaints, keyed rows.

    `set_rows` takes the rows that exist now and shows nothing yet; `flush` compares what is on the screen
    with what should be there and repaints the cells that differ, nothing else. Call it from one timer,
    ten times a second, and in between for what can't wait.

    The cursor follows its row's key. While the table has the focus no row changes its place: new rows are
    appended, a new order waits. Otherwise a new order is taken at most every `reorder_interval` seconds.
    """

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = set(COMPONENTS)
    DEFAULT_CSS = """
    GridTable {
        background: $surface;
        color: $foreground;
        scrollbar-gutter: stable;
        scrollbar-size: 1 1;
        height: 1fr;
    }
    GridTable > .grid--header { color: $text-muted; text-style: bold; }
    GridTable > .grid--cursor { background: $block-cursor-background; text-style: bold; }
    GridTable > .grid--cursor-blurred { background: $block-cursor-blurred-background; }
    GridTable > .grid--empty { color: $text-muted; text-style: italic; }
    GridTable > .grid--up, GridTable > .grid--good, GridTable > .grid--side-buy { color: $success; }
    GridTable > .grid--down, GridTable > .grid--bad, GridTable > .grid--side-sell { color: $error; }
    GridTable > .grid--dim, GridTable > .grid--flat { color: $text-muted; }
    GridTable > .grid--stale { color: $text-muted; text-style: italic; }
    GridTable > .grid--warn { color: $warning; text-style: bold; }
    GridTable > .grid--alarm { color: $error; text-style: bold reverse; }
    GridTable > .grid--info { color: $accent; }
    GridTable > .grid--strong { text-style: bold; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Row up", show=False, id="grid.up"),
        Binding("down,j", "move(1)", "Row down", show=False, id="grid.down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="grid.page-up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="grid.page-down"),
        Binding("home", "edge(-1)", "First row", show=False, id="grid.first"),
        Binding("end", "edge(1)", "Last row", show=False, id="grid.last"),
        Binding("left", "pan(-8)", "Columns left", show=False, id="grid.left"),
        Binding("right", "pan(8)", "Columns right", show=False, id="grid.right"),
        Binding("enter", "select", "Details", show=False, id="grid.select"),
    ]

    class RowHighlighted(Message):
        """The cursor stands on another row, or on none. `by_user`: a key or the mouse put it there."""

        def __init__(self, table: GridTable, key: str | None, by_user: bool) -> None:
            super().__init__()
            self.table = table
            self.key = key
            self.by_user = by_user

        @property
        def control(self) -> GridTable:
            return self.table

    class RowSelected(Message):
        """Enter was pressed on a row, or it was clicked twice: show its details."""

        def __init__(self, table: GridTable, key: str) -> None:
            super().__init__()
            self.table = table
            self.key = key

        @property
        def control(self) -> GridTable:
            return self.table

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        empty: str = "",
        ascii_only: bool = False,
        reorder_interval: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """`clock` gives monotonic seconds; `empty` is shown when there are no rows."""
        super().__init__(name=name, id=id, classes=classes)
        self._columns = check_columns(columns)
        self._empty = empty
        self._ascii_only = ascii_only
        self._reorder_interval = reorder_interval
        self._clock = clock
        self._store = RowStore()
        self._reordered_at: float | None = None
        self._sort: tuple[str | None, bool] = (None, False)
        self._cursor: str | None = None
        self._cursor_index = 0
        self._jumped_at: float | None = None
        self._placing = Layout()
        self._painter: RowPainter | None = None
        self._shown: list[Line] = []
        self._shown_at = (0, 0)  # first row, height: what `_shown` was made for

    # What the owner of the table does -----------------------------------------------------------------------

    @property
    def rows(self) -> Sequence[Row]:
        """The rows in the order in which they stand."""
        return self._store.rows

    @property
    def cursor_key(self) -> str | None:
        """The key of the row under the cursor; None when there are no rows."""
        return self._cursor

    def set_rows(self, rows: Sequence[Row], order: Sequence[str] | None = None) -> None:
        """Take the rows that exist now. Cheap: what is the same object as last time is skipped.

        `order` is the wanted order of the keys, `rows` itself without it. Raises ValueError on a repeated
        key.
        """
        first, anchor = self._anchor()
        if self._store.update(rows, order, pinned=self.has_focus, may_reorder=self._may_reorder()):
            self._reordered_at = self._clock()
        self._after_change(first, anchor)

    def flush(self) -> int:
        """Repaint what differs from the screen; returns the number of regions that were sent."""
        if self._store.order_pending and self._may_reorder():
            first, anchor = self._anchor()
            self._store.reorder()
            self._reordered_at = self._clock()
            self._after_change(first, anchor)
        if not self.is_attached:
            return 0
        size = Size(self._placing.width, len(self._store) + 1)
        if size != self.virtual_size:
            self.virtual_size = size
        return self._show()

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Show other columns; the rows given next must have cells for them."""
        self._columns = check_columns(columns)
        self._restyle()

    def set_empty(self, text: str) -> None:
        """What to show when there are no rows."""
        self._empty = text
        if not self._store.rows:
            self.refresh()

    def set_sort_marker(self, column: str | None, descending: bool = False) -> None:
        """Mark a column's title as the one the rows are sorted by."""
        if self._sort != (column, descending):
            self._sort = (column, descending)
            self.refresh(Region(0, 0, self.size.width, 1))

    def move_cursor(self, key: str) -> None:
        """Put the cursor on a row, and that row into the window. An unknown key changes nothing."""
        index = self._store.index_of(key)
        if index is not None:
            self._put_cursor(index, by_user=False)

    def seconds_since_jump(self) -> float | None:
        """How long ago the cursor's row vanished, so that the cursor now stands on a neighbour; None if
        never.

        A key pressed within this time may have been meant for the row that was there.
        """
        return None if self._jumped_at is None else self._clock() - self._jumped_at

    # Order, cursor and scrolling ----------------------------------------------------------------------------

    def _may_reorder(self) -> bool:
        if self.has_focus:
            return False
        return self._reordered_at is None or self._clock() - self._reordered_at >= self._reorder_interval

    def _anchor(self) -> tuple[int, str | None]:
        """The first row of the window, and the key of the row that must keep its line while we have the
        focus.
        """
        first = self.scroll_offset.y
        if not self.has_focus:
            return first, None
        last = first + self._window_height()
        index = self._store.index_of(self._cursor)
        if index is None or not first <= index < last:
            index = first
        return index - first, self._store.rows[index].key if index < len(self._store) else None

    def _after_change(self, line: int, anchor: str | None) -> None:
        """Rows came, went or moved: keep the cursor on its row, and that row on its line."""
        index = self._store.index_of(self._cursor)
        if index is None:
            self._replace_cursor()
        else:
            self._cursor_index = index
        if anchor is None:
            return
        now_at = self._store.index_of(anchor)
        if now_at is not None and now_at - line != self.scroll_offset.y and self.is_attached:
            self.virtual_size = Size(self._placing.width, len(self._store) + 1)
            self.scroll_to(y=now_at - line, animate=False)

    def _replace_cursor(self) -> None:
        had_row = self._cursor is not None
        if not self._store.rows:
            self._cursor, self._cursor_index = None, 0
            if not had_row:
                return
        else:
            self._cursor_index = min(self._cursor_index, len(self._store) - 1) if had_row else 0
            self._cursor = self._store.rows[self._cursor_index].key
        if had_row:
            self._jumped_at = self._clock()
        self.post_message(self.RowHighlighted(self, self._cursor, by_user=False))

    def _put_cursor(self, index: int, *, by_user: bool) -> None:
        if not self._store.rows:
            return
        index = max(0, min(index, len(self._store) - 1))
        key = self._store.rows[index].key
        if key != self._cursor:
            self._cursor, self._cursor_index = key, index
            self.post_message(self.RowHighlighted(self, key, by_user))
        first, height = self.scroll_offset.y, self._window_height()
        if index < first:
            self.scroll_to(y=index, animate=False)
        elif index >= first + height:
            self.scroll_to(y=index - height + 1, animate=False)
        self.flush()

    def action_move(self, rows: int) -> None:
        self._put_cursor(self._cursor_index + rows, by_user=True)

    def action_page(self, pages: int) -> None:
        self._put_cursor(self._cursor_index + pages * max(self._window_height() - 1, 1), by_user=True)

    def action_edge(self, direction: int) -> None:
        self._put_cursor(0 if direction < 0 else len(self._store) - 1, by_user=True)

    def action_pan(self, cells: int) -> None:
        self.scroll_to(x=self.scroll_offset.x + cells, animate=False)

    def action_select(self) -> None:
        if self._cursor is not None:
            self.post_message(self.RowSelected(self, self._cursor))

    def on_click(self, event: events.Click) -> None:
        index = event.y - 1 + self.scroll_offset.y
        if event.y > 0 and index < len(self._store):
            self._put_cursor(index, by_user=True)
            if event.chain == 2:
                self.action_select()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        # ScrollView repaints the whole window here; a flush sends only the cells that differ.
        if self.show_vertical_scrollbar:
            self.vertical_scrollbar.position = new_value
        if round(old_value) != round(new_value):
            self._show()

    # Painting -----------------------------------------------------------------------------------------------

    def _window_height(self) -> int:
        return max(self.scrollable_content_region.height - 1, 0)

    def _lines(self) -> list[Line]:
        """What every line below the header should show."""
        first, height = self.scroll_offset.y, self._window_height()
        self._shown_at = (first, height)
        lines = [Line(row) for row in self._store.rows[first : first + height]]
        lines += [EMPTY_LINE] * (height - len(lines))
        cursor_line = self._cursor_index - first
        if self._cursor is not None and 0 <= cursor_line < height:
            lines[cursor_line] = Line(
                lines[cursor_line].row, "cursor" if self.has_focus else "cursor-blurred"
            )
        return lines

    def _show(self) -> int:
        """Let the window show the present rows, and have the cells repainted that differ."""
        before, self._shown = self._shown, self._lines()
        if len(before) != len(self._shown):
            self.refresh()
            return 1
        regions = changed_regions(before, self._shown, self._placing, self.scroll_offset.x, self.size.width)
        if regions:
            self.refresh(*regions)
        return len(regions)

    def render_line(self, y: int) -> Strip:
        left, width = self.scroll_offset.x, self.size.width
        painter = self._painter or self._new_painter()
        if self._shown_at != (self.scroll_offset.y, self._window_height()):
            self._shown = self._lines()
        full = max(width, self._placing.width)
        if y == 0:
            strip = painter.header(full, *self._sort)
        else:
            row, cursor = self._shown[y - 1] if y <= len(self._shown) else EMPTY_LINE
            if row is not None:
                strip = painter.row(row, full, cursor)
            elif y == 1 and not self._store.rows and self._empty:
                strip = painter.message(self._empty, full)
            else:
                strip = painter.blank(full)
        return strip.crop(left, left + width)

    def _new_painter(self) -> RowPainter:
        width = self.scrollable_content_region.width
        self._placing = place_columns(self._columns, width, self.app.size.width)
        self._painter = RowPainter(self._columns, self._placing, partial(cell_style, self), self._ascii_only)
        return self._painter

    def _restyle(self) -> None:
        """Columns, size or theme changed: lay out and paint everything anew."""
        self._painter = None
        if self.is_attached:
            self._new_painter()
            self.virtual_size = Size(self._placing.width, len(self._store) + 1)
            self._shown = self._lines()
            self.refresh()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._painter = None

    def on_resize(self) -> None:
        self._restyle()

    def watch_has_focus(self, has_focus: bool) -> None:
        super().watch_has_focus(has_focus)
        self._show()  # the cursor's line has another style now
