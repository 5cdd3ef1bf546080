"""short."""

from __future__ import annotations

from console.grammar.order_line import read_order_line
from console.grammar.parsed import Parsed
from console.grammar.registry import verb
from console.grammar.words import Words
from engine.inputs import PlaceOrder
from engine.model.enums import Side


@verb(
    "short",
    usage="short QTY SYMBOL HOW ...",
    shell='tradedesk order "short ..."',
    summary="sell short; asks for `y`",
    examples=("short 200 tsla @bid+0.01 gtc",),
    gives=(PlaceOrder,),
    rank=3,
)
def short(words: Words) -> Parsed:
    return read_order_line(words, Side.SELL_SHORT)
