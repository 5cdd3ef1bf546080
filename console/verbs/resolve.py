"""resolve: the operator's audited decision that an UNKNOWN order is dead."""

from __future__ import annotations

from console.grammar.parsed import Expect, Parsed
from console.grammar.registry import verb
from console.grammar.values import read_order
from console.grammar.words import Words
from engine.inputs import ResolveOrder

_REASON = Expect("reason", "how you know: any words")


@verb(
    "resolve",
    usage="resolve ID reason TEXT",
    shell="tradedesk resolve ID --reason TEXT",
    summary="declare an UNKNOWN order dead, when only you can know; asks for a word",
    dangerous=True,
    examples=("resolve 14 reason broker confirmed by phone",),
    rank=12,
    free_text=True,
)
def resolve(words: Words) -> Parsed:
    target = read_order(words)
    if words.keyword([_REASON]) is None:
        word = words.peek()
        raise words.missing("why?") if word is None else words.wrong(word, f"{word.text!r} can't stand here")
    text = words.rest(Expect("TEXT", "the reason, in words", "value"))
    command = ResolveOrder(target, text, user=words.context.user)
    why = f"declares order {target} dead; if it is not, its fills will come as a surprise"
    return Parsed("resolve", command, 3, f"resolve {target} reason {text}", confirm="DEAD", why=why)
