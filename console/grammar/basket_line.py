"""Names of baskets as words of a line."""

from __future__ import annotations

import difflib
from typing import Final

from console.grammar.parsed import Expect, GrammarError
from console.grammar.words import Words
from engine.views import BasketRow

BASKET: Final = Expect("NAME", "a basket of today", "basket")


def read_basket_name(words: Words) -> BasketRow:
    """A basket of the day by its name, or by its number."""
    word = words.take(BASKET)
    found = basket_named(words, word.text)
    if found is not None:
        return found
    near = difflib.get_close_matches(word.text, [row.name for row in words.context.baskets()], n=2, cutoff=0.5)
    raise GrammarError(f"{word.text!r} is no basket of today", word.start, word.end, [BASKET], near)


def basket_named(words: Words, name: str) -> BasketRow | None:
    """The newest of that name, dropped ones last."""
    rows = sorted(words.context.baskets(), key=lambda row: row.status == "DROPPED")
    return next((row for row in rows if name.lower() in (row.name.lower(), str(row.id))), None)
