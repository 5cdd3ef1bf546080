"""What a grid shows: columns, rows, and cells that are formatted already."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

Align = Literal["left", "right", "decimal"]

CELL_STYLES = (
    "normal",
    "up",
    "down",
    "flat",
    "good",
    "bad",
    "dim",
    "stale",
    "warn",
    "alarm",
    "info",
    "strong",
    "side-buy",
    "side-sell",
)
"""The style classes of cells and rows. Each is the component class `grid--<name>`, which a theme may
style.
"""


class Column(msgspec.Struct, frozen=True, gc=False):
    """One column. Widths are in terminal cells, without the one-cell gap that follows each column.

    `align`: "decimal" lines numbers up on their decimal point, leaving room for `places` characters
    behind it. A column is hidden on screens narrower than `min_screen_width`, and, where the columns do
    not fit into the table, by `priority`: the highest number goes first, 0 never goes. `flexible` columns
    share the room that is left over. The texts of a `whole` column must not be cut, nor may a number: whoever
    shows rows asks `widened` for the columns that have room for them.
    """

    key: str
    title: str
    width: int
    align: Align = "left"
    places: int = 0
    min_screen_width: int = 0
    priority: int = 0
    flexible: bool = False
    whole: bool = False


class Cell(msgspec.Struct, frozen=True, gc=False):
    """A formatted text and the name of its style, one of `CELL_STYLES`."""

    text: str
    style: str = "normal"


class Row(msgspec.Struct, frozen=True, gc=False):
    """A row: its stable key and one cell per column, in the order of the columns (a str is a normal cell).

    Give the same object again as long as nothing changed: it is then skipped without a look at its cells.
    """

    key: str
    cells: tuple[Cell | str, ...]
    row_style: str | None = None


def changed_columns(old: Row, new: Row) -> list[int]:
    """The indexes of the columns whose cells differ between two rows of the same style."""
    if len(old.cells) != len(new.cells):
        return list(range(max(len(old.cells), len(new.cells))))
    return [
        index
        for index, (before, after) in enumerate(zip(old.cells, new.cells, strict=True))
        if before is not after and before != after
    ]


def check_columns(columns: Sequence[Column]) -> tuple[Column, ...]:
    """The columns, or ValueError when two share a key or one has no width."""
    keys = [column.key for column in columns]
    if len(set(keys)) != len(keys):
        raise ValueError(f"columns: {keys} name a key twice; expected every key once")
    for column in columns:
        if column.width < 1:
            raise ValueError(f"columns: {column.key} has width {column.width}; expected at least 1")
    return tuple(columns)


#: An option's symbol by OCC is the longest name that a column must show in full; no number of a desk is longer.
WIDEST = 21


def widened(columns: Sequence[Column], rows: Iterable[Row]) -> Sequence[Column]:
    """The columns with room for these rows' texts where a cut one would mislead: in those that are `whole`, and in
    those of numbers; up to WIDEST. The same object when there is room already."""
    wider: dict[int, int] = {}
    marked = [
        (index, column.width) for index, column in enumerate(columns) if column.whole or column.align == "decimal"
    ]
    for row in rows:
        for index, width in marked:
            cell = row.cells[index]
            text = cell if isinstance(cell, str) else cell.text
            if len(text) > wider.get(index, width):
                wider[index] = min(len(text), WIDEST)
    wider = {index: width for index, width in wider.items() if width > columns[index].width}
    if not wider:
        return columns
    return tuple(
        msgspec.structs.replace(column, width=wider.get(index, column.width)) for index, column in enumerate(columns)
    )
