"""The new terms of `algo ID amend` and `algo ID repace`: quantity, limit, end, slices, rate, cap, style."""

from __future__ import annotations

from typing import Final

import msgspec

from console.grammar.numbers import amount, count, duration_ns, share, whole_if_whole
from console.grammar.parsed import Expect, GrammarError
from console.grammar.values import read_price
from console.grammar.words import Words
from engine.inputs import AlgoChange
from engine.model.money import plain

_AMEND: Final = (
    Expect("qty", "the new whole quantity"),
    Expect("limit", "the new worst price"),
    Expect("end", "the new end, exchange time"),
    Expect("duration", "the new end, from now"),
    Expect("rate", "pov: the new share of the market's volume"),
    Expect("cap", "the new highest share of the market's volume"),
    Expect("would", "the new price at which all is done at once"),
    Expect("passive", "begin at the touch of the own side"),
    Expect("mid", "begin at the mid"),
    Expect("aggressive", "cross at once"),
)
_REPACE: Final = (
    Expect("duration", "spread what is left over so long, from now"),
    Expect("end", "spread what is left until then, exchange time"),
    Expect("slices", "cut what is left into so many"),
    Expect("rate", "pov: the new share of the market's volume"),
)
_LENGTH: Final = Expect("30m", "hours, minutes, seconds: 30m, 1h30m", "value")
_ALIASES: Final = {"dur": "duration", "lmt": "limit", "px": "limit", "at": "limit"}


def read_change(words: Words, number: int, action: str) -> tuple[AlgoChange, str]:
    """The change, and how the echo says it. One term at least."""
    options = _AMEND if action == "amend" else _REPACE
    change = AlgoChange()
    said: dict[str, str] = {}
    while True:
        left = [option for option in options if option.text not in said]
        name = words.keyword([*left, *([_LENGTH] if action == "repace" and "duration" not in said else [])], _ALIASES)
        if name is None:
            word = words.peek()
            length = duration_ns(word.text) if word is not None and action == "repace" else None
            if word is None or length is None or "duration" in said:
                break
            words.take()
            change = msgspec.structs.replace(change, duration_ns=length)
            said["duration"] = f"duration {word.lower}"
            continue
        fields, text = _read(words, number, name)
        change = msgspec.structs.replace(change, **fields)
        said[name] = f"{name} {text}".strip()
    if not said:
        word = words.peek()
        if word is not None:
            raise words.wrong(word, f"{word.text!r} is no term that {action} changes", near=word.lower)
        raise words.missing("what is to change?")
    if "end" in said and "duration" in said:
        raise words.missing("an end and a duration are two ways to say the same; give one")
    return change, " ".join(said.values())


def _read(words: Words, number: int, name: str) -> tuple[dict[str, object], str]:
    match name:
        case "limit" | "would":
            row = next((row for row in words.context.algos() if row.id == number), None)
            instrument = words.context.instrument(row.symbol) if row is not None else None
            px, _ = read_price(words, row.side if row is not None else None, instrument)
            return {f"{name}_px": px}, plain(px)
        case "passive" | "mid" | "aggressive":
            return {"style": name}, ""
        case "end":
            return _end(words)
    word = words.take(_LENGTH if name == "duration" else Expect("VALUE", "a number, or a share like 10%", "value"))
    text = word.text
    fields: dict[str, object | None]
    if name == "duration":
        fields = {"duration_ns": duration_ns(text)}
    elif name == "slices":
        fields = {"slices": count(text)}
    elif name == "qty":
        fields = {"qty": amount(text)}
    else:
        fields = {"participation" if name == "rate" else name: share(text)}
        found = share(text)
        text = text if found is None else f"{plain(whole_if_whole(found * 100))}%"
    if None in fields.values():
        raise words.wrong(word, f"{word.text!r} is no {name}", back=True)
    return dict(fields), text


def _end(words: Words) -> tuple[dict[str, object], str]:
    word = words.take(Expect("15:30", "exchange time", "value"))
    try:
        return {"end_ns": words.context.parse_time(word.text)}, word.text
    except ValueError as error:
        raise GrammarError(str(error), word.start, word.end) from None
