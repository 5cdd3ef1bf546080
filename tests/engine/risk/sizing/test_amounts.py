"""Fixed fractional, Kelly and volatility target: the definitions, to the last digit."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.risk.sizing.errors import SizingError
from engine.risk.sizing.fixed_fractional import fixed_fractional, for_risk
from engine.risk.sizing.kelly import kelly_binary, kelly_continuous
from engine.risk.sizing.lots import units_for
from engine.risk.sizing.volatility_target import volatility_target

D = Decimal


# --- fixed fractional -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("equity", "risk", "entry", "stop", "lot", "point_value", "qty"),
    [
        ("100000", "0.01", "190.50", "189.90", "1", "1", "1666"),
        ("100000", "0.01", "190.50", "189.90", "100", "1", "1600"),
        ("100000", "0.01", "189.90", "190.50", "1", "1", "1666"),  # short: the stop is above
        ("50000", "0.02", "4500", "4480", "1", "50", "1"),  # an ES contract: 20 points x 50 = 1000
        ("50000", "0.02", "4500", "4479.75", "1", "50", "0"),  # one tick more is more than the thousand
        ("10000", "0.01", "30000", "29000", "0.001", "1", "0.1"),
        ("1000", "0.003", "10", "9", "1", "1", "3"),  # exactly three: no rounding takes one away
    ],
)
def test_fixed_fractional_is_floor_of_equity_times_risk_over_distance_and_point_value_to_the_lot(
    equity: str, risk: str, entry: str, stop: str, lot: str, point_value: str, qty: str
) -> None:
    found = fixed_fractional(D(equity), D(risk), D(entry), D(stop), lot=D(lot), point_value=D(point_value))

    assert found.qty == D(qty)
    assert found.at_risk == D(qty) * abs(D(entry) - D(stop)) * D(point_value)
    assert found.at_risk <= found.amount == D(equity) * D(risk)


money = st.decimals("0.01", "1e9", places=2)
price = st.decimals("0.0001", "100000", places=4)
lots = st.sampled_from([D("1"), D("100"), D("0.001"), D("0.3")])


@given(amount=money, entry=price, stop=price, lot=lots, point_value=st.decimals("0.01", "1000", places=2))
def test_a_risk_sized_quantity_never_loses_more_than_the_amount_and_one_lot_more_would(
    amount: Decimal, entry: Decimal, stop: Decimal, lot: Decimal, point_value: Decimal
) -> None:
    if entry == stop:
        with pytest.raises(SizingError, match="nothing is at risk"):
            for_risk(amount, entry, stop, lot=lot, point_value=point_value)
        return
    found = for_risk(amount, entry, stop, lot=lot, point_value=point_value)

    assert found.qty % lot == 0
    assert found.qty * found.per_unit <= amount < (found.qty + lot) * found.per_unit


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"equity": "0"}, "equity 0 must be a number above 0"),
        ({"equity": "NaN"}, "equity NaN"),
        ({"risk": "-0.01"}, "risk -0.01 must be"),
        ({"risk": "1.01"}, "risk 1.01 is a share of equity and can't be above 1"),
        ({"entry": "Infinity"}, "entry Infinity"),
        ({"stop": "0"}, "stop 0"),
        ({"stop": "190.5"}, "entry and stop are both 190.5"),
    ],
)
def test_what_allows_no_risk_size_is_named(changed: dict[str, str], says: str) -> None:
    values = {"equity": "100000", "risk": "0.01", "entry": "190.5", "stop": "189.9", **changed}

    with pytest.raises(SizingError, match=says):
        fixed_fractional(*(D(values[name]) for name in ("equity", "risk", "entry", "stop")))


@pytest.mark.parametrize(("lot", "point_value"), [("0", "1"), ("-1", "1"), ("1", "0"), ("1", "NaN"), ("NaN", "1")])
def test_a_lot_or_point_value_that_is_none_is_refused(lot: str, point_value: str) -> None:
    with pytest.raises(SizingError):
        for_risk(D(100), D(10), D(9), lot=D(lot), point_value=D(point_value))


def test_a_share_of_equity_buys_whole_lots_only() -> None:
    assert units_for(D("0.25"), D("100000"), D("190.52"), lot=D(1), point_value=D(1)) == 131
    assert units_for(D("0.25"), D("100000"), D("190.52"), lot=D(100), point_value=D(1)) == 100
    assert units_for(D("0.25"), D("100000"), D("5"), lot=D(1), point_value=D(100)) == 50
    assert units_for(D("0"), D("100000"), D("5"), lot=D(1), point_value=D(100)) == 0


# --- Kelly ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("win_rate", "payoff", "fraction", "cap", "weight"),
    [
        ("0.53", "1", "1", "1", "0.06"),  # Thorp (2006): even money, p = 0.53 bets p - q
        ("0.51", "1", "1", "1", "0.02"),
        ("0.55", "1.5", "1", "1", "0.25"),
        ("0.55", "1.5", "0.5", "1", "0.125"),
        ("0.55", "1.5", "0.5", "0.2", "0.1"),  # clipped to the cap first, then times the fraction
        ("0.5", "1", "1", "1", "0"),  # no edge
        ("0.4", "1", "1", "1", "0"),  # a losing game
        ("0", "5", "1", "1", "0"),
        ("1", "0.01", "1", "1", "1"),
        ("1", "0.01", "1", "0.3", "0.3"),
        ("0.6", "3", "1", "1", "0.466666666666"),  # rounded down on the grid
    ],
)
def test_binary_kelly_is_p_minus_q_over_b_within_0_and_the_cap_times_the_fraction(
    win_rate: str, payoff: str, fraction: str, cap: str, weight: str
) -> None:
    assert kelly_binary(D(win_rate), D(payoff), fraction=D(fraction), cap=D(cap)) == D(weight)


@given(st.decimals("0.01", "0.99", places=2), st.decimals("0.1", "10", places=1))
def test_binary_kelly_makes_the_logarithm_of_wealth_grow_fastest(win_rate: Decimal, payoff: Decimal) -> None:
    from math import log

    def growth(share: float) -> float:
        return float(win_rate) * log(1 + float(payoff) * share) + (1 - float(win_rate)) * log(1 - share)

    best = float(kelly_binary(win_rate, payoff))

    assert all(growth(best) >= growth(step / 500) - 1e-12 for step in range(500))


@pytest.mark.parametrize(
    ("mean", "variance", "fraction", "cap", "weight"),
    [
        ("0.058", "0.046656", "1", "10", "1.243141289437"),  # Thorp (2006), sec. 7.1: S&P 500, m - r = .058, s = .216
        ("0.08", "0.04", "1", "1", "1"),
        ("0.08", "0.04", "1", "3", "2"),
        ("0.08", "0.04", "0.5", "3", "1"),
        ("0", "0.04", "1", "1", "0"),
        ("-0.08", "0.04", "1", "1", "0"),
    ],
)
def test_continuous_kelly_is_mean_over_variance_within_0_and_the_cap_times_the_fraction(
    mean: str, variance: str, fraction: str, cap: str, weight: str
) -> None:
    assert kelly_continuous(D(mean), D(variance), fraction=D(fraction), cap=D(cap)) == D(weight)


@pytest.mark.parametrize(
    ("win_rate", "payoff", "options", "says"),
    [
        ("1.01", "1", {}, "win rate 1.01 is a probability"),
        ("-0.1", "1", {}, "win rate -0.1"),
        ("NaN", "1", {}, "win rate NaN is not a finite number"),
        ("0.5", "0", {}, "payoff 0 must be above 0"),
        ("0.5", "Infinity", {}, "payoff Infinity"),
        ("0.5", "1", {"fraction": D(0)}, "fraction 0 must be above 0"),
        ("0.5", "1", {"fraction": D("1.1")}, "at most 1"),
        ("0.5", "1", {"cap": D(0)}, "cap 0 must be above 0"),
    ],
)
def test_what_allows_no_kelly_is_named(win_rate: str, payoff: str, options: dict[str, Decimal], says: str) -> None:
    with pytest.raises(SizingError, match=says):
        kelly_binary(D(win_rate), D(payoff), **options)


def test_a_variance_of_nothing_is_refused() -> None:
    with pytest.raises(SizingError, match="variance 0 must be above 0"):
        kelly_continuous(D("0.1"), D(0))


# --- volatility target ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "realized", "cap", "weight"),
    [
        ("0.10", "0.25", "1", "0.4"),
        ("0.10", "0.05", "1", "1"),
        ("0.10", "0.05", "1.5", "1.5"),
        ("0.1", "0.1", "1", "1"),
    ],
)
def test_a_volatility_target_is_target_over_realised_at_most_the_cap(
    target: str, realized: str, cap: str, weight: str
) -> None:
    assert volatility_target(D(target), D(realized), cap=D(cap)) == D(weight)


@pytest.mark.parametrize(
    ("target", "realized", "cap"), [("0", "0.2", "1"), ("0.1", "0", "1"), ("0.1", "NaN", "1"), ("0.1", "0.2", "-1")]
)
def test_a_volatility_of_nothing_is_no_estimate(target: str, realized: str, cap: str) -> None:
    with pytest.raises(SizingError, match="must be a number above 0"):
        volatility_target(D(target), D(realized), cap=D(cap))
