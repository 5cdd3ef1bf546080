"""The optimal schedule: the paper's own example, the numerical optimum, and what no perturbation can beat."""

from __future__ import annotations

import math
from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.algos.math.almgren_chriss import DriftError, Schedule
from engine.algos.math.expected_cost import CostModel, ModelError, expected_cost
from engine.algos.math.frontier import POINTS, frontier

#: Almgren and Chriss (2000), section 3.4, table 1: a stock at 50 $ with a spread of 1/8 $ and a volume of 5 million
#: shares a day, 30 % annual volatility and 10 % annual growth (of 250 days); 1 million shares sold in five days.
#: Trading 1 % of the day's volume costs a spread (eta), selling 10 % of it depresses the price by one (gamma).
SHARES, DAYS, PERIODS = 1e6, 5.0, 5
SPREAD, VOLUME = 1 / 8, 5e6
SIGMA = 0.95
PAPER = CostModel(sigma=SIGMA, eta=SPREAD / (0.01 * VOLUME), gamma=SPREAD / (0.1 * VOLUME), epsilon=SPREAD / 2)
LAMBDA = 1e-6
#: The same numbers unrounded, as the DROP library computes the example (sample almgrenchriss, outputs of 2018).
UNROUNDED = CostModel(50 * 0.3 / math.sqrt(250), 2.5e-6, 2.5e-7, 0.0625)
GROWTH = 0.1 * 50 / 250

SOME = st.floats(1e-3, 1e3)


def _paper(risk_aversion: float = LAMBDA, model: CostModel = PAPER) -> Schedule:
    return Schedule(SHARES, DAYS, PERIODS, model, risk_aversion)


def test_the_parameters_of_the_paper_are_those_of_its_table() -> None:
    assert PAPER.eta == pytest.approx(2.5e-6)
    assert PAPER.gamma == pytest.approx(2.5e-7)
    assert PAPER.epsilon == 0.0625
    assert UNROUNDED.sigma == pytest.approx(0.95, abs=0.005)
    assert pytest.approx(0.02) == GROWTH


def test_the_urgency_of_the_paper_is_0_61_a_day_and_kappa_t_about_3() -> None:
    schedule = _paper()
    assert schedule.kappa == pytest.approx(0.61, abs=0.005)
    assert schedule.kappa * DAYS == pytest.approx(3.0, abs=0.05)
    assert schedule.half_life == pytest.approx(1.65, abs=0.005)


def test_the_holdings_of_the_paper_are_those_that_another_library_finds() -> None:
    schedule = _paper(model=UNROUNDED)
    assert schedule.kappa == pytest.approx(0.6063, abs=5e-5)
    assert schedule.kappa_tilde == pytest.approx(0.6156, abs=5e-5)
    assert schedule.half_life == pytest.approx(1.6495, abs=5e-5)
    assert [round(x, 1) for x in schedule.holdings] == [1000000.0, 542380.7, 290295.1, 148216.1, 62303.2, 0.0]
    assert [round(n, 1) for n in schedule.trades] == [457619.3, 252085.6, 142079.0, 85912.9, 62303.2]
    assert schedule.cost.expected == pytest.approx(910477.8, abs=0.05)
    assert schedule.cost.variance == pytest.approx(363868.0e6, abs=0.05e6)


@pytest.mark.parametrize(
    ("risk_aversion", "expected", "variance", "half_life"),
    [
        (1e-9, 0.6625, 1.0812, 51.30),
        (9e-9, 0.6626, 1.0669, 17.10),
        (2.5e-7, 0.6996, 0.7513, 3.26),
        (1e-6, 0.9112, 0.3641, 1.65),
        (2e-6, 1.1407, 0.2019, 1.18),
        (4e-6, 1.4341, 0.0970, 0.86),
    ],
)
def test_the_frontier_of_the_paper_runs_through_the_points_that_another_library_finds(
    risk_aversion: float, expected: float, variance: float, half_life: float
) -> None:
    cost = _paper(risk_aversion).cost
    assert cost.expected / SHARES == pytest.approx(expected, abs=5.1e-5)
    assert cost.variance / SHARES**2 == pytest.approx(variance, abs=5.1e-5)
    assert _paper(risk_aversion).half_life == pytest.approx(half_life, abs=5.1e-3)


def test_the_drift_of_the_paper_holds_11_000_shares_longer_at_most() -> None:
    drifting = CostModel(UNROUNDED.sigma, UNROUNDED.eta, UNROUNDED.gamma, UNROUNDED.epsilon, drift=GROWTH)
    with_drift, without = _paper(model=drifting), _paper(model=UNROUNDED)
    assert GROWTH / (2 * LAMBDA * UNROUNDED.sigma**2) == pytest.approx(11_111, abs=1)
    longer = [a - b for a, b in zip(with_drift.holdings, without.holdings, strict=True)]
    assert [round(x, 1) for x in longer] == [0.0, 4392.4, 6238.8, 6238.8, 4392.4, 0.0]
    assert [round(n, 1) for n in with_drift.trades] == [453226.9, 250239.2, 142079.0, 87759.2, 66695.6]
    assert with_drift.cost.expected == pytest.approx(879591.3, abs=0.05)
    assert with_drift.cost.variance == pytest.approx(373678.0e6, abs=0.05e6)


def test_without_risk_aversion_it_is_the_straight_line_and_costs_what_the_paper_says() -> None:
    schedule = _paper(0.0)
    assert schedule.trades == (200_000.0,) * 5
    assert schedule.holdings == (1e6, 8e5, 6e5, 4e5, 2e5, 0.0)
    assert schedule.half_life == math.inf
    # Their equations 9 and 10: E = gamma X^2/2 + epsilon X + eta~ X^2/T, V = sigma^2 X^2 T/3 (1 - 1/N)(1 - 1/2N).
    eta_tilde = 2.5e-6 - 2.5e-7 / 2
    assert schedule.cost.expected == pytest.approx(0.125e6 + 0.0625e6 + eta_tilde * 1e12 / 5)
    assert schedule.cost.variance == pytest.approx(SIGMA**2 * 1e12 * DAYS / 3 * (1 - 1 / 5) * (1 - 1 / 10))


def test_the_sums_are_the_closed_forms_of_the_paper() -> None:
    schedule = Schedule(SHARES, DAYS, 20, PAPER, LAMBDA)
    k, tau, horizon = schedule.kappa, schedule.tau, DAYS
    expected = (
        PAPER.gamma / 2 * SHARES**2
        + PAPER.epsilon * SHARES
        + schedule.eta_tilde
        * SHARES**2
        * math.tanh(k * tau / 2)
        * (tau * math.sinh(2 * k * horizon) + 2 * horizon * math.sinh(k * tau))
        / (2 * tau**2 * math.sinh(k * horizon) ** 2)
    )
    variance = (
        SIGMA**2
        / 2
        * SHARES**2
        * (tau * math.sinh(k * horizon) * math.cosh(k * (horizon - tau)) - horizon * math.sinh(k * tau))
        / (math.sinh(k * horizon) ** 2 * math.sinh(k * tau))
    )
    assert schedule.cost.expected == pytest.approx(expected, rel=1e-12)
    assert schedule.cost.variance == pytest.approx(variance, rel=1e-12)


@pytest.mark.parametrize("periods", [2, 5, 13, 60])
@pytest.mark.parametrize("drift", [-0.05, 0.002, 0.02])
@pytest.mark.parametrize("risk_aversion", [1e-7, 1e-6, 1e-5])
def test_with_a_drift_it_is_the_paper_s_own_formula(periods: int, drift: float, risk_aversion: float) -> None:
    """Their equation 28, word by word: x_j = sinh(k (T - t_j)) / sinh(k T) X + [1 - (sinh(k (T - t_j)) + sinh(k t_j)) /
    sinh(k T)] x~, with x~ = alpha / (2 lambda sigma^2)."""
    model = CostModel(SIGMA, 2.5e-6, 2.5e-7, 0.0625, drift)
    try:
        schedule = Schedule(SHARES, DAYS, periods, model, risk_aversion)
    except DriftError as error:
        bound = float(str(error).partition("at most ")[2].split()[0])
        assert bound < abs(drift)
        inside = CostModel(SIGMA, 2.5e-6, 2.5e-7, 0.0625, math.copysign(bound * 0.99, drift))
        schedule, model = Schedule(SHARES, DAYS, periods, inside, risk_aversion), inside
        beyond = CostModel(SIGMA, 2.5e-6, 2.5e-7, 0.0625, math.copysign(bound * 1.01, drift))
        with pytest.raises(DriftError):
            Schedule(SHARES, DAYS, periods, beyond, risk_aversion)
    k, tilde = schedule.kappa, model.drift / (2 * risk_aversion * SIGMA**2)
    for j, held in enumerate(schedule.holdings):
        left, gone = math.sinh(k * (DAYS - j * schedule.tau)), math.sinh(k * j * schedule.tau)
        whole = math.sinh(k * DAYS)
        formula = left / whole * SHARES + (1 - (left + gone) / whole) * tilde
        assert held == pytest.approx(formula, abs=1e-8 * SHARES)


def _optimum(schedule: Schedule) -> np.ndarray:
    """What is held after each period where the gradient of cost + lambda * variance is 0: a linear system."""
    n, tau, model = schedule.periods, schedule.tau, schedule.model
    trade = schedule.eta_tilde / tau
    risk = schedule.risk_aversion * model.sigma**2 * tau
    matrix = np.zeros((n - 1, n - 1))
    np.fill_diagonal(matrix, 4 * trade + 2 * risk)
    np.fill_diagonal(matrix[1:], -2 * trade)
    np.fill_diagonal(matrix[:, 1:], -2 * trade)
    wanted = np.full(n - 1, model.drift * tau)
    wanted[0] += 2 * trade * schedule.qty
    return np.linalg.solve(matrix, wanted)


@given(SOME, st.floats(0.01, 20), st.integers(2, 60), SOME, SOME, st.floats(0, 1), st.floats(0, 1e4), st.floats(0, 0.5))
def test_the_closed_form_is_the_numerical_optimum(
    qty: float, horizon: float, periods: int, sigma: float, eta: float, permanent: float, risk: float, drift: float
) -> None:
    gamma = permanent * 1.8 * eta * periods / horizon  # 0 to 90 % of what the model bears
    # As much drift as keeps every trade on the order's side is what can be asked.
    model = CostModel(sigma, eta, gamma, 0.01)
    schedule = Schedule(qty, horizon, periods, model, risk)
    bearable = min(schedule.trades) * 4 * schedule.eta_tilde / (schedule.tau**2 * periods)
    schedule = Schedule(qty, horizon, periods, CostModel(sigma, eta, gamma, 0.01, drift * bearable), risk)
    assert np.max(np.abs(np.array(schedule.holdings[1:-1]) - _optimum(schedule))) <= 1e-8 * qty
    assert math.fsum(schedule.trades) == pytest.approx(qty, rel=1e-12)


@given(
    st.integers(0, 10**6), st.sampled_from([0.0, 1e-8, 1e-6, 1e-4]), st.integers(2, 30), st.sampled_from([0.0, 0.02])
)
def test_no_perturbation_is_better(seed: int, risk_aversion: float, periods: int, drift: float) -> None:
    model = CostModel(SIGMA, 2.5e-6, 2.5e-7, 0.0625, drift if risk_aversion == 1e-6 else 0.0)
    schedule = Schedule(SHARES, DAYS, periods, model, risk_aversion)
    rng = Random(seed)
    size = SHARES * 10 ** rng.uniform(-3, -0.5)
    bumps = [rng.gauss(0, size) for _ in range(periods)]
    middle = math.fsum(bumps) / periods
    # Fixed costs count what is traded either way, so they can only favour the optimum; the sum stays the parent's.
    other = [n + bump - middle for n, bump in zip(schedule.trades, bumps, strict=True)]
    found = expected_cost(other, (schedule.tau,) * periods, model)
    assert schedule.cost.utility(risk_aversion) < found.utility(risk_aversion)


@given(st.floats(-150, 150), st.integers(1, 400), st.floats(-6, 6))
def test_any_urgency_gives_a_schedule_that_sums_and_falls(exponent: float, periods: int, size: float) -> None:
    qty = 10**size
    schedule = Schedule(qty, 1.0, periods, CostModel(10 ** (exponent / 2), 1.0), 10**exponent)
    assert math.fsum(schedule.trades) == pytest.approx(qty, rel=1e-12)
    assert all(n >= 0 for n in schedule.trades)
    assert all(a >= b for a, b in pairwise(schedule.holdings))
    assert all(a >= b * (1 - 1e-12) for a, b in pairwise(schedule.trades))
    assert math.isfinite(schedule.cost.expected)
    assert math.isfinite(schedule.cost.variance)


def test_tiny_urgency_is_the_straight_line_and_huge_urgency_sells_at_once() -> None:
    flat = Schedule(100.0, 1.0, 4, CostModel(1.0, 1.0), 1e-30)
    assert flat.trades == pytest.approx((25.0,) * 4, rel=1e-14)
    steep = Schedule(100.0, 1.0, 4, CostModel(1.0, 1.0), 1e30)
    assert steep.trades[0] == pytest.approx(100.0, rel=1e-14)
    assert steep.cost.stdev == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("risk_aversion", [0.0, 1e-40, 1e-12])
def test_a_drift_without_risk_aversion_is_the_parabola(risk_aversion: float) -> None:
    schedule = Schedule(100.0, 4.0, 4, CostModel(1.0, 1.0, drift=2.0), risk_aversion)
    bump = [2.0 / 4 * t * (4 - t) for t in range(5)]
    straight = [100.0, 75.0, 50.0, 25.0, 0.0]
    assert schedule.holdings == pytest.approx([a + b for a, b in zip(straight, bump, strict=True)], rel=1e-11)


@given(st.integers(1, 40), st.floats(0.1, 10), st.floats(1e-3, 10), st.floats(0, 0.9))
def test_the_frontier_is_monotone_and_convex(periods: int, horizon: float, sigma: float, permanent: float) -> None:
    periods += 1
    model = CostModel(sigma, 2.5, permanent * 5 * periods / horizon, 0.1)
    points = frontier(1000.0, horizon, periods, model)
    assert len(points) == POINTS
    assert points[0].half_life == math.inf
    own = 1.5 * points[4].risk_aversion
    assert own in [p.risk_aversion for p in frontier(1000.0, horizon, periods, model, also=own)]
    for a, b in pairwise(points):
        assert b.risk_aversion > a.risk_aversion
        assert b.stdev < a.stdev
        assert b.expected >= a.expected * (1 - 1e-12)
    # Convex in the plane of variance and cost: the slope is -lambda (their section 2.4), between its ends'.
    for a, b in pairwise(points):
        slope = (b.expected - a.expected) / (a.stdev**2 - b.stdev**2)
        slack = 1e-9 * b.expected / (a.stdev**2 - b.stdev**2)
        assert a.risk_aversion - slack <= slope <= b.risk_aversion + slack


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (lambda: Schedule(0.0, 1.0, 5, PAPER, LAMBDA), "quantity 0.0 must be"),
        (lambda: Schedule(math.nan, 1.0, 5, PAPER, LAMBDA), "quantity nan must be"),
        (lambda: Schedule(1.0, 0.0, 5, PAPER, LAMBDA), "horizon 0.0 must be"),
        (lambda: Schedule(1.0, 1.0, 0, PAPER, LAMBDA), "periods 0 must be"),
        (lambda: Schedule(1.0, 1.0, 5, PAPER, -1.0), "risk aversion -1.0 must be"),
        (lambda: Schedule(1.0, 1.0, 5, PAPER, math.inf), "risk aversion inf must be"),
        (lambda: Schedule(1.0, 5.0, 5, CostModel(1.0, 1.0, 2.0), 1.0), "permanent impact outweighs"),
        (lambda: Schedule(1.0, 5.0, 5, CostModel(1.0, 0.0), 1.0), "permanent impact outweighs"),
        (lambda: Schedule(10.0, 5.0, 5, CostModel(1.0, 1.0, drift=100.0), 1.0), "a drift of 100 a day is so strong"),
        (lambda: CostModel(-1.0, 1.0), "sigma -1.0 must be"),
        (lambda: CostModel(1.0, math.nan), "eta nan must be"),
        (lambda: CostModel(1.0, 1.0, -1.0), "gamma -1.0 must be"),
        (lambda: CostModel(1.0, 1.0, 0.0, -1.0), "epsilon -1.0 must be"),
        (lambda: CostModel(1.0, 1.0, drift=math.inf), "drift inf is no number"),
        (lambda: frontier(1.0, 1.0, 5, CostModel(0.0, 1.0)), "sigma 0: without risk"),
        (lambda: expected_cost([1.0], [], PAPER), "1 trades in 0 intervals"),
        (lambda: expected_cost([1.0], [0.0], PAPER), "longer than 0 days"),
    ],
)
def test_what_has_no_answer_is_refused_with_words(asked: object, words: str) -> None:
    assert callable(asked)
    with pytest.raises(ModelError, match=words):
        asked()


def test_a_schedule_of_unequal_intervals_is_priced_interval_by_interval() -> None:
    # By hand: 30 + 70 units over 1 and 3 days; 70 left for one day. sigma 2, eta 0.1, gamma 0.01, epsilon 0.5.
    cost = expected_cost([30.0, 70.0], [1.0, 3.0], CostModel(2.0, 0.1, 0.01, 0.5, drift=0.2))
    assert cost.expected == pytest.approx(50 + 0.5 * 100 + (0.1 - 0.005) * 900 + (0.1 / 3 - 0.005) * 4900 - 0.2 * 70)
    assert cost.variance == pytest.approx(4 * 70**2)
    assert cost.stdev == pytest.approx(140)
