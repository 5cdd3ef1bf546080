"""reduce: only what reduces risk goes out."""

from __future__ import annotations

from console.grammar.parsed import Parsed
from console.grammar.registry import Shell, verb
from console.grammar.words import Words
from console.verbs.halt import read_halt
from engine.inputs import Halt


@verb(
    "reduce",
    usage="reduce [SYMBOL|@ACCT|strategy NAME]",
    shell="tradedesk reduce [SYMBOL|@ACCT|strategy NAME]",
    summary="let nothing out that increases risk, for the desk or one scope; orders stay",
    dangerous=True,
    examples=("reduce", "reduce aapl"),
    gives=(Halt,),
    command=Shell("[SYMBOL|@ACCT|strategy NAME]"),
    rank=7,
)
def reduce(words: Words) -> Parsed:
    return read_halt(words, "reduce", reduce=True)
