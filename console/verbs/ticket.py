"""ticket: the form for an order."""

from __future__ import annotations

from console.grammar.parsed import Local, Parsed
from console.grammar.registry import verb
from console.grammar.values import SYMBOL, read_symbol
from console.grammar.words import Words


@verb(
    "ticket",
    usage="ticket [SYMBOL] [@ACCT]",
    summary="open the order ticket: every kind of order, size and exit as a form that writes the line",
    examples=("ticket", "ticket aapl"),
    rank=12,
)
def ticket(words: Words) -> Parsed:
    symbol = read_symbol(words).symbol if words.could(SYMBOL) else ""
    words.finish()
    words.no_tag()
    account = words.account()
    echo = " ".join(part for part in ("ticket", symbol, f"@{account}") if part)
    return Parsed("ticket", Local("ticket", (symbol, account)), 0, echo)
