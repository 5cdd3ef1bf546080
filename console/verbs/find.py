"""find: orders of any day."""

from __future__ import annotations

from typing import Final

from console.grammar.parsed import Expect, Local, Parsed
from console.grammar.registry import verb
from console.grammar.words import Words

_WORDS: Final = Expect("WORD ...", "symbol, #tag, number, id, user, algo3 or a day (2026-11-26); all must fit", "value")


@verb(
    "find",
    usage="find WORD ...",
    shell="tradedesk blotter orders; tradedesk audit show ORDER",
    summary="find orders of any day in the journal, by symbol, #tag, number, id, user, algo and day; the newest 200",
    examples=("find ibm", "find #dip 2026-11-26", "find ibm algo3"),
    rank=22,
    free_text=True,
)
def find(words: Words) -> Parsed:
    typed = words.rest(_WORDS)
    return Parsed("find", Local("find", tuple(typed.split())), 0, f"find {typed}")
