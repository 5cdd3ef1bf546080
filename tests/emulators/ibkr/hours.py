"""Trading hours as contract details write them, from the broker's clock."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from engine.market.calendar import Calendar
from tests.emulators.ibkr.contracts import Listed

EASTERN = ZoneInfo("US/Eastern")
DAYS = 7


@cache
def exchange_days() -> tuple[frozenset[date], frozenset[date]]:
    """Holidays and early closes of the stock exchange, as far as its table reaches from 2025 on."""
    exchange = Calendar.load("XNYS")
    days = [date(2025, 1, 1) + timedelta(n) for n in range(3 * 365)]
    sessions = {day: exchange.session_on(day) for day in days if day.weekday() < 5}
    closed = frozenset(day for day, session in sessions.items() if session is None)
    return closed, frozenset(day for day, session in sessions.items() if session is not None and session.is_half_day)


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
