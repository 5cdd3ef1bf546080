"""The rows of a grid and the order in which they stand. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from widgets.grid.model import Row


class RowStore:
    """Holds the rows by key and in display order, and decides which changes of order are allowed when.

    The wanted order is the one last asked for. The displayed order may differ from it: while rows are
    `pinned` (the table has the focus) none is moved, and new ones are appended; otherwise new rows go to
    their place, and rows that are there already change places only where the caller says `may_reorder`.
    """

    def __init__(self) -> None:
        self._given: list[Row] = []
        self._given_order: list[str] | None = None
        self._wanted: list[str] = []
        self._index: dict[str, int] = {}
        self.rows: list[Row] = []
        """The rows in display order."""
        self.order_pending = False
        """Whether the rows stand in another order than the one that was asked for."""

    def __len__(self) -> int:
        return len(self.rows)

    def index_of(self, key: str | None) -> int | None:
        """The display index of a row, or None when there is no such row."""
        return None if key is None else self._index.get(key)

    def replace(self, given: Sequence[Row], order: Sequence[str] | None) -> bool:
        """Take the rows that exist now if they are the same keys in the same order as last time.

        The frequent case, and a cheap one. False, and nothing done, if they are not.
        """
        last = self._given
        if len(given) != len(last) or self._given_order != (None if order is None else list(order)):
            return False
        changed = [(new, old) for new, old in zip(given, last, strict=True) if new is not old]
        if changed:
            if any(new.key != old.key for new, old in changed):
                return False
            for row, _ in changed:
                self.rows[self._index[row.key]] = row
            self._given = list(given)
        return True

    def update(self, given: Sequence[Row], order: Sequence[str] | None, *, pinned: bool, may_reorder: bool) -> bool:
        """Take the rows that exist now; True when rows that are there already changed places.

        `order` is the wanted order of keys; without it, `given` itself stands in it. Keys it does not name
        follow at the end, keys without a row are ignored. Raises ValueError when two rows share a key.
        """
        by_key = {row.key: row for row in given}
        if len(by_key) != len(given):
            keys = [row.key for row in given]
            twice = next(key for key in by_key if keys.count(key) > 1)
            raise ValueError(f"rows: {twice!r} is the key of more than one row; expected every key once")
        self._given = list(given)
        self._given_order = None if order is None else list(order)
        self._wanted = _wanted(by_key, self._given_order)
        shown = [row.key for row in self.rows]
        staying = [key for key in shown if key in by_key]
        reordered = False
        if pinned:
            known = set(staying)
            keys = staying + [key for key in self._wanted if key not in known]
        else:
            moved = staying != [key for key in self._wanted if key in self._index]
            reordered = moved and may_reorder
            keys = self._wanted if reordered or not moved else _inserted(staying, self._wanted)
        self._show([by_key[key] for key in keys])
        return reordered

    def reorder(self) -> None:
        """Put the rows into the wanted order."""
        self._show([self.rows[self._index[key]] for key in self._wanted])

    def _show(self, rows: list[Row]) -> None:
        self.rows = rows
        self._index = {row.key: index for index, row in enumerate(rows)}
        self.order_pending = list(self._index) != self._wanted


def _wanted(by_key: dict[str, Row], order: Sequence[str] | None) -> list[str]:
    if order is None:
        return list(by_key)
    named = [key for key in dict.fromkeys(order) if key in by_key]
    known = set(named)
    return named + [key for key in by_key if key not in known]


def _inserted(staying: list[str], wanted: list[str]) -> list[str]:
    """`staying` in its order, with the new keys behind the key that precedes them in `wanted`."""
    known = set(staying)
    following: dict[str | None, list[str]] = {}
    anchor: str | None = None
    for key in wanted:
        if key in known:
            anchor = key
        else:
            following.setdefault(anchor, []).append(key)
    keys = list(following.get(None, ()))
    for key in staying:
        keys.append(key)
        keys.extend(following.get(key, ()))
    return keys
