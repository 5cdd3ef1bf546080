"""When stocks and options trade, as Alpaca's calendar says it. Crypto has no calendar there."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from brokers.alpaca.words import UnreadableError
from engine.market.calendar import Session

ZONE: Final = ZoneInfo("America/New_York")
WHOLE: Final = time(16)
"""When a whole day ends."""


def sessions_of(rows: Iterable[dict[str, Any]]) -> list[Session]:
    """The regular hours of each day that is listed. Raises UnreadableError or KeyError."""
    found = []
    for row in rows:
        day, closes = date.fromisoformat(str(row["date"])), _time(row["close"])
        found.append(Session(day, _ns(day, _time(row["open"])), _ns(day, closes), closes < WHOLE))
    return sorted(found, key=lambda session: session.date)


def _time(value: object) -> time:
    """`09:30`, also as `0930`."""
    digits = str(value).replace(":", "")
    if len(digits) != 4 or not digits.isdigit():
        raise UnreadableError(f"{value!r} is no time of day")
    return time(int(digits[:2]), int(digits[2:]))


def _ns(day: date, moment: time) -> int:
    return int(datetime.combine(day, moment, ZONE).timestamp()) * 1_000_000_000
