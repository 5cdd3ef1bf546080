"""layout: which panes the screen shows, and how its tables look."""

from __future__ import annotations

import re
from typing import Final

from console.grammar.parsed import Expect, Local, Parsed
from console.grammar.registry import verb
from console.grammar.words import Words
from console.screens.layout import PANES
from console.screens.layouts import SHIPPED

_NAMES: Final = tuple(Expect(name, text) for name, (text, _) in SHIPPED.items())
_OWN: Final = Expect("NAME", "a layout of your own", "value")
_VERBS: Final = (
    Expect("save", "keep the screen as it is now under a name"),
    Expect("drop", "forget one of your own"),
    Expect("show", "give a pane a place on the screen"),
    Expect("hide", "take a pane's place"),
    Expect("reset", "everything about tables and layout as it is by default"),
)
_PANES: Final = tuple(Expect(name, "that pane") for name in PANES)
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,23}")


@verb(
    "layout",
    usage="layout [NAME] | save NAME | drop NAME | show PANE | hide PANE | reset",
    summary="choose which panes the screen shows; your own layouts keep filters, orders and columns, too",
    examples=("layout", "layout trading", "layout save opening", "layout show watch"),
    rank=17,
)
def layout(words: Words) -> Parsed:
    if not words.could(*_NAMES, _OWN, *_VERBS):
        return Parsed("layout", Local("layout"), 0, "layout")
    how = words.keyword(_VERBS)
    if how == "reset":
        words.finish()
        return Parsed("layout", Local("layout", (how,)), 0, "layout reset")
    if how in ("show", "hide"):
        what = words.keyword(_PANES)
        if what is None:
            word = words.peek()
            raise words.missing() if word is None else words.wrong(word, f"{word.text!r} is no pane", near=word.lower)
    else:
        word = words.take(*(() if how else _NAMES), _OWN)
        what = word.lower
        if not _NAME.fullmatch(what):
            raise words.wrong(word, f"{word.text!r} is no name: up to 24 letters, digits and _ . -", back=True)
    words.finish()
    echo = f"layout {how} {what}" if how else f"layout {what}"
    return Parsed("layout", Local("layout", (how or "choose", what)), 0, echo)
