"""A screen as text: what stands there, then which style each cell has. Small in git, read in any diff, and
`python -m tools.pictures` makes an SVG of it for those who would rather see it.

    80x24
     PAPER SIM-1  ACTIVE ...
    == styles
    a bold #0f1318 on #56b4e9
    == cells
    a13 b67              the first row: 13 cells in style a, 67 in b
    c80 *22              the next 22 rows
"""

from __future__ import annotations

import io
import itertools
import string
from typing import Final

from rich.console import Console
from rich.segment import Segment, Segments
from rich.style import Style
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from textual.app import App

_STYLES: Final = "== styles"
_CELLS: Final = "== cells"
_LETTERS: Final = string.ascii_letters


class PictureFile(SingleFileSnapshotExtension):
    """One file for each picture."""

    _file_extension = "txt"
    _write_mode = WriteMode.TEXT


def picture_of(app: App[object]) -> str:
    """What the app shows now."""
    width, height = app.size
    names: dict[str, str] = {}
    words: list[str] = []
    cells: list[str] = []
    for strip in app.screen._compositor.render_strips(app.size)[:height]:
        line = [segment for segment in strip.crop(0, width) if segment.text]
        words.append("".join(segment.text for segment in line).rstrip())
        runs = [
            (style, sum(segment.cell_length for segment in run))
            for style, run in itertools.groupby(line, key=lambda segment: str(segment.style or Style()))
        ]
        cells.append(" ".join(f"{names.setdefault(style, _name(len(names)))}{length}" for style, length in runs))
    counted = [(row, len(list(same))) for row, same in itertools.groupby(cells)]
    rows = [row if count == 1 else f"{row} *{count}" for row, count in counted]
    styles = [f"{name} {style}" for style, name in names.items()]
    return "\n".join([f"{width}x{height}", *words, _STYLES, *styles, _CELLS, *rows, ""])


def svg_of(picture: str, title: str) -> str:
    """The picture as an SVG."""
    lines = picture.split("\n")
    width, height = (int(number) for number in lines[0].split("x"))
    at = lines.index(_STYLES, height)
    end = lines.index(_CELLS, at)
    styles = {name: Style.parse(style) for name, _, style in (line.partition(" ") for line in lines[at + 1 : end])}
    console = Console(record=True, width=width, file=io.StringIO(), color_system="truecolor", force_terminal=True)
    rows: list[str] = []
    for row in filter(None, lines[end + 1 :]):
        body, star, count = row.partition(" *")
        rows += [body] * (int(count) if star else 1)
    for words, row in zip(lines[1 : height + 1], rows, strict=True):
        text, x = words.ljust(width), 0
        segments = []
        for run in row.split():
            name = run.rstrip(string.digits)
            length = int(run[len(name) :])
            segments.append(Segment(text[x : x + length], styles[name]))
            x += length
        console.print(Segments([*segments, Segment.line()]), end="")
    # renderers other than browsers drop the blanks at the beginning of a text
    return console.export_svg(title=title).replace("<text ", '<text xml:space="preserve" ')


def _name(number: int) -> str:
    name = ""
    while True:
        name = _LETTERS[number % len(_LETTERS)] + name
        number = number // len(_LETTERS) - 1
        if number < 0:
            return name
