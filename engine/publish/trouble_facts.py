"""Sentences about brokers in trouble: breaker, health, clock, and what became of orders that were not delivered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from engine import facts as f
from engine.model.margin import margin_words
from engine.model.sessions import difference, hours
from engine.publish.fact_words import Names, because, by, number, prices


def _breaker_set(fact: f.BreakerSet, names: Names, at: int) -> str:
    return f"breaker of {fact.broker} {fact.state}{because(fact.reason)}"


def _broker_health_set(fact: f.BrokerHealthSet, names: Names, at: int) -> str:
    return f"health of {fact.broker}: {fact.health}{because(fact.reason)}"


def _clock_skew_set(fact: f.ClockSkewSet, names: Names, at: int) -> str:
    where = "ahead of" if fact.skew_ns > 0 else "behind"
    off = f"the clock of {fact.broker} is {abs(fact.skew_ns) / 1e9:.3f} s {where} ours"
    if fact.level == "stop":
        return f"{off}, more than {fact.limit_ns / 1e9:g} s: only reducing orders go out"
    return f"{off}: {fact.level}"


def _margin_told(fact: f.MarginTold, names: Names, at: int) -> str:
    return f"{fact.broker} told of {fact.account}: {margin_words(fact.margin)}"


def _sessions_told(fact: f.SessionsTold, names: Names, at: int) -> str:
    if fact.ours == fact.theirs:
        return f"{fact.broker} agrees with the calendar {fact.calendar} on {fact.day}: {hours(fact.ours)}"
    return difference(fact.broker, fact.calendar, fact.day, fact.ours, fact.theirs)


def _dead_lettered(fact: f.DeadLettered, names: Names, at: int) -> str:
    what = names.order(fact.cl_ord_id)
    if fact.orig_cl_ord_id:
        asked = f" to {number(fact.qty)}" if fact.qty is not None else ""
        what = f"change of {names.order(fact.orig_cl_ord_id)}{asked}{prices(fact.limit_px, fact.stop_px)}"
    whose = f", for {fact.owner} to see to" if fact.owner else ""
    return f"{what} is dead letter {fact.no} ({fact.cause}){because(fact.reason)}{whose}"


def _dead_letter_closed(fact: f.DeadLetterClosed, names: Names, at: int) -> str:
    new = f" as {names.order(fact.replayed_as)}" if fact.replayed_as else ""
    return f"dead letter {fact.no} ({names.order(fact.cl_ord_id)}) {fact.how}{by(fact.by)}{new}{because(fact.reason)}"


TROUBLE_SENTENCES: Final[Mapping[type, Callable[[Any, Names, int], str]]] = MappingProxyType(
    {
        f.BreakerSet: _breaker_set,
        f.BrokerHealthSet: _broker_health_set,
        f.ClockSkewSet: _clock_skew_set,
        f.MarginTold: _margin_told,
        f.SessionsTold: _sessions_told,
        f.DeadLettered: _dead_lettered,
        f.DeadLetterClosed: _dead_letter_closed,
    }
)
