"""copy: to the terminal's clipboard."""

from __future__ import annotations

from typing import Final

from console.grammar.parsed import Expect, Local, Parsed
from console.grammar.registry import verb
from console.grammar.words import Words
from console.screens.layout import PANES

_WHAT: Final = (
    Expect("row", "the selected row"),
    Expect("table", "the rows and columns that are shown, with their titles"),
    Expect("COLUMN", "the selected row's cell in that column", "value"),
)
_PANES: Final = tuple(Expect(name, "that pane, not the one in focus") for name in PANES)


@verb(
    "copy",
    usage="copy [row|table|COLUMN] [PANE]",
    summary="copy from a table to the terminal's clipboard, as tab-separated values (OSC 52)",
    examples=("copy", "copy table", "copy price orders"),
    rank=17,
)
def copy(words: Words) -> Parsed:
    what = words.take(*_WHAT).lower if words.could(*_WHAT) else "row"
    pane = words.keyword(_PANES) or ""
    words.finish()
    return Parsed("copy", Local("copy", (what, pane)), 0, f"copy {what} {pane}".strip())
