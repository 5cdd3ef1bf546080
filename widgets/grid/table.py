"""GridTable: a live table that repaints single cells."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from widgets.grid.model import Column, Row
from widgets.grid.row_store import RowStore
from widgets.grid.view import GridView


class GridTable(GridView, can_focus=True):
    """A table for rows that change all the time: fixed column widths, single cells repainted, keyed rows.

    `set_rows` takes the rows that exist now and shows nothing yet; `flush` compares what is on the screen with
    what should be there and repaints the cells that differ, nothing else. Call it from one timer, ten times a
    second, and in between for what can't wait.

    A cursor that somebody placed follows its row's key; before that it stands on the first row, whichever that is,
    and the window shows the first rows. While the table has the focus no row changes its place: new rows are
    appended, a new order waits. Otherwise a new order is taken at most every `reorder_interval` seconds.
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
        super().__init__(columns, empty=empty, ascii_only=ascii_only, name=name, id=id, classes=classes)
        self._reorder_interval = reorder_interval
        self._clock = clock
        self._store = RowStore()
        self._reordered_at: float | None = None
        self._cursor: str | None = None
        self._cursor_index = 0
        self._placed = False  # whether somebody put the cursor where it stands
        self._jumped_at: float | None = None

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

        `order` is the wanted order of the keys, `rows` itself without it. Raises ValueError on a repeated key.
        """
        if self._store.replace(rows, order):
            return
        line, anchor = self._anchor()
        if self._store.update(rows, order, pinned=self.has_focus, may_reorder=self._may_reorder()):
            self._reordered_at = self._clock()
        self._after_change(line, anchor)

    def flush(self) -> int:
        """Repaint what differs from the screen; returns the number of regions that were sent."""
        if self._store.order_pending and self._may_reorder():
            self._store.reorder()
            self._reordered_at = self._clock()
            self._after_change(0, None)
        if not self.is_attached:
            return 0
        self._fit_virtual_size()
        return self._show()

    @property
    def order_pending(self) -> bool:
        """Whether the rows stand in another order than they should, as they do while the table has the focus."""
        return self._store.order_pending

    def reorder(self) -> None:
        """Put the rows into their order now: somebody asked for it. The cursor's row stays in the window; one that
        nobody chose is the first one."""
        if self._store.order_pending:
            self._store.reorder()
            self._reordered_at = self._clock()
            self._after_change(0, None)
        self._put_cursor(self._cursor_index if self._placed else 0, by_user=False)

    def move_cursor(self, key: str) -> None:
        """Put the cursor on a row, and that row into the window. An unknown key changes nothing."""
        index = self._store.index_of(key)
        if index is not None:
            self._placed = True
            self._put_cursor(index, by_user=False)

    def seconds_since_jump(self) -> float | None:
        """How long ago the cursor's row vanished and a neighbour took its place; None if it never did.

        A key pressed shortly after it may have been meant for the row that was there.
        """
        return None if self._jumped_at is None else self._clock() - self._jumped_at

    def _all_rows(self) -> Sequence[Row]:
        return self._store.rows

    def _cursor_line(self) -> tuple[int, str] | None:
        if self._cursor is None:
            return None
        return self._cursor_index, "cursor" if self.has_focus else "cursor-blurred"

    def _may_reorder(self) -> bool:
        if self.has_focus:
            return False
        return self._reordered_at is None or self._clock() - self._reordered_at >= self._reorder_interval

    def _anchor(self) -> tuple[int, str | None]:
        """The line and key of the row that must stay where it is: the cursor's, if we have the focus."""
        if not self.has_focus:
            return 0, None
        first = self.scroll_offset.y
        index = self._store.index_of(self._cursor)
        if index is None or not first <= index < first + self._height:
            index = first
        return index - first, self._store.rows[index].key if index < len(self._store) else None

    def _after_change(self, line: int, anchor: str | None) -> None:
        """Rows came, went or moved: keep the cursor on its row, and the anchor on its line."""
        if not self._placed and not self.has_focus:
            self._stay_on_top()
            return
        index = self._store.index_of(self._cursor)
        if index is None:
            self._replace_cursor()
        else:
            self._cursor_index = index
        now_at = self._store.index_of(anchor)
        if now_at is not None and now_at - line != self.scroll_offset.y and self.is_attached:
            self._fit_virtual_size()
            self.scroll_to(y=now_at - line, animate=False)

    def _stay_on_top(self) -> None:
        """Nobody chose a row: what stands first is what is to be seen."""
        first = self._store.rows[0].key if len(self._store) else None
        self._cursor_index = 0
        if first != self._cursor:
            if self._cursor is not None:
                self._jumped_at = self._clock()
            self._cursor = first
            self.post_message(self.RowHighlighted(self, first, by_user=False))

    def _replace_cursor(self) -> None:
        """The cursor's row is gone, or the first rows came."""
        had_row = self._cursor is not None
        count = len(self._store)
        self._cursor_index = max(min(self._cursor_index, count - 1), 0)
        self._cursor = self._store.rows[self._cursor_index].key if count else None
        if had_row:
            self._jumped_at = self._clock()
        if had_row or count:
            self.post_message(self.RowHighlighted(self, self._cursor, by_user=False))

    def _put_cursor(self, index: int, *, by_user: bool) -> None:
        if not self._store.rows:
            return
        index = max(0, min(index, len(self._store) - 1))
        self._placed = self._placed or by_user
        key = self._store.rows[index].key
        if key != self._cursor:
            self._cursor, self._cursor_index = key, index
            self.post_message(self.RowHighlighted(self, key, by_user))
        if self.is_attached:
            self._fit_virtual_size()
            first = self.scroll_offset.y
            if index < first:
                self.scroll_to(y=index, animate=False)
            elif index >= first + self._height > first:  # without a height it has no place on the screen yet
                self.scroll_to(y=index - self._height + 1, animate=False)
            self._show()

    def action_move(self, rows: int) -> None:
        self._put_cursor(self._cursor_index + rows, by_user=True)

    def action_page(self, pages: int) -> None:
        self._put_cursor(self._cursor_index + pages * max(self._height - 1, 1), by_user=True)

    def action_edge(self, direction: int) -> None:
        self._put_cursor(0 if direction < 0 else len(self._store) - 1, by_user=True)

    def action_pan(self, cells: int) -> None:
        self.scroll_to(x=self.scroll_offset.x + cells, animate=False, force=True)  # there is no scrollbar for it

    def action_select(self) -> None:
        if self._cursor is not None:
            self.post_message(self.RowSelected(self, self._cursor))

    def on_click(self, event: events.Click) -> None:
        index = event.y - 1 + self.scroll_offset.y
        if event.y > 0 and index < len(self._store):
            self._put_cursor(index, by_user=True)
            if event.chain == 2:
                self.action_select()

    def watch_has_focus(self, has_focus: bool) -> None:
        super().watch_has_focus(has_focus)
        if not has_focus and self._cursor_index == 0 and self.scroll_offset.y == 0:
            self._placed = False
        if self.is_attached:
            self._show()  # the cursor has another style now
