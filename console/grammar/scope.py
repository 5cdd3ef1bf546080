"""What a halt, a reduction, a resume or a kill is about: nothing (the desk), a symbol, `@ACCT` or `strategy NAME`."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from console.grammar.parsed import Expect
from console.grammar.values import SYMBOL, read_any_symbol
from console.grammar.words import Words
from engine.model.scope import DESK

STRATEGY: Final = Expect("strategy", "of one strategy (an algo without a name is algo3)")
ACCOUNT: Final = Expect("@ACCT", "of one account", "account")
_NAME: Final = Expect("NAME", "the strategy's name", "value")
_NAMES: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/-]{0,39}")


class Scope(msgspec.Struct, frozen=True):
    """`symbol` where it is one; `text`: the scope as engine.risk.covered has it; `echo`: as typed, "" for the desk."""

    text: str
    echo: str
    symbol: str | None = None

    @property
    def elsewhere(self) -> str:
        """What a command's `scope` field is: "" where `symbol` (or nothing) says it."""
        return "" if self.text == DESK or self.symbol is not None else self.text

    @property
    def said(self) -> str:
        """In words."""
        return self.echo or "the desk"


def read_scope(words: Words, *others: Expect) -> Scope:
    """The scope at this place. `others`: what could stand here besides; a word of theirs is left where it is."""
    account = words.named_account()
    if words.keyword([STRATEGY, *others], peek=True) in {other.text for other in others}:
        return _of(account)
    if words.keyword([STRATEGY]) is not None:
        name = words.take(_NAME)
        if not _NAMES.fullmatch(name.text):
            raise words.refused(name, f"{name.text!r} is no strategy's name")
        if account:
            raise words.refused(name, "an account and a strategy: one by one")
        return Scope(f"strategy:{name.text}", f"strategy {name.text}")
    if account or not words.could(SYMBOL, ACCOUNT):
        return _of(account)
    word = words.peek()
    if word is not None and word.text.startswith("@"):
        words.take(ACCOUNT)
        return _of(words.account_named(word))
    symbol = read_any_symbol(words, STRATEGY, ACCOUNT, *others)
    return Scope(f"instrument:{symbol}", symbol, symbol)


def _of(account: str | None) -> Scope:
    return Scope(DESK, "") if not account else Scope(f"account:{account}", f"@{account}")
