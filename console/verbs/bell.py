"""bell: whether alarms ring."""

from __future__ import annotations

from console.grammar.parsed import Expect, Local, Parsed
from console.grammar.registry import verb
from console.grammar.words import Words

_EXPECTED = (Expect("on", "alarms ring the terminal's bell"), Expect("off", "they don't; their banner stays"))


@verb(
    "bell",
    usage="bell on|off",
    summary="let alarms ring on this console, or be quiet until it is closed",
    examples=("bell off", "bell on"),
    rank=18,
)
def bell(words: Words) -> Parsed:
    word = words.take(*_EXPECTED)
    if word.lower not in ("on", "off"):
        raise words.wrong(word, f"{word.text!r} is neither on nor off", back=True)
    words.finish()
    return Parsed("bell", Local("bell", (word.lower,)), 0, f"bell {word.lower}")
