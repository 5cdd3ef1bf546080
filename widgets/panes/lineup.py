"""Which rows a pane shows, and in which order: its own, or that of a column; all, or those that a filter lets pass.

Each row of a view is drawn, valued and looked at by the filter once, as long as it stays the same object.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Generic, TypeVar

import msgspec

from widgets.grid import Row
from widgets.tables.filter import Filter
from widgets.tables.values import SortKey, Value, sort_key

RowT = TypeVar("RowT")


class SortBy(msgspec.Struct, frozen=True):
    """The column whose values the rows are sorted by. What has no value stands last, whatever the direction."""

    column: str
    descending: bool = False


class _Entry(Generic[RowT]):
    """A row of the view, as it was drawn, and what filter and order make of it."""

    __slots__ = ("drawn", "matches", "place", "source")

    def __init__(self, source: RowT, drawn: Row) -> None:
        self.source = source
        self.drawn = drawn
        self.place: SortKey | None = None
        self.matches = True


class Lineup(Generic[RowT]):
    """The rows of a pane. `take` gets those of each view and says which are shown, in order."""

    def __init__(
        self, key: Callable[[RowT], str], draw: Callable[[RowT], Row], value: Callable[[Row, RowT, str], Value]
    ):
        """`value` is that of a row (as it was drawn, and of the view) in a column."""
        self._key = key
        self._draw = draw
        self._value = value
        self._entries: dict[str, _Entry[RowT]] = {}
        self.filter = Filter()
        self.sort: SortBy | None = None
        self.matching = 0
        """How many rows pass the filter."""

    def __len__(self) -> int:
        return len(self._entries)

    def source(self, key: str | None) -> RowT | None:
        """The view's row with this key."""
        entry = None if key is None else self._entries.get(key)
        return None if entry is None else entry.source

    def drawn(self, key: str | None) -> tuple[RowT, Row] | None:
        """The view's row with this key, and as it is drawn."""
        entry = None if key is None else self._entries.get(key)
        return None if entry is None else (entry.source, entry.drawn)

    def look_by(self, rows_filter: Filter, sort: SortBy | None) -> None:
        """Another filter, another order."""
        self.filter, self.sort = rows_filter, sort
        for entry in self._entries.values():
            self._judge(entry)

    def take(self, rows: Sequence[RowT], keep: Collection[str] = ()) -> tuple[list[Row], list[Row]]:
        """(the rows to show in their order, those drawn anew). `rows` stand in the pane's own order; those whose keys
        are in `keep` are shown although they don't pass the filter (any more)."""
        entries: dict[str, _Entry[RowT]] = {}
        new: list[Row] = []
        for row in rows:
            key = self._key(row)
            entry = self._entries.get(key)
            if entry is None or entry.source is not row:
                entry = _Entry(row, self._draw(row))
                new.append(entry.drawn)
                self._judge(entry)
            entries[key] = entry
        self._entries = entries
        if not self.filter and self.sort is None:
            self.matching = len(entries)
            return [entry.drawn for entry in entries.values()], new
        shown = self._shown(keep)
        return [entry.drawn for entry in (self._sorted(shown) if self.sort is not None else shown)], new

    def sources(self, *, everything: bool = False) -> list[tuple[RowT, Row]]:
        """The view's rows that pass the filter (or all), in their order, each as it is drawn."""
        shown = list(self._entries.values()) if everything or not self.filter else self._shown(())
        if self.sort is not None:
            shown = self._sorted(shown)
        return [(entry.source, entry.drawn) for entry in shown]

    def _shown(self, keep: Collection[str]) -> list[_Entry[RowT]]:
        self.matching = sum(1 for entry in self._entries.values() if entry.matches)
        return [entry for key, entry in self._entries.items() if entry.matches or key in keep]

    def _sorted(self, entries: list[_Entry[RowT]]) -> list[_Entry[RowT]]:
        """By the column; rows with the same value stay in the pane's own order, in both directions."""
        assert self.sort is not None
        placed = [(entry.place, entry) for entry in entries if entry.place is not None]
        placed.sort(key=lambda pair: pair[0], reverse=self.sort.descending)
        return [*(entry for _, entry in placed), *(entry for entry in entries if entry.place is None)]

    def _judge(self, entry: _Entry[RowT]) -> None:
        if self.sort is not None:
            value = self._value(entry.drawn, entry.source, self.sort.column)
            entry.place = None if value is None or value == "" else sort_key(value)
        if self.filter:
            entry.matches = self.filter.matches(
                entry.drawn, lambda column: self._value(entry.drawn, entry.source, column)
            )
        else:
            entry.matches = True
