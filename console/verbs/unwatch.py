"""unwatch: take symbols out of the watch pane."""

from __future__ import annotations

from console.grammar.parsed import Local, Parsed
from console.grammar.registry import verb
from console.grammar.values import SYMBOL, read_any_symbol
from console.grammar.words import Words


@verb(
    "unwatch",
    usage="unwatch SYMBOL ...",
    summary="take symbols out of the quotes that are shown",
    examples=("unwatch aapl",),
    rank=22,
)
def unwatch(words: Words) -> Parsed:
    words.no_tag()
    words.account()
    symbols = [read_any_symbol(words)]
    while words.could(SYMBOL):
        symbols.append(read_any_symbol(words))
    return Parsed("unwatch", Local("unwatch", tuple(symbols)), 0, " ".join(("unwatch", *symbols)))
