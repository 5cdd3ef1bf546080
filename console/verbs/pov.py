"""pov: a share of what the market trades."""

from __future__ import annotations

from console.grammar.algo_line import read_algo_line
from console.grammar.parsed import Parsed
from console.grammar.registry import verb
from console.grammar.words import Words
from engine.inputs import LaunchAlgo


@verb(
    "pov",
    usage="pov buy|sell|short QTY SYMBOL HH:MM-HH:MM|30m rate 10% [cap 20%] [OPTIONS of twap]",
    shell='tradedesk algo launch "pov ..."',
    summary="take part in the market's volume with a share; behind rather than ahead of it",
    examples=("pov buy 5k aapl 30m rate 10%", "pov sell 5000 ibm 10:00-15:30 rate 5% cap 8% limit 180"),
    gives=(LaunchAlgo,),
    rank=10,
)
def pov(words: Words) -> Parsed:
    return read_algo_line(words, "pov")
