"""sor: one order over the quotes of several brokers."""

from __future__ import annotations

from console.grammar.algo_line import read_algo_line
from console.grammar.parsed import Parsed
from console.grammar.registry import verb
from console.grammar.words import Words
from engine.inputs import LaunchAlgo


@verb(
    "sor",
    usage="sor buy|sell|short QTY SYMBOL [limit P] [via A2,A3] [HH:MM-HH:MM|30m]",
    shell='tradedesk algo launch "sor ..."',
    summary="take the best prices of several brokers, net of their fees; the rest waits where the fee is best",
    examples=("sor buy 500 aapl limit 190.5", "sor sell 300 ibm at 187 via PAPER2"),
    gives=(LaunchAlgo,),
    rank=10,
)
def sor(words: Words) -> Parsed:
    return read_algo_line(words, "sor")
