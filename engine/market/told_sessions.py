"""Sessions that a broker tells, held against our own tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from engine.market.calendar import Calendar, CalendarError, Session


def differences(calendar: Calendar, told: Sequence[Session], first: date, last: date) -> list[str]:
    """Each date on which they differ, in words; dates that our table does not reach are left out."""
    theirs = {session.date: session for session in told}
    found = []
    for day in (first + timedelta(n) for n in range((last - first).days + 1)):
        try:
            ours = calendar.session_on(day)
        except CalendarError:
            continue
        said = theirs.get(day)
        if _hours(calendar, ours) != _hours(calendar, said):
            words = (
                f"{calendar.name} {day}: the broker says {_hours(calendar, said)}, our table {_hours(calendar, ours)}"
            )
            found.append(words)
    return found


def _hours(calendar: Calendar, session: Session | None) -> str:
    """To the minute, on the exchange's clock."""
    if session is None:
        return "closed"
    ends = [calendar.to_exchange_time(ns) for ns in (session.open_ns, session.close_ns)]
    return "-".join(f"{moment:%H:%M}" for moment in ends)
