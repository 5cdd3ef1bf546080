"""Covariance matrices for tests, and the two portfolios solved by other means than the desk's."""

from __future__ import annotations

import csv
import gzip
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

Array = np.ndarray[Any, np.dtype[np.float64]]


def from_correlation(vols: list[float], correlation: list[list[float]]) -> list[list[float]]:
    """Covariances of volatilities and correlations."""
    scale = np.array(vols)
    found: list[list[float]] = (np.array(correlation) * np.outer(scale, scale)).tolist()
    return found


@st.composite
def covariances(draw: st.DrawFn, most: int = 8) -> Array:
    """Positive definite matrices of 1 to `most` assets: a common factor of random weight, volatilities over six
    decades."""
    size = draw(st.integers(1, most))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    common = draw(st.sampled_from([0.0, 0.5, 2.0, 10.0]))
    factors = random.standard_normal((size, 3 * size))
    factors += common * random.uniform(-0.2, 1, (size, 1)) * random.standard_normal((1, 3 * size))
    scale = 10 ** random.uniform(-3, 3, size)
    found = factors @ factors.T * np.outer(scale, scale)
    symmetric: Array = (found + found.T) / 2
    return symmetric


def parity_by_coordinates(covariance: Array) -> Array:
    """Equal risk contributions by cyclical coordinate descent (Griveau-Billion, Richard, Roncalli 2013), in numpy:
    another algorithm for the same portfolio."""
    vols = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(vols, vols)
    x = np.ones(len(vols))
    for _ in range(20_000):
        before = x.copy()
        for at in range(len(x)):
            rest = correlation[at] @ x - x[at]
            x[at] = (-rest + np.sqrt(rest * rest + 4)) / 2
        if np.max(np.abs(x / before - 1)) < 1e-15:
            break
    weights: Array = x / vols
    return weights / weights.sum()


def diversified_by_enumeration(covariance: Array) -> Array:
    """Maximum diversification by trying every subset of the assets: the one whose conditions hold. Definite only."""
    vols = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(vols, vols)
    size = len(vols)
    best, best_ratio = np.zeros(size), -1.0
    for count in range(1, size + 1):
        for chosen in combinations(range(size), count):
            part = np.linalg.solve(correlation[np.ix_(chosen, chosen)], np.ones(count))
            if np.min(part) <= 0:
                continue
            weights = np.zeros(size)
            weights[list(chosen)] = part / vols[list(chosen)]
            weights /= weights.sum()
            if (ratio := diversification_ratio(covariance, weights)) > best_ratio:
                best, best_ratio = weights, ratio
    return best


def diversification_ratio(covariance: Array, weights: Array) -> float:
    """Average volatility over volatility (Choueifaty, Coignard 2008)."""
    return float(weights @ np.sqrt(np.diag(covariance)) / np.sqrt(weights @ covariance @ weights))


def risk_shares(covariance: Array, weights: Array) -> Array:
    """Each asset's share of the portfolio's variance."""
    found: Array = weights * (covariance @ weights) / (weights @ covariance @ weights)
    return found


def stocks20(shared_data: Path, newest: int | None = None) -> tuple[list[str], Array]:
    """Sample covariances of the 20 stocks' daily returns, over the (newest) days on which all of them traded."""
    with gzip.open(shared_data / "multi_asset/stocks20_adjclose_1989_2018.csv.gz", "rt") as file:
        header, *rows = csv.reader(file)
    prices = np.array([[float(cell) for cell in row[1:]] for row in rows if all(row)])
    returns = prices[1:] / prices[:-1] - 1
    covariance: Array = np.cov(returns[-newest if newest else 0 :], rowvar=False)
    return header[1:], covariance
