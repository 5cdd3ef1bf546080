"""The command language of time travel: to look around, to take away what is shown, to go to another moment. Nothing in
it can be sent."""

from __future__ import annotations

from typing import Final

from console.grammar.grammar import Grammar
from console.grammar.parsed import Expect, Local, Parsed
from console.grammar.registry import verb
from console.grammar.words import Words
from console.verbs import load_verbs

_KEPT: Final = frozenset({"help", "blotter", "quit", "export", "copy", "layout"})
_MOMENT: Final = (
    Expect("HH:MM:SS", "a time of this day, exchange time; a date may stand before it", "value"),
    Expect("seq N", "fact number N", "value"),
    Expect("start", "the day's first fact"),
    Expect("end", "the day's last fact"),
)


@verb(
    "goto",
    usage="goto HH:MM[:SS] | seq N | start | end",
    shell="tradedesk replay DATE --at TIME",
    summary="show another moment of this day",
    examples=("goto 10:15", "goto seq 1200", "goto end"),
    rank=1,
    free_text=True,
)
def goto(words: Words) -> Parsed:
    words.could(*_MOMENT)
    text = words.rest(_MOMENT[0])
    return Parsed("goto", Local("goto", (text,)), 0, f"goto {text}")


def past_grammar() -> Grammar:
    """The grammar of time travel."""
    return Grammar((goto, *(found for found in load_verbs() if found.name in _KEPT)))
