"""resolve: the operator's audited decision about an UNKNOWN order: dead, or alive at the broker."""

from __future__ import annotations

from typing import Literal

from console.grammar.parsed import Expect, Parsed
from console.grammar.registry import REASON, Option, Shell, verb
from console.grammar.values import read_order
from console.grammar.words import Words
from engine.inputs import ResolveOrder

_REASON = Expect("reason", "how you know: any words")
_DEAD = Expect("dead", "it is not at the broker and can't get there (the default)")
_ALIVE = Expect("alive", "it works at the broker")
_AS = Expect("as", "the broker's own number of it")

ALIVE_AS = Option("--order-id", "ORDER_ID", "The broker's own number of an order alive.")


@verb(
    "resolve",
    usage="resolve ID [dead|alive [as ORDER_ID]] reason TEXT",
    shell="tradedesk resolve ID [dead|alive] [--order-id ORDER_ID] --reason TEXT",
    summary="declare an UNKNOWN order (or change) dead or alive, when only you can know; asks for a word",
    dangerous=True,
    examples=("resolve 14 reason broker confirmed by phone", "resolve 14 alive as 8812 reason seen on their screen"),
    gives=(ResolveOrder,),
    command=Shell("ID [dead|alive]", (ALIVE_AS, REASON), confirm=True),
    rank=12,
    free_text=True,
)
def resolve(words: Words) -> Parsed:
    target = read_order(words)
    decision: Literal["dead", "alive"] = "dead"
    order_id = ""
    word = words.keyword([_DEAD, _ALIVE, _REASON])
    if word == "alive":
        decision = "alive"
        word = words.keyword([_AS, _REASON])
        if word == "as":
            order_id = words.take(Expect("ORDER_ID", "the broker's own number of it", "value")).text
            word = words.keyword([_REASON])
    elif word == "dead":
        word = words.keyword([_REASON])
    if word is None:
        found = words.peek()
        raise words.missing("why?") if found is None else words.wrong(found, f"{found.text!r} can't stand here")
    text = words.rest(Expect("TEXT", "the reason, in words", "value"))
    command = ResolveOrder(target, text, user=words.context.user, decision=decision, order_id=order_id)
    name = f" as {order_id}" if order_id else ""
    why = f"declares order {target} {decision}{name}; if it is not, its fills will come as a surprise"
    if decision == "alive":
        why = f"declares order {target} alive{name}; it is counted and can be cancelled like any other"
    echo = f"resolve {target} {decision}{name} reason {text}"
    return Parsed("resolve", command, 3, echo, confirm=decision.upper(), why=why)
