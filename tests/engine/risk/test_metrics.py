"""Figures of return series: against numpy, against published tables, and where they are not defined."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine.risk import metrics as m

#: Quantiles of the standard normal distribution, as every table of it prints them.
Z = {0.90: 1.2815515655, 0.95: 1.6448536270, 0.975: 1.9599639845, 0.99: 2.3263478740, 0.999: 3.0902323062}

RETURNS = st.lists(st.floats(-0.5, 0.5, allow_subnormal=False), min_size=2, max_size=300)
CONFIDENCES = st.sampled_from([0.9, 0.95, 0.975, 0.99])


# --- value at risk ------------------------------------------------------------------------------------------


@given(RETURNS, CONFIDENCES)
def test_historical_var_is_numpys_quantile(returns: list[float], confidence: float) -> None:
    assert m.historical_var(returns, confidence) == pytest.approx(-np.quantile(returns, 1 - confidence), abs=1e-9)


@given(RETURNS, CONFIDENCES)
def test_historical_cvar_is_the_mean_at_or_beyond_it(returns: list[float], confidence: float) -> None:
    var = m.historical_var(returns, confidence)
    cvar = m.historical_cvar(returns, confidence)
    assert var is not None
    assert cvar is not None
    beyond = np.array(returns)[np.array(returns) <= -var]
    assert cvar == pytest.approx(-float(beyond.mean()), abs=1e-9)
    assert cvar >= var - 1e-12


@given(RETURNS, CONFIDENCES)
def test_parametric_var_is_z_sigma_less_mu(returns: list[float], confidence: float) -> None:
    expected = Z[confidence] * float(np.std(returns, ddof=1)) - float(np.mean(returns))
    assert m.parametric_var(returns, confidence) == pytest.approx(expected, abs=1e-9)


@given(RETURNS, CONFIDENCES)
def test_parametric_cvar_is_the_mean_of_the_normal_tail(returns: list[float], confidence: float) -> None:
    sigma, mu = float(np.std(returns, ddof=1)), float(np.mean(returns))
    density = math.exp(-(Z[confidence] ** 2) / 2) / math.sqrt(2 * math.pi)
    expected = sigma * density / (1 - confidence) - mu
    assert m.parametric_cvar(returns, confidence) == pytest.approx(expected, abs=1e-9)


def test_the_normal_quantiles_and_shortfalls_are_the_published_ones() -> None:
    # Mean 0 and a standard deviation of exactly 1.
    unit = [math.sqrt(0.5), -math.sqrt(0.5)]
    for confidence, z in Z.items():
        assert m.parametric_var(unit, confidence) == pytest.approx(z, abs=1e-9)
    # Basel's expected shortfall at 97.5 % of a normal loss is 2.3378, at 99 % 2.6652, at 95 % 2.0627.
    assert m.parametric_cvar(unit, 0.975) == pytest.approx(2.3378, abs=5e-5)
    assert m.parametric_cvar(unit, 0.99) == pytest.approx(2.6652, abs=5e-5)
    assert m.parametric_cvar(unit, 0.95) == pytest.approx(2.0627, abs=5e-5)


def test_a_quantile_that_falls_on_a_value_is_that_value() -> None:
    returns = [-0.10, -0.08, *[0.01 * n for n in range(19)]]
    assert m.historical_var(returns, 0.95) == 0.08
    assert m.historical_cvar(returns, 0.95) == pytest.approx(0.09, abs=1e-15)
    hundred_and_one = [-n / 1000 for n in range(101)]
    assert m.historical_var(hundred_and_one, 0.99) == 0.099
    assert m.historical_cvar(hundred_and_one, 0.99) == pytest.approx(0.0995, abs=1e-15)


@given(RETURNS, st.floats(0.1, 1000), CONFIDENCES)
def test_all_var_scales_with_the_position(returns: list[float], size: float, confidence: float) -> None:
    for figure in (m.historical_var, m.historical_cvar, m.parametric_var, m.parametric_cvar):
        one, many = figure(returns, confidence), figure([size * r for r in returns], confidence)
        assert one is not None
        assert many == pytest.approx(size * one, rel=1e-9, abs=1e-9 * size)


@given(RETURNS, st.randoms(use_true_random=False))
def test_the_order_of_the_days_does_not_matter(returns: list[float], order: object) -> None:
    shuffled = returns.copy()
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    for figure in (m.historical_var, m.historical_cvar, m.parametric_var, m.parametric_cvar):
        assert figure(returns, 0.95) == pytest.approx(figure(shuffled, 0.95), abs=1e-12)


@given(RETURNS)
def test_more_confidence_never_means_less_risk(returns: list[float]) -> None:
    for figure in (m.historical_var, m.historical_cvar, m.parametric_var, m.parametric_cvar):
        low, high = figure(returns, 0.95), figure(returns, 0.99)
        assert low is not None
        assert high is not None
        assert high >= low - 1e-12


# --- against a benchmark ------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.floats(-0.2, 0.2), st.floats(-0.2, 0.2)), min_size=3, max_size=200))
def test_beta_and_correlation_are_numpys(pairs: list[tuple[float, float]]) -> None:
    xs, ys = [x for x, _ in pairs], [y for _, y in pairs]
    assume(np.std(xs) > 1e-6 and np.std(ys) > 1e-6)
    covariance = np.cov(xs, ys, ddof=1)
    assert m.beta(xs, ys) == pytest.approx(covariance[0, 1] / covariance[1, 1], rel=1e-9, abs=1e-9)
    assert m.correlation(xs, ys) == pytest.approx(np.corrcoef(xs, ys)[0, 1], abs=1e-9)
    assert m.beta(ys, ys) == pytest.approx(1.0)
    assert m.correlation(xs, [-x for x in xs]) == pytest.approx(-1.0)


def test_anscombes_quartet_has_its_published_correlation_and_slope() -> None:
    # Anscombe 1973, "Graphs in statistical analysis", data set I: r = 0.816, y = 3.00 + 0.500 x.
    xs = [10.0, 8.0, 13.0, 9.0, 11.0, 14.0, 6.0, 4.0, 12.0, 7.0, 5.0]
    ys = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68]
    assert m.correlation(xs, ys) == pytest.approx(0.81642, abs=5e-6)
    assert m.beta(ys, xs) == pytest.approx(0.50009, abs=5e-6)


# --- ratios and drawdown ------------------------------------------------------------------------------------


@given(RETURNS)
def test_sharpe_and_sortino_are_numpys(returns: list[float]) -> None:
    array = np.array(returns)
    if array.std() > 1e-9:
        assert m.sharpe(returns) == pytest.approx(array.mean() / array.std(ddof=1) * 252**0.5, rel=1e-9, abs=1e-9)
    downside = float(np.sqrt(np.mean(np.minimum(array, 0) ** 2)))
    if downside > 1e-9:
        assert m.sortino(returns) == pytest.approx(array.mean() / downside * 252**0.5, rel=1e-9, abs=1e-9)


@given(st.lists(st.floats(1.0, 1e9), min_size=1, max_size=100))
def test_the_largest_drawdown_is_numpys(equities: list[float]) -> None:
    array = np.array(equities)
    assert m.max_drawdown(equities) == pytest.approx(float((1 - array / np.maximum.accumulate(array)).max()), abs=1e-12)


def test_drawdown_is_positive_below_the_peak_and_zero_at_it() -> None:
    assert m.drawdown(85.0, 100.0) == pytest.approx(0.15)
    assert m.drawdown(100.0, 100.0) == 0.0
    assert m.drawdown(101.0, 100.0) == 0.0
    assert m.drawdown(10.0, 0.0) is None


def test_a_trade_of_exactly_nothing_is_neither_a_win_nor_a_loss() -> None:
    assert m.profit_factor([300.0, 0.0, -100.0, 50.0, -75.0]) == pytest.approx(2.0)
    assert m.win_rate([300.0, 0.0, -100.0, 50.0, -75.0]) == 0.5
    assert m.profit_factor([1.0, 0.0]) is None
    assert m.profit_factor([0.0, -1.0]) == 0.0
    assert m.win_rate([0.0]) is None


@given(st.lists(st.floats(1.0, 10.0), min_size=2, max_size=50))
def test_simple_returns_lead_back_to_the_closes(closes: list[float]) -> None:
    price = closes[0]
    for change in m.simple_returns(closes):
        price *= 1.0 + change
    assert price == pytest.approx(closes[-1], rel=1e-9)


# --- where they are not defined -------------------------------------------------------------------------------

OF_ONE: tuple[Callable[[Sequence[float]], float | None], ...] = (
    m.stdev, m.sharpe, m.sortino, m.profit_factor, m.mean, m.max_drawdown, m.win_rate,
    lambda r: m.historical_var(r, 0.95), lambda r: m.historical_cvar(r, 0.95),
    lambda r: m.parametric_var(r, 0.95), lambda r: m.parametric_cvar(r, 0.95),
)  # fmt: skip


@pytest.mark.parametrize("figure", OF_ONE)
def test_nothing_has_no_figures(figure: Callable[[Sequence[float]], float | None]) -> None:
    assert figure([]) is None


@pytest.mark.parametrize("figure", OF_ONE)
@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_refused(figure: Callable[[Sequence[float]], float | None], odd: float) -> None:
    with pytest.raises(m.MetricError, match="not a finite number"):
        figure([0.01, odd, 0.02])


def test_one_return_has_a_quantile_and_no_spread() -> None:
    assert m.historical_var([-0.03], 0.99) == 0.03
    assert m.historical_cvar([-0.03], 0.99) == 0.03
    assert m.parametric_var([-0.03], 0.99) is None
    assert m.stdev([0.01]) is None
    assert m.sharpe([0.01]) is None
    assert m.beta([0.01], [0.02]) is None


def test_equal_returns_have_a_var_and_no_ratio() -> None:
    same = [0.1] * 7
    assert m.stdev(same) == 0.0
    assert m.parametric_var(same, 0.95) == pytest.approx(-0.1)
    assert m.sharpe(same) is None
    assert m.sortino(same) is None
    assert m.correlation(same, [0.01 * n for n in range(7)]) is None
    assert m.beta([0.01 * n for n in range(7)], same) is None


def test_pairs_and_confidences_must_make_sense() -> None:
    with pytest.raises(m.MetricError, match="as many on both sides"):
        m.beta([0.1, 0.2], [0.1])
    for confidence in (0.0, 1.0, 95.0, math.nan):
        with pytest.raises(m.MetricError, match="confidence"):
            m.historical_var([0.1, 0.2], confidence)
    with pytest.raises(m.MetricError, match="not above 0"):
        m.simple_returns([1.0, 0.0])
