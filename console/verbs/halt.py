"""halt: close the gate, leave orders working."""

from __future__ import annotations

from console.grammar.parsed import Parsed
from console.grammar.registry import Shell, verb
from console.grammar.scope import read_scope
from console.grammar.words import Words
from engine.inputs import Halt


@verb(
    "halt",
    usage="halt [SYMBOL|@ACCT|strategy NAME]",
    shell="tradedesk halt [SYMBOL|@ACCT|strategy NAME]",
    summary="close the gate, for the desk or one scope; orders stay",
    dangerous=True,
    examples=("halt", "halt aapl", "halt strategy algo3"),
    gives=(Halt,),
    command=Shell("[SYMBOL|@ACCT|strategy NAME]"),
    rank=7,
)
def halt(words: Words) -> Parsed:
    return read_halt(words, "halt")


def read_halt(words: Words, verb_name: str, *, reduce: bool = False) -> Parsed:
    """The rest of a line that closes the desk or one scope, wholly or (reduce) to what increases risk."""
    words.no_tag()
    scope = read_scope(words)
    words.finish()
    command = Halt(scope.symbol, words.context.user, "command line", scope=scope.elsewhere, reduce=reduce)
    return Parsed(verb_name, command, 1, f"{verb_name} {scope.echo}".strip())
