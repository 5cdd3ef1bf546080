"""When a market is open, and to which day an instant belongs.

Four kinds: an exchange's own sessions from a shipped table (`Calendar.load("XNYS")`), a market that never
closes (crypto `24x7`, the simulated market), the foreign-exchange week (`24x5`), and the week of futures (`CME`). All
answer the same questions. Instants are nanoseconds UTC; a session holds its open and not its close. Times of day that
a user types or reads are exchange time.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from engine.market.session_table import CalendarError, SessionTable, read_table, shipped_tables

__all__ = ["Calendar", "CalendarError", "Session"]

_SECOND_NS = 1_000_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ONE_DAY = timedelta(days=1)
_TIME_OF_DAY = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?")
# The foreign-exchange day ends, and the next one starts, at this time in New York.
_FX_ZONE, _FX_ROLL = "America/New_York", time(17)


class Session(msgspec.Struct, frozen=True, gc=False):
    """One trading session: open at `open_ns`, no longer open at `close_ns`; `date` is the exchange's own."""

    date: date
    open_ns: int
    close_ns: int
    is_half_day: bool = False


class Calendar(ABC):
    """The sessions of one market. Immutable; build it once and pass it in."""

    def __init__(self, name: str, zone: str) -> None:
        self.name = name
        self.zone = _zone(name, zone)

    @staticmethod
    def load(name: str) -> Calendar:
        """The calendar that an instrument names: `24x7`, `24x5`, `CME`, or an exchange's by its ISO 10383 code.

        Raises CalendarError for a name that is not shipped, and for a table that cannot be read.
        """
        if name == "24x7":
            return Calendar.always_open(name)
        if name == "24x5":
            return _ForexWeek(name, _FX_ZONE)
        if name == "CME":
            from engine.market.futures_week import FuturesWeek  # which is a Calendar

            return FuturesWeek(name, Calendar.load("XNYS"))
        tables = shipped_tables()
        if name not in tables:
            known = ", ".join(["24x5", "24x7", "CME", *sorted(tables)])
            raise CalendarError(f"calendar {name!r} is not known; expected one of {known}")
        return _TableCalendar(name, read_table(tables[name]))

    @staticmethod
    def always_open(name: str, zone: str = "UTC") -> Calendar:
        """A market that never closes; its day runs from midnight to midnight in `zone`."""
        return _AlwaysOpen(name, zone)

    # -- what each kind knows ------------------------------------------------------------------------------

    @abstractmethod
    def session_on(self, day: date) -> Session | None:
        """The session of that exchange date; None on a holiday or weekend."""

    @abstractmethod
    def trading_day(self, ts_ns: int) -> date:
        """The date to which an order, a fill or a P&L at this instant belongs.

        An exchange's date lasts until midnight there, after hours included; a weekend or holiday belongs to
        the next session. The foreign-exchange date rolls at 17:00 in New York, Friday's into Monday.
        """

    @abstractmethod
    def _ending_after(self, ts_ns: int) -> Session | None:
        """The first session whose close lies after the instant; None where the known sessions end before."""

    # -- what follows from it ------------------------------------------------------------------------------

    def session_of(self, ts_ns: int) -> Session | None:
        """The session that is open at this instant, or None."""
        session = self._ending_after(ts_ns)
        return session if session is not None and session.open_ns <= ts_ns else None

    def is_open(self, ts_ns: int) -> bool:
        """Whether a session is open at this instant."""
        return self.session_of(ts_ns) is not None

    def next_open(self, ts_ns: int) -> int:
        """When the first session opens that opens at or after this instant."""
        session = self._known(self._ending_after(ts_ns))
        if session.open_ns >= ts_ns:
            return session.open_ns
        return self._known(self._ending_after(session.close_ns)).open_ns

    def day_end_ns(self, ts_ns: int) -> int:
        """When a DAY order entered at this instant expires: the close of this session, else of the next."""
        return self._known(self._ending_after(ts_ns)).close_ns

    def to_exchange_time(self, ts_ns: int) -> datetime:
        """The instant on the exchange's clock, to the microsecond below."""
        seconds, rest_ns = divmod(ts_ns, _SECOND_NS)
        return datetime.fromtimestamp(seconds, self.zone).replace(microsecond=rest_ns // 1_000)

    def parse_exchange_time(self, text: str, day: date) -> int:
        """The instant of a time of day (`10:00`, `9:30:15`) on the exchange's clock on that date.

        An hour that the change to winter time repeats means its first pass. Raises CalendarError for a time
        that the change to summer time skips, and for what is no time of day.
        """
        match = _TIME_OF_DAY.fullmatch(text.strip())
        try:
            if match is None:
                raise ValueError
            hour, minute, second = (int(part or 0) for part in match.groups())
            local = datetime.combine(day, time(hour, minute, second), self.zone)
        except ValueError:
            raise CalendarError(
                f"{text!r} is not a time of day; expected HH:MM or HH:MM:SS, exchange time ({self.zone.key})"
            ) from None
        ts_ns = _to_ns(local)
        if self.to_exchange_time(ts_ns).time() != local.time():
            raise CalendarError(f"{text} does not exist on {day} in {self.zone.key}: the clock is set forward")
        return ts_ns

    def _known(self, session: Session | None) -> Session:
        if session is None:
            raise CalendarError(f"no session of {self.name} is known after that")
        return session


class _AlwaysOpen(Calendar):
    """Every date is a session, from midnight to midnight."""

    def session_on(self, day: date) -> Session | None:
        midnight = _to_ns(datetime.combine(day, time(), self.zone))
        return Session(day, midnight, _to_ns(datetime.combine(day + _ONE_DAY, time(), self.zone)))

    def trading_day(self, ts_ns: int) -> date:
        return self.to_exchange_time(ts_ns).date()

    def _ending_after(self, ts_ns: int) -> Session | None:
        return self.session_on(self.trading_day(ts_ns))


class _ForexWeek(Calendar):
    """Monday's session opens on Sunday at 17:00 in New York, Friday's closes at 17:00; no holidays."""

    def session_on(self, day: date) -> Session | None:
        if day.weekday() >= 5:
            return None
        opened = _to_ns(datetime.combine(day - _ONE_DAY, _FX_ROLL, self.zone))
        return Session(day, opened, _to_ns(datetime.combine(day, _FX_ROLL, self.zone)))

    def trading_day(self, ts_ns: int) -> date:
        local = self.to_exchange_time(ts_ns)
        day = local.date() if local.time() < _FX_ROLL else local.date() + _ONE_DAY
        return day + timedelta(days=7 - day.weekday() if day.weekday() >= 5 else 0)

    def _ending_after(self, ts_ns: int) -> Session | None:
        return self.session_on(self.trading_day(ts_ns))


class _TableCalendar(Calendar):
    """An exchange's sessions as its table lists them; whatever lies outside the table's dates is refused."""

    def __init__(self, name: str, table: SessionTable) -> None:
        super().__init__(name, table.zone)
        self._table = table
        self._from_ns = _to_ns(datetime.combine(table.first, time(), self.zone))
        self._until_ns = _to_ns(datetime.combine(table.last + _ONE_DAY, time(), self.zone))

    def session_on(self, day: date) -> Session | None:
        table = self._table
        if not table.first <= day <= table.last:
            raise self._beyond(day)
        index = bisect_left(table.days, day.toordinal())
        found = index < len(table.days) and table.days[index] == day.toordinal()
        return self._session(index) if found else None

    def trading_day(self, ts_ns: int) -> date:
        table = self._table
        index = self._index_ending_after(ts_ns)
        if index == len(table.days) or table.opens[index] > ts_ns:
            # Between two sessions: until midnight the time belongs to the one before.
            index = bisect_left(table.days, self.to_exchange_time(ts_ns).date().toordinal())
        if index == len(table.days):
            raise self._beyond(self.to_exchange_time(ts_ns).date())
        return date.fromordinal(table.days[index])

    def _ending_after(self, ts_ns: int) -> Session | None:
        index = self._index_ending_after(ts_ns)
        return self._session(index) if index < len(self._table.days) else None

    def _index_ending_after(self, ts_ns: int) -> int:
        if not self._from_ns <= ts_ns < self._until_ns:
            raise self._beyond(self.to_exchange_time(ts_ns).date())
        return bisect_right(self._table.closes, ts_ns)

    def _session(self, index: int) -> Session:
        table = self._table
        day = table.days[index]
        return Session(date.fromordinal(day), table.opens[index], table.closes[index], day in table.half_days)

    def _known(self, session: Session | None) -> Session:
        if session is None:
            raise self._beyond(self._table.last + _ONE_DAY)
        return session

    def _beyond(self, day: date) -> CalendarError:
        covered = f"{self._table.first} to {self._table.last}"
        return CalendarError(f"the {self.name} calendar covers {covered}, which does not include {day}")


def _zone(name: str, key: str) -> ZoneInfo:
    try:
        return ZoneInfo(key)
    except (ZoneInfoNotFoundError, ValueError):
        raise CalendarError(f"calendar {name}: time zone {key!r} is not known") from None


def _to_ns(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1_000
