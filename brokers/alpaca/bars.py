"""Daily bars of the days before a run: what VaR, beta, correlation and average volume stand on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from brokers.alpaca import words
from brokers.alpaca.settings import AlpacaSettings
from engine.market.history import WINDOW, DayBar
from engine.protocol import AmbiguousError

#: Calendar days that surely hold as many sessions as a history uses.
SPAN: Final = timedelta(days=WINDOW * 7 // 5 + 20)
PAGE: Final = 10_000
NEW_YORK: Final = ZoneInfo("America/New_York")


def daily_bars(settings: AlpacaSettings, symbols: Sequence[str], today: date) -> dict[str, tuple[DayBar, ...]]:
    """By symbol, the oldest first, without today's; corrected for splits. Blocks. Raises BrokerError."""
    from brokers.alpaca.sdk import DataClient

    client = DataClient(settings)
    asked: dict[str, Any] = {
        "symbols": ",".join(symbols),
        "timeframe": "1Day",
        "start": (today - SPAN).isoformat(),
        "end": (today - timedelta(days=1)).isoformat(),
        "adjustment": "split",
        "feed": settings.feed,
        "limit": PAGE,
    }
    found: dict[str, list[DayBar]] = {}
    while True:
        page = client.ask("GET", "/stocks/bars", asked)
        try:
            for symbol, rows in (page.get("bars") or {}).items():
                found.setdefault(symbol, []).extend(_bar(row) for row in rows)
            token = page.get("next_page_token")
        except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError) as error:
            raise AmbiguousError(f"Alpaca's bars can't be read: {type(error).__name__}: {error}") from None
        if not token:
            return {symbol: tuple(bars) for symbol, bars in found.items()}
        asked["page_token"] = token


def _bar(row: dict[str, Any]) -> DayBar:
    """A day's bar begins at midnight in New York."""
    day = words.day_of(words.moment(row["t"]), NEW_YORK)
    return DayBar(day, Decimal(repr(row["c"])), Decimal(repr(row["v"])))
