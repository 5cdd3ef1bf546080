"""scale: a ladder of limit orders in one command."""

from __future__ import annotations

from console.grammar.algo_line import read_algo_line
from console.grammar.parsed import Parsed
from console.grammar.registry import verb
from console.grammar.words import Words
from engine.inputs import LaunchAlgo


@verb(
    "scale",
    usage="scale buy|sell|short QTY SYMBOL from P to P steps N [profile 3,1,2] [HH:MM-HH:MM|30m] [would P]",
    shell='tradedesk algo launch "scale ..."',
    summary="a ladder of limit orders from one price to another",
    examples=(
        "scale buy 1000 aapl from 189 to 185 steps 5",
        "scale sell 600 ibm from 190 to 192 steps 3 profile 3,2,1",
    ),
    gives=(LaunchAlgo,),
    rank=10,
)
def scale(words: Words) -> Parsed:
    return read_algo_line(words, "scale")
