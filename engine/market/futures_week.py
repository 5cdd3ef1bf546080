"""The week of futures at CME Globex: a session a day, from 18:00 New York on the evening before to 17:00, with a break
of an hour between; nothing from Friday 17:00 to Sunday 18:00.

Holidays follow the New York Stock Exchange's, on the strict side, because the exchange sets them product by product:
on its full holidays and its half days trading ends at 13:00, and on New Year's Day, Good Friday and Christmas there is
none. Where a broker tells hours of its own, both have to be open (docs/decisions/brokers-sessions.md).
Source: https://www.cmegroup.com/trading-hours.html (equity index).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from engine.market.calendar import Calendar, Session

ZONE: Final = "America/New_York"
_OPEN, _CLOSE, _EARLY = time(18), time(17), time(13)
_ONE_DAY: Final = timedelta(days=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
#: More days than ever lie between two sessions.
_MOST_DAYS: Final = 6


class FuturesWeek(Calendar):
    """Sessions by the date on which they end. `stocks`: whose holidays are its own."""

    def __init__(self, name: str, stocks: Calendar) -> None:
        super().__init__(name, ZONE)
        self._stocks = stocks
        self._known_sessions: dict[date, Session | None] = {}
        self._newest: Session | None = None

    def session_on(self, day: date) -> Session | None:
        if day not in self._known_sessions:
            if len(self._known_sessions) > 64:
                self._known_sessions.clear()
            self._known_sessions[day] = self._made(day)
        return self._known_sessions[day]

    def _made(self, day: date) -> Session | None:
        if day.weekday() >= 5 or self._is_shut(day):
            return None
        stocks = self._stocks.session_on(day)
        short = stocks is None or stocks.is_half_day
        opens = datetime.combine(day - _ONE_DAY, _OPEN, self.zone)
        closes = datetime.combine(day, _EARLY if short else _CLOSE, self.zone)
        return Session(day, _to_ns(opens), _to_ns(closes), short)

    def _is_shut(self, day: date) -> bool:
        """New Year and Christmas (or the day on which they are kept) and Good Friday: nothing trades on them."""
        if self._stocks.session_on(day) is not None:
            return False
        fixed = {(1, 1), (12, 25)}
        kept = day - _ONE_DAY if day.weekday() == 0 else day + _ONE_DAY if day.weekday() == 4 else day
        if (day.month, day.day) in fixed or (kept.weekday() >= 5 and (kept.month, kept.day) in fixed):
            return True
        return day == _good_friday(day.year)

    def trading_day(self, ts_ns: int) -> date:
        local = self.to_exchange_time(ts_ns)
        day = local.date() if local.time() < _CLOSE else local.date() + _ONE_DAY
        for _ in range(_MOST_DAYS):
            if self.session_on(day) is not None:
                return day
            day += _ONE_DAY
        return day

    def _ending_after(self, ts_ns: int) -> Session | None:
        newest = self._newest
        if newest is not None and newest.open_ns <= ts_ns < newest.close_ns:
            return newest
        day = self.trading_day(ts_ns)
        for _ in range(_MOST_DAYS):
            session = self.session_on(day)
            if session is not None and session.close_ns > ts_ns:
                self._newest = session
                return session
            day += _ONE_DAY
        return None


def _good_friday(year: int) -> date:
    """Two days before Easter (the Gregorian computus of Meeus, Jones and Butcher)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    weekday = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * weekday) // 451
    month, day = divmod(h + weekday - 7 * m + 114, 31)
    return date(year, month, day + 1) - timedelta(days=2)


def _to_ns(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1_000
