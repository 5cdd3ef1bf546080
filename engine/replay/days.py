"""The trading days of a journal: what `replay --list` shows and a DATE is looked up in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from engine import facts as f
from engine.journal.chain import Row
from engine.journal.codec import FactCodec

_KINDS: Final = frozenset({"desk_opened", "desk_closed", "day_rolled"})


class Place(msgspec.Struct, frozen=True, gc=False):
    """A fact's number and both its times."""

    seq: int
    recorded_ns: int
    market_ns: int


class Day(msgspec.Struct, frozen=True):
    """One trading day or replay run, from the opening of the desk that began it to its last fact."""

    label: str
    """The exchange date; a replay run's name behind it."""
    mode: str
    account: str
    first: Place
    last: Place
    closed: bool
    """Its last fact is a graceful stop."""

    @property
    def date(self) -> str:
        """2013-10-07"""
        return self.label.partition(" ")[0]

    @property
    def run(self) -> str:
        """The replay run's name; the label itself for a day of a market that runs by the clock."""
        return self.label.partition(" ")[2] or self.label


class _Opening(msgspec.Struct, frozen=True):
    """The desk was opened: where, and what stood before it."""

    fact: f.DeskOpened
    place: Place
    before: Place | None
    closed: bool


def days_of(rows: Iterable[Row], codec: FactCodec) -> list[Day]:
    """The days in the journal's order: every row is looked at, three kinds are decoded. Raises JournalError."""
    found: list[Day] = []
    day: Day | None = None
    opening: _Opening | None = None
    last: Place | None = None
    closed = False
    for row in rows:
        fact = codec.decode(row.kind, row.payload) if row.kind in _KINDS else None
        place = Place(row.seq, row.recorded_ns, row.market_ns)
        if isinstance(fact, f.DeskOpened):
            opening = _Opening(fact, place, last, closed)
        elif isinstance(fact, f.DayRolled) and opening is not None:
            # A start decides all it has to say at one instant: a day rolled then belongs to it.
            by_start = opening.place.recorded_ns == place.recorded_ns
            first, before, was_closed = (
                (opening.place, opening.before, opening.closed) if by_start else (place, last, closed)
            )
            if day is not None and before is not None:
                found.append(msgspec.structs.replace(day, last=before, closed=was_closed))
            day = Day(fact.day, opening.fact.mode, opening.fact.account, first, place, closed=False)
        last, closed = place, isinstance(fact, f.DeskClosed)
    if day is not None and last is not None:
        found.append(msgspec.structs.replace(day, last=last, closed=closed))
    return found


class NoSuchDayError(LookupError):
    """No day of the journal is called that; the message names the nearest ones."""


def find_day(days: Sequence[Day], name: str) -> Day:
    """The day called `name`: a date, a replay run (its time alone will do), or the whole label; the newest of several.

    Raises NoSuchDayError.
    """
    for day in reversed(days):
        if name in (day.label, day.date, day.run, day.run.rpartition(" ")[2]):
            return day
    newest = ", ".join(day.label for day in days[-3:])
    known = f"the newest are {newest}; tradedesk replay --list shows all" if days else "the journal has no day yet"
    raise NoSuchDayError(f"{name!r}: no such trading day or run in the journal; {known}")
