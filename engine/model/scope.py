"""What a halt or kill is about: the desk, an account, a strategy or an instrument. Wider scopes include narrower ones.

Written "desk", "account:A", "strategy:S", "instrument:AAPL".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

DESK: Final = "desk"
KINDS: Final = ("account", "strategy", "instrument")


def is_scope(text: str) -> bool:
    """Whether the text is written like a scope."""
    kind, mark, name = text.partition(":")
    return text == DESK or (kind in KINDS and bool(mark) and bool(name))


def covers(scope: str, account: str, symbols: Iterable[str], strategy: str) -> bool:
    """Whether the scope is about what this account, these instruments and this strategy do."""
    kind, _, name = scope.partition(":")
    if kind == "account":
        return name == account
    if kind == "strategy":
        return name == strategy
    if kind == "instrument":
        return name in symbols
    return scope == DESK


def said(scope: str) -> str:
    """The scope in words: "the desk", "account PAPER", "strategy mean", "AAPL"."""
    kind, _, name = scope.partition(":")
    if kind == "instrument":
        return name
    return "the desk" if scope == DESK else f"{kind} {name}"
