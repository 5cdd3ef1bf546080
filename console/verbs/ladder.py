"""ladder: the prices of one instrument with own orders in them."""

from __future__ import annotations

from console.grammar.parsed import Local, Parsed
from console.grammar.registry import verb
from console.grammar.values import SYMBOL, read_any_symbol
from console.grammar.words import Words


@verb(
    "ladder",
    usage="ladder [SYMBOL]",
    summary="show the ladder of an instrument: best bid and ask, own working orders at their prices",
    examples=("ladder aapl",),
    rank=21,
)
def ladder(words: Words) -> Parsed:
    words.no_tag()
    words.account()
    symbol = read_any_symbol(words) if words.could(SYMBOL) else ""
    words.finish()
    echo = f"ladder {symbol}".strip()
    return Parsed("ladder", Local("ladder", (symbol,) if symbol else ()), 0, echo)
