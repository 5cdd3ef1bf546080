"""The part of the rows that is on the screen, and what of it differs from the next one."""

from __future__ import annotations

from typing import NamedTuple

from textual.geometry import Region

from widgets.grid.layout import Layout
from widgets.grid.model import Row, changed_columns


class Line(NamedTuple):
    """What one line shows: its row, and the cursor's style where the cursor stands on it."""

    row: Row | None = None
    cursor: str | None = None


EMPTY_LINE = Line()


def changed_regions(
    before: list[Line], after: list[Line], layout: Layout, left: int, width: int
) -> list[Region]:
    """Where the lines differ, in terminal cells of a window that starts at cell `left` and is `width` wide.

    The first line stands at y = 1, below the header. Neighbouring cells of a line make one region.
    """
    regions: list[Region] = []
    for y, (old, new) in enumerate(zip(before, after, strict=True), 1):
        if old.row is new.row and old.cursor == new.cursor:
            continue
        for start, end in _changed_spans(old, new, layout, left + width):
            start, end = max(start - left, 0), min(end - left, width)
            if start < end:
                regions.append(Region(start, y, end - start, 1))
    return regions


def _changed_spans(old: Line, new: Line, layout: Layout, right: int) -> list[tuple[int, int]]:
    if (
        old.row is None
        or new.row is None
        or old.cursor != new.cursor
        or old.row.row_style != new.row.row_style
    ):
        return [(0, right)]
    return layout.spans(changed_columns(old.row, new.row))
