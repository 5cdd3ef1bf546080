"""Screen updates with no byte too many, and no memory of screens that are closed.

Textual 8.2 redraws a changed region from the left edge of its widget, and states every style in full: a cell at the
right of a table costs the whole row. `CompactFrames` sends the region alone, and a style once for all neighbours
that share it. Private names of Textual, like nonblocking.py, and tested with it.
"""

from __future__ import annotations

from typing import Any

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console, RenderableType
from rich.segment import Segment
from textual._compositor import ChopsUpdate
from textual._styles_cache import StylesCache
from textual.app import App
from textual.await_complete import AwaitComplete
from textual.screen import Screen
from textual.strip import Strip


class CompactFrames(App[Any]):
    """Mix into the App, in front of `App` itself."""

    def pop_screen(self) -> AwaitComplete:
        """Close the screen on top, and let go of all that was painted for it.

        Textual keeps the last 1,024 widgets' painted lines in a cache of one of their methods: 1.5 MB each time that
        the help was opened, up to some hundred MB.
        """
        closed = super().pop_screen()
        StylesCache.get_inner_outer.cache_clear()
        return closed

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        if isinstance(renderable, ChopsUpdate):
            renderable = CompactUpdate(renderable.chops, renderable.spans, renderable.chop_ends)
        super()._display(screen, renderable)


class CompactUpdate(ChopsUpdate):
    """The update of some spans of some lines, cropped to those spans."""

    def render_segments(self, console: Console) -> str:
        writer = _Writer(console._color_system or ColorSystem.TRUECOLOR)
        for y, start, end in self.spans:
            at = -1
            for chop_end, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=False):
                left, right = max(x, start), min(chop_end, end)
                if strip is None or left >= right:
                    continue
                if at != left:
                    writer.output.append(f"\x1b[{y + 1};{left + 1}H")
                writer.write(strip, left - x, right - x)
                at = right
        return writer.finish()


class _Writer:
    """Writes parts of strips, and a style only where it differs from the one before."""

    def __init__(self, colors: ColorSystem) -> None:
        self.output: list[str] = []
        self._colors = colors
        self._ansi = ""

    def write(self, strip: Strip, left: int, right: int) -> None:
        """Write the cells of `strip` from `left` up to `right`; a character that is cut becomes blanks."""
        at = 0
        for segment in strip:
            text, style, control = segment
            if control or not text:
                continue
            begin, at = at, at + (len(text) if text.isascii() else cell_len(text))
            if at <= left:
                continue
            if begin >= right:
                break
            if begin < left or at > right:
                text = _cut(text, max(left - begin, 0), min(right, at) - begin)
            if style is not None and style._link:
                self._set("")
                self.output.append(Strip.render_style(style, text, self._colors))
                continue
            ansi = "" if style is None else style._ansi
            if ansi is None and style is not None:
                ansi = Strip.render_ansi(style, self._colors)
            self._set(ansi or "")
            self.output.append(text)

    def finish(self) -> str:
        self._set("")
        return "".join(self.output)

    def _set(self, ansi: str) -> None:
        if ansi != self._ansi:
            self.output.append(f"\x1b[0;{ansi}m" if ansi and self._ansi else f"\x1b[{ansi or 0}m")
            self._ansi = ansi


def _cut(text: str, start: int, end: int) -> str:
    if text.isascii():
        return text[start:end]
    return Segment(text).split_cells(start)[1].split_cells(end - start)[0].text
