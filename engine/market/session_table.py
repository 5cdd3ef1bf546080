"""The file format of an exchange's sessions, made by `make calendar` and read at start-up.

    # calendar=XNYS zone=America/New_York first=1998-01-01 last=2027-12-31 source=exchange_calendars-4.13.2
    date,open,close,half_day
    1998-01-02,14:30,21:00,
    2024-11-29,14:30,18:00,half

Open and close are UTC on the session's own date. `first` and `last` bound what the file knows: a date between
them without a row is a day without a session, a date outside is unknown.
"""

from __future__ import annotations

from datetime import date, time
from pathlib import Path

import msgspec

_MINUTE_NS = 60_000_000_000
_DAY_NS = 1_440 * _MINUTE_NS
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_HEADER = "date,open,close,half_day"


class CalendarError(ValueError):
    """A calendar cannot answer: unknown market, date not covered, not a time of day, bad table."""


class SessionTable(msgspec.Struct, frozen=True):
    """The sessions of one exchange in ascending order, one list a column; all three are equally long."""

    zone: str
    first: date
    last: date
    days: list[int]
    """Proleptic ordinals of the session dates."""
    opens: list[int]
    """Nanoseconds UTC."""
    closes: list[int]
    """Nanoseconds UTC."""
    half_days: frozenset[int]
    """Ordinals of the sessions that close early."""


def shipped_tables() -> dict[str, Path]:
    """The tables that come with the program, by the exchange's code."""
    return {path.stem: path for path in (Path(__file__).parent / "data" / "sessions").glob("*.csv")}


def read_table(path: Path) -> SessionTable:
    """Read one table. Raises CalendarError naming file, line and what was expected."""
    try:
        title, header, *rows = path.read_text(encoding="ascii").splitlines()
        facts = dict(item.split("=", 1) for item in title.removeprefix("# ").split())
        zone, first, last = (
            facts["zone"],
            date.fromisoformat(facts["first"]),
            date.fromisoformat(facts["last"]),
        )
    except (OSError, UnicodeError) as error:
        raise CalendarError(f"{path.name}: cannot be read: {error}") from error
    except (KeyError, ValueError):
        raise CalendarError(f"{path.name}:1: expected '# calendar=... zone=... first=... last=...'") from None
    if header != _HEADER:
        raise CalendarError(f"{path.name}:2: expected the header {_HEADER!r}, not {header!r}")

    days: list[int] = []
    opens: list[int] = []
    closes: list[int] = []
    half_days: list[int] = []
    clock = _Clock()
    previous = first.toordinal() - 1
    for number, row in enumerate(rows, start=3):
        try:
            day_text, open_text, close_text, half = row.split(",")
            day = date.fromisoformat(day_text).toordinal()
            midnight = (day - _EPOCH_DAY) * _DAY_NS
            opened, closed = midnight + clock[open_text], midnight + clock[close_text]
        except ValueError:
            raise CalendarError(f"{path.name}:{number}: expected {_HEADER}, not {row!r}") from None
        if not (previous < day and opened < closed and half in ("", "half")):
            raise CalendarError(f"{path.name}:{number}: sessions must ascend and open before they close: {row!r}")
        previous = day
        days.append(day)
        opens.append(opened)
        closes.append(closed)
        if half:
            half_days.append(day)
    if previous > last.toordinal():
        raise CalendarError(f"{path.name}: the last session lies after last={last}")
    return SessionTable(zone, first, last, days, opens, closes, frozenset(half_days))


class _Clock(dict[str, int]):
    """Nanoseconds since midnight by `HH:MM`; a table repeats a handful of times thousands of times."""

    def __missing__(self, text: str) -> int:
        parsed = time.fromisoformat(text)
        self[text] = value = (parsed.hour * 60 + parsed.minute) * _MINUTE_NS
        return value
