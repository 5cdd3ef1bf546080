"""Dead letters: orders that were approved and not sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from engine.views import LetterRow
from widgets.format import quantity
from widgets.grid import Cell, Column, Row
from widgets.lines import Part
from widgets.notation import SIDES
from widgets.panes.base import Field, TablePane


class LettersPane(TablePane[LetterRow]):
    """One line for each order or change that waits to be replayed or discarded."""

    name_of_pane = "letters"
    number = 9
    title = "Dead letters"
    empty = "no dead letters: everything approved was sent"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("no", "No", 4, "right"),
        Column("what", "What", 24),
        Column("reason", "Not sent because", 16, flexible=True),
        Column("since", "Since", 8, priority=1),
        Column("owner", "For", 11, priority=2),
    )
    fields: ClassVar[Mapping[str, Field]] = {
        "what": lambda row: _words(row),
        "since": "since_ns",
        "owner": lambda row: row.owner or "you",
    }

    def key(self, row: LetterRow) -> str:
        return str(row.no)

    def draw_row(self, row: LetterRow) -> Row:
        times = self.notation.times
        return Row(
            self.key(row),
            (
                str(row.no),
                Cell(_words(row), "strong"),
                Cell(row.reason, "warn"),
                times.hms(row.since_ns),
                row.owner or "you",
            ),
            "dim" if row.owner else None,
        )

    def summary(self, rows: Sequence[LetterRow]) -> list[Part]:
        waiting = sum(1 for row in rows if not row.owner)
        return [(f" {waiting} to replay or discard ", "warn")] if waiting else []


def _words(row: LetterRow) -> str:
    """BUY 100 AAPL 190.50, or `14: 80 AAPL 190.45` for a change of order 14."""
    px = row.limit_px if row.limit_px is not None else row.stop_px
    price = "" if px is None else f" {px:,f}"
    head = SIDES[row.side] if row.what == "new" else f"{row.order}:"
    return f"{head} {quantity(row.qty)} {row.symbol}{price}"
