"""Which columns are shown, where, and how wide."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from widgets.grid.model import Column

GAP = 1


class Placed(msgspec.Struct, frozen=True, gc=False):
    """A column on the screen: its index among all columns, its first terminal cell, its width."""

    index: int
    x: int
    width: int


class Layout(msgspec.Struct, frozen=True):
    """The columns that are shown, from left to right, and the width of them all."""

    placed: tuple[Placed, ...] = ()
    width: int = 0

    def spans(self, columns: Sequence[int]) -> list[tuple[int, int]]:
        """The (first, behind the last) terminal cells of the columns given by index, neighbours joined."""
        wanted = set(columns)
        spans: list[tuple[int, int]] = []
        joins = False
        for place in self.placed:
            if place.index not in wanted:
                joins = False
                continue
            end = place.x + place.width
            if joins:
                spans[-1] = (spans[-1][0], end)
            else:
                spans.append((place.x, end))
            joins = True
        return spans


def place_columns(
    columns: Sequence[Column], available: int, screen_width: int, chosen: Sequence[str] | None = None
) -> Layout:
    """Lay the columns out in `available` cells of a screen that is `screen_width` wide.

    Columns that must stay may make the layout wider than what is available; the table then scrolls. Those that
    somebody has `chosen` (by their keys, in that order) all stay, and no other is shown.
    """
    if chosen is not None:
        at = {column.key: index for index, column in enumerate(columns)}
        return _placed(columns, [at[key] for key in chosen if key in at], available)
    shown = [index for index, column in enumerate(columns) if screen_width >= column.min_screen_width]

    def needed() -> int:
        return sum(columns[index].width + GAP for index in shown) - GAP if shown else 0

    while needed() > available:
        hideable = [index for index in shown if columns[index].priority > 0]
        if not hideable:
            break
        shown.remove(max(hideable, key=lambda index: (columns[index].priority, index)))
    return _placed(columns, shown, available)


def _placed(columns: Sequence[Column], shown: Sequence[int], available: int) -> Layout:
    """The columns with these indexes from left to right; the flexible ones share what they leave."""
    flexible = [index for index in shown if columns[index].flexible]
    needed = sum(columns[index].width + GAP for index in shown) - GAP if shown else 0
    spare = max(available - needed, 0) if flexible else 0
    placed: list[Placed] = []
    x = 0
    for index in shown:
        width = columns[index].width
        if index in flexible:
            share = -(-spare // (len(flexible) - flexible.index(index)))
            spare -= share
            width += share
        placed.append(Placed(index, x, width))
        x += width + GAP
    return Layout(tuple(placed), max(x - GAP, 0))
