"""algo: supervise a running algo."""

from __future__ import annotations

from typing import Final, Literal, cast

from console.grammar.algo_change import read_change
from console.grammar.numbers import count
from console.grammar.parsed import Expect, Local, Parsed
from console.grammar.registry import verb
from console.grammar.words import Words
from engine.inputs import AlgoChange, ControlAlgo

_ID: Final = Expect("ID", "the algo's number", "algo")
_ACTIONS: Final = (
    Expect("pause", "stop slicing and pull the children"),
    Expect("resume", "go on"),
    Expect("cancel", "end it and cancel its children"),
    Expect("amend", "change quantity, limit, end or another term"),
    Expect("repace", "spread what is left over a new time, or cut it anew"),
    Expect("finish", "everything that is left now, through the touch"),
    Expect("manual", "end it; its children are your own orders"),
)
_LIST: Final = Expect("list", "show all algos")
_KEEP: Final = Expect("keep", "leave the children working")
_MISSED: Final = {"catchup": "catch_up", "shift": "shift"}
_RESUME: Final = (
    Expect("catchup", "do at once what was missed"),
    Expect("shift", "move the rest of the schedule"),
)
Action = Literal["pause", "resume", "amend", "repace", "finish", "cancel", "manual"]
CatchUp = Literal["", "catch_up", "shift"]


@verb(
    "algo",
    usage="algo ID pause [keep]|resume [catchup|shift]|amend TERMS|repace 30m|slices N|finish|cancel|manual",
    shell="tradedesk algo pause|resume|amend|repace|finish|cancel|manual ID",
    summary="supervise a running algo; `algo list` shows them",
    examples=(
        "algo 3 pause",
        "algo pause 3",
        "algo 3 resume shift",
        "algo 3 amend qty 800 limit 190.5",
        "algo 3 amend end 15:30",
        "algo 3 repace 30m",
        "algo 3 finish",
        "algo list",
    ),
    gives=(ControlAlgo,),
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
        raise words.wrong(word, f"{word.text!r} is nothing to do with an algo", near=word.lower)
    keep = name == "pause" and words.keyword([_KEEP]) is not None
    missed = (words.keyword(_RESUME) if name == "resume" else None) or ""
    change, said = read_change(words, number, name) if name in ("amend", "repace") else (AlgoChange(), "")
    words.finish()
    command = ControlAlgo(
        number,
        cast(Action, name),
        keep_children=keep,
        user=words.context.user,
        reason="command line",
        catch_up=cast(CatchUp, _MISSED.get(missed, "")),
        change=change,
    )
    level = 0 if name == "pause" else 1
    more = (" keep" if keep else "") + (f" {missed}" if missed else "") + (f" {said}" if said else "")
    return Parsed("algo", command, level, f"algo {number} {name}{more}", _notes(words, number))


def _number(words: Words) -> int:
    word = words.take(_ID)
    number = count(word.text)
    if number is not None:
        return number
    raise words.wrong(word, f"{word.text!r} is no algo's number", near=word.lower, back=True)


def _notes(words: Words, number: int) -> tuple[str, ...]:
    seen = any(row.id == number for row in words.context.algos())
    return () if seen else (f"no algo {number} is seen",)
