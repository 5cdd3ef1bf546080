"""How a simulated price follows its two paths. Shared by the quotes and by the days before them."""

from __future__ import annotations

import math
from typing import Final

from engine.market.sim_names import MARKET_VOLATILITY, SimName

DAY_S: Final = 86_400
#: Seconds in the simulated year: 252 days of 24 hours.
YEAR_S: Final = 252 * DAY_S


def price_scales(name: SimName) -> tuple[float, float]:
    """What the market's path and its own path weigh in the logarithm of its price, for each root of a second."""
    shared = name.beta * MARKET_VOLATILITY
    return shared / math.sqrt(YEAR_S), math.sqrt(max(name.volatility**2 - shared**2, 0.0) / YEAR_S)


def stretched(x: float) -> float:
    """1 + x + x^2/2, which stands for exp(x): above 0 for every x, and the same on every machine."""
    return 1.0 + x + x * x / 2.0


def volume_intensity(second_of_day: int) -> float:
    """Trading at a time of the UTC day against the day's mean: 2.2 at its ends, 0.6 at noon, 1 on average."""
    away = (2.0 * second_of_day / DAY_S - 1.0) ** 2
    return 0.6 + 0.6 * away + away * away
