"""The quote cache: what is known of an instrument, and when its price may not be used."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from engine.market.calendar import Calendar
from engine.market.quotes import QuoteCache, QuoteState
from engine.market.tape import SessionRules, open_tapes
from engine.model.enums import AssetClass
from engine.model.instrument import Instrument
from engine.model.market import Bar, MarketEvent, Quote, Trade
from engine.risk.limits import LIMIT_SPECS, Limits

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
CENT = Decimal("0.01")


def quote(bid: str, ask: str, at_s: float = 100.0, symbol: str = "A", interval_s: int = 0) -> Quote:
    ts_ns = int(at_s * SECOND)
    return Quote(symbol, Decimal(bid), Decimal(ask), Decimal(300), Decimal(200), ts_ns, interval_s * SECOND)


def trade(price: str, size: int, at_s: float = 100.0, eligible: bool = True) -> Trade:
    return Trade("A", Decimal(price), Decimal(size), int(at_s * SECOND), 0, eligible)


def at(seconds: float) -> int:
    return int(seconds * SECOND)


@pytest.fixture
def cache() -> QuoteCache:
    return QuoteCache(
        Limits.defaults(), [Instrument("A"), Instrument("OPT", asset_class=AssetClass.OPTION), Instrument("B")]
    )


# --- locked and crossed quotes ----------------------------------------------------------------------------


@pytest.mark.parametrize(("bid", "ask"), [("10.00", "10.00"), ("10.01", "10.00"), ("0", "10.00")])
def test_after_an_irregular_quote_the_price_is_unknown_until_the_next_regular_one(
    cache: QuoteCache, bid: str, ask: str
) -> None:
    good = quote("9.99", "10.00")
    assert cache.on_quote(good)
    assert not cache.on_quote(quote(bid, ask, 100.1))
    assert cache.usable("A", at(100.2)) is None
    assert cache.state("A", at(100.2)) is QuoteState.IRREGULAR
    assert cache.book("A").regular is good
    better = quote("10.00", "10.01", 100.3)
    assert cache.on_quote(better)
    assert cache.usable("A", at(100.4)) is better


def test_what_the_feed_says_is_halted_has_no_price_until_it_trades_again(cache: QuoteCache) -> None:
    cache.on_quote(quote("9.99", "10.00"))
    assert not cache.on_quote(msgspec.structs.replace(quote("9.99", "10.00", 100.1), halted=True))
    assert cache.usable("A", at(100.2)) is None
    assert cache.state("A", at(100.2)) is QuoteState.HALTED
    assert cache.book("A").irregular == 0
    again = msgspec.structs.replace(quote("9.99", "10.00", 100.3), halted=False)
    assert cache.on_quote(again)
    assert cache.usable("A", at(100.4)) is again


def test_irregular_quotes_are_shown_and_counted(cache: QuoteCache) -> None:
    cache.on_quote(quote("9.99", "10.00"))
    cache.on_quote(quote("10.00", "10.00", 100.1))
    row = cache.row("A", at(100.2), CENT)
    assert (row.bid, row.ask, row.irregular, row.stale) == (Decimal("10.00"), Decimal("10.00"), 1, False)


def test_the_locked_quotes_of_a_real_day_are_counted_and_never_usable(shared_data: Path) -> None:
    cache = QuoteCache(Limits.defaults())
    [tape] = open_tapes([shared_data / "equities/quotes_1s/SPY_20131007.csv.gz"])
    session = range(1_381_152_600 * SECOND, 1_381_176_000 * SECOND)
    used = 0
    for event in (event for batch in tape.batches() for event in batch):
        if isinstance(event, Quote) and event.ts_ns in session:
            cache.on_quote(event)
            usable = cache.usable("SPY", event.ts_ns)
            assert usable is (event if event.is_regular else None)
            used += usable is not None
    assert cache.row("SPY", session.stop, CENT).irregular == 170
    facts = json.loads((shared_data / "expected.json").read_text())
    assert used == facts["equities"]["SPY_20131007"]["quotes_1s"]["quotes"] - 170


# --- age --------------------------------------------------------------------------------------------------


def test_a_quote_is_usable_up_to_the_limit_of_its_class_and_stale_beyond(cache: QuoteCache) -> None:
    cache.on_quote(quote("9.99", "10.00"))
    cache.on_quote(quote("1.00", "1.10", symbol="OPT"))
    cache.on_quote(quote("5.00", "5.01", at_s=130, symbol="B"))  # the feed is alive
    assert cache.usable("A", at(115)) is not None
    assert cache.state("A", at(115.001)) is QuoteState.STALE
    assert cache.usable("OPT", at(160)) is not None
    assert cache.usable("OPT", at(160.001)) is None


def test_a_quote_dims_at_a_third_of_its_limit(cache: QuoteCache) -> None:
    cache.on_quote(quote("9.99", "10.00"))
    shown = [(row.dim, row.stale) for row in (cache.row("A", at(100 + age), CENT) for age in (5, 5.1, 15.1))]
    assert shown == [(False, False), (True, False), (True, True)]
    assert cache.row("A", at(107), CENT).age_ns == 7 * SECOND


def test_minute_bars_are_fresh_for_one_and_a_half_minutes_whatever_the_limit(cache: QuoteCache) -> None:
    cache.on_quote(quote("9.99", "10.00", interval_s=60))
    assert cache.usable("A", at(190)) is not None
    assert cache.usable("A", at(190.001)) is None


def test_a_silent_feed_makes_every_quote_stale_even_where_its_class_may_be_old(cache: QuoteCache) -> None:
    cache.on_quote(quote("1.00", "1.10", symbol="OPT"))
    assert cache.usable("OPT", at(130)) is not None
    assert cache.state("OPT", at(130.001)) is QuoteState.SILENT
    assert cache.row("OPT", at(130.001), CENT).stale
    cache.on_trade(trade("10.00", 5, 130.0))
    assert cache.usable("OPT", at(130.001)) is not None


def test_a_quote_from_the_future_is_not_used(cache: QuoteCache) -> None:
    cache.on_quote(quote("9.99", "10.00", at_s=200))
    assert cache.state("A", at(100)) is QuoteState.STALE


def test_without_a_quote_nothing_is_usable(cache: QuoteCache) -> None:
    assert cache.usable("A", at(1)) is None
    assert cache.state("A", at(1)) is QuoteState.MISSING
    row = cache.row("A", at(1), CENT)
    assert (row.bid, row.ask, row.last_px, row.change, row.stale, row.dim) == (None, None, None, None, True, True)


@pytest.mark.parametrize("key", ["risk.max_quote_age_s.equity", "risk.feed_heartbeat_s"])
def test_with_a_missing_limit_no_quote_is_young_enough(key: str) -> None:
    limits = Limits({spec.key: spec.default for spec in LIMIT_SPECS if spec.key != key})
    cache = QuoteCache(limits, [Instrument("A")])
    cache.on_quote(quote("9.99", "10.00"))
    assert cache.usable("A", at(100)) is None
    assert cache.row("A", at(100), CENT).stale


def test_changed_limits_hold_for_what_is_already_known(cache: QuoteCache) -> None:
    cache.on_quote(quote("9.99", "10.00"))
    assert cache.usable("A", at(110)) is not None
    cache.set_limits(Limits.defaults().with_changes({"risk.max_quote_age_s.equity": "5"}))
    assert cache.usable("A", at(110)) is None


def test_an_instrument_that_becomes_known_later_takes_the_limit_of_its_class(cache: QuoteCache) -> None:
    cache.on_quote(quote("9.99", "10.00", symbol="NEW"))
    assert cache.usable("NEW", at(120)) is None
    cache.add_instruments([Instrument("NEW", asset_class=AssetClass.OPTION)])
    assert cache.usable("NEW", at(120)) is not None


# --- order ------------------------------------------------------------------------------------------------


def test_an_older_quote_is_counted_and_changes_nothing(cache: QuoteCache) -> None:
    newest = quote("9.99", "10.00", 100)
    cache.on_quote(newest)
    assert not cache.on_quote(quote("9.00", "9.01", 99.9))
    assert cache.usable("A", at(100)) is newest
    assert cache.book("A").out_of_order == 1


def test_of_two_quotes_at_one_instant_the_later_one_counts(cache: QuoteCache) -> None:
    cache.on_quote(quote("9.99", "10.00"))
    second = quote("9.98", "9.99")
    cache.on_quote(second)
    assert cache.usable("A", at(100)) is second


# --- trades and the day -----------------------------------------------------------------------------------


def test_eligible_trades_make_last_price_volume_and_change(cache: QuoteCache) -> None:
    cache.on_trade(trade("10.00", 100))
    cache.on_trade(trade("10.50", 40, 101))
    assert not cache.on_trade(trade("99.00", 1_000_000, 102, eligible=False))
    row = cache.row("A", at(103), CENT)
    assert (row.last_px, row.last_size, row.day_volume, row.change) == (
        Decimal("10.50"),
        Decimal(40),
        Decimal(140),
        Decimal("0.50"),
    )


def test_where_a_feed_has_no_trades_the_change_is_that_of_the_mid(cache: QuoteCache) -> None:
    cache.on_quote(quote("9.99", "10.01"))
    cache.on_quote(quote("10.09", "10.11", 101))
    assert cache.row("A", at(101), CENT).change == Decimal("0.10")


def test_a_new_day_starts_volume_and_counters_again_and_keeps_the_last_price(cache: QuoteCache) -> None:
    cache.on_quote(quote("10.00", "10.00"))
    cache.on_trade(trade("10.00", 100))
    cache.roll_day()
    row = cache.row("A", at(101), CENT)
    assert (row.day_volume, row.irregular, row.last_px, row.change) == (Decimal(0), 0, Decimal("10.00"), None)
    cache.on_trade(trade("10.20", 7, 101))
    assert cache.row("A", at(101), CENT).change == Decimal(0)


def test_a_real_days_volume_and_last_price_are_those_of_its_eligible_trades(shared_data: Path) -> None:
    nyse = Calendar.load("XNYS")
    cache = QuoteCache(Limits.defaults())
    [tape] = open_tapes([shared_data / "equities/trades_tick/IBM_20131008.csv.gz"], SessionRules(lambda _: nyse))
    day = nyse.session_of(1_381_240_800 * SECOND)
    assert day is not None
    for event in (event for batch in tape.batches() for event in batch):
        if isinstance(event, Trade) and day.open_ns <= event.ts_ns < day.close_ns:
            cache.on_event(event)
    assert cache.row("IBM", day.close_ns, CENT).day_volume == 5_148_994


# --- subscribers ------------------------------------------------------------------------------------------


def test_subscribers_get_what_triggers_may_use_and_nothing_else(cache: QuoteCache) -> None:
    of_a: list[MarketEvent] = []
    of_all: list[MarketEvent] = []
    cache.subscribe(of_a.append, "A")
    cache.subscribe(of_all.append)
    good, other = quote("9.99", "10.00"), quote("1.00", "1.01", symbol="B")
    last = trade("10.00", 5)
    bar = Bar("A", CENT, CENT, CENT, CENT, CENT, at(60), MINUTE)
    unusable: list[MarketEvent] = [
        quote("10.00", "10.00", 100.1),
        quote("9.00", "9.01", 50),
        trade("10.00", 5, eligible=False),
    ]
    events: list[MarketEvent] = [good, other, last, *unusable, bar]
    for event in events:
        cache.on_event(event)
    assert of_a == [good, last, bar]
    assert of_all == [good, other, last, bar]


def test_who_unsubscribes_hears_no_more_and_may_do_so_twice(cache: QuoteCache) -> None:
    first: list[MarketEvent] = []
    second: list[MarketEvent] = []
    leave = cache.subscribe(first.append, "A")
    cache.subscribe(second.append, "A")
    leave()
    leave()
    cache.on_quote(quote("9.99", "10.00"))
    assert (first, len(second)) == ([], 1)


def test_a_subscriber_may_leave_while_it_is_being_told(cache: QuoteCache) -> None:
    heard: list[str] = []
    leaves: list[Callable[[], None]] = []

    def once(event: MarketEvent) -> None:
        heard.append("once")
        leaves[0]()

    leaves.append(cache.subscribe(once, "A"))
    cache.subscribe(lambda event: heard.append("always"), "A")
    for second in (100, 101):
        cache.on_quote(quote("9.99", "10.00", second))
    assert heard == ["once", "always", "always"]
