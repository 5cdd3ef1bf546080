"""twap: equal slices over time."""

from __future__ import annotations

from console.grammar.algo_line import read_algo_line
from console.grammar.parsed import Parsed
from console.grammar.registry import verb
from console.grammar.words import Words
from engine.inputs import LaunchAlgo


@verb(
    "twap",
    usage=(
        "twap buy|sell|short QTY SYMBOL HH:MM-HH:MM|30m [slices N] [lot L] [limit P] [cap 10%] [would P]"
        " [min N] [max N] [passive|mid|aggressive [stay] [deadline 30s]] [jitter 20%] [timing 20%] [open 10%]"
        " [close 10%] [end sweep|leave|cancel] [missed catchup|shift]"
    ),
    shell='tradedesk algo launch "twap ..."',
    summary="work an order in equal slices over a time of the exchange's clock, or from now on",
    examples=("twap sell 5000 ibm 10:00-11:30 slices 7", "twap buy 1000 ibm duration 30m cap 10%"),
    gives=(LaunchAlgo,),
    rank=10,
)
def twap(words: Words) -> Parsed:
    return read_algo_line(words, "twap")
