"""Which moment of a trading day `--at` means: a time on the exchange's clock, a fact's number, its start or end."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

import msgspec

from engine.market.calendar import Calendar, CalendarError
from engine.replay.days import Day

_SEQ: Final = re.compile(r"seq[: ]?\s*([0-9]{1,15})")
_AT: Final = re.compile(r"(?:([0-9]{4}-[0-9]{2}-[0-9]{2})[T ])?([0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)")
_EXPECTED: Final = "expected HH:MM, HH:MM:SS or a date and time (exchange time), seq:N, start or end"


class GoalError(ValueError):
    """A moment can't be read; the message is one line with what was expected."""


class Goal(msgspec.Struct, frozen=True):
    """The moment right after fact `seq`, or where `market_ns` is given that time, after the facts up to it but none
    behind `seq`. `note` says what was made of the wish, where that is worth saying."""

    seq: int
    market_ns: int | None = None
    note: str = ""


def read_goal(text: str, day: Day, calendar: Calendar) -> Goal:
    """The moment of that day. A time outside of the day's facts means its first or last one. Raises GoalError."""
    wish = text.strip().lower()
    if wish in ("", "start"):
        return Goal(day.first.seq)
    if wish == "end":
        return Goal(day.last.seq)
    numbered = _SEQ.fullmatch(wish)
    if numbered is not None:
        return Goal(max(int(numbered[1]), 1))
    timed = _AT.fullmatch(wish.upper())
    if timed is None:
        raise GoalError(f"--at {text!r}: {_EXPECTED}")
    try:
        dates = [date.fromisoformat(timed[1])] if timed[1] else _dates(day, calendar)
        times = [calendar.parse_exchange_time(timed[2], each) for each in dates]
    except (CalendarError, ValueError) as error:
        raise GoalError(f"--at {text!r}: {error}") from None
    inside = [at for at in times if day.first.market_ns <= at <= day.last.market_ns]
    if inside:
        return Goal(day.last.seq, inside[0])
    if times[-1] < day.first.market_ns:
        return Goal(day.first.seq, note=f"the day's facts begin at {_clock(day.first.market_ns, calendar)}")
    return Goal(day.last.seq, note=f"the day's facts end at {_clock(day.last.market_ns, calendar)}")


def _dates(day: Day, calendar: Calendar) -> list[date]:
    """The exchange's dates that the day's facts lie on: more than one where its market trades overnight."""
    first = calendar.to_exchange_time(day.first.market_ns).date()
    last = calendar.to_exchange_time(day.last.market_ns).date()
    return [first + timedelta(days=n) for n in range(max((last - first).days, 0) + 1)]


def _clock(market_ns: int, calendar: Calendar) -> str:
    return f"{calendar.to_exchange_time(market_ns):%Y-%m-%d %H:%M:%S}"
