"""chain: the options on an underlying."""

from __future__ import annotations

from console.grammar.parsed import Local, Parsed
from console.grammar.registry import verb
from console.grammar.values import read_symbol
from console.grammar.words import Words
from engine.model.enums import AssetClass

_WRITTEN = frozenset({AssetClass.EQUITY, AssetClass.ETF})


@verb(
    "chain",
    usage="chain SYMBOL [@ACCT]",
    summary="show the options on SYMBOL, calls left and puts right of the strikes: choose one for the ticket, or mark "
    "up to four legs for a package",
    examples=("chain aapl",),
    rank=12,
)
def chain(words: Words) -> Parsed:
    word = words.peek()
    instrument = read_symbol(words)
    option = instrument.option
    symbol = option.underlying if option else instrument.symbol
    if not option and instrument.asset_class not in _WRITTEN and word is not None:
        raise words.refused(word, f"options on {symbol} are not known here: only on shares and funds")
    words.finish()
    words.no_tag()
    account = words.account()
    echo = f"chain {symbol} @{account}"
    return Parsed("chain", Local("chain", (symbol, account)), 0, echo)
