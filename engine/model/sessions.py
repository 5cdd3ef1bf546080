"""What a broker says of a day's regular hours, beside what the desk's calendar says."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

_NS: Final = 1_000_000_000

Spans = tuple[tuple[int, int], ...]
"""(open, close) ns UTC, in order; () is a day without a session."""


class ToldSession(msgspec.Struct, frozen=True, gc=False):
    """One calendar's day at one broker. `day`: ISO, the exchange's date."""

    broker: str
    day: str
    ours: Spans
    theirs: Spans

    @property
    def differs(self) -> bool:
        return self.ours != self.theirs


def difference(broker: str, calendar: str, day: str, ours: Spans, theirs: Spans) -> str:
    """One line with both."""
    return (
        f"{day} at {broker}: {hours(theirs)}, by the calendar {calendar}: {hours(ours)}; "
        "market orders go out only while both are open"
    )


def hours(spans: Spans, zone: str = "America/New_York") -> str:
    """Open hours in New York's time."""
    if not spans:
        return "closed"
    clock = ZoneInfo(zone)

    def at(ns: int) -> str:
        return f"{datetime.fromtimestamp(ns // _NS, UTC).astimezone(clock):%H:%M}"

    return "open " + " and ".join(f"{at(opens)}-{at(closes)}" for opens, closes in spans) + " New York"
