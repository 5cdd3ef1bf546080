"""The line above a table: the pane's key and name, what of its rows is shown, and its summary."""

from __future__ import annotations

from collections.abc import Sequence

from widgets.lines import Line, Lines, Part, clipped, justified, length

_FEW = 8


class PaneTitle(Lines):
    """The pane's key, name and summary; where a filter is on, the filter and how many rows it lets pass."""

    def __init__(self, number: int | str, title: str) -> None:
        super().__init__()
        self._number = number
        self._title = title
        self._summary: list[Part] = []
        self._filter: tuple[str, str] = ("", "")
        self._note = ""

    def show(self, summary: list[Part], shown_filter: tuple[str, str] = ("", ""), note: str = "") -> None:
        """Show another summary at the right end. `shown_filter`: its words, and "12 of 340" or what is wrong with it;
        `note` says how the rows stand."""
        self._summary, self._filter, self._note = summary, shown_filter, note
        self.redraw()

    def build(self, width: int) -> Sequence[Line]:
        left: list[Part] = [(f" {self._number} ", "key"), (self._title, "strong")]
        words, count = self._filter
        summary = [*self._summary, (" ", "normal")]
        note: list[Part] = [(f" {self._note}", "dim")] if self._note else []
        if words:
            # How much is hidden is said in any case: the words of the filter give way to it, then the summary.
            tail: list[Part] = [(f" {count}", "warn"), *note]
            room = width - length(left) - length(tail) - 3
            if room - length(summary) < _FEW:
                summary = []
            left += [("  ", "normal"), *clipped([(f"/{words}", "key")], max(room - length(summary), 0)), *tail]
        else:
            left += note
        return [justified(left, summary, width)]
