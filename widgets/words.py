"""A few words on a line of their own, beside an input."""

from __future__ import annotations

from collections.abc import Sequence

from widgets.lines import Line, Lines, Part, clipped


class Words(Lines):
    """Shows what it was last given, cut where its room ends."""

    def __init__(self, name: str) -> None:
        super().__init__(id=name)
        self._parts: Sequence[Part] = ()

    def show(self, parts: Sequence[Part]) -> None:
        self._parts = parts
        self.redraw()

    def build(self, width: int) -> Sequence[Line]:
        return [clipped(self._parts, width)]
