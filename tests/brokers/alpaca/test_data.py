"""Market data over the real SDK: each board on a connection of its own, and refusals in words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal

import pytest

from brokers.alpaca.bars import _bar, daily_bars
from brokers.alpaca.data import AlpacaData
from brokers.alpaca.settings import AlpacaSettings
from engine.model.market import MarketEvent, Quote, Trade
from engine.model.secret import Secret
from tests.brokers.alpaca.conftest import KNOWN
from tests.conformance.hearing import until
from tests.emulators.alpaca.server import AlpacaServer

OPTION = "AAPL270115C00200000"


@pytest.fixture
async def troubles() -> list[str]:
    return []


@pytest.fixture
async def feed(server: AlpacaServer, troubles: list[str]) -> AsyncIterator[AlpacaData]:
    made = made_feed(server, troubles)
    yield made
    await made.close()


def made_feed(server: AlpacaServer, troubles: list[str], name: str = "iex") -> AlpacaData:
    settings = AlpacaSettings(Secret(server.key), Secret(server.secret), data_url=server.url, feed=name)
    return AlpacaData(settings, KNOWN, troubles.append)


async def test_stocks_options_and_crypto_come_by_the_desks_symbols(server: AlpacaServer, feed: AlpacaData) -> None:
    seen: list[MarketEvent] = []
    await feed.subscribe(["IBM", "BTCUSD", OPTION], seen.append)
    assert server.data.connected == 3
    await server.quote("IBM", Decimal("99.98"), Decimal("100.02"))
    await server.quote("BTC/USD", Decimal("60000.25"), Decimal("60001.5"))
    await server.quote(OPTION, Decimal("8.00"), Decimal("8.20"), 12)
    await server.data.trade("BTC/USD", 60001.0, 1, 5)
    await until(lambda: len(seen) >= 4, "four events")
    quotes = {event.symbol: event for event in seen if isinstance(event, Quote)}
    assert quotes.keys() == {"IBM", "BTCUSD", OPTION}
    assert (quotes["BTCUSD"].bid, quotes["BTCUSD"].ask) == (Decimal("60000.25"), Decimal("60001.5"))
    assert quotes[OPTION].ask_size == 12
    assert [event.symbol for event in seen if isinstance(event, Trade)] == ["BTCUSD"]


async def test_a_feed_that_the_key_has_no_right_to_is_said_once_with_the_way_out(
    server: AlpacaServer, troubles: list[str]
) -> None:
    server.data.not_subscribed.add("sip")
    feed = made_feed(server, troubles, "sip")
    await feed.subscribe(["IBM"], lambda event: None)
    (said,) = troubles
    assert said.startswith("Alpaca's market data (stocks): this key's subscription has no right to feed sip; ")
    assert said.endswith("ALPACA_FEED=iex is everybody's")
    await feed.close()


async def test_a_second_program_on_the_one_connection_is_said_and_the_feed_comes_when_it_has_gone(
    server: AlpacaServer, feed: AlpacaData, troubles: list[str]
) -> None:
    seen: list[MarketEvent] = []
    server.data.refuses = (406, "connection limit exceeded")

    async def goes() -> None:
        await until(lambda: troubles, "the trouble")
        server.data.refuses = None

    await asyncio.gather(goes(), feed.subscribe(["IBM"], seen.append))
    assert troubles == [
        "Alpaca's market data (stocks): another program has the one connection that this key gets; it is tried again"
    ]
    await server.quote("IBM", Decimal("99.98"), Decimal("100.02"))
    await until(lambda: seen, "a quote")


async def test_days_of_stocks_and_crypto_come_by_the_desks_symbols_each_on_its_own_day(server: AlpacaServer) -> None:
    settings = AlpacaSettings(Secret(server.key), Secret(server.secret), data_url=server.url)
    found = await asyncio.to_thread(daily_bars, settings, ["IBM", "BTCUSD", OPTION], date(2026, 11, 26), KNOWN)
    assert found.keys() == {"IBM", "BTCUSD"}
    assert [bars[-1].date for bars in found.values()] == ["2026-11-25", "2026-11-25"]
    assert all(len(bars) > 250 for bars in found.values())


@pytest.mark.parametrize(
    ("begins", "day"), [("2026-11-25T05:00:00Z", "2026-11-25"), ("2026-07-01T04:00:00Z", "2026-07-01"),
                        ("2026-11-25T00:00:00Z", "2026-11-25")],
)  # fmt: skip
def test_a_days_bar_is_of_the_day_that_it_begins_in_new_york_or_utc(begins: str, day: str) -> None:
    assert _bar({"t": begins, "c": 1.5, "v": 10}).date == day
