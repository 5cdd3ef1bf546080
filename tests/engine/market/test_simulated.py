"""The simulated market: the same for the same seed however it is asked, and like a market."""

from __future__ import annotations

import statistics
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.market.calendar import Calendar
from engine.market.sim_names import US_NAMES
from engine.market.sim_price import volume_intensity
from engine.market.simulated import SimulatedMarket
from engine.model.enums import AssetClass
from engine.model.market import Quote, Trade

SECOND = 1_000_000_000
HOUR = 3_600 * SECOND
START = 1_760_000_000 * SECOND
CENT = Decimal("0.01")
NAMES = {name.symbol: name for name in US_NAMES}


@pytest.fixture(scope="module")
def hour() -> list[Quote | Trade]:
    """An hour of three names."""
    return SimulatedMarket(7, ["AAPL", "BAC", "META"]).events(START, START + HOUR)


# --- a function of (seed, time) ---------------------------------------------------------------------------


@settings(max_examples=60)
@given(
    seed=st.integers(0, 3),
    start=st.integers(0, 4_000_000_000).map(lambda ms: START + ms * 1_000_000),
    steps=st.lists(st.integers(0, 1_700_000_000), min_size=1, max_size=8),
    order=st.randoms(use_true_random=False),
)
def test_events_are_the_same_however_the_time_is_cut_and_in_whatever_order_it_is_asked_for(
    seed: int, start: int, steps: list[int], order: object
) -> None:
    edges = [start]
    for step in steps:
        edges.append(edges[-1] + step)
    spans = list(pairwise(edges))
    shuffled = spans.copy()
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    market = SimulatedMarket(seed, ["AAPL", "IBM", "SPY"])
    pieces = {span: market.events(*span) for span in shuffled}
    whole = SimulatedMarket(seed, ["AAPL", "IBM", "SPY"]).events(edges[0], edges[-1])
    assert [event for span in spans for event in pieces[span]] == whole


@given(st.integers(START, START + 10**17))
@settings(max_examples=40)
def test_the_quote_at_an_instant_is_the_last_one_of_the_stream(instant: int) -> None:
    market = SimulatedMarket(1, ["MSFT"])
    quote = market.quote_at("MSFT", instant)
    stream = SimulatedMarket(1, ["MSFT"]).events(instant - 3 * SECOND, instant + 1)
    assert quote == [event for event in stream if isinstance(event, Quote)][-1]


def test_a_seed_decides_everything_and_another_seed_everything_else() -> None:
    span = (START, START + 10 * SECOND)
    assert SimulatedMarket(5).events(*span) == SimulatedMarket(5).events(*span)
    assert SimulatedMarket(5).events(*span) != SimulatedMarket(6).events(*span)


def test_a_name_trades_the_same_whoever_trades_beside_it() -> None:
    span = (START, START + 10 * SECOND)
    beside_others = [event for event in SimulatedMarket(5).events(*span) if event.symbol == "IBM"]
    assert beside_others == SimulatedMarket(5, ["IBM"]).events(*span)


def test_a_known_seed_at_a_known_time_has_a_known_price_on_every_machine() -> None:
    quote = SimulatedMarket(1, ["AAPL"]).quote_at("AAPL", START)
    assert (quote.bid, quote.ask) == (Decimal("181.86"), Decimal("181.87"))


# --- like a market ----------------------------------------------------------------------------------------


def test_it_has_a_dozen_liquid_us_names_that_are_always_open() -> None:
    instruments = SimulatedMarket(1).instruments()
    assert {i.symbol for i in instruments} == {name.symbol for name in US_NAMES}
    assert len(instruments) == 12
    assert all(Calendar.load(i.calendar).is_open(START + k * 7 * HOUR) for i in instruments for k in range(30))
    assert all(i.sector or i.asset_class is AssetClass.ETF for i in instruments)


def test_every_price_lies_on_the_tick_and_every_size_is_whole_shares(hour: list[Quote | Trade]) -> None:
    for event in hour:
        prices = (event.bid, event.ask) if isinstance(event, Quote) else (event.price,)
        sizes = (event.bid_size, event.ask_size) if isinstance(event, Quote) else (event.size,)
        assert all(type(price) is Decimal and price > 0 and price % CENT == 0 for price in prices)
        assert all(type(size) is Decimal and size >= 1 and size % 1 == 0 for size in sizes)


def test_quotes_are_regular_but_for_a_rare_locked_one(hour: list[Quote | Trade]) -> None:
    quotes = [event for event in hour if isinstance(event, Quote)]
    locked = [quote for quote in quotes if quote.bid == quote.ask]
    assert all(quote.bid <= quote.ask for quote in quotes)
    assert 0 < len(locked) < len(quotes) / 1_000


def test_locked_quotes_can_be_turned_off_or_up() -> None:
    span = (START, START + 60 * SECOND)
    never = SimulatedMarket(7, locked_share=0.0).events(*span)
    often = SimulatedMarket(7, locked_share=0.2).events(*span)
    assert all(quote.is_regular for quote in never if isinstance(quote, Quote))
    quotes = [quote for quote in often if isinstance(quote, Quote)]
    assert sum(not quote.is_regular for quote in quotes) / len(quotes) == pytest.approx(0.2, abs=0.03)


def test_trades_happen_at_the_bid_or_ask_in_force_on_the_aggressors_side(hour: list[Quote | Trade]) -> None:
    newest: dict[str, Quote] = {}
    trades = 0
    for event in hour:
        if isinstance(event, Quote):
            newest[event.symbol] = event
            continue
        quote = newest[event.symbol]
        assert event.price == (quote.ask if event.aggressor > 0 else quote.bid)
        trades += 1
    assert trades > 3_600


def test_each_name_has_five_to_ten_events_a_second_in_strictly_rising_time(hour: list[Quote | Trade]) -> None:
    for symbol in ("AAPL", "BAC", "META"):
        times = [event.ts_ns for event in hour if event.symbol == symbol]
        assert 4 <= len(times) / 3_600 <= 10
        assert all(before < after for before, after in pairwise(times))


@pytest.mark.parametrize("symbol", ["AAPL", "IBM", "BAC"])
def test_an_hours_volume_spread_and_size_are_those_of_the_name(symbol: str) -> None:
    name = NAMES[symbol]
    events = SimulatedMarket(3, [symbol]).events(START, START + HOUR)
    quotes = [event for event in events if isinstance(event, Quote)]
    first = START // SECOND % 86_400
    usual = sum(volume_intensity((first + k) % 86_400) for k in range(3_600)) * name.volume / 86_400
    assert float(sum(e.size for e in events if isinstance(e, Trade))) == pytest.approx(usual, rel=0.15)
    assert float(statistics.mean(q.ask - q.bid for q in quotes)) * 100 == pytest.approx(name.spread, rel=0.15)
    assert float(statistics.mean(q.bid_size or Decimal(0) for q in quotes)) / 100 == pytest.approx(
        name.lots + 0.5, rel=0.1
    )


def test_volume_is_high_at_the_ends_of_the_day_and_averages_to_one() -> None:
    day = [volume_intensity(second) for second in range(86_400)]
    assert statistics.mean(day) == pytest.approx(1, abs=0.001)
    assert day[0] > 2 > 0.7 > day[43_200]


def minute_returns(symbol: str, count: int = 1_000) -> list[float]:
    market = SimulatedMarket(11, [symbol])
    mids = [float(market.quote_at(symbol, START + k * 60 * SECOND).mid) for k in range(count)]
    return [after / before - 1 for before, after in pairwise(mids)]


@pytest.mark.parametrize("symbol", ["SPY", "TSLA", "BAC"])
def test_realised_volatility_is_about_that_of_the_name(symbol: str) -> None:
    yearly = statistics.pstdev(minute_returns(symbol)) * (252 * 1_440) ** 0.5
    assert yearly == pytest.approx(NAMES[symbol].volatility, rel=0.25)


def test_names_move_together_and_the_index_funds_most() -> None:
    spy = minute_returns("SPY")
    assert statistics.correlation(spy, minute_returns("QQQ")) > 0.8
    assert 0.25 < statistics.correlation(spy, minute_returns("AAPL")) < 0.85


def test_prices_stay_around_where_they_belong_for_years() -> None:
    market = SimulatedMarket(2)
    for symbol, name in NAMES.items():
        mids = [float(market.quote_at(symbol, START + k * 24 * HOUR).mid) for k in range(0, 1_000, 5)]
        assert name.price / 2 < min(mids) < max(mids) < name.price * 2


# --- other universes --------------------------------------------------------------------------------------


def test_five_hundred_instruments_can_be_invented() -> None:
    market = SimulatedMarket.synthetic(500, seed=4)
    events = market.events(START, START + SECOND)
    assert len(market.instruments()) == len({event.symbol for event in events}) == 500
    assert [event.ts_ns for event in events] == sorted(event.ts_ns for event in events)


@pytest.mark.parametrize("count", [0, 501])
def test_other_numbers_of_instruments_are_refused(count: int) -> None:
    with pytest.raises(ValueError, match=f"{count} simulated instruments: expected 1 to 500"):
        SimulatedMarket.synthetic(count, seed=1)


def test_a_symbol_that_the_market_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="ZZZ: not in the simulated market; it has AAPL, AMZN"):
        SimulatedMarket(1, ["AAPL", "ZZZ"])
