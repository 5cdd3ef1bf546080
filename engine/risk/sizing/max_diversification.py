"""Maximum diversification: the long-only portfolio with the highest ratio of average volatility to volatility.

Source: Y. Choueifaty, Y. Coignard, "Toward Maximum Diversification" (2008): maximise w's / sqrt(w'Cw), s being the
volatilities. With z = w x s it is the least z'Rz/2 - sum z over z >= 0 (R: the correlations), up to scale: then
(R z)_i = 1 where z_i > 0, and >= 1 where z_i is exactly 0 (their "core properties": an asset left out is more
correlated with the portfolio than all that are in it).

Unique where R is positive definite. Where it is not (perfectly correlated assets), several portfolios may be equally
diversified; what comes out then is the one whose risk is spread most evenly (least sum of z_i^2): twins share
equally. It does not exist where a long-only mix has no risk at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum
from typing import Final

from engine.risk.sizing.covariance import RISKLESS, riskless, scaled
from engine.risk.sizing.errors import SizingError
from engine.risk.sizing.matrix import Matrix, Vector, cholesky, dot, solve_well, times

#: Ridges that make every problem on the way strictly convex; iterating takes their bias out again (proximal points:
#: R. T. Rockafellar, 1976). The first finds the assets that stay, the second what a nearly singular matrix still tells.
_RIDGES: Final = (1e-8, 1e-11)
_MOST_ROUNDS: Final = 200
_STILL: Final = 1e-13
#: Smallest pivot for which correlations count as positive definite.
_DEFINITE: Final = 1e-13
_SIGN: Final = 1e-12
_KKT: Final = 1e-9
#: How far the conditions may be missed where floats can't tell better (a mix that almost cancels itself out).
_GOOD: Final = 1e-5


Factors = dict[tuple[int, ...], Matrix]


def max_diversification(covariance: Sequence[Sequence[float]], names: Sequence[str] = ()) -> list[float]:
    """The weights, in the order of the assets: 0 or above (exactly 0 for what is left out), sum 1.

    `covariance`: symmetric, positive semi-definite, of any scale. `names`: for messages. Raises SizingError.
    """
    matrix = scaled(covariance, names)
    weights = [z / vol for z, vol in zip(_least(matrix.correlation), matrix.vols, strict=True)]
    total = fsum(weights)
    return [weight / total for weight in weights]


def _least(correlation: Matrix) -> Vector:
    """The z >= 0 with the least z'Rz/2 - sum z."""
    size = len(correlation)
    z, support = [0.0] * size, list(range(size))
    for ridge in _RIDGES:
        factors: Factors = {}
        for _ in range(_MOST_ROUNDS):
            before, last = z, support
            found = _nearest(correlation, ridge, [1 + ridge * value for value in before], last, factors)
            if found is None:
                break
            z, support = found
            if dot(z, times(correlation, z)) < RISKLESS * fsum(z) ** 2:
                raise riskless("maximum diversification")
            if support == last and (exact := _exact(correlation, support)) is not None:
                return exact
            if max(abs(a - b) for a, b in zip(z, before, strict=True)) <= _STILL * max(z):
                break
    product = times(correlation, z)
    if min(product) < 1 - _GOOD or max(product[at] for at in support) > 1 + _GOOD:
        raise SizingError("maximum diversification was not reached: the covariance matrix is too nearly singular")
    return z


def _exact(correlation: Matrix, support: list[int]) -> Vector | None:
    """The solution with these assets, without the ridge; None where it is not unique or not optimal."""
    inner = [[correlation[i][j] for j in support] for i in support]
    nothing = [0.0] * len(support)
    factor = cholesky(inner, nothing, _DEFINITE)
    if factor is None:
        return None
    values = solve_well(inner, nothing, factor, [1.0] * len(support))
    if min(values) < 0:
        return None
    z = [0.0] * len(correlation)
    for at, value in zip(support, values, strict=True):
        z[at] = value
    return z if min(times(correlation, z)) >= 1 - _KKT else None


def _nearest(
    correlation: Matrix, ridge: float, right: Vector, support: list[int], factors: Factors
) -> tuple[Vector, list[int]] | None:
    """(z, its support) of the least z'(R + ridge)z/2 - right'z over z >= 0, searched from a support; None where floats
    can't tell it. `factors` keeps the last factor: the next round mostly needs the same.

    Block principal pivoting (L. F. Portugal, J. J. Judice, L. N. Vicente, 1994): all assets on the wrong side change
    sides at once; when that does not help three times, only the last one does (K. G. Murty, 1974), which always ends.
    """
    size = len(correlation)
    inside = set(support)
    fewest, patience = size + 1, 3
    for _ in range(20 * size + 100):
        chosen = sorted(inside)
        inner = [[correlation[i][j] for j in chosen] for i in chosen]
        diagonal = [ridge] * len(chosen)
        key = tuple(chosen)
        factor = factors.get(key) or cholesky(inner, diagonal)
        if factor is None:
            return None
        factors.clear()
        factors[key] = factor
        values = solve_well(inner, diagonal, factor, [right[at] for at in chosen])
        z = [0.0] * size
        for at, value in zip(chosen, values, strict=True):
            z[at] = value
        slack = times(correlation, z)
        low = -_SIGN * max(map(abs, values), default=1.0)
        wrong = [
            at for at in range(size) if (z[at] < low if at in inside else slack[at] - right[at] < -_SIGN * right[at])
        ]
        if not wrong:
            return [max(value, 0.0) for value in z], [at for at in chosen if z[at] > 0]
        if len(wrong) < fewest:
            fewest, patience = len(wrong), 3
        elif patience:
            patience -= 1
        else:
            wrong = wrong[-1:]
        inside ^= set(wrong)
    return None
