"""The meter: sums that say everything about an interval, moments asked for early, in time and late."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.market.quotes import QuoteCache
from engine.model.instrument import Instrument
from engine.model.market import Quote, Trade
from engine.risk.limits import Limits
from engine.tca.benchmarks import pwp, twap
from engine.tca.meter import KEPT, KEPT_NS, Key, Meter, Sums

D = Decimal
SECOND = 1_000_000_000
T0 = 1_700_000_000 * SECOND


class Market:
    """A quote cache with one meter, told by the test what happens at which tenth of a second."""

    def __init__(self, bid: str = "10.00") -> None:
        self.cache = QuoteCache(Limits.defaults(), (Instrument("X"),))
        self.noted: dict[Key, tuple[Sums | None, int]] = {}
        self.pwps: dict[Key, Decimal] = {}
        self.quote(0, bid)
        self.meter = Meter(
            self.cache.last_regular("X"),
            T0,
            lambda: self.cache.traded("X"),
            lambda key, sums, due: self.noted.update({key: (sums, due)}),
            lambda key, ts, px: self.pwps.update({key: px}),
        )
        self.cache.subscribe(self.meter.on_event, "X")

    def quote(self, tenths: int, bid: str, ask: str | None = None) -> None:
        high = D(ask) if ask is not None else D(bid) + D("0.02")
        self.cache.on_event(Quote("X", D(bid), high, None, None, T0 + tenths * SECOND // 10))

    def trade(self, tenths: int, size: str, px: str) -> None:
        self.cache.on_event(Trade("X", D(px), D(size), T0 + tenths * SECOND // 10))


def test_the_difference_of_two_readings_is_what_happened_between_them() -> None:
    market = Market("10.00")
    market.trade(3, "100", "10.02")
    begin = market.meter.at(T0 + SECOND // 2)
    market.quote(12, "10.10")
    market.trade(13, "300", "10.12")
    market.quote(31, "10.20")
    end = market.meter.at(T0 + 4 * SECOND)
    assert begin is not None
    assert end is not None
    assert end.volume - begin.volume == 300
    assert end.notional - begin.notional == D("3036.00")
    # Whole seconds 1 (10.01 in force), 2, 3 (10.11) and 4 (10.21).
    assert end.seconds - begin.seconds == 4
    assert end.mids - begin.mids == D("10.01") + 2 * D("10.11") + D("10.21")


def test_a_moment_includes_what_happens_at_it_and_nothing_after() -> None:
    market = Market()
    market.meter.wait(T0 + SECOND, ("order", "1s", ""))
    market.quote(10, "10.50")
    market.trade(10, "7", "10.52")
    assert not market.noted
    market.quote(11, "10.90")
    sums, due = market.noted["order", "1s", ""]
    assert due == T0 + SECOND
    assert sums is not None
    assert sums.quote is not None
    assert sums.quote.mid == D("10.51")
    assert sums.volume == 7
    assert sums.seconds == 2  # the one at which it began, and this one


def test_locked_and_crossed_quotes_are_no_mids() -> None:
    market = Market("10.00")
    market.quote(5, "10.50", "10.50")
    market.quote(6, "10.60", "10.40")
    found = market.meter.at(T0 + SECOND)
    assert found is not None
    assert found.quote is not None
    assert found.quote.mid == D("10.01")


def test_a_quiet_market_is_settled_by_time() -> None:
    market = Market()
    market.meter.wait(T0 + 5 * SECOND, ("order", "end", ""))
    market.meter.settle(T0 + 5 * SECOND - 1)
    assert not market.noted
    market.meter.settle(T0 + 5 * SECOND)
    sums, _ = market.noted["order", "end", ""]
    assert sums is not None
    assert sums.quote is not None
    assert sums.quote.mid == D("10.01")
    assert market.meter.idle


def test_what_is_asked_for_late_is_found_while_it_is_remembered() -> None:
    market = Market("10.00")
    for n in range(1, KEPT + 10):
        market.quote(n, f"{10 + n % 5}.00")
    market.meter.wait(T0 + 10, ("order", "fill", "old"))
    recent = T0 + KEPT * SECOND // 10
    market.meter.wait(recent, ("order", "fill", "new"))
    market.meter.settle(market.meter.newest_ns - 1)
    assert market.noted["order", "fill", "old"] == (None, T0 + 10)
    sums, _ = market.noted["order", "fill", "new"]
    assert sums is not None
    assert sums.quote is not None
    assert sums.quote.bid == 10 + KEPT % 5


def test_moments_of_two_minutes_are_kept_and_what_was_in_force_then() -> None:
    market = Market("10.00")
    for second in range(1, 200):
        market.quote(second * 10, f"{10 + second % 7}.00")
    newest = T0 + 199 * SECOND
    oldest = newest - KEPT_NS
    sums = market.meter.at(oldest + SECOND // 2)
    assert sums is not None
    assert sums.quote is not None
    assert sums.quote.bid == 10 + 79 % 7
    assert market.meter.at(oldest) is not None
    assert market.meter.at(oldest - 1) is None
    market.quote(90_000, "10.00")  # a market that was quiet for long
    sums = market.meter.at(T0 + 9000 * SECOND - KEPT_NS)
    assert sums is not None
    assert sums.quote is not None
    assert sums.quote.bid == 10 + 199 % 7


def test_before_the_meter_nothing_is_known() -> None:
    market = Market()
    assert market.meter.at(T0 - 1) is None


def test_a_print_told_late_counts_from_when_it_is_told() -> None:
    market = Market()
    market.quote(20, "10.10")
    market.trade(10, "100", "10.02")
    before, after = market.meter.at(T0 + SECOND), market.meter.at(T0 + 2 * SECOND)
    assert before is not None
    assert after is not None
    assert (before.volume, after.volume) == (0, 100)


@given(
    st.lists(st.tuples(st.integers(1, 30), st.integers(1, 500), st.integers(990, 1010)), min_size=1, max_size=40),
    st.integers(1, 4000),
)
def test_pwp_is_that_of_the_prints_one_by_one(steps: list[tuple[int, int, int]], wanted: int) -> None:
    market = Market()
    market.trade(0, "999", "50")  # before the beginning: not its business
    begin = market.meter.at(T0)
    assert begin is not None
    market.meter.wait_pwp(begin, D(wanted), ("order", "pwp", ""))
    prints, at = [], 0
    for gap, size, cents in steps:
        at += gap
        prints.append((D(size), D(cents) / 100))
        market.trade(at, str(size), str(D(cents) / 100))
    expected = pwp(prints, D(wanted), D(1))
    found = market.pwps.get(("order", "pwp", ""))
    if expected.px is None:
        assert found is None
        assert market.meter.forget_pwps() == [("order", "pwp", "")]
    else:
        assert found == pytest.approx(expected.px, abs=D("1e-20"))
        assert market.meter.idle


def test_a_pwp_asked_for_late_is_found_among_the_newest_prints() -> None:
    market = Market()
    begin = market.meter.at(T0)
    assert begin is not None
    market.trade(1, "300", "10")
    market.trade(2, "400", "11")
    market.trade(3, "900", "50")
    market.meter.wait_pwp(begin, D(500), ("order", "pwp", ""))
    assert market.pwps["order", "pwp", ""] == D("10.4")
    assert market.meter.idle


@given(st.lists(st.tuples(st.integers(1, 35), st.integers(900, 1100)), min_size=1, max_size=30), st.integers(0, 40))
def test_twap_is_the_mean_of_the_mids_at_whole_seconds(quotes: list[tuple[int, int]], more: int) -> None:
    market = Market("10.00")
    changes = [(0, D("10.01"))]
    at = 0
    for gap, cents in quotes:
        at += gap
        market.quote(at, str(D(cents) / 100))
        changes.append((at, D(cents) / 100 + D("0.01")))
    begin, end = market.meter.at(T0 + 1), market.meter.at(T0 + (at + more) * SECOND // 10)
    if begin is None:
        return  # more events than are kept
    assert end is not None
    seconds = range(1, (at + more) // 10 + 1)
    mids = [next(mid for since, mid in reversed(changes) if since <= second * 10) for second in seconds]
    assert end.seconds - begin.seconds == len(mids)
    if mids:
        assert (end.mids - begin.mids) / len(mids) == twap(mids)


def test_a_pwp_that_traded_too_long_ago_is_given_up_and_the_others_go_on() -> None:
    market = Market()
    begin = market.meter.at(T0)
    assert begin is not None
    market.trade(1, "100", "10")
    for n in range(2, KEPT + 10):
        market.quote(n, "10.00")
    now = market.meter.at(T0 + (KEPT + 10) * SECOND // 10)
    assert now is not None
    for wanted, key in ((900, "d"), (300, "b"), (600, "c"), (200, "a")):
        market.meter.wait_pwp(now, D(wanted), (key, "pwp", ""))
    market.meter.wait_pwp(begin, D(50), ("old", "pwp", ""))
    at = KEPT + 20
    for size in ("250", "100", "300", "400"):
        at += 1
        market.trade(at, size, "11")
    assert list(market.pwps) == [(key, "pwp", "") for key in "abcd"]
    assert market.meter.idle
