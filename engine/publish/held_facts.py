"""Sentences about orders that the desk holds, and about groups of orders."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from engine import facts as f
from engine.publish.fact_words import TYPES, Names, because, by, number, prices, quote_words, terms

CONTINGENCIES: Final = {"oco": "one cancels the other", "oto": "one starts the other", "bracket": "bracket"}


def _order_held(fact: f.OrderHeld, names: Names, at: int) -> str:
    by_clock = ", goes out by the clock" if fact.due_ns else ""
    checked = f"checks passed at worst {number(fact.ref_px)} on {quote_words(fact.quote, at)}"
    return f"order {fact.id} HELD here{by(fact.request.user)}: {terms(fact.request)}{by_clock}; {checked}"


def _order_timed(fact: f.OrderTimed, names: Names, at: int) -> str:
    return f"{names.order(fact.cl_ord_id)} will be ended by the desk at its time: the broker has no gtd"


def _group_formed(fact: f.GroupFormed, names: Names, at: int) -> str:
    entry = f"{names.order(fact.entry)} starts " if fact.entry else ""
    legs = ", ".join(names.order(leg) for leg in fact.legs)
    when = " when it has filled" if fact.entry and not fact.partial else ""
    when += ", held by the broker" if fact.at_broker else ""
    return f"group {fact.no} ({CONTINGENCIES[fact.contingency]}): {entry}{legs}{when}"


def _trail_moved(fact: f.TrailMoved, names: Names, at: int) -> str:
    return f"{names.order(fact.cl_ord_id)} trails: best {number(fact.trail_px)}, stop now {number(fact.stop_px)}"


def _held_triggered(fact: f.HeldTriggered, names: Names, at: int) -> str:
    return f"{names.order(fact.cl_ord_id)} reached at {number(fact.px)}{because(fact.why)}"


def _held_parked(fact: f.HeldParked, names: Names, at: int) -> str:
    return f"{names.order(fact.cl_ord_id)} PARKED, an operator decides{because(fact.reason)}"


def _held_released(fact: f.HeldReleased, names: Names, at: int) -> str:
    what = f"{TYPES[fact.ord_type]} {number(fact.qty)}{prices(fact.limit_px, fact.stop_px)}"
    return f"{names.order(fact.cl_ord_id)} sent as {what} on {quote_words(fact.quote, at)}{because(fact.why)}"


def _held_changed(fact: f.HeldChanged, names: Names, at: int) -> str:
    to = f"{number(fact.qty)}{prices(fact.limit_px, fact.stop_px)}"
    return f"{names.order(fact.cl_ord_id)}, held here, changed to {to}{by(fact.user)}"


def _held_refused(fact: f.HeldRefused, names: Names, at: int) -> str:
    reasons = "; ".join(str(denial) for denial in fact.denials)
    return f"{names.order(fact.cl_ord_id)} DENIED at its trigger{because(reasons)}"


HELD_SENTENCES: Final[Mapping[type, Callable[[Any, Names, int], str]]] = MappingProxyType(
    {
        f.OrderHeld: _order_held,
        f.OrderTimed: _order_timed,
        f.GroupFormed: _group_formed,
        f.TrailMoved: _trail_moved,
        f.HeldTriggered: _held_triggered,
        f.HeldParked: _held_parked,
        f.HeldReleased: _held_released,
        f.HeldChanged: _held_changed,
        f.HeldRefused: _held_refused,
    }
)
