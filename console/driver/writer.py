"""Turns segments into what a terminal reads: a style once for all neighbours that share it."""

from __future__ import annotations

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from textual.strip import Strip


def color_system(console: Console) -> ColorSystem:
    """What colours the terminal gets."""
    return console._color_system or ColorSystem.TRUECOLOR


class Writer:
    """Writes segments and parts of strips, and a style only where it differs from the one before."""

    def __init__(self, colors: ColorSystem) -> None:
        self.output: list[str] = []
        self._colors = colors
        self._ansi = ""

    def move(self, x: int, y: int) -> None:
        """Go on at this cell of the screen."""
        self.output.append(f"\x1b[{y + 1};{x + 1}H")

    def strip(self, strip: Strip, left: int, right: int) -> None:
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
                segment = Segment(_cut(text, max(left - begin, 0), min(right, at) - begin), style)
            self.segment(segment)

    def segment(self, segment: Segment) -> None:
        """Write a segment's text in its style."""
        text, style, control = segment
        if control or not text:
            return
        if style is not None and style._link:
            self._set("")
            self.output.append(Strip.render_style(style, text, self._colors))
            return
        ansi = "" if style is None else style._ansi
        if ansi is None and style is not None:
            ansi = Strip.render_ansi(style, self._colors)
        self._set(ansi or "")
        self.output.append(text)

    def finish(self) -> str:
        """All that was written, with no style left on."""
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
