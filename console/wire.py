"""What goes over the control socket: one request and one answer, each a JSON object on a line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, get_args, get_type_hints

import msgspec


class LineAsk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line of the command language. `verb` says which lines are expected.

    yes: accept level 2 and soft limits. confirm: the word of level 3. id: makes an order idempotent. dry_run: only
    say what would happen.
    """

    verb: Literal[
        "order", "mod", "cxl", "flat", "halt", "reduce", "resume", "resolve", "resend", "release", "reconcile",
        "launch", "plan", "algo", "book", "dlq", "lock", "limit", "basket_line", "alert",
    ]  # fmt: skip
    line: str
    yes: bool = False
    confirm: str = ""
    id: str = ""
    dry_run: bool = False


class KillAsk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Pull the kill switch of the desk, or of one scope ("instrument:AAPL", "account:A", "strategy:S")."""

    verb: Literal["kill"]
    flatten: bool = False
    scope: str = "desk"


class LookAsk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Look at something; changes nothing."""

    verb: Literal[
        "ping", "status", "orders", "fills", "positions", "pnl", "algos", "breaks", "letters", "digest", "limits",
        "baskets",
    ]  # fmt: skip


class BasketAsk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of orders: `check` looks at it as one, `release` stages and sends it. text: the file. skip: leave bad rows
    and refused lines out. again: the same orders were released today, and that is meant. strict: the first line that is
    refused on its way stops the rest. yes, confirm, id: as for a line."""

    verb: Literal["basket"]
    action: Literal["check", "release"]
    name: str
    text: str
    skip: bool = False
    yes: bool = False
    confirm: str = ""
    again: bool = False
    strict: bool = False
    id: str = ""


class StopAsk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Stop the desk gracefully. Without `how` only a desk on which nothing works stops."""

    verb: Literal["stop"]
    how: Literal["leave", "cancel"] | None = None
    reason: str = ""


class UnlockAsk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The PIN of a locked live desk, over the socket that only its owner reaches."""

    verb: Literal["unlock"]
    pin: str

    def __repr__(self) -> str:
        return "UnlockAsk(***)"


Ask = UnlockAsk | LineAsk | KillAsk | LookAsk | StopAsk | BasketAsk

_KINDS: Final[dict[str, type[Ask]]] = {
    verb: kind
    for kind in (UnlockAsk, LineAsk, KillAsk, LookAsk, StopAsk, BasketAsk)
    for verb in get_args(get_type_hints(kind)["verb"])
}


class AskError(ValueError):
    """A request is not one; the message says what was expected."""


def read_ask(request: Mapping[str, object]) -> Ask:
    """The request that a JSON object is. Raises AskError."""
    verb = request.get("verb")
    kind = _KINDS.get(verb) if isinstance(verb, str) else None
    if kind is None:
        raise AskError(f"verb {verb!r} is not known; expected one of {', '.join(sorted(_KINDS))}")
    try:
        return msgspec.convert(request, kind)
    except msgspec.ValidationError as error:
        raise AskError(f"{verb}: {error}") from None


class Answer(msgspec.Struct, frozen=True, omit_defaults=False):
    """What comes back. exit: 0 done, 1 refused or failed, 2 not understood; `error` says why in one line."""

    ok: bool
    exit: int
    result: Any = None
    error: str = ""
