"""Market data, where it comes with the broker's session."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from engine.model.market import MarketEvent, Quote
from engine.protocol import BrokerAdapter, DataProvider, Disconnected
from tests.conformance.bench import Bench
from tests.conformance.hearing import Reports, until


def provider(bench: Bench, adapter: BrokerAdapter) -> DataProvider:
    found = bench.data(adapter)
    if found is None:
        pytest.skip(f"{bench.name}: its data is another's")
    return found


async def test_quotes_of_what_was_subscribed_come_in_order_and_of_nothing_else(
    bench: Bench, adapter: BrokerAdapter
) -> None:
    seen: list[MarketEvent] = []
    await provider(bench, adapter).subscribe([bench.symbol], seen.append)
    await adapter.account()  # an answer: the subscription before it has arrived
    for cents in range(5):
        await bench.quote(f"100.0{cents}", f"100.1{cents}")
    await until(lambda: len(seen) >= 5, "five quotes")
    quotes = [event for event in seen if isinstance(event, Quote)]
    assert {quote.symbol for quote in quotes} == {bench.symbol}
    assert [quote.bid for quote in quotes[-5:]] == [Decimal(f"100.0{cents}") for cents in range(5)]
    assert [quote.ts_ns for quote in quotes] == sorted(quote.ts_ns for quote in quotes)


async def test_the_subscription_is_there_again_after_a_reconnect_without_being_asked_for(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    seen: list[MarketEvent] = []
    await provider(bench, adapter).subscribe([bench.symbol], seen.append)
    bench.drop()
    await reports.one(Disconnected)
    await adapter.connect(reports)
    await adapter.account()
    before = len(seen)
    for _ in range(100):  # where the data has a connection of its own, it comes back at its own time
        await bench.quote("101.00", "101.02")
        if len(seen) > before:
            break
        await asyncio.sleep(0.05)
    assert len(seen) > before, "no quote in the new session"


async def test_whoever_closes_it_hears_no_more(bench: Bench, adapter: BrokerAdapter) -> None:
    seen: list[MarketEvent] = []
    data = provider(bench, adapter)
    await data.subscribe([bench.symbol], seen.append)
    await data.close()
    await adapter.account()
    before = len(seen)
    await bench.quote("101.00", "101.02")
    await adapter.account()
    assert len(seen) == before
