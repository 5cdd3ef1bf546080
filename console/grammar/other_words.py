"""Words that other platforms have for what is done here in another way: whoever types one is told what to type, instead
of the command whose name happens to be spelled alike."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_SAID: Final[Mapping[str, tuple[str, ...]]] = {
    "buy QTY SYMBOL lmt P tp P sl P": ("bracket",),
    "buy|sell QTY SYMBOL mkt": ("market", "mkt"),
    "buy|sell QTY SYMBOL lmt P": ("lmt",),
    "buy|sell QTY SYMBOL stop P": ("stop", "stp", "stoploss"),
    "buy|sell QTY SYMBOL stoplmt S L": ("stoplmt", "stoplimit"),
    "buy|sell QTY SYMBOL trail D": ("trail", "trailing"),
    "buy QTY SYMBOL HOW": ("cover", "bto", "btc", "long"),
    "sell QTY|all|half SYMBOL HOW": ("stc",),
    "short QTY SYMBOL HOW": ("sto",),
    "mod ID px P, or qty QTY": ("modify", "amend", "replace", "change", "edit", "move", "reprice"),
    "cxl all": ("cancelall", "cxlall"),
    "flat SYMBOL, or flat all": ("flatten", "close", "closeall", "liquidate"),
    "kill": ("panic", "emergency", "killswitch"),
    "algo ID pause; halt closes the gate for orders": ("pause",),
    "blotter positions": ("position", "positions", "portfolio", "holdings", "pos"),
    "buy QTY SYMBOL HOW, or blotter orders to see them": ("order",),
    "blotter orders": ("orders", "working"),
    "blotter fills": ("fills", "trades", "executions"),
    "layout show risk": ("risk", "meters", "limits"),
    "layout show alerts": ("alerts", "log", "events", "journal"),
    "layout show curve": ("pnl", "p&l"),
    "watch SYMBOL": ("quote", "quotes", "price", "last"),
    "ladder SYMBOL": ("dom", "depth", "level2", "l2"),
    "chain SYMBOL": ("option", "options"),
    "alert SYMBOL > P": ("alarm",),
    "unlock": ("login", "pin"),
    "eod": ("report", "statement"),
}
OTHER_WORDS: Final[Mapping[str, str]] = {word: say for say, words in _SAID.items() for word in words}
"""Word -> the line to type instead."""


def first_verb(said: str) -> str:
    """The verb that a line of these begins with: sell of `sell|short QTY`."""
    return re.split(r"[^a-z]", said, maxsplit=1)[0]
