"""Turns rows into strips: styles by name, neighbours of one style joined, one cached strip per row."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from widgets.grid.fit import fit
from widgets.grid.layout import GAP, Layout
from widgets.grid.model import Align, Column, Row

StyleOf = Callable[[tuple[str, ...]], Style]
"""The style that results from laying the named cell styles over one another."""


class RowPainter:
    """Paints rows for one layout and one set of styles; make a new one when either changes."""

    def __init__(self, columns: Sequence[Column], layout: Layout, style_of: StyleOf, ascii_only: bool) -> None:
        self._columns = columns
        self._layout = layout
        self._style_of = style_of
        self._ascii_only = ascii_only
        self._styles: dict[tuple[str, ...], Style] = {}
        self._strips: dict[str, tuple[Row, Strip]] = {}

    def row(self, row: Row, width: int, cursor: str | None) -> Strip:
        """The row's whole line, at least `width` cells wide. `cursor`: the cursor's style where it stands
        here.
        """
        if cursor is not None:
            return self._paint(row, width, (cursor,))
        cached = self._strips.get(row.key)
        if cached is not None and cached[0] is row and cached[1].cell_length >= width:
            return cached[1]
        strip = self._paint(row, width, ())
        self._strips[row.key] = (row, strip)
        return strip

    def header(self, left: int, width: int, sort_column: str | None, descending: bool) -> Strip:
        """The titles, with a marker beside the one that the rows are sorted by.

        `left` and `width` are the window's; at its edges markers say that there are columns beyond them.
        """
        text = ""
        for place in self._layout.placed:
            column = self._columns[place.index]
            title = column.title
            if column.key == sort_column:
                marker = ("v" if descending else "^") if self._ascii_only else ("▼" if descending else "▲")
                title = set_cell_size(title, min(cell_len(title), place.width - 1)) + marker
            align: Align = "left" if column.align == "left" else "right"
            text += fit(title, place.width, align, ascii_only=self._ascii_only) + " " * GAP
        full = max(self._layout.width, left + width)
        style = self._style(("header",))
        strip = Strip([Segment(set_cell_size(text, full), style)], full).crop(left, left + width)
        if left > 0:
            more = Segment("<" if self._ascii_only else "‹", style)
            strip = Strip.join([Strip([more], 1), strip.crop(1)])
        if left + width < self._layout.width:
            more = Segment(">" if self._ascii_only else "›", style)
            strip = Strip.join([strip.crop(0, width - 1), Strip([more], 1)])
        return strip

    def message(self, text: str, width: int) -> Strip:
        """A line that stands for the rows when there are none."""
        fitted = fit(text, max(width, 1), "left", ascii_only=self._ascii_only)
        return Strip([Segment(fitted, self._style(("empty",)))])

    def blank(self, width: int) -> Strip:
        return Strip.blank(width, self._style(()))

    def forget(self, keep: Callable[[str], bool]) -> None:
        """Drop the cached strips of rows that are gone."""
        self._strips = {key: cached for key, cached in self._strips.items() if keep(key)}

    def _paint(self, row: Row, width: int, over: tuple[str, ...]) -> Strip:
        under = (row.row_style,) if row.row_style else ()
        plain = self._style((*under, *over))
        runs = _Runs(plain)
        end = 0
        for place in self._layout.placed:
            if place.index >= len(row.cells):
                break
            cell = row.cells[place.index]
            if isinstance(cell, str):
                text, style = cell, plain
            else:
                text = cell.text
                style = plain if cell.style == "normal" else self._style((*under, cell.style, *over))
            column = self._columns[place.index]
            text = fit(text, place.width, column.align, column.places, ascii_only=self._ascii_only)
            runs.blank(place.x - end)
            runs.text(text, style)
            end = place.x + place.width
        runs.blank(width - end)
        return Strip(runs.finish(), max(width, end))

    def _style(self, names: tuple[str, ...]) -> Style:
        style = self._styles.get(names)
        if style is None:
            style = self._styles[names] = self._style_of(names)
        return style


class _Runs:
    """Joins texts of one style into one segment, and the blanks between cells to what precedes them.

    Each segment costs some forty bytes of colours on the wire. A blank between cells always looks like the plain
    style, whatever its neighbours are, since it is not repainted with them.
    """

    def __init__(self, plain: Style) -> None:
        self._plain = plain
        self._segments: list[Segment] = []
        self._text = ""
        self._style = plain

    def text(self, text: str, style: Style) -> None:
        if style is not self._style:
            self._end_run(style)
        self._text += text

    def blank(self, width: int) -> None:
        if width > 0:
            if not _same_blank(self._style, self._plain):
                self._end_run(self._plain)
            self._text += " " * width

    def finish(self) -> list[Segment]:
        self._end_run(self._plain)
        return self._segments

    def _end_run(self, next_style: Style) -> None:
        if self._text:
            self._segments.append(Segment(self._text, self._style))
        self._text, self._style = "", next_style


def _same_blank(style: Style, other: Style) -> bool:
    """Whether blanks in the two styles look the same."""
    return style.bgcolor == other.bgcolor and not (
        style.reverse or style.underline or style.strike or style.overline or style.underline2
    )
