"""kill: the switch. Never asks."""

from __future__ import annotations

from console.grammar.parsed import Expect, Parsed
from console.grammar.registry import verb
from console.grammar.scope import read_scope
from console.grammar.words import Words
from engine.inputs import Kill

_FLATTEN = Expect("flatten", "also close every position, without a grace period")
_ALIASES = {"--flatten": "flatten"}


@verb(
    "kill",
    usage="kill [SYMBOL|@ACCT|strategy NAME] [flatten]",
    shell="tradedesk kill [SYMBOL|@ACCT|strategy NAME] [--flatten]",
    summary="close the gate and cancel every working order, of the desk or one scope, at once and without asking",
    dangerous=True,
    examples=("kill", "kill flatten", "kill aapl flatten"),
    gives=(Kill,),
    rank=8,
)
def kill(words: Words) -> Parsed:
    scope = read_scope(words, _FLATTEN, Expect("--flatten", "the same"))
    flatten = words.keyword([_FLATTEN], _ALIASES) is not None
    words.finish()
    user = words.context.user
    command = Kill(by=user, reason="command line", flatten="now" if flatten else "no", scope=scope.text)
    return Parsed("kill", command, 0, " ".join(filter(None, ("kill", scope.echo, "flatten" if flatten else ""))))
