"""Two lines that show a tour's step. They take no key and no focus."""

from __future__ import annotations

from collections.abc import Sequence

from console.tour import Tour
from engine.views import DeskView
from widgets.lines import Line, Lines, clipped, justified


class TourLines(Lines):
    """Absent while there is no tour."""

    def __init__(self, kill: str) -> None:
        """`kill` is the name of the kill key."""
        super().__init__(id="tour")
        self._kill = kill
        self._tour: Tour | None = None
        self._view: DeskView | None = None

    @property
    def is_on(self) -> bool:
        return self._tour is not None

    def begin(self, view: DeskView) -> None:
        self._tour, self._view = Tour(view), view
        self.add_class("-open")
        self.redraw()

    def end(self) -> None:
        self._tour = None
        self.remove_class("-open")

    def show(self, view: DeskView) -> None:
        if self._tour is not None and view is not self._view:
            self._view = view
            self._tour.see(view)
            self.redraw()

    def build(self, width: int) -> Sequence[Line]:
        if self._tour is None or self._view is None:
            return []
        title, does, tells = self._tour.words(self._view, self._kill)
        head: Line = [(f" {title}  ", "strong"), (does, "key")]
        return [
            justified(head, [(" Esc", "key"), (" ends the tour ", "dim")], width),
            clipped([(f" {tells}", "normal")], width),
        ]
