"""Daily closes and volumes: returns, correlations and averages of them, and those of the simulated market."""

from __future__ import annotations

import statistics
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.market.history import FEWEST, WINDOW, DayBar, History
from engine.market.sim_names import ALL_NAMES, MARKET_VOLATILITY
from engine.market.simulated import SimulatedMarket

DAY_S = 86_400
NAMES = {name.symbol: name for name in ALL_NAMES}


def days(*closes: str | int, volume: str | None = "1000", first: date = date(2024, 1, 1)) -> tuple[DayBar, ...]:
    """One day after the other with these closes."""
    return tuple(
        DayBar((first + timedelta(days=n)).isoformat(), Decimal(close), Decimal(volume) if volume else None)
        for n, close in enumerate(closes)
    )


def test_nothing_is_known_of_an_unknown_symbol() -> None:
    history = History.empty()
    assert not history.has("AAPL")
    assert history.closes("AAPL") == ()
    assert history.returns("AAPL") == {}
    assert history.correlation("AAPL", "AAPL") is None
    assert history.adv("AAPL") is None
    assert history.prior_close("AAPL") is None


def test_returns_are_simple_and_dated_by_the_later_close() -> None:
    history = History.of({"A": days(100, 110, 99)})
    assert history.closes("A") == (
        ("2024-01-01", Decimal(100)),
        ("2024-01-02", Decimal(110)),
        ("2024-01-03", Decimal(99)),
    )
    assert history.returns("A") == {"2024-01-02": pytest.approx(0.1), "2024-01-03": pytest.approx(-0.1)}
    assert history.prior_close("A") == 99


def test_only_the_newest_year_of_returns_counts() -> None:
    closes = [100 + n % 7 for n in range(WINDOW + 50)]
    history = History.of({"A": days(*closes)})
    assert len(history.returns("A")) == WINDOW
    assert len(history.closes("A")) == WINDOW + 50
    assert max(history.returns("A")) == history.closes("A")[-1][0]


def test_the_average_volume_is_of_the_newest_20_days_and_needs_all_of_them() -> None:
    bars = [DayBar(bar.date, bar.close, Decimal(n)) for n, bar in enumerate(days(*[50] * 30))]
    assert History.of({"A": tuple(bars)}).adv("A") == Decimal(sum(range(10, 30))) / 20
    assert History.of({"A": days(*[50] * 19)}).adv("A") is None
    assert History.of({"A": days(*[50] * 30, volume=None)}).adv("A") is None
    assert History.of({"A": (*bars[:-1], DayBar(bars[-1].date, Decimal(50)))}).adv("A") is None


def test_a_correlation_needs_20_common_days() -> None:
    rising = [100 + n + n % 3 for n in range(FEWEST + 1)]
    assert History.of({"A": days(*rising), "B": days(*rising)}).correlation("A", "B") == pytest.approx(1.0)
    assert History.of({"A": days(*rising[:-1]), "B": days(*rising)}).correlation("A", "B") is None
    apart = {"A": days(*rising), "B": days(*rising, first=date(2025, 1, 1))}
    assert History.of(apart).correlation("A", "B") is None


def test_what_never_moved_correlates_with_nothing() -> None:
    moving = days(*[100 + n % 5 for n in range(40)])
    assert History.of({"A": days(*[10] * 40), "B": moving}).correlation("A", "B") is None


@given(
    st.lists(st.tuples(st.integers(50, 150), st.integers(50, 150)), min_size=FEWEST + 2, max_size=60),
    st.sets(st.integers(1, 60), max_size=10),
)
def test_a_correlation_is_numpys_over_the_common_dates(prices: list[tuple[int, int]], missing: set[int]) -> None:
    a = days(*[x for x, _ in prices])
    b = tuple(bar for n, bar in enumerate(days(*[y for _, y in prices])) if n not in missing)
    history = History.of({"A": a, "B": b})
    returns_a, returns_b = history.returns("A"), history.returns("B")
    common = sorted(set(returns_a) & set(returns_b))
    xs, ys = [returns_a[d] for d in common], [returns_b[d] for d in common]
    found = history.correlation("A", "B")
    if len(common) < FEWEST or len(set(xs)) == 1 or len(set(ys)) == 1:
        assert found is None
    else:
        assert found == pytest.approx(np.corrcoef(xs, ys)[0, 1], abs=1e-9)
        assert history.correlation("B", "A") == found


# --- the simulated market's ---------------------------------------------------------------------------------


def _ends(count: int) -> list[tuple[str, int]]:
    last = 1_760_000_000 // DAY_S
    return [
        ((date(1970, 1, 1) + timedelta(days=last - back)).isoformat(), (last - back + 1) * DAY_S)
        for back in range(count, 0, -1)
    ]


def test_a_simulated_close_is_the_price_that_the_market_quoted_then() -> None:
    market = SimulatedMarket(3, ["AAPL", "BTCUSD", "USDJPY"], names=ALL_NAMES)
    ends = _ends(12)
    history = market.history(ends)
    for symbol in market.symbols:
        for (day, end), (dated, close) in zip(ends, history.closes(symbol), strict=True):
            quote = market.quote_at(symbol, end * 1_000_000_000)
            width = quote.ask - quote.bid + 2 * NAMES[symbol].tick
            assert day == dated
            assert quote.bid - width <= close <= quote.ask + width


def test_simulated_days_have_the_volatility_the_beta_and_the_volume_of_the_market() -> None:
    market = SimulatedMarket(1, names=ALL_NAMES)
    history = market.history(_ends(WINDOW + 1))
    shared = []
    for symbol in market.symbols:
        name = NAMES[symbol]
        yearly = statistics.stdev(history.returns(symbol).values()) * 252**0.5
        assert yearly == pytest.approx(name.volatility, rel=0.15)
        assert history.adv(symbol) == name.volume * name.unit
        expected = name.beta * MARKET_VOLATILITY / name.volatility * MARKET_VOLATILITY / 0.16
        found = history.correlation(symbol, "SPY")
        assert found is not None
        if symbol != "SPY":
            shared.append(found - expected)
    assert abs(statistics.mean(shared)) < 0.07


def test_the_simulated_past_is_a_function_of_the_seed() -> None:
    ends = _ends(30)
    one, again, other = (SimulatedMarket(seed).history(ends).closes("AAPL") for seed in (5, 5, 6))
    assert one == again
    assert one != other


def test_a_simulated_instrument_is_worked_out_when_it_is_first_asked_for() -> None:
    history = SimulatedMarket.synthetic(500, 1).history(_ends(30))
    assert history.has("SYM499")
    assert not history.is_ready("SYM499")
    assert len(history.returns("SYM499")) == 29
    assert history.is_ready("SYM499")
    assert history.is_ready("NOPE")


def test_days_that_are_worked_out_in_slices_are_the_same() -> None:
    ends = _ends(60)
    at_once, in_slices = (SimulatedMarket.synthetic(2, 1).history(ends) for _ in range(2))
    assert sum(1 for _ in in_slices.prepare("SYM001")) == 6
    assert sum(1 for _ in in_slices.prepare("SYM001")) == 0
    assert in_slices.bars("SYM001") == at_once.bars("SYM001")
    assert list(in_slices.prepare("NOPE")) == []
