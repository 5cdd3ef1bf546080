"""What earlier days say of an instrument's trading day: when it trades, how its volume lies, how far it moves.

Everything is of sessions strictly before the trading day on which it is asked, so that nothing can be known too early,
wherever the bars come from. Worked out once for each symbol and day.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import fmean
from typing import Final

from engine.algos.math.profile import ProfileError, VolumeProfile, learn, sessions_between
from engine.market.calendar import Calendar, CalendarError, Session
from engine.market.minutes import Minutes
from engine.model.market import Bar
from engine.model.money import ZERO

#: Sessions that a figure is made of at most: the newest.
DAYS: Final = 20
#: A session of the usual length is found within so many days.
_NEAR: Final = 5
_ALWAYS: Final = Calendar.always_open("24x7")


class Past:
    """Of every symbol; pure, but for remembering what it has worked out."""

    __slots__ = ("_calendar_of", "_known", "_minutes", "_profiles")

    def __init__(self, minutes: Minutes, calendar_of: Callable[[str], Calendar]) -> None:
        self._minutes = minutes
        self._calendar_of = calendar_of
        self._known: dict[tuple[str, date], dict[date, tuple[Bar, ...]]] = {}
        self._profiles: dict[tuple[str, date], VolumeProfile] = {}

    @classmethod
    def unknown(cls) -> Past:
        """Nothing is known, of markets that never close."""
        return cls(Minutes.none(), lambda symbol: _ALWAYS)

    def profile(self, symbol: str, now_ns: int) -> VolumeProfile:
        """How its volume lies over a session: the mean of the days before the one of `now_ns`. Raises ProfileError."""
        today = self._today(symbol, now_ns)
        found = self._profiles.get((symbol, today))
        if found is None:
            if not self._minutes.of(symbol):
                raise ProfileError(
                    f"no volume profile of {symbol} is known: name a folder of its minute bars of earlier days in"
                    " `history:` of tradedesk.yaml, or give the profile"
                )
            bars = [bar for day in self._sessions(symbol, now_ns).values() for bar in day]
            found = self._profiles[symbol, today] = learn(bars, self._calendar_of(symbol), today)
        return found

    def weights(
        self, symbol: str, edges_ns: Sequence[int], now_ns: int, *, auctions: bool = True
    ) -> tuple[Decimal, ...]:
        """Shares of a day's volume that the intervals between these times should see, by its profile. Raises
        ProfileError, CalendarError."""
        profile = self.profile(symbol, now_ns)
        return profile.weights(self._calendar_of(symbol), edges_ns, auctions=auctions)

    def weights_of(self, profile: VolumeProfile, symbol: str, edges_ns: Sequence[int]) -> tuple[Decimal, ...]:
        """The same by a profile from elsewhere (a file). Raises CalendarError."""
        return profile.weights(self._calendar_of(symbol), edges_ns)

    def days_between(self, symbol: str, start_ns: int, end_ns: int) -> float:
        """Trading days between two times: session time only; a session of the usual length is one day, half of it half
        a day. Raises CalendarError."""
        calendar = self._calendar_of(symbol)
        return math.fsum(
            (min(end_ns, session.close_ns) - max(start_ns, session.open_ns)) / _usual_length(calendar, session)
            for session in sessions_between(calendar, start_ns, end_ns)
        )

    def day_s(self, symbol: str, at_ns: int) -> float:
        """Seconds of trading in a day of the usual length, around this time. Raises CalendarError."""
        calendar = self._calendar_of(symbol)
        session = calendar.session_of(at_ns) or calendar.session_of(calendar.next_open(at_ns))
        return _usual_length(calendar, session) / 1e9 if session is not None else 86_400.0

    def volume(self, symbol: str, now_ns: int) -> Decimal | None:
        """Mean volume of the sessions before the day of `now_ns`; None where none is known."""
        days = self._sessions(symbol, now_ns)
        return sum((bar.volume for bars in days.values() for bar in bars), ZERO) / len(days) if days else None

    def volatility(self, symbol: str, now_ns: int) -> float | None:
        """How far its price moves within a session, as a share of it: the root of the mean, over the sessions, of the
        sums of squared log returns from bar to bar (realised variance; Andersen et al. 2001). Nights are not in it.
        None where no session is known in which it moved."""
        variances = []
        for bars in self._sessions(symbol, now_ns).values():
            closes = [float(bars[0].open), *(float(bar.close) for bar in bars)]
            variances.append(math.fsum(math.log(b / a) ** 2 for a, b in pairwise(closes)))
        mean = fmean(variances) if variances else 0.0
        return math.sqrt(mean) if mean else None

    def _today(self, symbol: str, now_ns: int) -> date:
        return self._calendar_of(symbol).trading_day(now_ns)

    def _sessions(self, symbol: str, now_ns: int) -> dict[date, tuple[Bar, ...]]:
        """Its bars of the newest DAYS sessions before today, by date."""
        today = self._today(symbol, now_ns)
        found = self._known.get((symbol, today))
        if found is None:
            calendar = self._calendar_of(symbol)
            days: dict[date, list[Bar]] = {}
            session: Session | None = None
            for bar in self._minutes.of(symbol):
                if session is None or not session.open_ns <= bar.start_ns < session.close_ns:
                    session = calendar.session_of(bar.start_ns)
                if session is not None and session.date < today and bar.volume:
                    days.setdefault(session.date, []).append(bar)
            newest = sorted(days)[-DAYS:]
            found = self._known[symbol, today] = {day: tuple(days[day]) for day in newest}
        return found


def _usual_length(calendar: Calendar, session: Session) -> int:
    """The longest session of the days around: what a half day is half of, in ns."""
    longest = session.close_ns - session.open_ns
    for step in range(-_NEAR, _NEAR + 1) if session.is_half_day else ():
        try:
            near = calendar.session_on(session.date + timedelta(days=step))
        except CalendarError:
            continue
        longest = max(longest, near.close_ns - near.open_ns if near is not None else 0)
    return longest
