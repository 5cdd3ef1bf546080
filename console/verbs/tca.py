"""tca: what orders cost."""

from __future__ import annotations

from console.grammar.parsed import Local, Parsed
from console.grammar.registry import verb
from console.grammar.words import Words


@verb(
    "tca",
    usage="tca",
    shell="tradedesk tca [--by order|parent|algo|symbol|broker|day|tag] [--tag T] [--html FILE]",
    summary="show what orders cost: slippage against arrival, VWAP and TWAP, shortfall, mark-outs",
    examples=("tca",),
    rank=17,
)
def tca(words: Words) -> Parsed:
    words.finish()
    return Parsed("tca", Local("costs"), 0, "tca")
