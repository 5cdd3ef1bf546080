"""vwap: slices in proportion to the volume that the market is expected to have."""

from __future__ import annotations

from console.grammar.algo_line import read_algo_line
from console.grammar.parsed import Parsed
from console.grammar.registry import verb
from console.grammar.words import Words
from engine.inputs import LaunchAlgo


@verb(
    "vwap",
    usage="vwap buy|sell|short QTY SYMBOL HH:MM-HH:MM|30m [profile 3,1,2|NAME] [OPTIONS of twap]",
    shell='tradedesk algo launch "vwap ..."',
    summary="work an order at the market's own pace, as a volume profile expects it",
    examples=(
        "vwap sell 5000 ibm 10:00-11:30 profile 3,1,2",
        "vwap buy 5k ibm 1h slices 12 passive",
        "vwap buy 5k ibm 1h profile mine",
    ),
    gives=(LaunchAlgo,),
    rank=10,
)
def vwap(words: Words) -> Parsed:
    return read_algo_line(words, "vwap")
