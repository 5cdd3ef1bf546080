"""Quotes by account: an account whose broker quotes for itself never meets the desk's price."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from engine.market.quotes import QuoteCache
from engine.market.venues import Venues
from engine.model.fees import FeeSchedule
from engine.model.instrument import Instrument
from engine.model.market import Quote, Trade
from engine.risk.limits import Limits
from tests.engine.market.test_quotes import at, quote


@pytest.fixture
def common() -> QuoteCache:
    cache = QuoteCache(Limits.defaults(), [Instrument("A")])
    cache.on_quote(quote("10.00", "10.01"))
    return cache


def test_an_account_without_a_market_of_its_own_meets_the_desks(common: QuoteCache) -> None:
    venues = Venues(common)
    assert not venues.has_own("X")
    assert venues.usable("X", "A", at(100)) is common.usable("A", at(100))
    assert venues.fees("X") is None


def test_one_with_a_market_of_its_own_meets_that_or_nothing(common: QuoteCache) -> None:
    fees = FeeSchedule(taker_bps=Decimal(1))
    venues = Venues(common, {"X": fees}.get)
    take = venues.open("X")
    assert venues.has_own("X")
    assert venues.usable("X", "A", at(100)) is None
    own = quote("10.02", "10.03")
    take(own)
    assert venues.usable("X", "A", at(100)) is own
    assert venues.usable("Y", "A", at(100)) is common.usable("A", at(100))
    assert venues.fees("X") is fees


@pytest.mark.parametrize(
    "odd",
    [
        quote("10.02", "10.02", 100.1),
        quote("10.03", "10.02", 100.1),
        msgspec.structs.replace(quote("10.02", "10.03", 100.1), halted=True),
    ],
)
def test_after_a_quote_that_is_not_regular_there_is_no_price(common: QuoteCache, odd: Quote) -> None:
    venues = Venues(common)
    take = venues.open("X")
    take(quote("10.02", "10.03"))
    take(odd)
    assert venues.usable("X", "A", at(100.2)) is None


def test_a_quote_is_usable_to_its_limit_and_not_a_nanosecond_longer(common: QuoteCache) -> None:
    venues = Venues(common)
    take = venues.open("X")
    own = quote("10.02", "10.03")
    take(own)
    limit_s, heartbeat_s = (
        int(Limits.defaults().value(f"risk.{key}") or 0) for key in ("max_quote_age_s.equity", "feed_heartbeat_s")
    )
    take(Trade("A", Decimal(10), Decimal(1), at(100 + limit_s)))  # the feed is alive
    assert venues.usable("X", "A", at(100 + limit_s)) is own
    assert venues.usable("X", "A", at(100 + limit_s) + 1) is None
    fresh = quote("10.02", "10.03", 200)
    take(fresh)
    silent_from = min(limit_s, heartbeat_s)
    assert venues.usable("X", "A", at(200 + silent_from)) is fresh
    assert venues.usable("X", "A", at(200 + silent_from) + 1) is None


def test_an_older_quote_does_not_take_the_place_of_a_newer_one(common: QuoteCache) -> None:
    venues = Venues(common)
    take = venues.open("X")
    newer = quote("10.02", "10.03", 100)
    take(newer)
    take(quote("9.00", "9.01", 99))
    assert venues.usable("X", "A", at(100)) is newer
