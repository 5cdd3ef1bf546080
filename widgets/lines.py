"""A few lines of styled text that repaint only the cells that changed: status line, banners, echo, footer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual.events import Resize
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from widgets.patch import filtered, repaint

Part = tuple[str, str]
"""Text and the name of its style, one of `LINE_STYLES`."""
Line = Sequence[Part]

LINE_STYLES: Final[Mapping[str, tuple[str, str, str]]] = {
    "normal": ("", "", ""),
    "dim": ("quiet", "", ""),
    "label": ("quiet", "", ""),
    "strong": ("", "", "bold"),
    "key": ("key", "", "bold"),
    "caret": ("", "", "reverse"),
    "buy": ("buy", "", "$buy-style"),
    "sell": ("sell", "", "$sell-style"),
    "up": ("up", "", "$up-style"),
    "down": ("down", "", "$down-style"),
    "warn": ("warn", "", "$warn-style"),
    "alarm": ("alarm", "alarm-back", "$alarm-style"),
    "alarm-live": ("live-back", "badge", "$badge-style"),
    "paper": ("badge", "paper-back", "$badge-style"),
    "live": ("badge", "live-back", "$badge-style"),
    "active": ("badge", "active-back", "$badge-style"),
    "reducing": ("badge", "reducing-back", "$badge-style"),
    "halted": ("badge", "halted-back", "$badge-style"),
    "green": ("badge", "active-back", "$badge-style"),
    "amber": ("badge", "reducing-back", "$badge-style"),
    "red": ("badge", "halted-back", "$badge-style"),
}
"""Styles of parts: the theme's variables for colour and background ("" = the widget's own), and the weight.

Read from the theme and not from component classes: those cost a style sheet pass each, for every widget, at start-up.
"""

ASCII_CLASS = "-ascii"
"""The class that an app has where the terminal shows no Unicode: lines then write ASCII stand-ins."""

_STAND_INS = str.maketrans("…·→×±–—’‘“”│█░━─┃▲▼●○✓✗", "~->x+--''\"\"|#.#-|^v*o+x") | dict.fromkeys(
    map(ord, "┌┐└┘├┤┬┴┼"), "+"
)  # the last are the corners of a chart's axes
_JOIN = 6  # repainting this many unchanged cells is cheaper than another cursor move


class Lines(Widget):
    """Base of the one- to few-line widgets. A subclass builds its lines; `redraw` shows what differs."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._shown: list[list[Part]] = []
        self._strips: dict[int, Strip] = {}
        self._styles: dict[str, Style] = {}

    def build(self, width: int) -> Sequence[Line]:
        """The lines as they should be now, each at most `width` cells wide."""
        return ()

    def redraw(self) -> None:
        """Build the lines anew and repaint what changed since the last time."""
        size = self.size
        width = size.width
        if not width:
            return
        ascii_only = self.app.has_class(ASCII_CLASS)
        lines = [
            [(in_ascii(text) if ascii_only else text, style) for text, style in line if text]
            for line in self.build(width)
        ]
        regions: list[Region] = []
        for y in range(max(len(lines), len(self._shown))):
            old = self._shown[y] if y < len(self._shown) else []
            new = lines[y] if y < len(lines) else []
            if old != new:
                self._strips.pop(y, None)
                regions.extend(Region(x, y, end - x, 1) for x, end in changed_spans(old, new))
        self._shown = lines
        if regions and self._is_plain:
            repaint(self, regions, size, self._part)
        elif regions:
            self.refresh(*regions)

    def render_line(self, y: int) -> Strip:
        """Textual's line API."""
        strip = self._strips.get(y)
        if strip is None:
            line = self._shown[y] if y < len(self._shown) else []
            segments = [Segment(text, self._style(name)) for text, name in line]
            strip = Strip(segments).adjust_cell_length(self.size.width, self._style("normal"))
            self._strips[y] = strip
        return strip

    def _part(self, y: int, start: int, end: int) -> Iterable[Segment]:
        return self.render_line(y).crop(start, end)

    @property
    def _is_plain(self) -> bool:
        """Whether the lines as they are drawn are all that stands in their place."""
        styles = self.styles
        return self.opacity == styles.text_opacity == 1.0 and not styles.tint.a and not styles.outline

    def notify_style_update(self) -> None:
        """Theme or class changed: nothing cached is right any more."""
        super().notify_style_update()
        self._styles.clear()
        self._strips.clear()

    def on_resize(self, event: Resize) -> None:
        self._shown = []
        self._strips.clear()
        self.redraw()

    def _style(self, name: str) -> Style:
        style = self._styles.get(name)
        if style is None:
            style = self.rich_style + line_style(name, self.app.theme_variables)
            style = self._styles[name] = filtered(self, style, self.background_colors[1])
        return style


def line_style(name: str, variables: Mapping[str, str]) -> Style:
    """What a part's style adds to its widget's, in a theme that has these variables; nothing for those it lacks."""
    color, back, weight = LINE_STYLES[name]
    if weight.startswith("$"):
        weight = variables.get(weight[1:], "")
    added = Style.parse(weight) if weight else Style()
    return added + Style(color=variables.get(color), bgcolor=variables.get(back))


def in_ascii(text: str) -> str:
    """The text with a stand-in for every sign that is not ASCII; widths stay as they are."""
    if text.isascii():
        return text
    return text.translate(_STAND_INS).encode("ascii", "replace").decode()


def length(parts: Iterable[Part]) -> int:
    """Cells that these parts take. Parts hold characters of width one only; `widgets.format.plain` sees to it."""
    return sum(len(text) for text, _ in parts)


def justified(left: Sequence[Part], right: Sequence[Part], width: int, fill: str = "normal") -> list[Part]:
    """`left` and `right` at the two ends of a line; where they don't fit, the left one is cut."""
    left = clipped(left, max(0, width - length(right) - 1))
    return [*left, (" " * max(0, width - length(left) - length(right)), fill), *right]


def clipped(parts: Sequence[Part], width: int) -> list[Part]:
    """The parts, cut at `width` cells; the last character kept becomes an ellipsis where words were cut."""
    kept: list[Part] = []
    room = width
    for text, style in parts:
        if len(text) <= room:
            kept.append((text, style))
            room -= len(text)
            continue
        if room > 0:
            kept.append((text[: room - 1] + "…", style))
        break
    return kept


def changed_spans(old: Line, new: Line) -> list[tuple[int, int]]:
    """(first, behind last) cells in which two lines differ, near neighbours joined."""
    before, after = _cells(old), _cells(new)
    size = max(len(before), len(after))
    blank = (" ", "")
    before += [blank] * (size - len(before))
    after += [blank] * (size - len(after))
    spans: list[tuple[int, int]] = []
    for x in range(size):
        if before[x] == after[x]:
            continue
        if spans and x - spans[-1][1] <= _JOIN:
            spans[-1] = (spans[-1][0], x + 1)
        else:
            spans.append((x, x + 1))
    return spans


def _cells(line: Line) -> list[tuple[str, str]]:
    return [(character, style) for text, style in line for character in text]
