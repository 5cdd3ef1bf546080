"""help."""

from __future__ import annotations

from console.grammar.parsed import Expect, Local, Parsed
from console.grammar.registry import verb
from console.grammar.words import Words

_VERB = Expect("VERB", "a command", "value")


@verb(
    "help",
    usage="help [VERB]",
    summary="explain the commands, or one; `?` after any word lists what may follow",
    examples=("help", "help buy"),
    rank=17,
)
def help_(words: Words) -> Parsed:
    name = words.take(_VERB).lower if words.could(_VERB) else ""
    words.finish()
    return Parsed("help", Local("help", (name,) if name else ()), 0, f"help {name}".strip())
