"""Small charts as SVG text, to stand in a page: no script, no network, every text escaped.

Colours come from the page's style sheet by class (s0, s1, ... are series), so that dark and light pages share them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Final, NamedTuple

WIDTH: Final = 680
HEIGHT: Final = 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 16, 14, 40


class Series(NamedTuple):
    """Values by place; None leaves a gap."""

    name: str
    values: Sequence[float | None]
    errors: Sequence[float | None] = ()
    """Half lengths of whiskers."""


class Point(NamedTuple):
    """A dot: where, how large (an area), what it says when the pointer rests on it."""

    x: float
    y: float
    size: float
    words: str


class Level(NamedTuple):
    """A horizontal line through the whole chart."""

    name: str
    y: float


def bars(title: str, labels: Sequence[str], series: Sequence[Series], unit: str) -> str:
    """Bars in groups, one group a label; from 0 upwards and downwards."""
    frame = _Frame(title, unit, *_bounds([0.0, *_reach(series)]))
    room = frame.width / max(len(labels), 1)
    thick = min(room * 0.8 / max(len(series), 1), 48.0)
    for at, label in enumerate(labels):
        middle = frame.left + room * (at + 0.5)
        frame.label(middle, label, room)
        for no, one in enumerate(series):
            value = one.values[at]
            if value is None:
                continue
            x = middle + (no - len(series) / 2) * thick
            top, foot = sorted((frame.y(value), frame.y(0.0)))
            words = f"{label}, {one.name}: {value:.2f} {unit}"
            frame.add(_rect(x + 1, top, thick - 2, max(foot - top, 0.5), f"s{no}", words))
            error = one.errors[at] if one.errors else None
            if error:
                frame.whisker(x + thick / 2, value, error)
    return frame.svg([one.name for one in series])


def lines(title: str, labels: Sequence[str], series: Sequence[Series], unit: str) -> str:
    """Lines over equally spaced labels, with whiskers where there are errors."""
    frame = _Frame(title, unit, *_bounds([0.0, *_reach(series)]))
    room = frame.width / max(len(labels), 1)
    for at, label in enumerate(labels):
        frame.label(frame.left + room * (at + 0.5), label, room)
    for no, one in enumerate(series):
        shift = (no - (len(series) - 1) / 2) * 6
        found = [
            (frame.left + room * (at + 0.5) + shift, value, at)
            for at, value in enumerate(one.values)
            if value is not None
        ]
        path = " ".join(f"{x:.1f},{frame.y(value):.1f}" for x, value, _ in found)
        frame.add(f'<polyline class="line s{no}" points="{path}"/>')
        for x, value, at in found:
            error = one.errors[at] if one.errors else None
            if error:
                frame.whisker(x, value, error)
            frame.add(_dot(x, frame.y(value), 3.5, f"s{no}", f"{one.name}, {labels[at]}: {value:.2f} {unit}"))
    return frame.svg([one.name for one in series])


def histogram(title: str, values: Sequence[float], unit: str, marks: Sequence[tuple[str, float]] = ()) -> str:
    """How many values lie where; `marks` are named places on the axis."""
    low, high = min(values), max(values)
    many = max(1, min(24, math.ceil(math.sqrt(len(values)) * 1.5)))
    step = (high - low) / many or 1.0
    counts = [0] * many
    for value in values:
        counts[min(int((value - low) / step), many - 1)] += 1
    frame = _Frame(title, "orders", 0.0, float(max(counts)) * 1.1)
    room = frame.width / many
    for at, count in enumerate(counts):
        words = f"{low + at * step:.1f} to {low + (at + 1) * step:.1f} {unit}: {count}"
        top = frame.y(float(count))
        frame.add(_rect(frame.left + room * at + 1, top, room - 2, frame.y(0.0) - top, "s0", words))
    for at in sorted({0, many // 2, many}):
        anchor = "start" if at == 0 else "end" if at == many else "middle"
        frame.label(frame.left + room * at, f"{low + at * step:.1f} {unit}", frame.width / 3, anchor)
    for no, (name, place) in enumerate(marks):
        x = frame.left + frame.width * ((place - low) / (step * many))
        frame.add(f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{frame.y(0.0):.1f}"/>')
        frame.add(f'<text class="tick" x="{x + 4:.1f}" y="{_TOP + 12 + 13 * no}">{escape(name)}</text>')
    return frame.svg([])


def dots(title: str, points: Sequence[Point], levels: Sequence[Level], ends: tuple[str, str], unit: str) -> str:
    """Dots over time, with named levels; `ends` say where the axis begins and ends."""
    ys = [*(point.y for point in points), *(level.y for level in levels)]
    low, high = min(ys), max(ys)
    pad = (high - low) * 0.12 or abs(high) * 0.0005 or 1.0
    frame = _Frame(title, unit, low - pad, high + pad)
    first, last = min(point.x for point in points), max(point.x for point in points)
    biggest = max(point.size for point in points) or 1.0
    for no, level in enumerate(levels):
        y = frame.y(level.y)
        frame.add(f'<line class="line s{no + 1}" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
    for point in points:
        share = (point.x - first) / (last - first) if last > first else 0.5
        x = frame.left + 8 + (frame.width - 16) * share
        frame.add(_dot(x, frame.y(point.y), 2.5 + 5 * math.sqrt(point.size / biggest), "s0", point.words))
    frame.label(frame.left, ends[0], frame.width / 2, "start")
    frame.label(frame.left + frame.width, ends[1], frame.width / 2, "end")
    return frame.svg(["fills", *(level.name for level in levels)])


# --- the frame ------------------------------------------------------------------------------------------------------


class _Frame:
    """Axis, grid and title around what is added."""

    def __init__(self, title: str, unit: str, low: float, high: float) -> None:
        self._title = title
        self._low, self._high = low, high
        self._parts: list[str] = []
        self.left, self.width = float(_LEFT), float(WIDTH - _LEFT - _RIGHT)
        ticks = _ticks(low, high)
        places = max(len(f"{tick:.6f}".rstrip("0").partition(".")[2]) for tick in ticks)
        for tick in ticks:
            y = self.y(tick)
            zero = " zero" if tick == 0 else ""
            self.add(f'<line class="grid{zero}" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
            shown = f"{tick:,.{places}f}" if tick else "0"
            self.add(f'<text class="tick" x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{shown}</text>')
        self.add(f'<text class="tick" x="4" y="{_TOP - 2}">{escape(unit)}</text>')

    def y(self, value: float) -> float:
        share = (value - self._low) / (self._high - self._low)
        return _TOP + (HEIGHT - _TOP - _BOTTOM) * (1 - share)

    def add(self, part: str) -> None:
        self._parts.append(part)

    def label(self, x: float, words: str, room: float, anchor: str = "middle") -> None:
        """Under the axis, cut to the room there is."""
        most = max(int(room / 6.6), 2)
        shown = words if len(words) <= most else f"{words[: most - 1]}…"
        self.add(
            f'<text class="tick" x="{x:.1f}" y="{HEIGHT - _BOTTOM + 16}" text-anchor="{anchor}">'
            f"{escape(shown)}<title>{escape(words)}</title></text>"
        )

    def whisker(self, x: float, value: float, error: float) -> None:
        top, foot = self.y(value + error), self.y(value - error)
        self.add(f'<line class="whisker" x1="{x:.1f}" x2="{x:.1f}" y1="{top:.1f}" y2="{foot:.1f}"/>')

    def svg(self, names: Sequence[str]) -> str:
        legend = []
        x = float(_LEFT)
        for no, name in enumerate(names):
            legend.append(f'<rect class="s{no}" x="{x:.0f}" y="{HEIGHT - 12}" width="10" height="10"/>')
            legend.append(f'<text class="tick" x="{x + 14:.0f}" y="{HEIGHT - 3}">{escape(name)}</text>')
            x += 28 + 6.6 * len(name)
        body = "".join([*self._parts, *legend])
        return (
            f'<svg role="img" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">'
            f"<title>{escape(self._title)}</title>{body}</svg>"
        )


def _rect(x: float, y: float, width: float, height: float, series: str, words: str) -> str:
    return (
        f'<rect class="{series}" x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.5):.1f}" height="{height:.1f}">'
        f"<title>{escape(words)}</title></rect>"
    )


def _dot(x: float, y: float, radius: float, series: str, words: str) -> str:
    return (
        f'<circle class="{series}" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"><title>{escape(words)}</title></circle>'
    )


def _reach(series: Sequence[Series]) -> list[float]:
    """How far values and their whiskers go."""
    return [
        value + sign * ((one.errors[at] or 0.0) if one.errors else 0.0)
        for one in series
        for at, value in enumerate(one.values)
        if value is not None
        for sign in (-1, 1)
    ]


def _bounds(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    pad = (high - low) * 0.08 or 1.0
    return (low - pad if low < 0 else low), (high + pad if high > 0 or low == high else high)


def _ticks(low: float, high: float) -> list[float]:
    """Four to nine round numbers between two."""
    raw = (high - low) / 5
    size = 10.0 ** math.floor(math.log10(raw))
    step = next(size * by for by in (1, 2, 5, 10) if size * by >= raw)
    first = math.ceil(low / step)
    return [round(at * step, 10) for at in range(first, math.floor(high / step) + 1)]
