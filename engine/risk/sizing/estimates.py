"""What the methods need to know of the past, estimated from daily returns: volatility and covariances.

Conventions: definitions/algos-and-sizing.md (simple returns, ddof = 1, 252 days a year).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import fsum, isfinite, sqrt
from typing import Final

from engine.risk.sizing.errors import SizingError
from engine.risk.sizing.matrix import Matrix, dot

DAYS_A_YEAR: Final = 252
#: Fewer returns are no estimate (the same number as correlations need).
FEWEST: Final = 20
#: How many of the newest returns a volatility looks back on: a quarter of a year.
WINDOW: Final = 63


def annual_volatility(returns: Sequence[float], window: int = WINDOW) -> float:
    """Standard deviation (ddof = 1) of the newest `window` returns x sqrt(252). `returns`: oldest first.

    Raises SizingError with fewer than FEWEST, and for returns that are no numbers.
    """
    newest = returns[-window:]
    if len(newest) < FEWEST:
        raise SizingError(f"{len(newest)} daily returns are no estimate of a volatility; it takes {FEWEST}")
    if not all(map(isfinite, newest)):
        raise SizingError("a daily return is not a finite number")
    mean = fsum(newest) / len(newest)
    squares = fsum((value - mean) ** 2 for value in newest)
    return sqrt(squares / (len(newest) - 1) * DAYS_A_YEAR)


def covariance_of(
    returns: Mapping[str, Mapping[str, float]], window: int | None = None
) -> tuple[tuple[str, ...], Matrix]:
    """(names, sample covariances (ddof = 1) of one day's returns) over the dates that all assets have.

    `returns`: asset -> ISO date -> return. `window`: only the newest so many of those dates. Raises SizingError.
    """
    names = tuple(returns)
    if not names:
        raise SizingError("no assets")
    common = sorted(set.intersection(*(set(series) for series in returns.values())))[-window if window else 0 :]
    if len(common) < FEWEST:
        raise SizingError(f"the assets have {len(common)} daily returns in common; it takes {FEWEST}")
    columns: Matrix = []
    for name in names:
        values = [returns[name][date] for date in common]
        if not all(map(isfinite, values)):
            raise SizingError(f"a daily return of {name} is not a finite number")
        mean = fsum(values) / len(values)
        columns.append([value - mean for value in values])
    return names, [[dot(a, b) / (len(common) - 1) for b in columns] for a in columns]
