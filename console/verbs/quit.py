"""quit."""

from __future__ import annotations

from console.grammar.parsed import Local, Parsed
from console.grammar.registry import verb
from console.grammar.words import Words


@verb(
    "quit",
    usage="quit",
    shell="tradedesk stop",
    aliases=("exit",),
    summary="leave the desk; asks what to do with what is working",
    examples=("quit",),
    rank=18,
)
def quit_(words: Words) -> Parsed:
    words.finish()
    return Parsed("quit", Local("quit"), 0, "quit")
