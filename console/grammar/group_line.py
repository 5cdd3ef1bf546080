"""oco and oto: several orders in one line, with a / between them."""

from __future__ import annotations

from typing import Final, Literal

from console.grammar.echo import SIDE_WORDS, group_echo
from console.grammar.order_line import Terms, level_of, misplaced, read_terms, request_of
from console.grammar.parsed import Expect, Parsed
from console.grammar.values import Quantity
from console.grammar.words import Words
from engine.inputs import PlaceGroup
from engine.model.order import OrderRequest

_SIDES: Final = {word: side for side, word in SIDE_WORDS.items()}
_SIDE_OPTIONS: Final = (
    Expect("buy", "buy, or buy back"),
    Expect("sell", "sell what is held"),
    Expect("short", "sell short"),
)
_NEXT: Final = Expect("/", "and then the next order of the group")
_FULL: Final = Expect("full", "the others start when all of the first has filled, not with each part")
_MEANS: Final = {"oco": "one cancels the other", "oto": "the first one's fill starts the others"}


def read_group_line(words: Words, kind: Literal["oco", "oto"]) -> Parsed:
    """Two or more orders. The level is that of the gravest of them."""
    said: list[tuple[Quantity, Terms]] = []
    while True:
        said.append(_read_order(words))
        if words.keyword([_NEXT]) is None:
            break
    whole = kind == "oto" and words.keyword([_FULL]) is not None
    if not words.at_end:
        raise misplaced(words, said[-1][1])
    if len(said) < 2:
        raise words.missing("a group has two orders at least")
    account, tag = words.account(), words.tag()
    requests: list[OrderRequest] = []
    notes: list[str] = [_MEANS[kind]]
    for quantity, terms in said:
        request, found = request_of(words, quantity, terms, account, tag)
        requests.append(request)
        notes += found
    level, why = max(level_of(words, request) for request in requests)
    notes += [why] if level > 1 else []
    command = PlaceGroup(kind, tuple(requests), not whole)
    return Parsed(kind, command, level, group_echo(kind, requests, whole), tuple(notes), why=why)


def _read_order(words: Words) -> tuple[Quantity, Terms]:
    name = words.keyword(_SIDE_OPTIONS)
    if name is None:
        word = words.peek()
        raise words.missing() if word is None else words.wrong(word, f"{word.text!r} is no side", near=word.lower)
    return read_terms(words, _SIDES[name], exits=False)
