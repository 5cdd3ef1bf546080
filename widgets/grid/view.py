"""The painting half of the grid: columns, styles, and the lines that are on the screen."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from widgets.grid.layout import Layout, place_columns
from widgets.grid.model import Column, Row, check_columns
from widgets.grid.painter import RowPainter
from widgets.grid.styles import COMPONENTS, cell_style
from widgets.grid.window import Window, changed_regions


class GridView(ScrollView):
    """Shows a window of rows below a header, and repaints the cells that differ from what it showed before.

    What is on the screen is always what `_shown` says: painting reads nothing else, so a row that changes
    between two calls of `_show` can't reach the screen in part.
    """

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = set(COMPONENTS)
    DEFAULT_CSS = """
    GridView {
        background: $surface;
        color: $foreground;
        overflow: hidden scroll;  /* a scrollbar that comes and goes costs a new layout each time */
        scrollbar-size: 1 1;
        scrollbar-background: $surface;
        height: 1fr;
    }
    GridView > .grid--header { color: $text-muted; text-style: bold; }
    GridView > .grid--cursor { background: $block-cursor-background; text-style: bold; }
    GridView > .grid--cursor-blurred { background: $block-cursor-blurred-background; }
    GridView > .grid--empty { color: $text-muted; text-style: italic; }
    GridView > .grid--up, GridView > .grid--good, GridView > .grid--side-buy { color: $success; }
    GridView > .grid--down, GridView > .grid--bad, GridView > .grid--side-sell { color: $error; }
    GridView > .grid--dim, GridView > .grid--flat { color: $text-muted; }
    GridView > .grid--stale { color: $text-muted; text-style: italic; }
    GridView > .grid--warn { color: $warning; text-style: bold; }
    GridView > .grid--alarm { color: $error; text-style: bold reverse; }
    GridView > .grid--info { color: $accent; }
    GridView > .grid--strong { text-style: bold; }
    """

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        empty: str,
        ascii_only: bool,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._columns = check_columns(columns)
        self._empty = empty
        self._ascii_only = ascii_only
        self._sort: tuple[str | None, bool] = (None, False)
        self._placing = Layout()
        self._painter: RowPainter | None = None
        self._width = self._height = 0  # of the window: without scrollbar and header
        self._shown = Window()
        self._shown_from = 0

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Show other columns; the rows given next must have cells for them."""
        self._columns = check_columns(columns)
        self._rebuild()

    def set_empty(self, text: str) -> None:
        """What to show when there are no rows."""
        self._empty = text
        if self._shown.empty:
            self.refresh(Region(0, 1, self._width, 1))

    def set_sort_marker(self, column: str | None, descending: bool = False) -> None:
        """Mark a column's title as the one that the rows are sorted by."""
        if self._sort != (column, descending):
            self._sort = (column, descending)
            self.refresh(Region(0, 0, self._width, 1))

    def _all_rows(self) -> Sequence[Row]:
        """Every row there is, in display order."""
        return ()

    def _cursor_line(self) -> tuple[int, str] | None:
        """The index of the row under the cursor, and the cursor's style."""
        return None

    def _fit_virtual_size(self) -> None:
        """Tell the scrollbars how many rows there are; a window behind the last row moves up."""
        size = Size(self._placing.width, len(self._all_rows()) + 1)
        if size != self.virtual_size:
            self.virtual_size = size
            last = max(len(self._all_rows()) - self._height, 0)
            if self.scroll_offset.y > last:
                self.scroll_to(y=last, animate=False)

    def _show(self) -> int:
        """Let the window show the present rows, and have the cells repainted that differ: how many regions."""
        before, after = self._shown, self._window()
        self._shown = after
        if len(before.rows) != len(after.rows):
            self.refresh()
            return 1
        regions = changed_regions(before, after, self._placing, self.scroll_offset.x, self._width)
        if regions:
            self.refresh(*regions)
        return len(regions)

    def _window(self) -> Window:
        """What the window should show now."""
        all_rows, height = self._all_rows(), self._height
        first = self._shown_from = self.scroll_offset.y
        rows: list[Row | None] = [*all_rows[first : first + height]]
        if len(rows) < height:
            rows += [None] * (height - len(rows))
        index, style = self._cursor_line() or (-1, "")
        line = index - first if first <= index < first + height else None
        return Window(rows, line, style, not all_rows)

    def render_line(self, y: int) -> Strip:
        painter = self._painter or self._new_painter()
        left, width = self.scroll_offset.x, self._width
        full = max(width, self._placing.width)
        if y == 0:
            return painter.header(left, width, *self._sort)
        shown = self._shown
        row = shown.rows[y - 1] if y <= len(shown.rows) else None
        if row is not None:
            strip = painter.row(row, full, shown.cursor_style if shown.cursor == y - 1 else None)
        elif y == 1 and shown.empty and self._empty:
            strip = painter.message(self._empty, full)
        else:
            strip = painter.blank(full)
        return strip.crop(left, left + width)

    def _new_painter(self) -> RowPainter:
        window = self.scrollable_content_region
        self._width, self._height = window.width, max(window.height - 1, 0)
        self._placing = place_columns(self._columns, window.width, self.app.size.width)
        self._painter = RowPainter(self._columns, self._placing, partial(cell_style, self), self._ascii_only)
        return self._painter

    def _rebuild(self) -> None:
        """Columns or size changed: lay out and paint everything anew."""
        if self.is_attached:
            self._new_painter()
            self._fit_virtual_size()
            self._shown = self._window()
            self.refresh()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._painter = None

    def on_resize(self) -> None:
        self._rebuild()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        # ScrollView repaints the whole window here; `_show` sends only the cells that differ.
        self.vertical_scrollbar.position = new_value
        if self.scroll_offset.y != self._shown_from:
            self._show()
