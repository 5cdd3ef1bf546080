"""dlq: the dead-letter queue, orders that were approved and not sent."""

from __future__ import annotations

from typing import Final

from console.grammar.numbers import count
from console.grammar.parsed import Expect, Local, Parsed
from console.grammar.registry import verb
from console.grammar.words import Words
from engine.inputs import DiscardLetter, ReplayLetter

_LIST: Final = Expect("list", "show all dead letters")
_ACTIONS: Final = (
    Expect("replay", "send it as a new order, through all checks at the quotes of now"),
    Expect("discard", "take it off the list"),
)
_NUMBER: Final = Expect("N", "the dead letter's number", "value")
_REASON: Final = Expect("reason", "why it is not wanted any more: any words")


@verb(
    "dlq",
    usage="dlq [list] | dlq replay N | dlq discard N reason TEXT",
    shell="tradedesk dlq [list] | replay N | discard N --reason TEXT",
    summary="orders that were approved and not sent: list, send anew, or discard",
    examples=("dlq", "dlq replay 2", "dlq discard 2 reason too late for it"),
    gives=(ReplayLetter, DiscardLetter),
    rank=14,
    free_text=True,
)
def dlq(words: Words) -> Parsed:
    name = words.keyword([*_ACTIONS, _LIST])
    if name is None and words.peek() is not None:
        word = words.peek()
        assert word is not None
        raise words.wrong(word, f"{word.text!r} is nothing to do with a dead letter", near=word.lower)
    if name is None or name == "list":
        words.finish()
        return Parsed("dlq", Local("letters"), 0, "dlq list")
    number = _number(words)
    user = words.context.user
    if name == "replay":
        words.finish()
        return Parsed("dlq", ReplayLetter(number, user), 1, f"dlq replay {number}")
    if words.keyword([_REASON]) is None:
        word = words.peek()
        raise words.missing("why?") if word is None else words.wrong(word, f"{word.text!r} can't stand here")
    text = words.rest(Expect("TEXT", "the reason, in words", "value"))
    return Parsed("dlq", DiscardLetter(number, text, user), 1, f"dlq discard {number} reason {text}")


def _number(words: Words) -> int:
    word = words.take(_NUMBER)
    number = count(word.text)
    if number is None:
        raise words.wrong(word, f"{word.text!r} is no dead letter's number", back=True)
    return number
