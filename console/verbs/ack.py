"""ack: acknowledge alerts."""

from __future__ import annotations

from console.grammar.numbers import count
from console.grammar.parsed import Expect, Parsed
from console.grammar.registry import verb
from console.grammar.words import Words
from engine.inputs import AckAlerts

_NUMBER = Expect("N", "up to and including this alert; without it, all", "value")


@verb(
    "ack",
    usage="ack [N]",
    summary="acknowledge alerts, all or up to number N",
    examples=("ack", "ack 12"),
    gives=(AckAlerts,),
    rank=15,
)
def ack(words: Words) -> Parsed:
    upto = words.context.newest_alert
    if words.could(_NUMBER):
        word = words.take(_NUMBER)
        number = count(word.text)
        if number is None:
            raise words.wrong(word, f"{word.text!r} is no alert's number", back=True)
        upto = number
    words.finish()
    return Parsed("ack", AckAlerts(upto, user=words.context.user), 0, f"ack {upto}" if upto else "ack")
