"""A paper venue that quotes a little apart from the desk's market: to rehearse trading at several venues."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import msgspec

from engine.model.market import Bar, MarketEvent, Quote
from engine.model.money import ONE, floor_to


class Apart(msgspec.Struct, frozen=True):
    """How far apart: prices by `ticks` of the instrument (up, or down where negative), displayed sizes by a factor."""

    ticks: int = 0
    size: Decimal = ONE

    @property
    def is_apart(self) -> bool:
        """Whether it differs from the desk's market at all."""
        return bool(self.ticks) or self.size != ONE

    def event(self, event: MarketEvent, tick: Decimal) -> MarketEvent | None:
        """The event as that venue has it; None where its price would not be above 0. What prints elsewhere prints
        there at its own prices; bars stay as they are, since nothing fills on them."""
        if isinstance(event, Bar):
            return event
        by = self.ticks * tick
        if isinstance(event, Quote):
            if event.bid + by <= 0:
                return None
            return msgspec.structs.replace(
                event,
                bid=event.bid + by,
                ask=event.ask + by,
                bid_size=self._sized(event.bid_size),
                ask_size=self._sized(event.ask_size),
            )
        return None if event.price + by <= 0 else msgspec.structs.replace(event, price=event.price + by)

    def _sized(self, size: Decimal | None) -> Decimal | None:
        """In whole units, as long as that leaves any."""
        if size is None:
            return None
        scaled = size * self.size
        return floor_to(scaled, ONE) or scaled


def market_apart(
    apart: Apart, tick_of: Callable[[str], Decimal], *sinks: Callable[[MarketEvent], None]
) -> Callable[[MarketEvent], None]:
    """Takes the desk's market events and gives each sink the venue's."""

    def on_market(event: MarketEvent) -> None:
        ours = apart.event(event, tick_of(event.symbol))
        if ours is not None:
            for sink in sinks:
                sink(ours)

    return on_market
