"""The box that help is read in: pages of lines, the help key turns them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from textwrap import wrap

from textual.containers import VerticalScroll
from textual.events import Key

from console.screens.boxes import BoxScreen
from widgets.format import plain
from widgets.lines import Line

Page = tuple[str, Sequence[Line]]
"""Title and lines."""

_TITLES = {
    "everywhere": "Everywhere, over every box",
    "desk": "NORMAL mode",
    "row": "NORMAL mode, on the selected row",
    "command": "COMMAND mode",
    "filter": "Filter",
    "ticket": "The order ticket",
    "box": "In a box",
    "basket": "The box of a basket",
    "chain": "The option chain",
    "columns": "The choice of columns",
    "past": "Time travel",
}


class HelpBox(BoxScreen[None]):
    """Scrolls at any size. Esc closes; the help key goes on to the next page, or closes where there is one only."""

    def __init__(self, pages: Sequence[Page], turn: Sequence[str], name: str, clock: Callable[[], int]) -> None:
        """`turn`: the keys that turn the page; `name`: what the first of them is called."""
        self._pages = pages
        self._turn = frozenset(turn)
        self._at = 0
        self._pane_name = name
        super().__init__(pages[0][0], self._foot(), pages[0][1], clock)

    def _foot(self) -> str:
        following = self._pages[(self._at + 1) % len(self._pages)][0]
        return "Esc closes" if len(self._pages) == 1 else f"{self._pane_name}: {following} - Esc closes"

    def pressed(self, event: Key) -> None:
        if self.scroll(event):
            return
        if event.key in self._turn and len(self._pages) > 1:
            self._at = (self._at + 1) % len(self._pages)
            title, lines = self._pages[self._at]
            self._box.border_title = title
            self._box.border_subtitle = self._foot()
            self._text.show(lines)
            self.query_one(VerticalScroll).scroll_home(animate=False)
        elif event.key in ("escape", "q", "enter") or event.key in self._turn:
            self.answer(None)


def paragraph(text: str) -> list[Line]:
    return [[(f" {line}", "normal")] for line in wrap(plain(text), 70)]


def heading(text: str) -> list[Line]:
    return [[], [(f" {text}", "label")]]


def named(name: str, text: str, width: int = 14) -> list[Line]:
    """A name in the colour of keys, and what it is, indented."""
    first, *rest = wrap(plain(text), 68 - width) or [""]
    lines: list[Line] = [[(f"  {plain(name):<{width}}", "key"), (first, "normal")]]
    if len(name) > width:
        lines = [[(f"  {plain(name)}", "key")], [(" " * (width + 2), "normal"), (first, "normal")]]
    return [*lines, *([(f"{'':<{width + 2}}{line}", "normal")] for line in rest)]


def key_lines(keys: Sequence[tuple[str, str, str, str]]) -> list[Line]:
    """Keys by mode: rows of `console.actions.table`."""
    lines: list[Line] = []
    mode = ""
    for scope, names, _, text in keys:
        if scope != mode:
            mode = scope
            lines += heading(_TITLES.get(scope, scope))
        lines += named(names, text)
    return lines


def verb_lines(verbs: Sequence[tuple[str, str]]) -> list[Line]:
    """How each is typed, and what it does."""
    lines: list[Line] = heading("Commands")
    for usage, text in verbs:
        lines += [[(f"  {line}", "key")] for line in wrap(plain(usage), 68)]
        lines += [[(f"      {line}", "normal")] for line in wrap(plain(text), 64)]
    return lines
