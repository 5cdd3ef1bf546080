"""A shorter way to the terminal for the parts of a widget that nothing covers.

Textual composes: a dirty region passes the widget's queue, the screen's and a timer; then every widget that touches
the rectangle around all dirty regions draws all of its lines, and these are cut up along the edges of all widgets.
A changed cell took 1.1 ms of processor time like that, and waited up to 17 ms. A widget that lies on top, on the top
screen, with nothing else due for it, can simply be written. Whatever is not as simple goes Textual's way.

Private names of Textual, like nonblocking.py, and tested with it.
"""

from __future__ import annotations

import asyncio
from typing import Any, NamedTuple

from rich.console import Console
from textual._compositor import CompositorUpdate
from textual.app import App
from textual.geometry import Offset, Region, Size
from textual.screen import Screen
from textual.widget import Widget

from console.driver.writer import Writer, color_system
from widgets.patch import Patch


class _Place(NamedTuple):
    """Where the content of an uncovered widget begins on the screen, its size, and what of it is in sight."""

    origin: Offset
    size: Size
    sight: Region


class PatchUpdate(CompositorUpdate):
    """Some parts of the screen, ready to be written."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __rich__(self) -> str:
        return self._text

    def render_segments(self, console: Console) -> str:
        return self._text


class Patches:
    """Collects the patches of one turn of the loop and writes them as one frame."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._waiting: list[tuple[Patch, _Place]] = []
        self._map: dict[Widget, tuple[Region, Region]] = {}
        self._places: dict[Widget, _Place | None] = {}

    def add(self, patch: Patch) -> None:
        """Have this written before the loop goes on to what comes next, or leave it to Textual."""
        place = self._place(patch)
        if place is None:
            patch.widget.refresh(*patch.regions)
            return
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._write)
        self._waiting.append((patch, place))

    def forget(self) -> None:
        """Let go of the widgets of a screen that was closed."""
        self._map = {}
        self._places.clear()

    def _write(self) -> None:
        waiting, self._waiting = self._waiting, []
        app = self._app
        writer = Writer(color_system(app.console))
        try:
            for patch, place in waiting:
                if self._place(patch) != place:
                    patch.widget.refresh(*patch.regions)
                else:
                    _draw(writer, patch, place)
            if writer.output:
                app._display(app.screen, PatchUpdate(writer.finish()))
        except Exception as error:
            app._handle_exception(error)

    def _place(self, patch: Patch) -> _Place | None:
        """Where to write; None where Textual has to compose. What is due for the widget anyway goes in one frame."""
        app, widget = self._app, patch.widget
        if app._batch_count or not app._running or not app.screen_stack or _is_due(widget):
            return None
        screen = app.screen
        if screen._layout_required or screen._scroll_required or screen._repaint_required:
            return None
        if screen._compositor.visible_widgets is not self._map:
            self._map = screen._compositor.visible_widgets
            self._places.clear()
        if widget not in self._map:  # of a screen that was just closed, perhaps: not to be remembered
            return None
        if widget in self._places:
            place = self._places[widget]
        else:
            place = self._places[widget] = _uncovered(widget, screen, self._map)
        return place if place is not None and place.size == patch.size else None


def _is_due(widget: Widget) -> bool:
    return bool(widget._repaint_required or widget._layout_required or widget._repaint_regions)


def _uncovered(widget: Widget, screen: Screen[Any], shown: dict[Widget, tuple[Region, Region]]) -> _Place | None:
    """The place of a widget on this screen, unless something lies over it. `shown` begins with what is on top."""
    region, clip = shown[widget]
    content = region.shrink(widget.gutter)
    sight = content.intersection(clip).intersection(screen.size.region)
    for other, (its_region, its_clip) in shown.items():
        if other is widget:
            break
        if its_region.intersection(its_clip).overlaps(sight):
            return None
    return _Place(content.offset, content.size, sight)


def _draw(writer: Writer, patch: Patch, place: _Place) -> None:
    (left, top), _, sight = place
    for region in patch.regions:
        x, y, width, height = region.translate(place.origin).intersection(sight)
        for line in range(y, y + height):
            writer.move(x, line)
            for segment in patch.part(line - top, x - left, x - left + width):
                writer.segment(segment)
    # Textual keeps the lines that it drew: those are old now
    widget = patch.widget
    widget._styles_cache.set_dirty(*(region.translate(widget.content_offset) for region in patch.regions))
