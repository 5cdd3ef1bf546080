"""resume: re-open after a halt or a kill."""

from __future__ import annotations

from console.grammar.parsed import Expect, Parsed
from console.grammar.registry import verb
from console.grammar.values import read_any_symbol
from console.grammar.words import Words
from engine.inputs import Resume

_REASON = Expect("reason", "why trading may go on: any words")


@verb(
    "resume",
    usage="resume [SYMBOL] reason TEXT",
    shell="tradedesk resume [SYMBOL] --reason TEXT",
    summary="re-open the gate after a halt or a kill; asks for a word",
    dangerous=True,
    examples=("resume reason feed is back", "resume aapl reason news is out"),
    rank=9,
    free_text=True,
)
def resume(words: Words) -> Parsed:
    symbol = None
    if words.keyword([_REASON]) is None:
        symbol = read_any_symbol(words, _REASON)
        if words.keyword([_REASON]) is None:
            word = words.peek()
            raise words.missing("why?") if word is None else words.wrong(word, f"{word.text!r} can't stand here")
    text = words.rest(Expect("TEXT", "the reason, in words", "value"))
    what = "the desk" if symbol is None else symbol
    return Parsed(
        "resume",
        Resume(text, symbol, user=words.context.user),
        3,
        f"resume reason {text}" if symbol is None else f"resume {symbol} reason {text}",
        confirm="RESUME",
        why=f"opens the gate for {what}",
    )
