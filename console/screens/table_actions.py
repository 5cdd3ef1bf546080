"""What keys do to the tables themselves: filter them, put them in order. Part of the desk screen."""

from __future__ import annotations

from typing import Any

from console.driver.first_frame import FirstFrame
from console.screens.filter_line import FilterLine
from widgets.panes import TablePane
from widgets.panes.lineup import SortBy


class TableActions(FirstFrame, inherit_bindings=False):
    """Keys on the pane that has the focus, or on the one that had it last."""

    panes: dict[str, TablePane[Any]]
    filter_line: FilterLine
    _filtered: str | None = None
    """The pane whose filter is being typed."""

    # What the desk screen does for it -----------------------------------------------------------------------

    @property
    def pane_in_hand(self) -> str | None:
        """The pane that the keys are about; None where no pane is on the screen."""
        raise NotImplementedError

    def go_to_pane(self, name: str) -> None:
        """Give a pane the focus."""
        raise NotImplementedError

    def tell(self, text: str, good: bool) -> None:
        """Say what came of a key."""
        raise NotImplementedError

    def line_changed(self) -> None:
        """The filter's line opened or closed: another line in its place, another footer."""
        raise NotImplementedError

    def looks_changed(self) -> None:
        """Somebody chose another filter, order, or the like: it is to be remembered."""
        raise NotImplementedError

    # Filter -------------------------------------------------------------------------------------------------

    def action_filter(self) -> None:
        """Type the filter of the pane; its words so far stand on the line."""
        name = self.pane_in_hand
        if name is not None:
            self._filtered = name
            pane = self.panes[name]
            self.filter_line.open(pane.title, pane.filter.text)
            self.filter_typed(pane.filter.text)
            self.line_changed()

    def filter_typed(self, text: str) -> None:
        """Each key counts. While the words make no sense (yet), the rows stay as they are."""
        if self._filtered is None:
            return
        pane = self.panes[self._filtered]
        wrong = pane.filter_by(text)
        lineup = pane.lineup
        told = wrong or (f"{lineup.matching:,} of {len(lineup):,}" if text.strip() else "words, col:word, col>n, !word")
        self.filter_line.tell(told, not wrong)

    def action_filter_keep(self) -> None:
        """Done: the filter stays, the pane gets its focus back."""
        self.filter_typed(self.filter_line.input.value)  # its message about the last key may still be on its way
        self._close_filter()

    def action_filter_drop(self) -> None:
        """Out: all rows again."""
        if self._filtered is not None:
            self.panes[self._filtered].filter_by("")
        self._close_filter()

    def action_filter_complete(self) -> None:
        """Complete the column's name that the last word begins with."""
        if self._filtered is None:
            return
        text = self.filter_line.input.value
        head, _, word = text.rpartition(" ")
        negated = "!" * word.startswith("!")
        begun = word.removeprefix("!").casefold()
        keys = [column.key for column in self.panes[self._filtered].columns if column.key.startswith(begun)]
        if len(keys) == 1:
            self.filter_line.put(f"{head}{' ' * bool(head)}{negated}{keys[0]}:")
        else:
            self.filter_line.tell(" ".join(keys) or f"no column begins with {begun}", bool(keys))

    def action_filter_move(self, rows: int) -> None:
        """Select another row without leaving the line."""
        if self._filtered is not None:
            self.panes[self._filtered].table.action_move(rows)

    def _close_filter(self) -> None:
        name, self._filtered = self._filtered, None
        self.filter_line.close()
        if name is not None:
            self.go_to_pane(name)
        self.line_changed()
        self.looks_changed()

    def leave_filter(self) -> None:
        """Something else needs the line: the filter stays as it is."""
        if self._filtered is not None:
            self._filtered = None
            self.filter_line.close()
            self.line_changed()

    def clear_filter(self) -> bool:
        """Show all rows of the pane in hand again; False where they are shown already."""
        name = self.pane_in_hand
        if name is None or not self.panes[name].filter:
            return False
        self.panes[name].filter_by("")
        self.tell(f"{self.panes[name].title}: no filter any more", True)
        self.looks_changed()
        return True

    # Order --------------------------------------------------------------------------------------------------

    def action_sort(self, by: int) -> None:
        """Sort by the next column to the right or left."""
        name = self.pane_in_hand
        if name is not None:
            self._tell_sort(name, self.panes[name].sort_beside(by))

    def action_sort_reverse(self) -> None:
        name = self.pane_in_hand
        if name is not None:
            self._tell_sort(name, self.panes[name].reverse())

    def action_sort_now(self) -> None:
        """No row moves while its pane has the focus; this lets them."""
        name = self.pane_in_hand
        if name is not None:
            self.panes[name].put_in_order()
            self._tell_sort(name, self.panes[name].sort)

    def _tell_sort(self, name: str, sort: SortBy | None) -> None:
        pane = self.panes[name]
        self.looks_changed()
        if sort is None:
            self.tell(f"{pane.title}: in their own order", True)
        else:
            way = "descending" if sort.descending else "ascending"
            self.tell(f"{pane.title}: by {pane.title_of(sort.column)}, {way}", True)
