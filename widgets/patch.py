"""Parts of a widget that reach the screen at once, where its app can do that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.app import App
from textual.color import Color
from textual.geometry import Region, Size
from textual.widget import Widget

Part = Callable[[int, int, int], Iterable[Segment]]
"""(line, first cell, behind the last cell) of a widget's content -> the segments that stand there, as wide as that."""


class Patch(NamedTuple):
    """Some regions of a widget's content (as for `refresh`), and what draws them while the content has this size."""

    widget: Widget
    regions: Sequence[Region]
    size: Size
    part: Part


class PatchingApp(App[Any]):
    """An app that may know a shorter way to the terminal than Textual's."""

    def patch(self, patch: Patch) -> None:
        """Bring these parts to the screen."""
        patch.widget.refresh(*patch.regions)


def repaint(widget: Widget, regions: Sequence[Region], size: Size, part: Part) -> None:
    """Bring parts of a widget to the screen, by the shortest way that its app knows."""
    app = widget.app
    if isinstance(app, PatchingApp):
        app.patch(Patch(widget, regions, size, part))
    else:
        widget.refresh(*regions)


def filtered(widget: Widget, style: Style, background: Color) -> Style:
    """The style as Textual's filters (no colour, dim, ANSI colours) would show it. They change styles one by one: here
    once for each, not for each line."""
    segments = [Segment("x", style)]
    for line_filter in widget.get_line_filters():
        segments = line_filter.apply(segments, background)
    return segments[0].style or style
