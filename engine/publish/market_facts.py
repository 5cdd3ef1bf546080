"""The sentence for readings of the market (engine.tca)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from engine import facts as f
from engine.facts.tca import Reading
from engine.publish.fact_words import Names, number


def _market_read(fact: f.MarketRead, names: Names, at: int) -> str:
    shown = ", ".join(_reading(reading, names) for reading in fact.readings[:3])
    more = f" and {len(fact.readings) - 3} more" if len(fact.readings) > 3 else ""
    return f"market read: {shown}{more}" if shown else "market read: nothing"


def _reading(reading: Reading, names: Names) -> str:
    of = reading.of if " " in reading.of or reading.what == "close" else names.order(reading.of)
    if reading.what == "pwp":
        return f"PWP of {of} {'incomplete' if reading.px is None else number(reading.px)}"
    mid = reading.mid
    after = f"{reading.what} after a fill of" if reading.exec_id and reading.what != "fill" else f"{reading.what} of"
    return f"{after} {of} {'not known' if mid is None else number(mid)}"


MARKET_SENTENCES: Final[Mapping[type, Callable[[Any, Names, int], str]]] = MappingProxyType(
    {f.MarketRead: _market_read}
)
