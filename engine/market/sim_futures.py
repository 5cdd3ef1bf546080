"""Futures in the simulated market: the contracts of the universe whose root is one of these. They move as the market
does; a micro and its large contract, and two months of one root, are simulated each by itself.

Prices, spreads and volumes are typical, not current."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from engine.market.sim_names import SimName
from engine.model.instrument import Instrument
from engine.model.money import ONE

_TENTH: Final = Decimal("0.1")
#: root: (price, contracts displayed in hundreds, contracts a day, volatility, beta).
_ROOTS: Final = {
    "ES": (5_500.0, 2, 1_500_000, 0.16, 1.0),
    "MES": (5_500.0, 2, 1_200_000, 0.16, 1.0),
    "NQ": (19_500.0, 1, 600_000, 0.21, 1.2),
    "MNQ": (19_500.0, 1, 1_300_000, 0.21, 1.2),
    "RTY": (2_200.0, 1, 180_000, 0.23, 1.1),
    "M2K": (2_200.0, 1, 90_000, 0.23, 1.1),
    "YM": (41_000.0, 1, 150_000, 0.15, 0.9),
    "MYM": (41_000.0, 1, 120_000, 0.15, 0.9),
    "CL": (75.0, 1, 350_000, 0.35, 0.3),
    "GC": (2_400.0, 1, 200_000, 0.15, 0.0),
    "ZN": (110.0, 10, 1_800_000, 0.06, -0.1),
}


def future_names(universe: Iterable[Instrument]) -> tuple[SimName, ...]:
    """How the futures among these behave; those whose root is not known here have no quotes in the simulated market."""
    found = []
    for instrument in universe:
        known = _ROOTS.get(instrument.future.root) if instrument.future else None
        if known is None:
            continue
        price, shown, volume, volatility, beta = known
        found.append(
            SimName(
                instrument.symbol, instrument.name, instrument.sector, price, 1.5, shown, volume, volatility, beta,
                kind=instrument.asset_class, tick=instrument.tick, unit=ONE, lot=instrument.lot,
                currency=instrument.currency,
            )
        )  # fmt: skip
    return tuple(found)
