"""What has traded, as far as the feed told: exact sums that only rise."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from engine.market.quotes import QuoteCache
from engine.market.volume import NOTHING, Traded, VolumeMeter
from engine.model.market import Trade
from engine.risk.limits import Limits

D = Decimal


def _print(size: str, price: str, symbol: str = "IBM", *, eligible: bool = True) -> Trade:
    return Trade(symbol, D(price), D(size), 1, eligible=eligible)


def test_the_cache_counts_volume_and_notional_of_every_eligible_print_of_a_symbol() -> None:
    cache = QuoteCache(Limits.defaults())
    assert cache.traded("IBM") == NOTHING
    for event in (_print("100", "10.01"), _print("50", "10.02"), _print("7", "99", "BAC")):
        cache.on_event(event)
    cache.on_event(_print("1000", "10", eligible=False))
    assert cache.traded("IBM") == Traded(D(150), D("1502.00"))
    assert cache.traded("BAC") == Traded(D(7), D(693))


def test_a_new_day_sets_the_days_volume_back_and_never_the_count_that_intervals_are_measured_by() -> None:
    cache = QuoteCache(Limits.defaults())
    cache.on_event(_print("100", "10"))
    cache.roll_day()
    cache.on_event(_print("30", "11"))
    assert cache.book("IBM").day_volume == 30
    assert cache.traded("IBM").volume == 130


@given(st.lists(st.tuples(st.integers(1, 10**6), st.integers(1, 10**6)), min_size=1), st.integers(0, 50))
def test_an_interval_is_the_difference_of_two_counts_and_its_vwap_the_prints_own(
    prints: list[tuple[int, int]], cut: int
) -> None:
    meter = VolumeMeter()
    before = meter.traded("IBM")
    for n, (size, cents) in enumerate(prints):
        if n == min(cut, len(prints) - 1):
            before = meter.traded("IBM")
        meter.on_trade(_print(str(size), str(D(cents) / 100)))
    rest = prints[min(cut, len(prints) - 1) :]
    found = meter.traded("IBM").since(before)
    assert found.volume == sum(size for size, _ in rest)
    assert found.vwap == sum(D(size) * D(cents) / 100 for size, cents in rest) / found.volume
    assert NOTHING.vwap is None
