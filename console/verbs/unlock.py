"""unlock: asks for the PIN. The PIN is no word of the command language: it is typed in a box of its own."""

from __future__ import annotations

from console.grammar.parsed import Local, Parsed
from console.grammar.registry import verb
from console.grammar.words import Words


@verb(
    "unlock",
    usage="unlock",
    shell="tradedesk unlock",
    summary="unlock a live desk: asks for the PIN in a box of its own",
    examples=("unlock",),
    rank=17,
)
def unlock(words: Words) -> Parsed:
    words.finish()
    return Parsed("unlock", Local("unlock"), 0, "unlock")
