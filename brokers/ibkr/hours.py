"""The hours that IB's contract details write: `20261127:0930-20261127:1300;20261128:CLOSED`, on the clock of their
`timeZoneId`. The older way leaves the second date out and puts several spans behind one another with commas."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from brokers.ibkr.words import UnreadableError
from engine.market.calendar import Session

#: Names of TWS that are no names of the tz database.
_ZONES: Final = {
    "EST": "America/New_York",
    "EST5EDT": "America/New_York",
    "CST": "America/Chicago",
    "CST6CDT": "America/Chicago",
    "MET": "Europe/Berlin",
    "JST": "Asia/Tokyo",
    "GMT": "Europe/London",
    "BST": "Europe/London",
}


def sessions_of(text: str, zone: str, first: date, last: date) -> list[Session] | None:
    """The session of each of these dates (the date on which it ends), from the first opening to the last close; None
    where the text does not reach them all. IB tells about a week. Raises UnreadableError."""
    clock = _zone(zone) if text.strip() else UTC
    spans: dict[date, tuple[datetime, datetime]] = {}
    said: set[date] = set()
    for part in filter(None, (piece.strip() for piece in text.split(";"))):
        head, _, rest = part.partition(":")
        if rest.strip().upper() == "CLOSED":
            said.add(_date(head))
            continue
        for begin, end in _spans(head, rest):
            # One that ends at midnight is the evening's before.
            day = end.date() if end.time() != time() else begin.date()
            said.add(day)
            opens, closes = spans.get(day, (begin, end))
            spans[day] = (min(opens, begin), max(closes, end))
    days = [first + timedelta(n) for n in range((last - first).days + 1)]
    if not said or not min(said) <= first or not last <= max(said):
        return None
    usual = max((_length(span) for span in spans.values()), default=timedelta())
    return [
        Session(day, _ns(spans[day][0], clock), _ns(spans[day][1], clock), _length(spans[day]) < usual)
        for day in days
        if day in spans
    ]


def _length(span: tuple[datetime, datetime]) -> timedelta:
    return span[1] - span[0]


def _spans(head: str, rest: str) -> Iterator[tuple[datetime, datetime]]:
    for piece in rest.split(","):
        begin, dash, end = piece.strip().partition("-")
        if not dash:
            raise UnreadableError(f"IB's hours can't be read: {head}:{rest}")
        begin_day, _, begin_time = begin.rpartition(":")
        end_day, _, end_time = end.rpartition(":")
        yield _moment(begin_day or head, begin_time), _moment(end_day or head, end_time)


def _moment(day: str, text: str) -> datetime:
    try:
        hour, minute = int(text[:2]), int(text[2:4])
        return datetime.combine(_date(day), time()) + timedelta(hours=hour, minutes=minute)
    except ValueError:
        raise UnreadableError(f"IB's hours can't be read: {day}:{text}") from None


def _date(text: str) -> date:
    try:
        digits = text.strip()
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        raise UnreadableError(f"IB's hours have no date where one was expected: {text!r}") from None


def _zone(name: str) -> ZoneInfo:
    word = name.strip()
    for each in (word, _ZONES.get(word.split(" ")[0], ""), word.split(" ")[0]):
        with contextlib.suppress(Exception):
            if each:
                return ZoneInfo(each)
    raise UnreadableError(f"IB's hours are of a time zone that is not known: {name!r}")


def _ns(moment: datetime, zone: tzinfo) -> int:
    return int(moment.replace(tzinfo=zone).timestamp()) * 1_000_000_000
