"""buy."""

from __future__ import annotations

from console.grammar.order_line import read_order_line
from console.grammar.parsed import Parsed
from console.grammar.registry import verb
from console.grammar.words import Words
from engine.inputs import PlaceGroup, PlaceOrder
from engine.model.enums import Side


@verb(
    "buy",
    usage="buy QTY SYMBOL HOW [day|gtc|ioc|fok|gtd T|opg|cls] [tp P] [sl P] [ext] [reduce] [fit] [#tag] [@ACCT]",
    shell='tradedesk order "buy ..."',
    summary="buy, or buy back; HOW: mkt, lmt P, mid, @bid+0.01, stop P, stoplmt S L, trail D; more legs, one package: "
    "/ sell QTY SYMBOL ... lmt NET (what a package costs; -1.20 or 1.20 cr: what it brings); QTY also $10k, "
    "risk 200 or risk 0.5% (what may be lost down to the protective stop P), kelly WINS PAYOFF, vol 10%; "
    "fit: less where the money does not reach",
    examples=(
        "buy 100 aapl lmt 190.50 day",
        "buy $10k nvda mid",
        "buy risk 200 aapl stop 189.90",
        "buy risk 0.5% aapl lmt 190 stop 188 tp 195",
        "buy kelly 0.55 1.5 fraction 0.5 aapl",
        "buy 100 aapl stop 195 lmt 195.5 gtc",
        "buy 1 aapl270115c200 lmt 12.40",
        "buy 2 aapl270115c200 / sell 2 aapl270115c210 lmt 3.10",
    ),
    gives=(PlaceOrder, PlaceGroup),
    rank=1,
)
def buy(words: Words) -> Parsed:
    return read_order_line(words, Side.BUY)
