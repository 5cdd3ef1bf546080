"""Screen updates with no byte too many.

Textual 8.2 redraws a changed region from the left edge of its widget, and states every style in full: a
cell at the right of a table costs the whole row. `CompactFrames` sends the region alone, and a style once
for all neighbours that share it. Private names of Textual, like nonblocking.py, and tested with it.
"""

from __future__ import annotations

from typing import Any

from rich.color import ColorSystem
from rich.console import Console, RenderableType
from textual._compositor import ChopsUpdate
from textual.app import App
from textual.screen import Screen
from textual.strip import Strip


class CompactFrames(App[Any]):
    """Mix into the App, in front of `App` itself."""

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        if isinstance(renderable, ChopsUpdate):
            renderable = CompactUpdate(renderable.chops, renderable.spans, renderable.chop_ends)
        super()._display(screen, renderable)


class CompactUpdate(ChopsUpdate):
    """The update of some spans of some lines, cropped to those spans."""

    def render_segments(self, console: Console) -> str:
        colors = console._color_system or ColorSystem.TRUECOLOR
        output: list[str] = []
        for y, start, end in self.spans:
            at = -1
            for chop_end, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=False):
                left, right = max(x, start), min(chop_end, end)
                if strip is None or left >= right:
                    continue
                if at != left:
                    output.append(f"\x1b[{y + 1};{left + 1}H")
                output.append(_render(strip.crop(left - x, right - x), console, colors))
                at = right
        return "".join(output)


def _render(strip: Strip, console: Console, colors: ColorSystem) -> str:
    """Like Strip.render, with each style stated once for a run of segments that share it."""
    if len(strip._segments) == 1:
        return strip.render(console)  # cached by Textual
    output: list[str] = []
    current = ""
    for text, style, control in strip._segments:
        if control or not text:
            continue
        if style is not None and style._link:
            return strip.render(console)
        ansi = "" if style is None else style._ansi
        if ansi is None and style is not None:
            ansi = Strip.render_ansi(style, colors)
        if ansi != current:
            output.append(f"\x1b[0;{ansi}m" if current and ansi else f"\x1b[{ansi}m")
            current = ansi or ""
        output.append(text)
    if current:
        output.append("\x1b[0m")
    return "".join(output)
