"""tour: the guided tour."""

from __future__ import annotations

from console.grammar.parsed import Local, Parsed
from console.grammar.registry import verb
from console.grammar.words import Words


@verb(
    "tour",
    usage="tour",
    summary="a guided tour of six steps on the paper desk; you do each of them, Esc ends it",
    examples=("tour",),
    rank=17,
)
def tour(words: Words) -> Parsed:
    words.finish()
    return Parsed("tour", Local("tour"), 0, "tour")
