"""A day of the broker's calendar: the exchange's own, unless a test wants another."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from typing import Any

from engine.market.calendar import Calendar


@cache
def _exchange() -> Calendar:
    return Calendar.load("XNYS")


def calendar_row(day: date, instead: Mapping[str, dict[str, str] | None]) -> dict[str, Any] | None:
    """None where the market is closed. `instead`: by date, other hours, or None."""
    exchange, key = _exchange(), day.isoformat()
    session = exchange.session_on(day)
    if session is None or (key in instead and instead[key] is None):
        return None
    opens, closes = (f"{exchange.to_exchange_time(ns):%H:%M}" for ns in (session.open_ns, session.close_ns))
    return {
        "date": key,
        "open": opens,
        "close": closes,
        "session_open": "0400",
        "session_close": "2000" if closes == "16:00" else "1700",
        "settlement_date": (day + timedelta(3 if day.weekday() == 4 else 1)).isoformat(),
        **(instead.get(key) or {}),
    }
