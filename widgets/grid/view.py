"""The painting half of the grid: columns, styles, and the lines that are on the screen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from rich.segment import Segment
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from widgets.grid.layout import Layout, place_columns
from widgets.grid.model import Column, Row, check_columns
from widgets.grid.painter import RowPainter
from widgets.grid.styles import cell_style
from widgets.grid.window import Window, changed_regions, thumb_of
from widgets.patch import repaint


class GridView(ScrollView):
    """Shows a window of rows below a header, and repaints the cells that differ from what it showed before.

    What is on the screen is always what `_shown` says: painting reads nothing else, so a row that changes
    between two calls of `_show` can't reach the screen in part.
    """

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    GridView {
        background: $surface;
        color: $foreground;
        overflow: hidden scroll;
        scrollbar-size: 0 0;  /* ours is a column of the lines; Textual's, a widget, costs every frame */
        height: 1fr;
    }
    GridView > .grid--header { color: $text-muted; text-style: bold; }
    GridView > .grid--cursor { background: $block-cursor-background; text-style: bold; }
    GridView > .grid--cursor-blurred { background: $block-cursor-blurred-background; }
    GridView > .grid--scrollbar { color: $foreground 30%; }
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
        self._chosen: tuple[str, ...] | None = None
        self._sort: tuple[str | None, bool] = (None, False)
        self._placing = Layout()
        self._painter: RowPainter | None = None
        self._width = 0
        self._height = 0  # without the header
        self._shown = Window()
        self._shown_from = 0
        self._is_plain = False
        self._fills_its_region = False

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Show other columns; the rows given next must have cells for them."""
        self._columns = check_columns(columns)
        self._rebuild()

    def choose_columns(self, keys: Sequence[str] | None) -> None:
        """Show these columns, in this order; with None those that fit, as the columns themselves say."""
        chosen = None if keys is None else tuple(keys)
        if chosen != self._chosen:
            self._chosen = chosen
            self._rebuild()
            if self.is_attached and self.scroll_offset.x:
                self.scroll_to(x=0, animate=False, force=True)

    @property
    def shown_columns(self) -> tuple[str, ...]:
        """The keys of the columns that have a place, from left to right."""
        return tuple(self._columns[place.index].key for place in self._placing.placed)

    def set_empty(self, text: str) -> None:
        """What to show when there are no rows."""
        if text != self._empty:
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
        """Tell Textual how far there is to scroll; a window behind the last row moves up."""
        count = len(self._all_rows())
        width, height = self._placing.width + 1, count + 1
        if self.virtual_size != (width, height):
            # not by assignment, which lays out the whole screen anew
            self.set_reactive(GridView.virtual_size, Size(width, height))
            if self.show_vertical_scrollbar and self.styles.scrollbar_size_vertical:
                self.vertical_scrollbar.window_virtual_size = height  # else its thumb is old until the next layout
            if self._painter is not None:
                self._painter.forget(self._all_rows())
            last = max(count - self._height, 0)
            if self.scroll_offset.y > last:
                self.scroll_to(y=last, animate=False)

    def _show(self) -> int:
        """Let the window show the present rows, and have the cells repainted that differ: how many regions."""
        left, first = self.scroll_offset
        before, after = self._shown, self._window(first)
        self._shown, self._shown_from = after, first
        if len(before.rows) != len(after.rows):
            self.refresh()
            return 1
        regions = changed_regions(before, after, self._placing, left, self._width)
        if regions:
            self._repaint(regions)
        return len(regions)

    def _repaint(self, regions: Sequence[Region]) -> None:
        """Bring these parts to the screen; by the short way where the painter's lines are all that stands there."""
        if self._painter is not None and self._is_plain:
            repaint(self, regions, Size(self._width, self._height + 1), self._part)
        else:
            self.refresh(*regions)

    def _part(self, y: int, start: int, end: int) -> Iterable[Segment]:
        painter, left, look = self._painter or self._new_painter(), self.scroll_offset.x, self._row_at(y)
        if look is None:
            return self._line(painter, left, y).crop(start, end)
        row, cursor, thumb = look
        return painter.part(row, left, cursor, thumb, start, end)

    def _window(self, first: int) -> Window:
        """What the window should show now, from row `first` on."""
        all_rows, height = self._all_rows(), self._height
        rows: list[Row | None] = [*all_rows[first : first + height]]
        if len(rows) < height:
            rows += [None] * (height - len(rows))
        index, style = self._cursor_line() or (-1, "")
        line = index - first if first <= index < first + height else None
        return Window(rows, line, style, thumb_of(first, height, len(all_rows)), not all_rows)

    def render_lines(self, crop: Region) -> list[Strip]:
        painter = self._painter or self._new_painter()
        # Textual's way makes three copies of every line to add borders, tints and filters; the painter's lines are
        # complete and cached, unless somebody gave this widget a border after all.
        if not self._fills_its_region:
            return super().render_lines(crop)
        left = self.scroll_offset.x
        lines = [self._line(painter, left, y) for y in crop.line_range]
        if crop.column_span != (0, self._width):
            lines = [line.crop(*crop.column_span) for line in lines]
        return lines

    def render_line(self, y: int) -> Strip:
        return self._line(self._painter or self._new_painter(), self.scroll_offset.x, y)

    def _line(self, painter: RowPainter, left: int, y: int) -> Strip:
        if y == 0:
            return painter.header(left, *self._sort)
        look = self._row_at(y)
        if look is not None:
            row, cursor, thumb = look
            return painter.row(row, left, cursor, thumb)
        if y == 1 and self._shown.empty and self._empty:
            return painter.message(self._empty)
        return painter.blank()

    def _row_at(self, y: int) -> tuple[Row, str | None, bool] | None:
        """The row that stands on a line, the cursor's style if it is there, and whether the thumb stands beside it."""
        shown, line = self._shown, y - 1
        row = shown.rows[line] if 0 <= line < len(shown.rows) else None
        if row is None:
            return None
        return row, shown.cursor_style if shown.cursor == line else None, line in shown.thumb

    def _new_painter(self) -> RowPainter:
        self._width, self._height = self.size.width, max(self.size.height - 1, 0)
        self._placing = place_columns(self._columns, max(self._width - 1, 0), self.app.size.width, self._chosen)
        style_of = partial(cell_style, self)
        self._painter = RowPainter(self._columns, self._placing, self._width, style_of, self._ascii_only)
        styles = self.styles
        self._is_plain = self.opacity == styles.text_opacity == 1.0 and not styles.tint.a and not styles.outline
        self._fills_its_region = self._is_plain and self.size == self.outer_size
        return self._painter

    def _rebuild(self) -> None:
        """Columns or size changed: lay out and paint everything anew."""
        if self.is_attached:
            self._new_painter()
            self._fit_virtual_size()
            self._shown_from = self.scroll_offset.y
            self._shown = self._window(self._shown_from)
            self.refresh()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._painter = None

    def on_resize(self) -> None:
        self._rebuild()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        # ScrollView repaints the whole window here; `_show` sends only the cells that differ.
        if self.scroll_offset.y != self._shown_from:
            self._show()
