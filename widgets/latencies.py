"""How long each thing asked of the broker took, from the facts of an order's life: pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from engine.views import FactLine
from widgets.lines import Line, Part

_ASKED: Final = {
    "order_intended": "ack",
    "held_released": "ack",
    "cancel_intended": "cancel",
    "replace_intended": "replace",
}
_ANSWERS: Final = {
    "order_accepted": "ack",
    "order_rejected": "ack",
    "order_unknown": "ack",
    "order_canceled": "cancel",
    "cancel_denied": "cancel",
    "order_replaced": "replace",
    "replace_denied": "replace",
}
_MOST: Final = 6


def answered_after(life: Sequence[FactLine]) -> dict[int, tuple[str, int]]:
    """Of each fact that answers another one, by its number: what was asked, and how long ago (ns, both as recorded).
    The first fill answers the order itself."""
    asked: dict[str, int] = {}
    found: dict[int, tuple[str, int]] = {}
    for fact in life:
        what = _ASKED.get(fact.kind)
        if what is not None:
            asked.setdefault(what, fact.recorded_ns)
            if what == "ack":
                asked.setdefault("first fill", fact.recorded_ns)
            continue
        answers = "first fill" if fact.kind == "order_filled" else _ANSWERS.get(fact.kind)
        since = asked.pop(answers, None) if answers is not None else None
        if answers is not None and since is not None:
            found[fact.seq] = (answers, fact.recorded_ns - since)
    return found


def took(ns: int) -> str:
    """2.3 ms, 123 ms, 14.2 s, 13m."""
    if ns < 10_000_000_000:
        return f"{ns / 1e6:,.{1 if ns < 10_000_000 else 0}f} ms"
    return f"{ns / 1e9:,.1f} s" if ns < 600_000_000_000 else f"{ns // 60_000_000_000:,}m"


def latency_line(life: Sequence[FactLine]) -> list[Line]:
    """One line with all of them; none where nothing was answered yet."""
    parts: list[Part] = [(f" {'Latency':<13}", "label")]
    for what, ns in list(answered_after(life).values())[:_MOST]:
        parts += [(f"{what} ", "dim"), (f"{took(ns)}  ", "normal")]
    return [parts] if len(parts) > 1 else []
