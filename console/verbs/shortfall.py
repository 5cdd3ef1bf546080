"""is: implementation shortfall, the optimal schedule for a risk aversion."""

from __future__ import annotations

from console.grammar.algo_line import read_algo_line
from console.grammar.parsed import Parsed
from console.grammar.registry import verb
from console.grammar.words import Words
from engine.inputs import LaunchAlgo


@verb(
    "is",
    usage=(
        "is buy|sell|short QTY SYMBOL HH:MM-HH:MM|30m [slices N] [lambda L] [sigma S] [eta E] [gamma G] [epsilon E]"
        " [drift D] [price P] [OPTIONS of twap]"
    ),
    shell='tradedesk algo launch "is ..."',
    summary="work an order at the pace that weighs its impact against its risk (Almgren and Chriss)",
    examples=(
        "is sell 50000 ibm 10:00-11:30 slices 18 lambda 1e-6",
        "is buy 5k ibm 1h sigma 0.95 eta 2.5e-6 drift 0.3",
    ),
    gives=(LaunchAlgo,),
    rank=10,
)
def shortfall(words: Words) -> Parsed:
    return read_algo_line(words, "is")
