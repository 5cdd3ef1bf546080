"""Where a limit holds: for the whole desk, or besides for one account, strategy, user or instrument.

A scope is written `user:alice`, a limit of it `user:alice/risk.max_order_qty`. The strictest of all that cover an order
holds for it; a scope that says nothing (or `off`) leaves the others as they are.
"""

from __future__ import annotations

from typing import Final

#: Group of risk_params.yaml -> the word of its scopes.
GROUPS: Final = {"accounts": "account", "strategies": "strategy", "users": "user", "instruments": "instrument"}
EVERYWHERE: Final = tuple(GROUPS.values())


def split_key(text: str) -> tuple[str, str]:
    """`user:alice/risk.max_order_qty` -> ("user:alice", "risk.max_order_qty"); a desk-wide key -> ("", key)."""
    scope, _, key = text.rpartition("/")
    return scope, key


def kind_of(scope: str) -> str:
    """The word of a scope, "" for one that is not written as scopes are."""
    kind, colon, name = scope.partition(":")
    return kind if colon and name and kind in EVERYWHERE else ""


def one_way(key: str) -> str:
    """A scope, or a limit's key with one, as it is kept: symbols in capitals, or `instruments: {aapl: ...}` would be a
    limit that never holds. All else is as it is written."""
    if not key.startswith("instrument:"):
        return key
    scope, slash, name = key.rpartition("/") if "/risk." in key else (key, "", "")
    return f"instrument:{scope.partition(':')[2].upper()}{slash}{name}"
