"""Daily bars of the days before a run: what VaR, beta, correlation and average volume stand on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from brokers.alpaca import words
from brokers.alpaca.board import board_of
from brokers.alpaca.settings import AlpacaSettings
from engine.market.history import WINDOW, DayBar
from engine.model.instrument import Instrument
from engine.protocol import AmbiguousError

if TYPE_CHECKING:
    from brokers.alpaca.sdk import Rest

#: Calendar days that surely hold as many sessions as a history uses.
SPAN: Final = timedelta(days=WINDOW * 7 // 5 + 20)
PAGE: Final = 10_000
DAY_NS: Final = 86_400_000_000_000
NEW_YORK: Final = ZoneInfo("America/New_York")


def daily_bars(
    settings: AlpacaSettings, symbols: Sequence[str], today: date, instruments: Mapping[str, Instrument] | None = None
) -> dict[str, tuple[DayBar, ...]]:
    """By symbol, the oldest first, without today's; corrected for splits. `instruments`: those that are known, for
    their names on the wire. Blocks. Raises BrokerError."""
    from brokers.alpaca import sdk

    known = instruments or {}
    wires = {words.wire_symbol(known.get(symbol), symbol): symbol for symbol in symbols}
    asked: dict[str, Any] = {
        "timeframe": "1Day",
        "start": (today - SPAN).isoformat(),
        "end": (today - timedelta(days=1)).isoformat(),
        "limit": PAGE,
    }
    of_stocks = {**asked, "adjustment": "split", "feed": settings.feed}
    found: dict[str, tuple[DayBar, ...]] = {}
    for board, path, client, query in (
        ("stocks", "/stocks/bars", sdk.DataClient, of_stocks),
        ("crypto", "/crypto/us/bars", sdk.CryptoDataClient, asked),
    ):
        wanted = [wire for wire in wires if board_of(wire) == board]
        if wanted:
            rows = _pages(client(settings), path, {**query, "symbols": ",".join(wanted)})
            found.update((wires.get(wire, wire), tuple(bars)) for wire, bars in rows.items())
    return found


def _pages(client: Rest, path: str, asked: dict[str, Any]) -> dict[str, list[DayBar]]:
    found: dict[str, list[DayBar]] = {}
    while True:
        page = client.ask("GET", path, asked)
        try:
            for symbol, rows in (page.get("bars") or {}).items():
                found.setdefault(symbol, []).extend(_bar(row) for row in rows)
            token = page.get("next_page_token")
        except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError) as error:
            raise AmbiguousError(f"Alpaca's bars can't be read: {type(error).__name__}: {error}") from None
        if not token:
            return found
        asked["page_token"] = token


def _bar(row: dict[str, Any]) -> DayBar:
    """A day's bar begins at midnight in New York, or (crypto) in UTC."""
    begins = words.moment(row["t"])
    day = words.day_of(begins, NEW_YORK if begins % DAY_NS else UTC)
    return DayBar(day, Decimal(repr(row["c"])), Decimal(repr(row["v"])))
