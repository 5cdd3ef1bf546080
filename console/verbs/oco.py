"""oco."""

from __future__ import annotations

from console.grammar.group_line import read_group_line
from console.grammar.parsed import Parsed
from console.grammar.registry import verb
from console.grammar.words import Words
from engine.inputs import PlaceGroup


@verb(
    "oco",
    usage="oco buy|sell|short QTY SYMBOL HOW / buy|sell|short QTY SYMBOL HOW [#tag] [@ACCT]",
    shell='tradedesk order "oco ..."',
    summary="two or more orders of one symbol: one cancels the others; one works, the others wait here",
    examples=("oco sell 100 aapl lmt 195 gtc / sell 100 aapl stop 188 gtc",),
    gives=(PlaceGroup,),
    rank=4,
)
def oco(words: Words) -> Parsed:
    return read_group_line(words, "oco")
