"""The simulated market's options: a function of seed and time, near their value, two-sided, gone when expired."""

from __future__ import annotations

import math

import pytest

from engine.market.sim_names import ALL_NAMES
from engine.market.sim_options import option_value
from engine.market.simulated import SimulatedMarket
from engine.model.option import parse_occ

SECOND = 1_000_000_000
NOW = 1_748_900_000 * SECOND
CALL, PUT = "AAPL260116C00190000", "AAPL260116P00190000"


def market(seed: int = 7) -> SimulatedMarket:
    return SimulatedMarket(seed, names=ALL_NAMES)


def test_an_option_is_quoted_when_it_is_asked_for_and_the_same_every_time() -> None:
    events = market().events(NOW, NOW + 60 * SECOND, (CALL,))

    assert len(events) == 60
    assert events == market().events(NOW, NOW + 60 * SECOND, (CALL,))
    assert events != market(8).events(NOW, NOW + 60 * SECOND, (CALL,))
    cut = market()
    middle = NOW + 7 * SECOND
    assert events == cut.events(NOW, middle, (CALL,)) + cut.events(middle, NOW + 60 * SECOND, (CALL,))
    assert all(NOW <= event.ts_ns < NOW + 60 * SECOND for event in events)


def test_its_quotes_are_regular_on_the_tick_and_obey_put_call_parity() -> None:
    sim = market()
    call, put, stock = (sim.quote_at(symbol, NOW) for symbol in (CALL, PUT, "AAPL"))

    assert call.is_regular
    assert put.is_regular
    assert not call.bid % sim.instruments()[0].tick
    assert abs((call.mid - put.mid) - (stock.mid - 190)) < 1, "without interest C - P = S - K"


def test_a_worthless_option_still_has_two_sides() -> None:
    quote = market().quote_at("AAPL260116C00900000", NOW)
    assert 0 < quote.bid < quote.ask


def test_it_is_quoted_until_it_expires_and_not_after() -> None:
    end = parse_occ(CALL).expires_ns
    events = market().events(end - 5 * SECOND, end + 5 * SECOND, (CALL,))
    assert 4 <= len(events) <= 5
    assert max(event.ts_ns for event in events) < end


def test_only_options_on_its_own_stocks_are_quoted() -> None:
    sim = market()
    assert sim.has(CALL)
    assert sim.has("BTCUSD")
    assert not sim.has("GME260116C00020000")
    assert not sim.has("FOXA")


def test_coins_and_currencies_are_quoted_on_their_own_grids() -> None:
    sim = market()
    instruments = {i.symbol: i for i in sim.instruments()}
    for symbol in ("BTCUSD", "ETHUSD", "EURUSD", "GBPUSD", "USDJPY"):
        quote = sim.quote_at(symbol, NOW)
        assert quote.is_regular
        assert not quote.bid % instruments[symbol].tick
    assert (instruments["USDJPY"].base, instruments["USDJPY"].currency) == ("USD", "JPY")


@pytest.mark.parametrize("is_call", [True, False])
@pytest.mark.parametrize(("price", "strike"), [(100.0, 100.0), (42.0, 40.0), (80.0, 100.0)])
def test_the_value_is_the_mean_pay_off_of_a_lognormal_price(price: float, strike: float, is_call: bool) -> None:
    years, volatility, steps = 0.5, 0.3, 20_000
    width = volatility * math.sqrt(years)
    mean = 0.0
    for step in range(steps):
        z = -8.0 + 16.0 * (step + 0.5) / steps
        end = price * math.exp(width * z - width * width / 2.0)
        pay_off = max(end - strike if is_call else strike - end, 0.0)
        mean += pay_off * math.exp(-z * z / 2.0) / math.sqrt(2.0 * math.pi) * 16.0 / steps

    assert option_value(price, strike, years, volatility, is_call=is_call) == pytest.approx(mean, abs=1e-4)


def test_the_value_at_the_end_is_what_it_pays() -> None:
    assert option_value(42.0, 40.0, 0.0, 0.2, is_call=True) == 2.0
    assert option_value(42.0, 40.0, 0.0, 0.2, is_call=False) == 0.0
