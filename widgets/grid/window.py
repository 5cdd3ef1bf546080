"""The part of the rows that is on the screen, and what of it differs from the next one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from textual.geometry import Region

from widgets.grid.layout import Layout
from widgets.grid.model import Row, changed_columns


class Window(NamedTuple):
    """What stands below the header: one row, or None, for each line."""

    rows: Sequence[Row | None] = ()
    cursor: int | None = None
    """The line of the cursor, where that is in the window."""
    cursor_style: str = ""
    thumb: range = range(0)
    """The lines beside which the scrollbar's thumb stands; none when all rows are in the window."""
    empty: bool = True
    """Whether there are no rows at all, here or elsewhere."""


def thumb_of(first: int, height: int, count: int) -> range:
    """Where the thumb of a window stands that shows `height` of `count` rows from `first` on."""
    if height < 1 or count <= height:
        return range(0)
    size = max(height * height // count, 1)
    top = first * (height - size) // (count - height)
    return range(top, top + size)


def changed_regions(before: Window, after: Window, layout: Layout, left: int, width: int) -> list[Region]:
    """Where two windows of the same height differ, in terminal cells.

    The windows start at cell `left` of the layout and are `width` cells wide, the last one for the scrollbar; their
    first line stands at y = 1, below the header. Neighbouring cells of a line make one region.
    """
    regions: list[Region] = []
    repainted: set[int] = set()
    if before.cursor != after.cursor or before.cursor_style != after.cursor_style:
        repainted = {line for line in (before.cursor, after.cursor) if line is not None}
        regions += [Region(0, line + 1, width, 1) for line in sorted(repainted)]
    for line, (old, new) in enumerate(zip(before.rows, after.rows, strict=True)):
        if old is new or line in repainted:
            continue
        if old is None or new is None or old.row_style != new.row_style:
            regions.append(Region(0, line + 1, width, 1))
            continue
        for start, end in layout.spans(changed_columns(old, new)):
            start, end = max(start - left, 0), min(end - left, width - 1)
            if start < end:
                regions.append(Region(start, line + 1, end - start, 1))
    if before.thumb != after.thumb:
        moved = set(before.thumb).symmetric_difference(after.thumb)
        regions += [Region(width - 1, line + 1, 1, 1) for line in sorted(moved)]
    return regions
