"""Facts for transaction cost analysis: what the market did around orders, which no later fold could know. Batched, off
the order path. They change nothing that the desk decides by."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from engine.facts.base import Recorded


class Reading(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """The market of one instrument at market time `ts_ns` (engine.tca.meter), for whom, and for what.

    of: a cl_ord_id, "algo 3", or the instrument itself.
    what: "arrival" (released to the market), "end" (cancelled, expired, stopped), "horizon" (the end of an algo's
    window), "close" (of the session; of an instrument), "fill" (with `exec_id`), "1s" "10s" "1m" "5m" "30m" (that long
    after the fill `exec_id`), "pwp" (`px` is the participation weighted price; None: the market closed before).

    bid and ask None: not known. volume, notional, mids, seconds: running sums, which mean something only less those of
    another reading of the same instrument and process; None where nobody needs them.
    """

    of: str
    what: str
    ts_ns: int
    bid: Decimal | None = None
    ask: Decimal | None = None
    volume: Decimal | None = None
    notional: Decimal | None = None
    mids: Decimal | None = None
    seconds: int = 0
    exec_id: str = ""
    px: Decimal | None = None

    @property
    def mid(self) -> Decimal | None:
        """Arithmetic mean of bid and ask."""
        return None if self.bid is None or self.ask is None else (self.bid + self.ask) / 2


class MarketRead(Recorded, frozen=True, tag="market_read"):
    """Readings of the market for the analysis of costs."""

    readings: tuple[Reading, ...]
