"""Sentences for the facts of baskets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from engine import facts as f
from engine.publish.fact_words import Names, because, by, count, money


def _staged(fact: f.BasketStaged, names: Names, at: int) -> str:
    what = f"{count(len(fact.items), 'line')}, sha256 {fact.digest[:12]}"
    return f"basket {fact.id} ({fact.name}) staged{by(fact.user)}: {what}; nothing was sent"


def _released(fact: f.BasketReleased, names: Names, at: int) -> str:
    more = f", {count(len(fact.skipped), 'line')} left out" if fact.skipped else ""
    more += ", once more" if fact.again else ""
    what = f"{count(fact.orders, 'order')} for {money(fact.notional)} at worst"
    return f"basket {fact.id} released{by(fact.user)}: {what}{more}"


def _line_refused(fact: f.BasketLineRefused, names: Names, at: int) -> str:
    return f"basket {fact.id}: row {fact.row} was refused{because(fact.reason)}"


def _ended(fact: f.BasketEnded, names: Names, at: int) -> str:
    counts = f"{fact.sent} sent, {fact.refused} refused, {fact.unsent} not sent"
    return f"basket {fact.id} {fact.outcome}{by(fact.by)}{because(fact.reason)}: {counts}"


BASKET_SENTENCES: Final[Mapping[type, Callable[[Any, Names, int], str]]] = MappingProxyType(
    {
        f.BasketStaged: _staged,
        f.BasketReleased: _released,
        f.BasketLineRefused: _line_refused,
        f.BasketEnded: _ended,
    }
)
