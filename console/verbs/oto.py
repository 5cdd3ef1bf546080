"""oto."""

from __future__ import annotations

from console.grammar.group_line import read_group_line
from console.grammar.parsed import Parsed
from console.grammar.registry import verb
from console.grammar.words import Words
from engine.inputs import PlaceGroup


@verb(
    "oto",
    usage="oto buy|sell|short QTY SYMBOL HOW / buy|sell|short QTY SYMBOL HOW [full] [#tag] [@ACCT]",
    shell='tradedesk order "oto ..."',
    summary="the first order's fill starts the others, each part its share (full: only when all has filled)",
    examples=("oto buy 100 aapl lmt 190 / sell 100 aapl trail 2% gtc",),
    gives=(PlaceGroup,),
    rank=5,
)
def oto(words: Words) -> Parsed:
    return read_group_line(words, "oto")
