"""The one place where a weight stops being a float: Decimals on a fixed step that sum to exactly 1."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction
from math import fsum, isfinite
from typing import Final

from engine.model.money import floor_to
from engine.risk.sizing.errors import SizingError

#: A weight's grid: a ten-thousandth of a cent in a hundred million.
WEIGHT_STEP: Final = Decimal("0.000000000001")
_STEPS: Final = 10**12


def weight(value: Decimal) -> Decimal:
    """One share of equity on the grid, rounded down: rounding never makes a position larger."""
    return floor_to(value, WEIGHT_STEP).quantize(WEIGHT_STEP)


def quantised(values: Sequence[float]) -> tuple[Decimal, ...]:
    """Shares (each >= 0, any positive sum) as Decimals on WEIGHT_STEP that sum to exactly 1; an exact 0 stays 0.

    By largest remainder (Hamilton), ties to the earlier one, as the desk apportions quantities. Raises SizingError
    where the values are no shares.
    """
    total = fsum(values)
    if not isfinite(total) or total <= 0 or any(value < 0 for value in values):
        raise SizingError("the weights are no finite shares; the covariances are out of the range of floats")
    exact = [Fraction(value) * _STEPS for value in values]
    whole = sum(exact)
    exact = [share * _STEPS / whole for share in exact]
    floors = [share.numerator // share.denominator for share in exact]
    order = sorted(range(len(exact)), key=lambda at: (floors[at] - exact[at], at))
    for at in order[: _STEPS - sum(floors)]:
        floors[at] += 1
    return tuple((Decimal(count) * WEIGHT_STEP).quantize(WEIGHT_STEP, ROUND_FLOOR) for count in floors)
