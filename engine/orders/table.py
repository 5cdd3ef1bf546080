"""The order state table: what each event does to the base status of an order, after the FIX order state change
matrices (groups A to L). Evolvers move orders by it alone (`after`), reports look up in it what else an event asks
for (`row`), and docs/order-states.md is made from it.

The base is how an order stands without the requests that are out for it and without counting its quantities:
FILLED, PARTIALLY_FILLED, PENDING_CANCEL and PENDING_REPLACE are no bases, they follow from it (order.derive_status).
A row that facts in journals were folded by must not change: a better one is a new event.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final

import msgspec

from engine.model.enums import OrdStatus

S = OrdStatus


class Event(Enum):
    """What can happen to an order. The value is how the page calls it."""

    RELEASED = "released to the broker"
    TAKEN_BACK = "withheld, waits here again"
    REFUSED_HERE = "denied at its trigger"
    WITHHELD = "never handed over"
    DOUBTED = "outcome not known"
    ACCEPTED = "accepted (New)"
    REJECTED = "rejected"
    FILLED = "execution"
    AMENDED = "bust or correction"
    PENDING = "request received (Pending New, Cancel, Replace)"
    CANCEL_REJECTED = "cancel refused"
    REPLACED = "replaced"
    REPLACE_REJECTED = "replace refused"
    RESTATED = "restated terms"
    SUSPENDED = "suspended"
    REINSTATED = "works (again)"
    TRIGGERED = "triggered, activated"
    STOPPED = "stopped (guaranteed)"
    DONE_FOR_DAY = "done for day"
    CALCULATED = "calculated"
    CANCELED = "canceled"
    EXPIRED = "expired"
    RESOLVED = "resolved as dead"
    ALIVE = "proven alive"

    __hash__ = object.__hash__


class Row(msgspec.Struct, frozen=True, gc=False):
    """One cell: the base afterwards, and what the desk does about it.

    recorded: a fact is written (else the report changes nothing). alerts: the user is told that it is odd. asks: it
    contradicts what we know, or says too little: the broker is asked, and its answer decides. note: why, where odd.
    """

    to: OrdStatus
    recorded: bool = True
    alerts: bool = False
    asks: bool = False
    note: str = ""


_UNPROVEN: Final = (S.PENDING_NEW, S.UNKNOWN)
_PAUSED: Final = (S.SUSPENDED, S.STOPPED, S.CALCULATED, S.DONE_FOR_DAY)
_LIVE: Final = (*_UNPROVEN, S.NEW, *_PAUSED)
_ENDED: Final = (S.CANCELED, S.EXPIRED)
_REFUSED: Final = (S.REJECTED, S.DENIED)
_DEAD: Final = (*_ENDED, *_REFUSED)

BASES: Final = (S.HELD, *_LIVE, *_DEAD)
"""Every base that the table speaks of, in the order of an order's life."""

_Cells = dict[OrdStatus, Row]


def _to(
    bases: Iterable[OrdStatus], to: OrdStatus, note: str = "", *, alerts: bool = False, asks: bool = False
) -> _Cells:
    return {base: Row(to, True, alerts, asks, note) for base in bases}


def _stays(bases: Iterable[OrdStatus], note: str = "", *, alerts: bool = False, asks: bool = False) -> _Cells:
    """Recorded, and the base is as it was."""
    return {base: Row(base, True, alerts, asks, note) for base in bases}


def _nothing(bases: Iterable[OrdStatus], note: str = "") -> _Cells:
    """A duplicate, or late, or of lower precedence: changes nothing."""
    return {base: Row(base, False, False, False, note) for base in bases}


def _doubt(bases: Iterable[OrdStatus], note: str) -> _Cells:
    """Contradicts what we know: nothing is believed, the broker is asked."""
    return {base: Row(base, False, True, True, note) for base in bases}


_REFUSED_LIVES = "we hold it for refused, so that it can't live: only the broker's books can tell"
_ENDED_LIVES = "a report of before the end that came late, or an end that was none: only the broker's books can tell"
_LATE = "came late: the order is over"
_AGAIN = "a duplicate"

_BY_DESK = "by the desk itself; the broker should not know of it, and is asked when it does"
_NOT_OUT = "it waits in the desk: the broker should not know of it"
_CELLS: Final[dict[Event, _Cells]] = {
    Event.RELEASED: _to((S.HELD,), S.PENDING_NEW) | _nothing((*_LIVE, *_DEAD)),
    Event.TAKEN_BACK: _to(_UNPROVEN, S.HELD, "a stop that could not be sent must not be gone")
    | _nothing((S.HELD, S.NEW, *_PAUSED, *_DEAD)),
    Event.REFUSED_HERE: _to((S.HELD,), S.DENIED) | _nothing((*_LIVE, *_DEAD)),
    Event.WITHHELD: _to(_UNPROVEN, S.DENIED)
    | _nothing((S.HELD,), "it waits here already")
    | _nothing((S.NEW, *_PAUSED, *_DEAD), "the broker has spoken of it: it was handed over all the same"),
    Event.DOUBTED: _to((S.PENDING_NEW,), S.UNKNOWN, alerts=True, asks=True)
    | _nothing((S.HELD,), "it was not handed over: there is no doubt")
    | _nothing((S.UNKNOWN,), _AGAIN)
    | _nothing((S.NEW, *_PAUSED, *_DEAD), "the broker's own word came first: there is no doubt"),
    Event.ACCEPTED: _to(_UNPROVEN, S.NEW)
    | _stays((S.HELD,), f"teaches the broker's id; {_NOT_OUT}", alerts=True, asks=True)
    | _nothing((S.NEW,), "a duplicate, or late, after an execution proved it: teaches at most the broker's id")
    | _nothing(
        _PAUSED, "a duplicate; one that is newer than the pause says that the order works again (K.1.a): see there"
    )
    | _nothing(_ENDED, _LATE)
    | _stays(_REFUSED, f"teaches the broker's id; {_REFUSED_LIVES}", alerts=True, asks=True),
    Event.REJECTED: _to(_UNPROVEN, S.REJECTED)
    | _to((S.NEW, *_PAUSED), S.REJECTED, "reject after ack; with executions it is not believed, the broker is asked")
    | _nothing(_DEAD, _LATE),
    Event.FILLED: _to(_UNPROVEN, S.NEW, "an execution proves acceptance: the ack may come later or never")
    | _stays((S.HELD,), f"booked, since it is real; {_NOT_OUT}", alerts=True, asks=True)
    | _stays((S.NEW, *_PAUSED))
    | _stays(_ENDED, "J.1.b: it is real, so that quantity and position move; the order stays over", alerts=True)
    | _stays(_REFUSED, f"booked, since it is real; {_REFUSED_LIVES}", alerts=True, asks=True),
    Event.AMENDED: _stays(
        (*_UNPROVEN, S.NEW, S.SUSPENDED, S.STOPPED), "J.1.a: a filled order is live again", alerts=True
    )
    | _to((S.CALCULATED,), S.NEW, "what was calculated is void; the order may have leaves again", alerts=True)
    | _stays((S.DONE_FOR_DAY,), "J.1.d: done for day takes precedence", alerts=True)
    | _stays(_DEAD, "J.1.b: quantities and position move; the order stays over", alerts=True),
    Event.PENDING: _nothing((S.PENDING_NEW, S.NEW, *_PAUSED), "our own request counts from its sending (DESIGN §4)")
    | {S.UNKNOWN: Row(S.UNKNOWN, False, False, True, "the broker has it and did not decide yet: ask for its answer")}
    | {S.HELD: Row(S.HELD, False, False, True, _NOT_OUT)}
    | _nothing(_DEAD, _LATE),
    Event.CANCEL_REJECTED: _stays(_LIVE, "about the request, not the order: why it was refused is asked", asks=True)
    | _nothing(_DEAD, _LATE),
    Event.REPLACED: _to(_UNPROVEN, S.NEW, "what is replaced was accepted")
    | _stays((S.NEW, *_PAUSED))
    | _stays(_ENDED, "the terms are taken; whether it was replaced before or after the end is asked", asks=True)
    | _doubt(_REFUSED, _REFUSED_LIVES),
    Event.REPLACE_REJECTED: _stays(_LIVE, "about the request: the order keeps its terms", alerts=True)
    | _nothing(_DEAD, _LATE),
    Event.RESTATED: _to(_UNPROVEN, S.NEW, "what is restated was accepted")
    | _stays((S.NEW, *_PAUSED))
    | _doubt(_ENDED, _ENDED_LIVES)
    | _doubt(_REFUSED, _REFUSED_LIVES),
    Event.SUSPENDED: _to((*_UNPROVEN, S.NEW), S.SUSPENDED)
    | _nothing((S.SUSPENDED,), _AGAIN)
    | _nothing((S.STOPPED, S.CALCULATED, S.DONE_FOR_DAY), "of lower precedence than what it is already")
    | _doubt(_ENDED, _ENDED_LIVES)
    | _doubt(_REFUSED, _REFUSED_LIVES),
    Event.REINSTATED: _to((*_UNPROVEN, S.SUSPENDED, S.CALCULATED), S.NEW)
    | _to((S.DONE_FOR_DAY,), S.NEW, "H.1: a GT order is back on the next day")
    | _nothing((S.NEW,), _AGAIN)
    | _nothing((S.STOPPED,), "it works, and its guarantee stands")
    | _doubt(_ENDED, _ENDED_LIVES)
    | _doubt(_REFUSED, _REFUSED_LIVES),
    Event.TRIGGERED: _to((*_UNPROVEN, S.SUSPENDED), S.NEW, "E.1.f: what is activated was accepted, and works")
    | _stays((S.NEW, S.STOPPED, S.CALCULATED, S.DONE_FOR_DAY))
    | _nothing(_ENDED, _LATE)
    | _doubt(_REFUSED, _REFUSED_LIVES),
    Event.STOPPED: _to((*_UNPROVEN, S.NEW, S.SUSPENDED), S.STOPPED)
    | _stays((S.STOPPED,), "another guarantee")
    | _nothing((S.CALCULATED, S.DONE_FOR_DAY), "of lower precedence than what it is already")
    | _doubt(_ENDED, _ENDED_LIVES)
    | _doubt(_REFUSED, _REFUSED_LIVES),
    Event.DONE_FOR_DAY: _to((*_UNPROVEN, S.NEW, S.SUSPENDED, S.STOPPED, S.CALCULATED), S.DONE_FOR_DAY)
    | _nothing((S.DONE_FOR_DAY,), _AGAIN)
    | _nothing(_ENDED, "it is over, which says more")
    | _doubt(_REFUSED, _REFUSED_LIVES),
    Event.CALCULATED: _to((*_UNPROVEN, S.NEW, S.SUSPENDED, S.STOPPED), S.CALCULATED)
    | _nothing((S.CALCULATED,), _AGAIN)
    | _nothing((S.DONE_FOR_DAY,), "of lower precedence than done for day")
    | _nothing(_ENDED, "it is over, which says more")
    | _doubt(_REFUSED, _REFUSED_LIVES),
    Event.CANCELED: _to((S.HELD,), S.CANCELED, _BY_DESK)
    | _to(_LIVE, S.CANCELED, "an order that is filled stays so, whatever was asked (B.1.c, C.3.b)")
    | _nothing(_DEAD, "over already; the count that comes with it may prove the end"),
    Event.EXPIRED: _to((S.HELD,), S.EXPIRED, _BY_DESK)
    | _to(_LIVE, S.EXPIRED, "an order that is filled stays so")
    | _nothing(_DEAD, "over already; the count that comes with it may prove the end"),
    Event.RESOLVED: _nothing((S.HELD,), "the broker has it not, as it should")
    | _to(_UNPROVEN, S.REJECTED, "it never lived, as far as anybody knows")
    | _to((S.NEW, *_PAUSED), S.CANCELED, "it lived and is gone")
    | _nothing(_DEAD, _AGAIN),
    Event.ALIVE: _to(_UNPROVEN, S.NEW)
    | _nothing((S.NEW, *_PAUSED), "as we thought")
    | _to(_DEAD, S.NEW, "the broker's own books, read after our last news of it, show it working", alerts=True),
}

TABLE: Final[Mapping[Event, Mapping[OrdStatus, Row]]] = MappingProxyType(
    {event: MappingProxyType(_doubt((S.HELD,), _NOT_OUT) | cells) for event, cells in _CELLS.items()}
)
"""(event, base) -> what happens. A test demands a cell for each of EVENT x BASES."""

AFTER: Final[Mapping[Event, Mapping[OrdStatus, OrdStatus]]] = MappingProxyType(
    {event: {base: cell.to for base, cell in cells.items()} for event, cells in TABLE.items()}
)
"""The base after an event, for the order path."""

#: The event that a broker's word for an order's standing amounts to.
STANDING: Final[Mapping[OrdStatus, Event]] = MappingProxyType(
    {
        S.NEW: Event.REINSTATED,
        S.PARTIALLY_FILLED: Event.REINSTATED,
        S.FILLED: Event.REINSTATED,
        S.SUSPENDED: Event.SUSPENDED,
        S.STOPPED: Event.STOPPED,
        S.DONE_FOR_DAY: Event.DONE_FOR_DAY,
        S.CALCULATED: Event.CALCULATED,
        S.CANCELED: Event.CANCELED,
        S.EXPIRED: Event.EXPIRED,
        S.REJECTED: Event.REJECTED,
    }
)


def row(event: Event, base: OrdStatus) -> Row:
    """What an event means for an order with that base."""
    return TABLE[event][base]


def after(base: OrdStatus, event: Event) -> OrdStatus:
    """The base after an event."""
    return AFTER[event][base]
