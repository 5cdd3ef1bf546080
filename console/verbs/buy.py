"""buy."""

from __future__ import annotations

from console.grammar.order_line import read_order_line
from console.grammar.parsed import Parsed
from console.grammar.registry import verb
from console.grammar.words import Words
from engine.model.enums import Side


@verb(
    "buy",
    usage="buy QTY SYMBOL HOW [day|gtc|ioc|fok|gtd T|opg|cls] [tp P] [sl P] [ext] [reduce] [#tag] [@ACCT]",
    shell='tradedesk order "buy ..."',
    summary="buy, or buy back; HOW: mkt, lmt P, mid, @bid+0.01, stop P, stoplmt S L, trail D; more legs, one package: "
    "/ sell QTY SYMBOL ... lmt NET (what a package costs; -1.20 or 1.20 cr: what it brings)",
    examples=(
        "buy 100 aapl lmt 190.50 day",
        "buy $10k nvda mid",
        "buy 100 aapl stop 195 lmt 195.5 gtc",
        "buy 1 aapl270115c200 lmt 12.40",
        "buy 2 aapl270115c200 / sell 2 aapl270115c210 lmt 3.10",
    ),
    rank=1,
)
def buy(words: Words) -> Parsed:
    return read_order_line(words, Side.BUY)
