"""Risk parity and maximum diversification: published numbers, other algorithms, and the conditions that define them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.risk.sizing.errors import SizingError
from engine.risk.sizing.max_diversification import max_diversification
from engine.risk.sizing.risk_parity import risk_parity
from tests.engine.risk.sizing.matrices import (
    Array,
    covariances,
    diversification_ratio,
    diversified_by_enumeration,
    from_correlation,
    parity_by_coordinates,
    risk_shares,
    stocks20,
)

BOTH = pytest.mark.parametrize("portfolio", [risk_parity, max_diversification])
EYE4 = [[1.0, 0, 0, 0], [0, 1.0, 0, 0], [0, 0, 1.0, 0], [0, 0, 0, 1.0]]
#: Maillard, Roncalli, Teiletche (2010), second example of section 3.
MAILLARD = [[1, 0.8, 0, 0], [0.8, 1, 0, 0], [0, 0, 1, -0.5], [0, 0, -0.5, 1]]


# --- published ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("vols", "correlation", "published"),
    [
        ([0.1, 0.2, 0.3, 0.4], EYE4, [48.0, 24.0, 16.0, 12.0]),
        ([0.1, 0.2, 0.3, 0.4], MAILLARD, [38.4, 19.2, 24.3, 18.2]),
    ],
)
def test_risk_parity_gives_the_weights_that_its_authors_published(
    vols: list[float], correlation: list[list[float]], published: list[float]
) -> None:
    weights = risk_parity(from_correlation(vols, correlation))

    assert [round(100 * weight, 1) for weight in weights] == published


@pytest.mark.parametrize(
    ("covariance", "weights"),
    [
        # Choueifaty, Froidure, Reynier (2013), the two assets of "duplication invariance" and of "leverage invariance".
        ([[0.04, 0.01], [0.01, 0.01]], [1 / 3, 2 / 3]),
        ([[0.0025, 0.0025], [0.0025, 0.01]], [2 / 3, 1 / 3]),
    ],
)
def test_maximum_diversification_gives_the_weights_that_its_authors_published(
    covariance: list[list[float]], weights: list[float]
) -> None:
    assert max_diversification(covariance) == pytest.approx(weights, abs=1e-14)


def test_two_assets_get_inverse_volatilities_whatever_their_correlation() -> None:
    # Maillard et al., section 2.3.
    for rho in (-0.9999, -0.5, 0.0, 0.5, 0.999999, 1.0):
        weights = risk_parity(from_correlation([0.1, 0.4], [[1, rho], [rho, 1]]))
        assert weights == pytest.approx([0.8, 0.2], abs=1e-12)


# --- other algorithms -----------------------------------------------------------------------------------------------


@given(covariances(most=12))
@settings(max_examples=60)
def test_risk_parity_agrees_with_coordinate_descent_and_every_asset_has_the_same_share(covariance: Array) -> None:
    weights = np.array(risk_parity(covariance.tolist()))

    assert weights == pytest.approx(parity_by_coordinates(covariance), abs=1e-9, rel=1e-9)
    assert risk_shares(covariance, weights) == pytest.approx(1 / len(weights), abs=1e-12)
    assert weights.sum() == pytest.approx(1, abs=1e-14)


@given(covariances(most=7))
@settings(max_examples=60)
def test_maximum_diversification_is_the_best_of_all_subsets(covariance: Array) -> None:
    weights = np.array(max_diversification(covariance.tolist()))
    best = diversified_by_enumeration(covariance)

    assert weights == pytest.approx(best, abs=1e-9, rel=1e-9)
    assert ((weights == 0) == (best == 0)).all()


def conditions_hold(covariance: Array, weights: Array, within: float) -> None:
    """Choueifaty's core properties: the same correlation with the portfolio for all that is in it, no smaller one for
    what is left out."""
    vols = np.sqrt(np.diag(covariance))
    correlation = covariance @ weights / vols / np.sqrt(weights @ covariance @ weights)
    held = weights > 0
    level = 1 / diversification_ratio(covariance, weights)
    assert correlation[held] == pytest.approx(level, abs=within)
    assert (correlation[~held] >= level - within).all()


@pytest.mark.parametrize("size", [1, 2, 10, 60, 120])
@pytest.mark.parametrize("kind", ["factor", "fewer days than assets", "nearly twins", "twins", "noise"])
def test_both_hold_their_conditions_from_one_asset_to_many_badly_scaled_singular_or_not(size: int, kind: str) -> None:
    covariance = hard_matrix(size, kind)

    parity = np.array(risk_parity(covariance.tolist()))
    diversified = np.array(max_diversification(covariance.tolist()))

    assert risk_shares(covariance, parity) == pytest.approx(1 / size, rel=1e-10)
    assert (diversified >= 0).all()
    conditions_hold(covariance, diversified, 1e-10)


def hard_matrix(size: int, kind: str) -> Array:
    random = np.random.default_rng(size)
    days = max(2, size // 2) if kind == "fewer days than assets" else 3 * size
    returns = random.standard_normal((size, days)) + random.uniform(0.5, 1.5, (size, 1)) * random.standard_normal(days)
    if kind == "noise":
        returns = random.standard_normal((size, days))
    if "twins" in kind and size > 1:
        half = size // 2
        returns[half : 2 * half] = returns[:half] + (1e-6 if kind == "nearly twins" else 0) * returns[::-1][:half]
    scale = 10 ** random.uniform(-6, 6, size)
    found: Array = returns @ returns.T / days * np.outer(scale, scale)
    return (found + found.T) / 2


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=150)
def test_of_the_worst_matrices_a_portfolio_holds_its_conditions_or_none_is_given(seed: int) -> None:
    """Singular, badly conditioned, with twins and mirror images, volatilities over sixteen decades."""
    random = np.random.default_rng(seed)
    size = int(random.integers(1, 15))
    days = int(random.integers(1, size + 3))
    returns = random.standard_normal((size, days)) * 10 ** random.uniform(-3, 3, days)
    returns += random.uniform(0, 1) * 10 ** random.uniform(-2, 2) * random.standard_normal(days)
    returns[random.integers(size)] = returns[random.integers(size)] * random.choice([1, 2, -1, -0.5])
    scale = 10 ** random.uniform(-8, 8, size)
    covariance = returns @ returns.T * np.outer(scale, scale)
    covariance = (covariance + covariance.T) / 2

    for portfolio in (risk_parity, max_diversification):
        try:
            weights = np.array(portfolio(covariance.tolist()))
        except SizingError as error:
            if "no risk at all" not in str(error):
                raise
            continue
        risk = weights * np.sqrt(np.diag(covariance))
        # What of the portfolio's variance is more than the rounding of its parts.
        told = weights @ covariance @ weights / risk.sum() ** 2
        within = max(1e-9, 1e-14 / told)
        if portfolio is risk_parity:
            assert risk_shares(covariance, weights) * size == pytest.approx(1, abs=within)
        else:
            conditions_hold(covariance, weights, within)


def test_the_twenty_stocks_agree_with_other_algorithms(shared_data: Path) -> None:
    names, covariance = stocks20(shared_data)

    parity = np.array(risk_parity(covariance.tolist(), names))
    diversified = np.array(max_diversification(covariance.tolist(), names))

    assert parity == pytest.approx(parity_by_coordinates(covariance), abs=1e-12)
    assert risk_shares(covariance, parity) == pytest.approx(0.05, abs=1e-13)
    conditions_hold(covariance, diversified, 1e-13)
    # No small move between two assets diversifies better.
    best = diversification_ratio(covariance, diversified)
    for giver in np.flatnonzero(diversified):
        for taker in range(len(names)):
            moved = diversified.copy()
            step = min(1e-4, diversified[giver])
            moved[giver] -= step
            moved[taker] += step
            assert diversification_ratio(covariance, moved) <= best


# --- what they are invariant to -------------------------------------------------------------------------------------


@BOTH
@given(covariance=covariances(), data=st.data())
@settings(max_examples=40)
def test_the_order_of_the_assets_and_the_scale_of_the_numbers_mean_nothing(
    portfolio: type, covariance: Array, data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(covariance))))
    factor = data.draw(st.sampled_from([1e-12, 252.0, 1e12]))
    weights = np.array(portfolio(covariance.tolist()))

    assert np.array(portfolio(covariance[np.ix_(order, order)].tolist())) == pytest.approx(weights[order], abs=1e-10)
    assert np.array(portfolio((covariance * factor).tolist())) == pytest.approx(weights, abs=1e-10)


@BOTH
@given(covariance=covariances(), seed=st.integers(0, 1000))
@settings(max_examples=40)
def test_an_asset_with_leverage_gets_so_much_less(portfolio: type, covariance: Array, seed: int) -> None:
    leverage = 10 ** np.random.default_rng(seed).uniform(-2, 2, len(covariance))
    weights = np.array(portfolio(covariance.tolist())) / leverage

    found = np.array(portfolio((covariance * np.outer(leverage, leverage)).tolist()))

    assert found == pytest.approx(weights / weights.sum(), abs=1e-10)


# --- where the matrix leaves a choice -------------------------------------------------------------------------------


@BOTH
def test_perfectly_correlated_assets_get_inverse_volatilities(portfolio: type) -> None:
    vols = [0.1, 0.2, 0.4, 0.8]
    weights = portfolio(from_correlation(vols, [[1.0] * 4] * 4))

    assert weights == pytest.approx([8 / 15, 4 / 15, 2 / 15, 1 / 15], abs=1e-9)


def test_twins_share_what_one_of_them_alone_would_get_in_the_most_diversified_portfolio() -> None:
    # Duplication invariance (Choueifaty, Froidure, Reynier 2013).
    alone = max_diversification([[0.04, 0.01], [0.01, 0.01]])
    twins = max_diversification([[0.04, 0.04, 0.01], [0.04, 0.04, 0.01], [0.01, 0.01, 0.01]])

    assert twins == pytest.approx([alone[0] / 2, alone[0] / 2, alone[1]], abs=1e-9)


def test_what_is_left_out_is_exactly_zero() -> None:
    # The second asset moves with the mix of the others, only more so.
    covariance = from_correlation([0.1, 0.2, 0.1], [[1, 0.8, 0.5], [0.8, 1, 0.8], [0.5, 0.8, 1]])

    assert max_diversification(covariance)[1] == 0.0


@BOTH
@pytest.mark.parametrize(
    "correlation",
    [
        [[1, -1], [-1, 1]],
        [[1, -1, 0], [-1, 1, 0], [0, 0, 1]],
        [[1, -0.5, -0.5], [-0.5, 1, -0.5], [-0.5, -0.5, 1]],
    ],
)
def test_assets_that_cancel_each_other_out_have_no_such_portfolio(
    portfolio: type, correlation: list[list[float]]
) -> None:
    with pytest.raises(SizingError, match="a long-only mix of these assets has no risk at all"):
        portfolio(from_correlation([0.1, 0.3, 0.2][: len(correlation)], correlation))


@BOTH
def test_assets_that_almost_cancel_each_other_out_still_have_one(portfolio: type) -> None:
    rho = -1 + 1e-9
    assert portfolio(from_correlation([0.1, 0.3], [[1, rho], [rho, 1]])) == pytest.approx([0.75, 0.25], abs=1e-9)


# --- matrices that are none -----------------------------------------------------------------------------------------

NAN, INF = float("nan"), float("inf")


@BOTH
@pytest.mark.parametrize(
    ("covariance", "says"),
    [
        ([], "is empty"),
        ([[1.0, 0.0]], "is not square: 1 rows, but row 1 has 2"),
        ([[1.0, 0.0], [0.0]], "is not square: 2 rows, but row 2 has 1"),
        ([[1.0, 0.2], [0.3, 1.0]], "is not symmetric: 2, 1 has 0.3, 1, 2 has 0.2"),
        ([[1.0, NAN], [NAN, 1.0]], "covariance of 1 and 2 is nan, not a finite number"),
        ([[1.0, 0.0], [0.0, INF]], "covariance of 2 and 2 is inf"),
        ([[1.0, 0.0], [0.0, 0.0]], "variance of 2 is 0"),
        ([[1.0, 0.0], [0.0, -1.0]], "variance of 2 is -1.0"),
        ([[1.0, 1.1], [1.1, 1.0]], "not positive semi-definite: 2 and 1 would have a correlation of 1.1"),
        (
            [[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]],
            "not positive semi-definite: some mix of the assets would have a negative variance",
        ),
    ],
)
def test_a_matrix_that_is_no_covariance_says_why(portfolio: type, covariance: list[list[float]], says: str) -> None:
    with pytest.raises(SizingError, match=says):
        portfolio(covariance)


def test_the_assets_are_named_in_what_is_wrong_with_them() -> None:
    with pytest.raises(SizingError, match="the variance of BAC is 0"):
        risk_parity([[1.0, 0.0], [0.0, 0.0]], ["AAPL", "BAC"])
