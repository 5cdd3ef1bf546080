"""Risk parity: every asset contributes the same share of the portfolio's risk (equal risk contribution).

Source: S. Maillard, T. Roncalli, J. Teiletche, "The Properties of Equally Weighted Risk Contribution Portfolios"
(2010): w_i (C w)_i equal for all i, w > 0, sum w = 1. Solved as the minimum of n/2 x'Rx - sum ln x_i (F. Spinu, "An
Algorithm for Computing Risk Parity Weights", 2013, who shows that it is self-concordant, so that damped Newton steps
always get there), R being the correlations and x the weights times their volatilities.

Unique whenever it exists, for singular matrices too (the logarithm is strictly convex): perfectly correlated assets
get weights in inverse proportion to their volatility. It does not exist where a long-only mix has no risk at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum, inf, log, sqrt
from operator import mul
from typing import Final

from engine.risk.sizing.covariance import RISKLESS, riskless, scaled
from engine.risk.sizing.errors import SizingError
from engine.risk.sizing.matrix import Matrix, Vector, cholesky, dot, solve, times

_MOST_STEPS: Final = 500
_SWEEPS: Final = 15
#: Largest relative deviation of a risk contribution from the others: where to stop, and what is still an answer.
_AIM: Final = 1e-14
_GOOD: Final = 1e-6


def risk_parity(covariance: Sequence[Sequence[float]], names: Sequence[str] = ()) -> list[float]:
    """The weights, in the order of the assets: above 0, sum 1, equal risk contributions to 1e-14 of their size (in a
    mix that almost cancels itself out, to what floats can tell: 1e-6 at worst).

    `covariance`: symmetric, positive semi-definite, of any scale. `names`: for messages. Raises SizingError.
    """
    matrix = scaled(covariance, names)
    weights = [x / vol for x, vol in zip(_minimum(matrix.correlation), matrix.vols, strict=True)]
    total = fsum(weights)
    return [weight / total for weight in weights]


def _minimum(correlation: Matrix) -> Vector:
    """The x > 0 for which n x_i (R x)_i = 1 for every i."""
    size = len(correlation)
    spread = fsum(map(fsum, correlation))
    x = [1 / sqrt(spread * size) if spread > RISKLESS * size * size else 1.0] * size
    for _ in range(_SWEEPS):
        _sweep(correlation, x)
    best, best_x = inf, x
    for _ in range(_MOST_STEPS):
        risk = times(correlation, x)
        if dot(x, risk) < RISKLESS * fsum(x) ** 2:
            raise riskless("risk parity")
        off = max(abs(size * a * b - 1) for a, b in zip(x, risk, strict=True))
        if off < best:
            best, best_x = off, x
        elif best <= _GOOD:
            break  # as near as floats come
        if best <= _AIM:
            break
        x = _step(correlation, x, risk)
    if best > _GOOD:
        raise SizingError(f"risk parity was not reached: contributions still differ by {best:.1e} of their size")
    return best_x


def _sweep(correlation: Matrix, x: Vector) -> None:
    """Minimise along each coordinate in turn (Griveau-Billion, Richard, Roncalli, 2013): cheap, and near the minimum
    after a few turns, where Newton's steps are few."""
    share = 1 / len(x)
    for at, row in enumerate(correlation):
        rest = sum(map(mul, row, x)) - x[at]
        x[at] = (
            (sqrt(rest * rest + 4 * share) - rest) / 2
            if rest < 0
            else 2 * share / (sqrt(rest * rest + 4 * share) + rest)
        )


def _step(correlation: Matrix, x: Vector, risk: Vector) -> Vector:
    """One Newton step, as long as the function falls; 1/(1 + decrement) of it always does."""
    size = len(x)
    slope = [r - 1 / (size * value) for r, value in zip(risk, x, strict=True)]
    factor = cholesky(correlation, [1 / (size * value * value) for value in x])
    if factor is None:
        raise SizingError("risk parity was not reached: the covariance matrix is not positive semi-definite")
    direction = [-d for d in solve(factor, slope)]
    decrement = sqrt(max(-size * dot(slope, direction), 0.0))
    sure = 1 / (1 + decrement)
    far = max((-d / value for d, value in zip(direction, x, strict=True)), default=0.0)
    length = 1.0 if far < 1 else 0.95 / far
    if decrement > 0.25:
        before = _height(correlation, x)
        while length > sure:
            there = [value + length * d for value, d in zip(x, direction, strict=True)]
            if _height(correlation, there) < before - 0.1 * length * decrement * decrement:
                return there
            length /= 2
        length = sure
    return [value + length * d for value, d in zip(x, direction, strict=True)]


def _height(correlation: Matrix, x: Vector) -> float:
    return len(x) / 2 * dot(x, times(correlation, x)) - fsum(map(log, x))
