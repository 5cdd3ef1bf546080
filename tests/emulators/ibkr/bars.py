"""Historical bars: a walk that is the same for the same instrument and time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

from tests.emulators.ibkr.contracts import Listed
from tests.emulators.ibkr.listing import SPOTS
from tests.emulators.ibkr.refusals import RefusedError

SIZES = {
    "1 secs": 1, "5 secs": 5, "10 secs": 10, "15 secs": 15, "30 secs": 30, "1 min": 60, "2 mins": 120, "3 mins": 180,
    "5 mins": 300, "10 mins": 600, "15 mins": 900, "20 mins": 1200, "30 mins": 1800, "1 hour": 3600,
    "2 hours": 7200, "4 hours": 14400, "1 day": 86400, "1 day ": 86400, "1 week": 604800,
}  # fmt: skip
SHOWN = frozenset({"TRADES", "MIDPOINT", "BID", "ASK", "ADJUSTED_LAST"})
_SPAN = {"S": 1 / 86400, "D": 1, "W": 7, "M": 30.5, "Y": 365.25}
MOST = 2000
Bar = tuple[str, float, float, float, float, int, float, int]
"""date, open, high, low, close, volume, average price, trades"""


def _trading_days(until: datetime, count: int) -> list[datetime]:
    days: list[datetime] = []
    day = until.replace(hour=0, minute=0, second=0, microsecond=0)
    while len(days) < count:
        if day.weekday() < 5:
            days.append(day)
        day -= timedelta(days=1)
    return days[::-1]


def _close_of(listed: Listed, day: datetime) -> float:
    """The close of a day: within a few percent around a slow wave, from the day's own seed."""
    base = float(SPOTS.get(listed.local_symbol, 100))
    noise = Random(f"{listed.con_id} {day:%Y%m%d}").uniform(-0.02, 0.02)
    return _on_grid(listed, base * (1 + 0.05 * ((day.toordinal() % 97) / 97 - 0.5) + noise))


def _on_grid(listed: Listed, px: float) -> float:
    tick = float(listed.min_tick)
    return round(round(px / tick) * tick, 6)


def _daily(listed: Listed, days: list[datetime]) -> Iterator[Bar]:
    for day in days:
        random = Random(f"{listed.con_id} {day:%Y%m%d} bar")
        opened, closed = _close_of(listed, day - timedelta(days=1)), _close_of(listed, day)
        high = _on_grid(listed, max(opened, closed) * (1 + random.uniform(0, 0.01)))
        low = _on_grid(listed, min(opened, closed) * (1 - random.uniform(0, 0.01)))
        volume = random.randint(1_000_000, 9_000_000)
        yield (f"{day:%Y%m%d}", opened, high, low, closed, volume, round((high + low + closed) / 3, 6), volume // 100)


def history(listed: Listed, until: datetime, span: str, size: str, shown: str) -> list[Bar]:
    """The bars of a request. Raises RefusedError for a request that the broker would not understand."""
    if size not in SIZES or (size == "1 week"):
        raise RefusedError(321, "Error validating request.-'bP' : cause - Historical data bar size setting is invalid.")
    if shown not in SHOWN:
        raise RefusedError(321, "Error validating request.-'bP' : cause - Invalid what to show.")
    found = re.fullmatch(r"(\d+) ([SDWMY])", span.strip())
    if found is None:
        raise RefusedError(321, "Error validating request.-'bP' : cause - Historical data query duration is invalid.")
    days = max(1, round(int(found[1]) * _SPAN[found[2]]))
    if SIZES[size] == 86400:
        sessions = days if found[2] == "D" else max(1, days * 5 // 7)
        return list(_daily(listed, _trading_days(until, sessions)))
    if days > 365:
        raise RefusedError(162, "Historical Market Data Service error message:Time length exceed max.")
    step, bars = SIZES[size], []
    for day in _trading_days(until, min(days, 20)):
        (_, opened, high, low, closed, volume, average, trades) = next(_daily(listed, [day]))
        count = 23400 // step
        for at in range(count):
            part = opened + (closed - opened) * (at + 1) / count
            moment = day.replace(tzinfo=UTC) + timedelta(hours=14, minutes=30, seconds=at * step)
            if moment <= until:
                price = _on_grid(listed, part)
                stamp = f"{moment:%Y%m%d %H:%M:%S} UTC"
                bars.append((stamp, price, min(high, price), max(low, price), price, volume // count, average, trades))
    return bars[-MOST:]
