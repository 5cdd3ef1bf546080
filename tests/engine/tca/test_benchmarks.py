"""Benchmarks, marks and summaries: by hand, and as identities."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.tca import benchmarks as b
from engine.tca import marks as m
from engine.tca import summary

D = Decimal
PRICES = st.decimals(D("0.01"), D(10_000), places=4)
SIZES = st.integers(1, 100_000).map(D)
PRINTS = st.lists(st.tuples(SIZES, PRICES), min_size=1, max_size=20)


def test_slippage_is_a_cost_when_positive_on_both_sides() -> None:
    assert b.slippage_bps(1, D("100.10"), D(100)) == D(10)
    assert b.slippage_bps(-1, D("99.90"), D(100)) == D(10)
    assert b.slippage_bps(1, D("99.90"), D(100)) == D(-10)
    assert b.slippage_bps(1, D(100), None) is None


@given(PRINTS, PRINTS, st.sampled_from([1, -1]))
def test_own_prints_hide_their_share_of_the_slippage(
    ours: list[tuple[Decimal, Decimal]], others: list[tuple[Decimal, Decimal]], sign: int
) -> None:
    # definitions/tca.md: slip_excl = slip_incl / (1 - r), exactly, in average less VWAP.
    own, market = b.volume_of(ours), b.volume_of(others)
    everything = market.with_own(own)
    assert everything.without_own(own) == market
    rate = b.participation(own.qty, everything.qty)
    assert own.vwap is not None
    assert market.vwap is not None
    assert everything.vwap is not None
    assert rate is not None
    without = sign * (own.vwap - market.vwap)
    with_own = sign * (own.vwap - everything.vwap)
    assert abs(without - with_own / (1 - rate)) < D("1e-15")


def test_a_market_of_our_prints_alone_has_no_price_without_them() -> None:
    own = b.Volume(D(100), D(1000))
    assert own.without_own(own).vwap is None
    assert b.participation(D(100), D(100)) == 1
    assert b.participation(D(0), D(0)) is None


def test_twap_is_the_mean_of_the_mids() -> None:
    assert b.twap([D(10), D(11), D(15)]) == D(12)
    assert b.twap([]) is None


def test_pwp_takes_the_first_x_over_r_and_part_of_the_last_print() -> None:
    # 20 % of 100: the first 500: 300 at 10, and 200 of the 400 at 11.
    found = b.pwp([(D(300), D(10)), (D(400), D(11)), (D(900), D(50))], D(100), D("0.2"))
    assert found == b.Pwp(D(500), D(500), D("10.4"))


def test_pwp_without_enough_volume_is_incomplete() -> None:
    found = b.pwp([(D(300), D(10))], D(100))
    assert found == b.Pwp(D(500), D(300), None)
    assert not found.complete


@pytest.mark.parametrize("rate", [D(0), D("1.01"), D(-1)])
def test_a_participation_is_above_0_and_at_most_1(rate: Decimal) -> None:
    with pytest.raises(ValueError, match="no participation"):
        b.pwp([], D(100), rate)


@given(PRINTS, st.integers(1, 1000).map(D))
def test_pwp_of_all_that_traded_is_the_vwap(prints: list[tuple[Decimal, Decimal]], qty: Decimal) -> None:
    total = b.volume_of(prints)
    rate = min(qty / total.qty, D(1))
    found = b.pwp(prints, total.qty * rate, rate)
    assert total.vwap is not None
    # (total x rate) / rate is the total but for the last digit of a division.
    px = found.px if found.px is not None else total.vwap
    assert abs(px - total.vwap) < D("1e-15")


def test_marks_of_a_purchase_by_hand() -> None:
    # Bought at 100.02 with 100.00 / 100.02 quoted: the whole spread is paid. Later mid 100.12: 10 cents in favour.
    assert m.effective_spread_bps(1, D("100.02"), D("100.01")) == D("0.02") / D("100.01") * 10_000
    assert m.spread_capture(1, D("100.02"), D("100.00"), D("100.02")) == -1
    assert m.spread_capture(1, D("100.00"), D("100.00"), D("100.02")) == 1
    assert m.spread_capture(-1, D("100.01"), D("100.00"), D("100.02")) == 0
    assert m.spread_capture(1, D(100), D(100), D(100)) is None
    assert m.markout_bps(1, D("100.02"), D("100.12")) == D("0.10") / D("100.02") * 10_000
    assert m.reversion_bps(1, D("100.02"), D("100.12")) == -D("0.10") / D("100.02") * 10_000


@given(PRICES, PRICES)
def test_marks_of_a_sale_are_those_of_a_purchase_negated(px: Decimal, mid: Decimal) -> None:
    for figure in (m.markout_bps, m.reversion_bps, m.effective_spread_bps):
        bought, sold = figure(1, px, mid), figure(-1, px, mid)
        assert bought is not None
        assert sold is not None
        assert bought == -sold


def test_the_horizons_are_those_that_reports_promise() -> None:
    assert [ns // 1_000_000_000 for ns in m.HORIZONS.values()] == [1, 10, 60, 300, 1800]


# --- summaries --------------------------------------------------------------------------------------------------

PAIRS = st.lists(st.tuples(st.floats(-1e4, 1e4), st.floats(0.01, 1e6)), min_size=2, max_size=50)


def test_the_mean_weighs_by_notional() -> None:
    # 10 bps on 1,000,000 and -10 bps on 1,000: unweighted they would be 0.
    found = summary.spread_of([(10.0, 1_000_000.0), (-10.0, 1_000.0)])
    assert found is not None
    assert found.mean == pytest.approx((10 * 1_000_000 - 10 * 1_000) / 1_001_000)
    assert found.median == 0.0
    # By hand: sqrt(2 / 1 x ((1e6 x 0.01998)^2 + (1e3 x 19.98002)^2)) / 1.001e6
    assert found.se == pytest.approx(math.sqrt(2 * (19980.02**2 + 19980.02**2)) / 1_001_000, rel=1e-6)


@given(PAIRS)
def test_equal_weights_give_the_ordinary_standard_error(pairs: list[tuple[float, float]]) -> None:
    values = [value for value, _ in pairs]
    found = summary.spread_of([(value, 3.0) for value in values])
    assert found is not None
    assert found.mean == pytest.approx(np.mean(values), abs=1e-6)
    assert found.se == pytest.approx(np.std(values, ddof=1) / math.sqrt(len(values)), rel=1e-9, abs=1e-9)


@given(PAIRS, st.floats(0.01, 100.0))
def test_only_the_proportion_of_weights_matters(pairs: list[tuple[float, float]], by: float) -> None:
    one = summary.spread_of(pairs)
    other = summary.spread_of([(value, weight * by) for value, weight in pairs])
    assert one is not None
    assert other is not None
    assert other.mean == pytest.approx(one.mean, rel=1e-9, abs=1e-6)
    assert other.se == pytest.approx(one.se, rel=1e-6, abs=1e-6)
    assert (other.p5, other.median, other.p95) == (one.p5, one.median, one.p95)


def test_nothing_has_no_mean_and_one_value_no_error() -> None:
    assert summary.spread_of([]) is None
    assert summary.spread_of([(5.0, 0.0)]) is None
    one = summary.spread_of([(5.0, 10.0)])
    assert one == summary.Spread(1, 5.0, None, 5.0, 5.0, 5.0)
    assert summary.percentiles_of([]) is None
    assert summary.percentiles_of([4.0, 1.0, 3.0]) == summary.Percentiles(3, 3.0, pytest.approx(3.9), 3.98, 4.0)
