"""arm: hotkeys with send = true may send by themselves."""

from __future__ import annotations

from console.grammar.parsed import Local, Parsed
from console.grammar.registry import verb
from console.grammar.words import Words


@verb(
    "arm",
    usage="arm",
    summary="let macros with send = true send by themselves: live asks for the PIN; off again by `disarm`, after 15 "
    "minutes without a key, and by a lock, a halt, a kill and `hotkeys reload`",
    dangerous=True,
    examples=("arm",),
    rank=16,
)
def arm(words: Words) -> Parsed:
    words.finish()
    return Parsed("arm", Local("arm"), 0, "arm")
