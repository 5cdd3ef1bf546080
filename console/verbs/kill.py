"""kill: the switch. Never asks."""

from __future__ import annotations

from console.grammar.parsed import Expect, Parsed
from console.grammar.registry import verb
from console.grammar.words import Words
from engine.inputs import Kill

_FLATTEN = Expect("flatten", "also close every position, without a grace period")


@verb(
    "kill",
    usage="kill [flatten]",
    shell="tradedesk kill [--flatten]",
    summary="close the gate and cancel every working order, at once and without asking",
    dangerous=True,
    examples=("kill", "kill flatten"),
    rank=8,
)
def kill(words: Words) -> Parsed:
    flatten = words.keyword([_FLATTEN], {"--flatten": "flatten"}) is not None
    words.finish()
    command = Kill(by=words.context.user, reason="command line", flatten="now" if flatten else "no")
    return Parsed("kill", command, 0, "kill flatten" if flatten else "kill")
