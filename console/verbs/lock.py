"""lock: a live desk takes nothing new until the PIN is given."""

from __future__ import annotations

from console.grammar.parsed import Parsed
from console.grammar.registry import Shell, verb
from console.grammar.words import Words
from engine.inputs import Lock


@verb(
    "lock",
    usage="lock",
    shell="tradedesk lock",
    summary="lock a live desk: new orders ask for the PIN; cancel, kill and flat never do",
    examples=("lock",),
    gives=(Lock,),
    command=Shell(),
    rank=17,
)
def lock(words: Words) -> Parsed:
    words.finish()
    return Parsed("lock", Lock(user=words.context.user), 0, "lock")
