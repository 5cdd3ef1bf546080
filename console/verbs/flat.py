"""flat: close positions by the liquidation rules."""

from __future__ import annotations

from console.grammar.parsed import Expect, Parsed
from console.grammar.registry import verb
from console.grammar.values import read_any_symbol
from console.grammar.words import Words
from engine.inputs import Flatten

_ALL = Expect("all", "every position; asks for a word")


@verb(
    "flat",
    usage="flat SYMBOL|all",
    shell="tradedesk flat SYMBOL|all",
    summary="close a position, or all, by the liquidation rules; allowed while halted",
    dangerous=True,
    examples=("flat aapl", "flat all"),
    rank=6,
)
def flat(words: Words) -> Parsed:
    words.no_tag()
    account = words.account()
    user = words.context.user
    if words.keyword([_ALL]) is not None:
        words.finish()
        why = "closes every position"
        return Parsed("flat", Flatten(user=user), 3, "flat all", confirm="FLATTEN", why=why)
    symbol = read_any_symbol(words, _ALL)
    words.finish()
    held = words.context.position(account, symbol)
    notes = () if held else (f"no position in {symbol} is seen",)
    return Parsed("flat", Flatten(symbol, user=user), 1, f"flat {symbol}", notes)
