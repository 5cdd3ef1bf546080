"""ack: acknowledge alerts."""

from __future__ import annotations

from console.grammar.numbers import count
from console.grammar.parsed import Expect, Parsed
from console.grammar.registry import verb
from console.grammar.words import Word, Words
from engine.inputs import AckAlerts

_NUMBER = Expect("N", "up to and including this alert; without it, all", "value")
_ONLY = Expect("only", "just one alert")
_ONE = Expect("N", "this alert", "value")


@verb(
    "ack",
    usage="ack [[only] N]",
    summary="acknowledge alerts: all, all up to number N, or only N",
    examples=("ack", "ack 12", "ack only 12"),
    gives=(AckAlerts,),
    rank=15,
)
def ack(words: Words) -> Parsed:
    user = words.context.user
    only = words.keyword((_ONLY, _NUMBER)) == "only"
    if not only and words.at_end:
        upto = words.context.newest_alert
        return Parsed("ack", AckAlerts(upto, user=user), 0, f"ack {upto}" if upto else "ack")
    upto = _number(words, words.take(_ONE if only else _NUMBER))
    words.finish()
    return Parsed("ack", AckAlerts(upto, user=user, only=only), 0, f"ack {'only ' if only else ''}{upto}")


def _number(words: Words, word: Word) -> int:
    number = count(word.text)
    if number is None:
        raise words.wrong(word, f"{word.text!r} is no alert's number", back=True)
    return number
