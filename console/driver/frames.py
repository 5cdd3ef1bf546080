"""Screen updates with no byte too many, and no memory of screens that are closed.

Textual 8.2 redraws a changed region from the left edge of its widget, and states every style in full: a cell at the
right of a table costs the whole row. `CompactFrames` sends the region alone, and a style once for all neighbours
that share it. Private names of Textual, like nonblocking.py, and tested with it.
"""

from __future__ import annotations

from typing import Any

from rich.console import Console, RenderableType
from textual._compositor import ChopsUpdate
from textual._styles_cache import StylesCache
from textual.await_complete import AwaitComplete
from textual.screen import Screen

from console.driver.patches import Patches
from console.driver.writer import Writer, color_system
from widgets.patch import Patch, PatchingApp


class CompactFrames(PatchingApp):
    """Mix into the App, in front of `App` itself."""

    _patches: Patches | None = None

    def patch(self, patch: Patch) -> None:
        """Write parts of a widget that nothing covers at once."""
        if self._patches is None:
            self._patches = Patches(self)
        self._patches.add(patch)

    def pop_screen(self) -> AwaitComplete:
        """Close the screen on top, and let go of all that was painted for it.

        Textual keeps the last 1,024 widgets' painted lines in a cache of one of their methods: 1.5 MB each time that
        the help was opened, up to some hundred MB.
        """
        closed = super().pop_screen()
        StylesCache.get_inner_outer.cache_clear()
        if self._patches is not None:
            self._patches.forget()
        return closed

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        if isinstance(renderable, ChopsUpdate):
            renderable = CompactUpdate(renderable.chops, renderable.spans, renderable.chop_ends)
        super()._display(screen, renderable)


class CompactUpdate(ChopsUpdate):
    """The update of some spans of some lines, cropped to those spans."""

    def render_segments(self, console: Console) -> str:
        writer = Writer(color_system(console))
        for y, start, end in self.spans:
            at = -1
            for chop_end, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=False):
                left, right = max(x, start), min(chop_end, end)
                if strip is None or left >= right:
                    continue
                if at != left:
                    writer.move(left, y)
                writer.strip(strip, left - x, right - x)
                at = right
        return writer.finish()
