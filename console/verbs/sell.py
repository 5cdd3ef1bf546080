"""sell."""

from __future__ import annotations

from console.grammar.order_line import read_order_line
from console.grammar.parsed import Parsed
from console.grammar.registry import verb
from console.grammar.words import Words
from engine.inputs import PlaceOrder
from engine.model.enums import Side


@verb(
    "sell",
    usage="sell QTY|all|half SYMBOL HOW ...",
    shell='tradedesk order "sell ..."',
    summary="sell what is held, never more; all and half go without HOW too (a market order)",
    examples=(
        "sell all aapl mkt",
        "sell half aapl",
        "sell 100 aapl stop 189 lmt 188.5",
        "sell 1 aapl270115p180 / buy 1 aapl270115p170 lmt 1.20 cr",
    ),
    gives=(PlaceOrder,),
    rank=2,
)
def sell(words: Words) -> Parsed:
    return read_order_line(words, Side.SELL)
