"""reduce: only what reduces risk goes out."""

from __future__ import annotations

from console.grammar.parsed import Parsed
from console.grammar.registry import verb
from console.grammar.scope import read_scope
from console.grammar.words import Words
from engine.inputs import Halt


@verb(
    "reduce",
    usage="reduce [SYMBOL|@ACCT|strategy NAME]",
    shell="tradedesk reduce [SYMBOL|@ACCT|strategy NAME]",
    summary="let nothing out that increases risk, for the desk or one scope; orders stay",
    dangerous=True,
    examples=("reduce", "reduce aapl"),
    rank=7,
)
def reduce(words: Words) -> Parsed:
    words.no_tag()
    scope = read_scope(words)
    words.finish()
    user = words.context.user
    command = Halt(scope.symbol, user=user, reason="command line", scope=scope.elsewhere, reduce=True)
    return Parsed("reduce", command, 1, f"reduce {scope.echo}".strip())
