"""What one limit is: its key, the kind of its value, what ships, what it means, and for what it may be given."""

from __future__ import annotations

from decimal import Decimal
from typing import Final, Literal

import msgspec

Kind = Literal["pct", "count", "money", "quantity", "seconds", "factor", "action", "model", "switch", "choice"]

#: What an automatic trigger may do, mildest first (DESIGN §7).
ACTIONS: Final = ("reduce", "halt", "halt_cancel", "halt_cancel_flatten")

#: How buying power is reckoned (engine.risk.checks.margin).
MODELS: Final = ("reg_t", "cash")


class LimitSpec(msgspec.Struct, frozen=True):
    """One limit: its key in risk_params.yaml (dots = nesting), the kind of value, the shipped default, its meaning."""

    key: str
    kind: Kind
    default: str
    doc: str
    may_be_off: bool = True
    most: Decimal | None = None
    """The largest value that can be watched."""
    scopes: tuple[str, ...] = ()
    """For what the limit may be given besides the desk: account, strategy, user, instrument."""
    least_is_strictest: bool = True
    """False: the larger value is the stricter one."""
    choices: tuple[str, ...] = ()
    """Of a choice: the words, mildest first."""
