"""When the paper exchange trades an instrument, in the form that matching needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from engine.market.calendar import Calendar, CalendarError
from engine.model.instrument import Instrument

FOREVER_NS: Final = 2**63 - 1
"""A time that never comes: the latest int64 nanosecond."""

_UNKNOWN_RETRY_NS: Final = 3_600_000_000_000


class TradingHours(msgspec.Struct, frozen=True, gc=False):
    """Whether an instrument trades, and until when (market ns, exclusive) that answer holds.

    The end of open hours is where day orders expire. `reason` says why it is closed when the calendar can't
    tell.
    """

    is_open: bool
    until_ns: int
    reason: str = ""


HoursAt = Callable[[Instrument, int], TradingHours]
"""The trading hours of an instrument at a market time. Asked once per session, not per quote."""


def never_closes(instrument: Instrument, now_ns: int) -> TradingHours:
    """Open without an end: day orders live until they fill or are cancelled."""
    return TradingHours(True, FOREVER_NS)


def hours_by_calendar(load: Callable[[str], Calendar] = Calendar.load) -> HoursAt:
    """Regular hours by each instrument's own calendar, loaded when first needed.

    A calendar that is not known, or doesn't reach that date, means closed, with the calendar's own words as
    reason.
    """
    calendars: dict[str, Calendar] = {}

    def hours(instrument: Instrument, now_ns: int) -> TradingHours:
        try:
            calendar = calendars.get(instrument.calendar)
            if calendar is None:
                calendar = calendars[instrument.calendar] = load(instrument.calendar)
            session = calendar.session_of(now_ns)
            if session is not None:
                return TradingHours(True, session.close_ns)
            return TradingHours(False, calendar.next_open(now_ns + 1))
        except CalendarError as error:
            return TradingHours(False, now_ns + _UNKNOWN_RETRY_NS, str(error))

    return hours
