"""Turns rows into strips: styles by name, neighbours of one style joined, one cached strip per row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from widgets.grid.fit import fit
from widgets.grid.layout import GAP, Layout, Placed
from widgets.grid.model import Align, Column, Row

StyleOf = Callable[[tuple[str, ...]], Style]
"""The style that results from laying the named cell styles over one another."""


class _Ink(NamedTuple):
    style: Style
    blank: tuple[object, ...]
    """What a blank in this style looks like."""


class RowPainter:
    """Paints lines that are `width` cells wide, the last one for the scrollbar. Make a new one for another layout,
    width or theme.
    """

    def __init__(
        self, columns: Sequence[Column], layout: Layout, width: int, style_of: StyleOf, ascii_only: bool
    ) -> None:
        self._columns = columns
        self._layout = layout
        self._width = width
        self._window = max(width - 1, 0)
        self._style_of = style_of
        self._ascii_only = ascii_only
        self._inks: dict[tuple[str, ...], _Ink] = {}
        self._strips: dict[str, tuple[Row, tuple[int, str | None, bool], Strip]] = {}
        self._header: tuple[object, Strip] | None = None
        self._fit = lru_cache(maxsize=4096)(self._fit_cell)
        self._blank = Strip.blank(width, self._ink(()).style)

    def row(self, row: Row, left: int, cursor: str | None, thumb: bool) -> Strip:
        """The row's line. The same object as last time, with all that Textual caches in it, if nothing changed.

        `left`: the first cell that the window shows; `cursor`: the cursor's style, where it stands on this row;
        `thumb`: whether the scrollbar's thumb stands beside it.
        """
        cached = self._strips.get(row.key)
        look = (left, cursor, thumb)
        if cached is not None and cached[0] is row and cached[1] == look:
            return cached[2]
        strip = self._paint(row, *look)
        self._strips[row.key] = (row, look, strip)
        return strip

    def forget(self, rows: Sequence[Row]) -> None:
        """Drop the strips of all rows but these, once there are many more strips than rows."""
        if len(self._strips) > 2 * len(rows) + 100:
            keys = {row.key for row in rows}
            self._strips = {key: cached for key, cached in self._strips.items() if key in keys}

    def blank(self) -> Strip:
        return self._blank

    def header(self, left: int, sort_column: str | None, descending: bool) -> Strip:
        """The titles, with a marker beside the one that the rows are sorted by.

        At the window's edges markers say that there are columns beyond them.
        """
        state = (left, sort_column, descending)
        if self._header is None or self._header[0] != state:
            self._header = (state, self._paint_header(left, sort_column, descending))
        return self._header[1]

    def _paint_header(self, left: int, sort_column: str | None, descending: bool) -> Strip:
        text = ""
        for place in self._layout.placed:
            column = self._columns[place.index]
            title = column.title
            if column.key == sort_column:
                marker = ("v" if descending else "^") if self._ascii_only else ("▼" if descending else "▲")
                title = set_cell_size(title, min(cell_len(title), place.width - 1)) + marker
            align: Align = "left" if column.align == "left" else "right"
            text += fit(title, place.width, align, ascii_only=self._ascii_only) + " " * GAP
        window = self._window
        style = self._ink(("header",)).style
        strip = Strip([Segment(set_cell_size(text, left + self._width), style)]).crop(left)
        if left > 0:
            strip = Strip.join([self._mark("<", "‹", style), strip.crop(1)])
        if left + window < self._layout.width:
            strip = Strip.join([strip.crop(0, window - 1), self._mark(">", "›", style), strip.crop(window)])
        return strip

    def message(self, text: str) -> Strip:
        """A line that stands for the rows when there are none."""
        fitted = fit(text, self._width, "left", ascii_only=self._ascii_only)
        return Strip([Segment(fitted, self._ink(("empty",)).style)], self._width)

    def _mark(self, plain: str, nice: str, style: Style) -> Strip:
        return Strip([Segment(plain if self._ascii_only else nice, style)], 1)

    def part(self, row: Row, left: int, cursor: str | None, thumb: bool, start: int, end: int) -> Iterable[Segment]:
        """The cells of the row's line from `start` up to `end`; without drawing all of it where they are whole columns
        of a window that is not panned."""
        places = self._layout.placed
        within = [place for place in places if place.x < end and start < place.x + place.width]
        whole = bool(within) and within[0].x == start and within[-1].x + within[-1].width == end
        if left or not whole or end > self._window:
            return self.row(row, left, cursor, thumb).crop(start, end)
        return self._lay(row, cursor, within, start)[0].finish()

    def _lay(self, row: Row, cursor: str | None, places: Sequence[Placed], start: int) -> tuple[_Runs, int]:
        """The row's cells in these columns, and where the last of them ends; the line begins at cell `start`."""
        under = (row.row_style,) if row.row_style else ()
        over = (cursor,) if cursor else ()
        plain = self._ink((*under, *over))
        runs = _Runs(plain)
        end = start
        for place in places:
            if place.index >= len(row.cells):
                continue
            cell = row.cells[place.index]
            if isinstance(cell, str):
                text, ink = cell, plain
            else:
                text = cell.text
                ink = plain if cell.style == "normal" else self._ink((*under, cell.style, *over))
            runs.blank(place.x - end)
            runs.text(self._fit(text, place.index, place.width), ink)
            end = place.x + place.width
        return runs, end

    def _paint(self, row: Row, left: int, cursor: str | None, thumb: bool) -> Strip:
        runs, end = self._lay(row, cursor, self._layout.placed, 0)
        runs.blank(left + self._window - end)
        if left == 0 and end <= self._window:
            self._add_scrollbar(runs, thumb)
            return Strip(runs.finish(), self._width)
        cropped = Strip(runs.finish()).crop(left, left + self._window)
        runs = _Runs(runs.plain)
        self._add_scrollbar(runs, thumb)
        return Strip.join([cropped, Strip(runs.finish())])

    def _add_scrollbar(self, runs: _Runs, thumb: bool) -> None:
        if thumb:
            runs.text("|" if self._ascii_only else "▐", self._ink(("scrollbar",)))
        elif self._width > 0:
            runs.blank(1)

    def _fit_cell(self, text: str, index: int, width: int) -> str:
        column = self._columns[index]
        return fit(text, width, column.align, column.places, ascii_only=self._ascii_only)

    def _ink(self, names: tuple[str, ...]) -> _Ink:
        ink = self._inks.get(names)
        if ink is None:
            style = self._style_of(names)
            lines = (style.reverse, style.underline, style.underline2, style.strike, style.overline)
            # the letters' colour shows in a blank only where it is reversed or crossed by a line
            color = style.color if any(lines) else None
            ink = self._inks[names] = _Ink(style, (style.bgcolor, color, *map(bool, lines)))
        return ink


class _Runs:
    """Joins texts of one style into one segment, and the blanks between cells to what precedes them.

    Each segment costs some forty bytes of colours on the wire. A blank between cells always looks like the plain
    style, whatever its neighbours are, since it is not repainted with them.
    """

    def __init__(self, plain: _Ink) -> None:
        self.plain = plain
        self._segments: list[Segment] = []
        self._text = ""
        self._ink = plain

    def text(self, text: str, ink: _Ink) -> None:
        if ink is not self._ink:
            self._end_run(ink)
        self._text += text

    def blank(self, width: int) -> None:
        if width > 0:
            if self._ink.blank != self.plain.blank:
                self._end_run(self.plain)
            self._text += " " * width

    def finish(self) -> list[Segment]:
        self._end_run(self.plain)
        return self._segments

    def _end_run(self, following: _Ink) -> None:
        if self._text:
            self._segments.append(Segment(self._text, self._ink.style))
        self._text, self._ink = "", following
