"""Market data value types. Times are integer nanoseconds UTC of market time."""

from __future__ import annotations

from decimal import Decimal

import msgspec


class Quote(msgspec.Struct, frozen=True, gc=False):
    """Best bid and ask of one instrument. A missing size (the source has none) is None, never 0.

    `ts_ns` is when the quote was made. `interval_ns` > 0 marks sampled data (minute bars): the feed can say nothing
    newer within that interval. `delayed` marks delayed or indicative feeds, which refuse live orders.
    """

    symbol: str
    bid: Decimal
    ask: Decimal
    bid_size: Decimal | None
    ask_size: Decimal | None
    ts_ns: int
    interval_ns: int = 0
    delayed: bool = False
    halted: bool | msgspec.UnsetType = msgspec.UNSET
    """The feed says that the market has halted the instrument (a halt, a pause of limit up-limit down). Unset where
    the feed says nothing of it: then a locked, crossed, one-sided or old quote is what shows it."""

    @property
    def is_regular(self) -> bool:
        """True when both sides are positive and the quote is neither locked (bid = ask) nor crossed (bid > ask)."""
        return 0 < self.bid < self.ask

    @property
    def mid(self) -> Decimal:
        """Arithmetic mean of bid and ask."""
        return (self.bid + self.ask) / 2


class Trade(msgspec.Struct, frozen=True, gc=False):
    """One print. `aggressor` is +1 (buyer), -1 (seller) or 0 (not known)."""

    symbol: str
    price: Decimal
    size: Decimal
    ts_ns: int
    aggressor: int = 0
    eligible: bool = True
    """False for prints that set no last price and fill nobody: average price, out of sequence, suspicious."""


class Bar(msgspec.Struct, frozen=True, gc=False):
    """One OHLCV bar. `start_ns` is the bar's start, `interval_ns` its length; it is known only at its end."""

    symbol: str
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    start_ns: int
    interval_ns: int

    @property
    def end_ns(self) -> int:
        """When the bar is complete; nothing may use it earlier."""
        return self.start_ns + self.interval_ns


MarketEvent = Quote | Trade | Bar
