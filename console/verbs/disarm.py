"""disarm: no macro sends by itself any more."""

from __future__ import annotations

from console.grammar.parsed import Local, Parsed
from console.grammar.registry import verb
from console.grammar.words import Words


@verb("disarm", usage="disarm", summary="no macro sends by itself any more", examples=("disarm",), rank=16)
def disarm(words: Words) -> Parsed:
    words.finish()
    return Parsed("disarm", Local("disarm"), 0, "disarm")
