"""A limit's key and value as they are typed: checked before anybody is asked to confirm them."""

from __future__ import annotations

import difflib
from typing import Final

from console.grammar.numbers import amount
from console.grammar.parsed import Expect
from console.grammar.words import Word, Words
from engine.model.money import plain
from engine.risk.limit_spec import LimitSpec
from engine.risk.limits import LIMIT_SPECS, LimitError, Limits
from engine.risk.scopes import EVERYWHERE, kind_of, one_way, split_key

KEYS: Final = tuple(Expect(spec.key, spec.doc, "value") for spec in LIMIT_SPECS)
VALUE: Final = Expect("VALUE", "a number in the limit's own unit (0.10 or 10%), or off", "value")
_SPECS: Final = {spec.key: spec for spec in LIMIT_SPECS}
#: Limits that are shares or multiples of something: they may be typed as percentages.
_SHARES: Final = ("pct", "factor")


def read_limit(words: Words) -> tuple[str, str, tuple[str, ...]]:
    """(key, value as risk_params.yaml writes it, notes). Raises GrammarError that says what is wrong with which."""
    word = words.take(*KEYS)
    key = one_way(word.text)
    scope, name = split_key(key)
    spec = _SPECS.get(name)
    if spec is None:
        near = difflib.get_close_matches(name, _SPECS, n=1, cutoff=0.5)
        nearest = f"; did you mean {near[0]}?" if near else ""
        raise words.refused(word, f"{name!r} is no limit; expected a key of risk_params.yaml{nearest}")
    notes = _check_scope(words, word, scope) if scope else ()
    value = _value(words, spec)
    try:
        Limits({key: value})
    except LimitError as error:
        raise words.refused(word, str(error)) from None
    return key, value, notes


def _value(words: Words, spec: LimitSpec) -> str:
    word = words.take(VALUE)
    text = word.lower
    if not text.endswith("%"):
        return text
    number = amount(text[:-1])
    if number is None or spec.kind not in _SHARES:
        takes = "no percentage" if spec.kind not in _SHARES else "a percentage above 0"
        raise words.refused(word, f"{word.text!r}: {spec.key} takes {takes}, like {spec.default}")
    return plain((number / 100).normalize())


def _check_scope(words: Words, word: Word, scope: str) -> tuple[str, ...]:
    """Whether there is what the limit would be for; a strategy may come later, which is only said."""
    context, kind, name = words.context, kind_of(scope), scope.partition(":")[2]
    for_nothing = "so that the limit would hold for nothing"
    if not kind:
        kinds = ", ".join(f"{each}:NAME" for each in EVERYWHERE)
        raise words.refused(word, f"{scope!r} is no scope; expected {kinds} before the /")
    if kind == "account" and name not in context.accounts:
        known = ", ".join(context.accounts)
        raise words.refused(word, f"{name!r} is no account of this desk, {for_nothing}; expected {known}")
    if kind == "user" and not context.knows_user(name):
        raise words.refused(word, f"the system knows no user {name!r}, {for_nothing}; expected a login name")
    if kind == "instrument" and context.instrument(name) is None:
        raise words.refused(word, f"{name!r} is no instrument of the universe, {for_nothing}; expected a symbol of it")
    if kind == "strategy":
        return (f"{name} is any strategy's name; the limit holds once orders name it so",)
    return ()
