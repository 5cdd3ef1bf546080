"""watch: the quotes that the watch pane shows."""

from __future__ import annotations

from typing import Final

from console.grammar.parsed import Expect, Local, Parsed
from console.grammar.registry import verb
from console.grammar.values import SYMBOL, read_symbol
from console.grammar.words import Words

_ALL: Final = Expect("all", "everything that is quoted")


@verb(
    "watch",
    usage="watch [SYMBOL ...|all]",
    summary="show the quotes; with symbols: add them to the list that is shown, which is kept; all: every quote",
    examples=("watch", "watch aapl msft", "watch all"),
    rank=21,
)
def watch(words: Words) -> Parsed:
    words.no_tag()
    words.account()
    if words.keyword([_ALL]) is not None:
        words.finish()
        return Parsed("watch", Local("watch_all"), 0, "watch all")
    symbols = []
    while words.could(SYMBOL):
        symbols.append(read_symbol(words).symbol)
    return Parsed("watch", Local("watch", tuple(symbols)), 0, " ".join(("watch", *symbols)))
