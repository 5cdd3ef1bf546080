"""Trading hours as contract details write them, from the broker's clock."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from tests.emulators.ibkr.contracts import Listed

EASTERN = ZoneInfo("US/Eastern")
DAYS = 7


@cache
def exchange_days() -> tuple[frozenset[date], frozenset[date]]:
    """Holidays and early closes of the New York Stock Exchange from 2025 to 2027, by its rules."""
    closed, early = {date(2025, 1, 9)}, set()  # a day of mourning
    for year in (2025, 2026, 2027):
        thanksgiving = _nth(year, 11, 3, 4)
        closed |= {_nth(year, 1, 0, 3), _nth(year, 2, 0, 3), _nth(year, 9, 0, 1), thanksgiving}
        closed |= {
            _easter(year) - timedelta(2),
            _nth(year, 6, 0, 1) - timedelta(7),
        }  # Good Friday, the last Monday of May
        closed |= {_observed(date(year, 6, 19)), _observed(date(year, 7, 4)), _observed(date(year, 12, 25))}
        if date(year, 1, 1).weekday() != 5:  # no last day of December is given for it
            closed.add(_observed(date(year, 1, 1)))
        early |= {thanksgiving + timedelta(1), date(year, 7, 3), date(year, 12, 24)}
    return frozenset(closed), frozenset(day for day in early - closed if day.weekday() < 5)


def _nth(year: int, month: int, weekday: int, number: int) -> date:
    first = date(year, month, 1)
    return first + timedelta((weekday - first.weekday()) % 7 + 7 * (number - 1))


def _observed(day: date) -> date:
    return day + timedelta({5: -1, 6: 1}.get(day.weekday(), 0))


def _easter(year: int) -> date:
    """Of the western church, by the anonymous computation of 1876."""
    golden, century, rest = year % 19, year // 100, year % 100
    moon = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    week = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    late = (golden + 11 * moon + 22 * week) // 451
    month, day = divmod(moon + week - 7 * late + 114, 31)
    return date(year, month, day + 1)


def hours(listed: Listed, now_ns: int, holidays: frozenset[date], early: frozenset[date]) -> tuple[str, str]:
    """Trading and liquid hours of today and the days after. `early`: days that end at 13:00."""
    first = datetime.fromtimestamp(now_ns // 1_000_000_000, EASTERN).date()
    days = [first + timedelta(days=n) for n in range(DAYS)]
    if listed.sec_type == "CRYPTO":
        whole = ";".join(f"{day:%Y%m%d}:0000-{day:%Y%m%d}:2359" for day in days)
        return whole, whole
    if listed.sec_type in ("FUT", "CASH"):
        short = holidays | early if listed.sec_type == "FUT" else frozenset()
        whole = ";".join(
            _span(day, "1800", "1300" if day in short else "1700", before=True) if day.weekday() < 5 else _closed(day)
            for day in days
        )
        return whole, whole
    traded, liquid = [], []
    for day in days:
        if day.weekday() > 4 or day in holidays:
            traded.append(_closed(day))
            liquid.append(_closed(day))
            continue
        liquid.append(_span(day, "0930", "1300" if day in early else "1600"))
        regular = listed.sec_type != "STK"
        traded.append(liquid[-1] if regular else _span(day, "0400", "1700" if day in early else "2000"))
    return ";".join(traded), ";".join(liquid)


def _closed(day: date) -> str:
    return f"{day:%Y%m%d}:CLOSED"


def _span(day: date, opens: str, closes: str, *, before: bool = False) -> str:
    """`before`: the session opens on the evening before."""
    start = day - timedelta(days=1) if before else day
    return f"{start:%Y%m%d}:{opens}-{day:%Y%m%d}:{closes}"
