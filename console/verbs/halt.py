"""halt: close the gate, leave orders working."""

from __future__ import annotations

from console.grammar.parsed import Parsed
from console.grammar.registry import verb
from console.grammar.values import SYMBOL, read_any_symbol
from console.grammar.words import Words
from engine.inputs import Halt


@verb(
    "halt",
    usage="halt [SYMBOL]",
    shell="tradedesk halt [SYMBOL]",
    summary="close the gate, for the desk or one symbol; orders stay",
    dangerous=True,
    examples=("halt", "halt aapl"),
    rank=7,
)
def halt(words: Words) -> Parsed:
    words.no_tag()
    words.account()
    symbol = read_any_symbol(words) if words.could(SYMBOL) else None
    words.finish()
    command = Halt(symbol, user=words.context.user, reason="command line")
    return Parsed("halt", command, 1, "halt" if symbol is None else f"halt {symbol}")
