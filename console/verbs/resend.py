"""resend: the operator's audited decision that an UNKNOWN order is dead and is to be placed anew."""

from __future__ import annotations

from console.grammar.parsed import Expect, Parsed
from console.grammar.registry import REASON, Shell, verb
from console.grammar.values import read_order
from console.grammar.words import Words
from engine.inputs import ResendOrder

_REASON = Expect("reason", "how you know that it never got there: any words")


@verb(
    "resend",
    usage="resend ID reason TEXT",
    shell="tradedesk resend ID --reason TEXT",
    summary="declare an UNKNOWN order dead and place it anew under a new id; asks for a word",
    dangerous=True,
    examples=("resend 14 reason broker says it never arrived",),
    gives=(ResendOrder,),
    command=Shell("ID", (REASON,), confirm=True),
    rank=12,
    free_text=True,
)
def resend(words: Words) -> Parsed:
    target = read_order(words)
    if words.keyword([_REASON]) is None:
        word = words.peek()
        raise words.missing("why?") if word is None else words.wrong(word, f"{word.text!r} can't stand here")
    text = words.rest(Expect("TEXT", "the reason, in words", "value"))
    command = ResendOrder(target, text, user=words.context.user)
    why = f"declares order {target} dead and places it anew; if it is not dead, you trade twice"
    return Parsed("resend", command, 3, f"resend {target} reason {text}", confirm="RESEND", why=why)
