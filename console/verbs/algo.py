"""algo: supervise a running algo."""

from __future__ import annotations

from typing import Final, Literal, cast

from console.grammar.numbers import count
from console.grammar.parsed import Expect, Local, Parsed
from console.grammar.registry import verb
from console.grammar.words import Words
from engine.inputs import ControlAlgo

_ID: Final = Expect("ID", "the algo's number", "algo")
_ACTIONS: Final = (
    Expect("pause", "stop slicing and pull the children"),
    Expect("resume", "go on"),
    Expect("cancel", "end it and cancel its children"),
)
_LIST: Final = Expect("list", "show all algos")
_KEEP: Final = Expect("keep", "leave the children working")
_LATER: Final = ("finish", "amend")
Action = Literal["pause", "resume", "cancel"]


@verb(
    "algo",
    usage="algo ID pause [keep]|resume|cancel",
    shell="tradedesk algo pause|resume|cancel ID",
    summary="supervise a running algo; `algo list` shows them",
    examples=("algo 3 pause", "algo pause 3", "algo list"),
    rank=11,
)
def algo(words: Words) -> Parsed:
    words.no_tag()
    words.account()
    name = words.keyword([*_ACTIONS, _LIST])
    if name == "list":
        words.finish()
        return Parsed("algo", Local("algos"), 0, "algo list")
    number = _number(words)
    if name is None:
        name = words.keyword(_ACTIONS)
    if name is None:
        word = words.peek()
        if word is None:
            raise words.missing()
        if word.lower in _LATER:
            raise words.refused(word, f"{word.lower} comes with a later version; this one has pause resume cancel")
        raise words.wrong(word, f"{word.text!r} is nothing to do with an algo", near=word.lower)
    keep = name == "pause" and words.keyword([_KEEP]) is not None
    words.finish()
    command = ControlAlgo(
        number, cast(Action, name), keep_children=keep, user=words.context.user, reason="command line"
    )
    level = 0 if name == "pause" else 1
    return Parsed("algo", command, level, f"algo {number} {name}" + (" keep" if keep else ""), _notes(words, number))


def _number(words: Words) -> int:
    word = words.take(_ID)
    number = count(word.text)
    if number is not None:
        return number
    if word.lower in _LATER:
        raise words.refused(word, f"{word.lower} comes with a later version; this one has pause resume cancel")
    raise words.wrong(word, f"{word.text!r} is no algo's number", near=word.lower, back=True)


def _notes(words: Words, number: int) -> tuple[str, ...]:
    seen = any(row.id == number for row in words.context.algos())
    return () if seen else (f"no algo {number} is seen",)
