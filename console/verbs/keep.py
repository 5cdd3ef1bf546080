"""k: keep the positions during a kill's grace period."""

from __future__ import annotations

from console.grammar.parsed import Parsed
from console.grammar.registry import verb
from console.grammar.words import Words
from engine.inputs import KeepPositions


@verb(
    "k",
    usage="k",
    aliases=("keep",),
    summary="during a kill's grace period: stay halted, don't flatten",
    examples=("k",),
    gives=(KeepPositions,),
    rank=14,
)
def keep(words: Words) -> Parsed:
    words.finish()
    return Parsed("k", KeepPositions(user=words.context.user), 0, "k")
