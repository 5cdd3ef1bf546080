"""iceberg: a tip at a time."""

from __future__ import annotations

from console.grammar.algo_line import read_algo_line
from console.grammar.parsed import Parsed
from console.grammar.registry import verb
from console.grammar.words import Words
from engine.inputs import LaunchAlgo


@verb(
    "iceberg",
    usage="iceberg buy|sell|short QTY SYMBOL show QTY [at P] [jitter 20%] [delay 10s] [HH:MM-HH:MM|30m] [OPTIONS]",
    shell='tradedesk algo launch "iceberg ..."',
    summary="show a small part of an order; the next one goes out when it is filled",
    examples=("iceberg buy 5k aapl show 200 at 189.90", "iceberg sell 1000 ibm show 100 jitter 20% delay 10s"),
    gives=(LaunchAlgo,),
    rank=10,
)
def iceberg(words: Words) -> Parsed:
    return read_algo_line(words, "iceberg")
