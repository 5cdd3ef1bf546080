"""In which sector an instrument's exposure counts, and what moves its price.

An option counts where its underlying does. ETFs, FX, crypto and futures have no sector of their own: those for which
universe.yaml names none are a sector each by their class. A stock without one has none, and that is a doubt.
(docs/decisions/exposure-measures.md)
"""

from __future__ import annotations

from typing import Final

from engine.model.enums import AssetClass
from engine.state import DeskState

_BY_CLASS: Final = {
    AssetClass.ETF: "ETFs",
    AssetClass.FX: "FX",
    AssetClass.CRYPTO: "Crypto",
    AssetClass.FUTURE: "Futures",
}


def root_of(state: DeskState, symbol: str) -> str:
    """The symbol whose price moves the instrument: of an option its underlying."""
    instrument = state.instruments.get(symbol)
    return instrument.option.underlying if instrument is not None and instrument.option else symbol


def sector_of(state: DeskState, symbol: str) -> str | None:
    """The sector's name, or None where nobody said one."""
    instrument = state.instruments.get(symbol)
    if instrument is not None and instrument.option:
        instrument = state.instruments.get(instrument.option.underlying)
    if instrument is None:
        return None
    return instrument.sector or _BY_CLASS.get(instrument.asset_class)
