"""performance: the desk's statistics and its targets."""

from __future__ import annotations

from console.grammar.parsed import Local, Parsed
from console.grammar.registry import verb
from console.grammar.words import Words


@verb(
    "performance",
    usage="performance",
    shell="tradedesk performance [--from DATE] [--to DATE]",
    summary="show trades, win rate, drawdown, and the desk's work against the targets",
    examples=("performance",),
    rank=16,
)
def performance(words: Words) -> Parsed:
    words.finish()
    return Parsed("performance", Local("performance"), 0, "performance")
