"""Covariance files, estimates from returns, and the last rounding of weights."""

from __future__ import annotations

import csv
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.risk.sizing.covariance_file import read_covariance
from engine.risk.sizing.errors import SizingError
from engine.risk.sizing.estimates import annual_volatility, covariance_of
from engine.risk.sizing.weights import WEIGHT_STEP, quantised

NUMBERS = ((0.04, 0.01), (0.01, 0.09))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("0.04,0.01\n0.01,0.09\n", ("1", "2")),
        ("AAPL,BAC\n0.04,0.01\n0.01,0.09", ("AAPL", "BAC")),
        (",AAPL,BAC\nAAPL,0.04,0.01\nBAC,0.01,0.09\n", ("AAPL", "BAC")),
        ("symbol,AAPL,BAC\r\nAAPL,0.04,0.01\r\nBAC,0.01,0.09\r\n", ("AAPL", "BAC")),
        ("AAPL,0.04,0.01\nBAC,0.01,0.09\n", ("AAPL", "BAC")),
        ("\ufeff AAPL , BAC \n\n 4e-2 , 0.01 \n0.01,0.09\n\n", ("AAPL", "BAC")),
        (",0,1\n0,0.04,0.01\n1,0.01,0.09\n", ("0", "1")),
        ('"A, Inc.",BAC\n0.04,0.01\n0.01,0.09\n', ("A, Inc.", "BAC")),
    ],
)
def test_a_covariance_file_is_read_with_or_without_names(text: str, names: tuple[str, ...]) -> None:
    found = read_covariance(text)

    assert (found.names, found.rows) == (names, NUMBERS)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("\n \n", "is empty"),
        ("AAPL,BAC\n", "has names, but no numbers"),
        ("A,B\n1,0\n", "is not square: 2 columns, 1 rows"),
        ("1,0\n0\n", "is not square: line 2 has 1 of 2 numbers"),
        ("A,B\n1,x\n0,1\n", "line 2 of the covariance file has 'x' under B, which is no number"),
        ("A,B\n1,\n0,1\n", "line 2 of the covariance file has nothing under B"),
        ("A,A\n1,0\n0,1\n", "names A twice"),
        (",A,\nA,1,0\n,0,1\n", "column 2 of the covariance file has no name"),
        (",A,B\nB,1,0\nA,0,1\n", "line 2 of the covariance file is B, but its column is A"),
    ],
)
def test_a_file_that_is_no_matrix_says_where(text: str, says: str) -> None:
    with pytest.raises(SizingError, match=says):
        read_covariance(text)


# --- estimates ------------------------------------------------------------------------------------------------------


def test_a_volatility_is_the_sample_deviation_of_the_newest_returns_for_a_year() -> None:
    returns = np.random.default_rng(1).normal(0.001, 0.02, 300)

    assert annual_volatility(returns.tolist()) == pytest.approx(returns[-63:].std(ddof=1) * np.sqrt(252), rel=1e-14)
    assert annual_volatility(returns.tolist(), 20) == pytest.approx(returns[-20:].std(ddof=1) * np.sqrt(252), rel=1e-14)


def test_too_few_or_odd_returns_are_no_estimate() -> None:
    with pytest.raises(SizingError, match="19 daily returns are no estimate"):
        annual_volatility([0.01] * 19)
    with pytest.raises(SizingError, match="not a finite number"):
        annual_volatility([0.01] * 19 + [float("nan")])


def test_covariances_are_over_the_days_that_all_assets_have() -> None:
    random = np.random.default_rng(2)
    days = [f"2024-{1 + at // 28:02}-{1 + at % 28:02}" for at in range(120)]
    values = random.normal(0, 0.01, (3, 120))
    returns = {
        name: {day: float(value) for at, (day, value) in enumerate(zip(days, row, strict=True)) if at % (7 + no)}
        for no, (name, row) in enumerate(zip("ABC", values, strict=True))
    }
    common = [at for at in range(120) if all(at % (7 + no) for no in range(3))]

    names, found = covariance_of(returns)
    _, newest = covariance_of(returns, window=30)

    assert names == ("A", "B", "C")
    assert np.array(found) == pytest.approx(np.cov(values[:, common]), rel=1e-12)
    assert np.array(newest) == pytest.approx(np.cov(values[:, common[-30:]]), rel=1e-12)


def test_assets_with_too_few_days_in_common_have_no_covariances() -> None:
    with pytest.raises(SizingError, match="0 daily returns in common"):
        covariance_of({"A": {"2024-01-01": 0.1}, "B": {"2024-01-02": 0.1}})


# --- the last rounding ----------------------------------------------------------------------------------------------


@given(st.lists(st.one_of(st.just(0.0), st.floats(1e-9, 1e9)), min_size=1, max_size=40).filter(any))
def test_rounded_weights_sum_to_exactly_1_are_within_a_step_and_keep_their_zeros(values: list[float]) -> None:
    weights = quantised(values)
    whole = sum(map(Fraction, values))

    assert sum(weights) == 1
    for value, weight in zip(values, weights, strict=True):
        assert abs(Fraction(weight) - Fraction(value) / whole) < Fraction(WEIGHT_STEP)
        assert value or weight == Decimal(0)


@pytest.mark.parametrize("values", [[], [0.0], [-1.0, 2.0], [float("nan"), 1.0], [float("inf")]])
def test_what_are_no_shares_become_no_weights(values: list[float]) -> None:
    with pytest.raises(SizingError):
        quantised(values)


def test_csv_that_is_broken_is_no_traceback() -> None:
    assert issubclass(csv.Error, Exception)
    with pytest.raises(SizingError, match="is no CSV"):
        read_covariance('"1,0\n0,1\n')
