"""limit: another value for one limit while the desk runs."""

from __future__ import annotations

from console.grammar.limit_value import read_limit
from console.grammar.parsed import Expect, Parsed
from console.grammar.registry import verb
from console.grammar.words import Words
from engine.inputs import SetLimit

_REASON = Expect("reason", "why: any words")


@verb(
    "limit",
    usage="limit KEY VALUE reason TEXT",
    shell="tradedesk risk set KEY VALUE --reason TEXT",
    summary="change a limit at once (KEY as in risk_params.yaml, or user:NAME/KEY ...); audited; asks for a word",
    dangerous=True,
    examples=(
        "limit risk.max_order_qty 500 reason thin book",
        "limit risk.max_position_pct 5% reason before the meeting",
        "limit instrument:aapl/risk.max_order_qty 50 reason results tonight",
    ),
    gives=(SetLimit,),
    rank=10,
    free_text=True,
)
def limit(words: Words) -> Parsed:
    key, value, notes = read_limit(words)
    if words.keyword([_REASON]) is None:
        word = words.peek()
        raise words.missing("why?") if word is None else words.wrong(word, f"{word.text!r} can't stand here")
    text = words.rest(Expect("TEXT", "the reason, in words", "value"))
    return Parsed(
        "limit",
        SetLimit(key, value, text, words.context.user),
        3,
        f"limit {key} {value} reason {text}",
        notes,
        confirm="LIMIT",
        why=f"{key} is {value} for every order from now on",
    )
