"""A chart over time, drawn by plotext. Import it where a chart is opened: it costs a start-up that shows none nothing.

Colours and signs come from the theme and the terminal, as everywhere: names of the styles of `widgets.lines`, Braille
dots where there is Unicode, letters where there is none. Redraw it once a second at most: a redraw takes milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final, Literal

import msgspec
from rich.text import Text
from textual.color import Color
from textual_plotext import PlotextPlot

from engine.model.charts import Point
from widgets.lines import ASCII_CLASS, LINE_STYLES, in_ascii
from widgets.notation import Notation

_SECOND_NS: Final = 1_000_000_000
_ROOM: Final = 0.04
"""Share of the height that is left free above and below."""


class Curve(msgspec.Struct, frozen=True):
    """One line, level or cloud of points. `sign`: what it is drawn with where there is no Braille."""

    points: Sequence[Point]
    style: str
    sign: str
    kind: Literal["line", "dots"] = "line"


class Level(msgspec.Struct, frozen=True):
    """A line across at one value."""

    value: Decimal
    style: str


class Chart(PlotextPlot):
    """Curves over market time, written in the exchange's time."""

    DEFAULT_CSS = """
    Chart { width: 1fr; height: 9; background: transparent; }
    """

    def __init__(
        self, notation: Notation, written: Callable[[Decimal], str], *, exact: bool = False, id: str | None = None
    ) -> None:
        """`written` turns a value into the text at its axis. `exact`: the axis ends where the values do."""
        super().__init__(id=id)
        self._exact = exact
        self._notation = notation
        self._written = written
        self._content: tuple[Sequence[Curve], Sequence[Level], tuple[int, int] | None] = ((), (), None)

    def show(self, curves: Sequence[Curve], levels: Sequence[Level] = (), span: tuple[int, int] | None = None) -> None:
        """Draw these, from `span[0]` to `span[1]` (market ns) where that is given."""
        content = (curves, levels, span)
        if content != self._content:
            self._content = content
            self.refresh()

    def render(self) -> Text:
        """Textual's render; every colour is the theme's, the background the widget's own."""
        width, height = self.size
        curves, levels, span = self._content
        times = [ts for curve in curves for ts, _ in curve.points] if span is None else list(span)
        values = [value for curve in curves for _, value in curve.points] + [level.value for level in levels]
        if not times or not values or width < 12 or height < 4:
            return Text(" nothing to draw yet" if width >= 21 else "")
        first, last = min(times), max(max(times), min(times) + _SECOND_NS)
        low, high = _room(min(values), max(values))
        if self._exact and max(values) > min(values):
            low, high = min(values), max(values)
        return self._drawn((curves, levels), (first, last), (low, high))

    def _drawn(
        self,
        content: tuple[Sequence[Curve], Sequence[Level]],
        span: tuple[int, int],
        between: tuple[Decimal, Decimal],
    ) -> Text:
        ascii_only = self.app.has_class(ASCII_CLASS)
        (width, height), (first, last), (low, high) = self.size, span, between
        plot = self.plt
        plot.clear_figure()
        plot.plotsize(width, height)
        plot._set_size(width, height)  # without it a chart keeps its first size (textual-plotext's issue 5)
        plot.canvas_color("default")
        plot.axes_color("default")
        plot.ticks_color(self._color("dim"))
        plot.xaxes(True, False)
        plot.yaxes(True, False)
        plot.xlim(0, (last - first) / _SECOND_NS)
        plot.ylim(float(low), float(high))
        for level in content[1]:
            plot.hline(float(level.value), self._color(level.style))
        for curve in content[0]:
            xs = [(ts - first) / _SECOND_NS for ts, _ in curve.points]
            ys = [float(value) for _, value in curve.points]
            dots = curve.kind == "dots"
            marker = curve.sign if dots or ascii_only else "braille"
            (plot.scatter if dots else plot.plot)(xs, ys, marker=marker, color=self._color(curve.style))
        self._write_axes((width, height), (first, last), (low, high))
        text = plot.build()
        return Text.from_ansi(in_ascii(text) if ascii_only else text)

    def _write_axes(self, size: tuple[int, int], span: tuple[int, int], between: tuple[Decimal, Decimal]) -> None:
        (width, height), (first, last), (low, high) = size, span, between
        seconds = (last - first) / _SECOND_NS
        count = max(2, min(7, width // 14))
        at = [seconds * n / (count - 1) for n in range(count)]
        hms = self._notation.times.hms
        cut = 8 if seconds < 600 else 5
        self.plt.xticks(at, [hms(first + int(x * _SECOND_NS))[:cut] for x in at])
        rows = max(2, min(6, height // 3))
        levels = [low + (high - low) * n / (rows - 1) for n in range(rows)]
        self.plt.yticks([float(level) for level in levels], [self._written(level) for level in levels])

    def _color(self, style: str) -> tuple[int, int, int]:
        name = LINE_STYLES[style][0] or "foreground"
        return Color.parse(self.app.theme_variables[name]).rgb


def _room(low: Decimal, high: Decimal) -> tuple[Decimal, Decimal]:
    """The two ends with some room; of a single value something around it."""
    apart = high - low
    if not apart:
        apart = abs(high) * Decimal("0.001") or Decimal(1)
    room = apart * Decimal(str(_ROOM))
    return low - room, high + room
