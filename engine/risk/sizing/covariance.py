"""A covariance matrix that may be believed, as both portfolios need it: volatilities and correlations.

Scaling by the volatilities first makes badly scaled matrices (a bond beside a coin) as easy as any other, and both
portfolios invariant to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, sqrt
from typing import Final

import msgspec

from engine.risk.sizing.errors import SizingError
from engine.risk.sizing.matrix import Matrix, Vector, cholesky

#: How far two entries that should be equal may differ, as a correlation. Printing a matrix costs less.
_ASYMMETRY: Final = 1e-9
#: How far below 0 an eigenvalue of the correlations may be, per asset: what rounding makes of an exact 0.
_INDEFINITE: Final = 1e-12
#: Portfolio variance below which, in units of (sum of the parts' volatilities)^2, a mix counts as one without risk: a
#: hundred-thousandth of its parts' volatility. What floats tell of smaller ones is rounding.
RISKLESS: Final = 1e-10


class Scaled(msgspec.Struct, frozen=True):
    """vols: standard deviations, all above 0. correlation: symmetric, ones on the diagonal, positive semi-definite."""

    vols: Vector
    correlation: Matrix


def scaled(covariance: Sequence[Sequence[float]], names: Sequence[str] = ()) -> Scaled:
    """Check a covariance matrix and scale it. `names`: the assets, for messages; else their numbers from 1.

    Raises SizingError for one that is empty, not square, not of numbers, of zero variance, not symmetric or not
    positive semi-definite.
    """
    size = len(covariance)
    if not size:
        raise SizingError("the covariance matrix is empty")
    name = names if len(names) == size else [str(number) for number in range(1, size + 1)]
    for at, row in enumerate(covariance):
        if len(row) != size:
            raise SizingError(f"the covariance matrix is not square: {size} rows, but row {name[at]} has {len(row)}")
        for column, value in enumerate(row):
            if not isfinite(value):
                raise SizingError(f"the covariance of {name[at]} and {name[column]} is {value}, not a finite number")
    for at in range(size):
        if covariance[at][at] < 0:
            raise SizingError(f"the variance of {name[at]} is {covariance[at][at]}; a variance is above 0")
        if covariance[at][at] == 0:
            raise SizingError(f"the variance of {name[at]} is 0: an asset without risk can't share in it; leave it out")
    vols = [sqrt(covariance[at][at]) for at in range(size)]
    correlation: Matrix = [[1.0] * size for _ in range(size)]
    for at in range(size):
        for column in range(at):
            one, other = (value / vols[at] / vols[column] for value in (covariance[at][column], covariance[column][at]))
            if not abs(one - other) <= _ASYMMETRY:
                raise SizingError(
                    f"the covariance matrix is not symmetric: {name[at]}, {name[column]} has {covariance[at][column]},"
                    f" {name[column]}, {name[at]} has {covariance[column][at]}"
                )
            if abs(one) > 1 + _ASYMMETRY:
                raise SizingError(
                    f"the covariance matrix is not positive semi-definite: {name[at]} and {name[column]} would have a"
                    f" correlation of {one:.6g}"
                )
            correlation[at][column] = correlation[column][at] = (one + other) / 2
    if cholesky(correlation, [_INDEFINITE * size] * size) is None:
        raise SizingError(
            "the covariance matrix is not positive semi-definite: some mix of the assets would have a negative variance"
        )
    return Scaled(vols, correlation)


def riskless(what: str) -> SizingError:
    """The error where a long-only mix of the assets carries no risk."""
    return SizingError(
        f"a long-only mix of these assets has no risk at all (they cancel each other out): no {what} portfolio follows"
    )
