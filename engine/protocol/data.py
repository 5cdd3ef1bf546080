"""What the engine asks of a source of market data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from engine.model.market import MarketEvent

MarketSink = Callable[[MarketEvent], None]


class DataProvider(Protocol):
    """A source of quotes, trades and bars, chosen apart from the broker account: paper fills on a live feed is a normal
    set-up.

    It keeps its own connection and opens it again by itself, with every subscription, for as long as it is not closed.
    It makes nothing up meanwhile: no last quote again, no quote with our own time. Quotes grow old, and what is old is
    refused by the desk. A row that can't be read is logged and left out; the next one says it again.
    """

    name: str

    async def subscribe(self, symbols: Sequence[str], sink: MarketSink) -> None:
        """Deliver events of these symbols to `sink` from now on, besides those of earlier calls; of one symbol in time
        order, from the engine's event loop. `symbols` are the desk's own names.

        Returns when the source has confirmed, or after a few seconds without that; does not raise because the source
        is away. Times (`ts_ns`) are the source's own; a size that it does not tell is None; what is late by contract
        is marked `delayed`, a halt `halted`."""
        ...

    async def close(self) -> None:
        """Deliver nothing more and let go of the connection. May be repeated."""
        ...
