"""What has traded: the market's volume and notional of each symbol, as this process has seen them.

The counts only rise, from the process's first print on; whoever measures an interval keeps the count of its beginning
(`Traded` less `Traded`). Prints that set no price (average price, out of sequence, suspicious) are not volume to take
part in. What the desk itself trades on paper is no print of the feed and is not in here.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from engine.model.market import Trade
from engine.model.money import ZERO


class Traded(msgspec.Struct, frozen=True, gc=False):
    """Volume in units and notional in price x units (without the instrument's multiplier)."""

    volume: Decimal = ZERO
    notional: Decimal = ZERO

    def since(self, earlier: Traded) -> Traded:
        """What traded between an earlier count and this one."""
        return Traded(self.volume - earlier.volume, self.notional - earlier.notional)

    @property
    def vwap(self) -> Decimal | None:
        """Volume-weighted average price; None without volume."""
        return self.notional / self.volume if self.volume else None


NOTHING: Final = Traded()


class VolumeMeter:
    """Counts per symbol. Fed by the quote cache with every print."""

    __slots__ = ("_notional", "_volume")

    def __init__(self) -> None:
        self._volume: dict[str, Decimal] = {}
        self._notional: dict[str, Decimal] = {}

    def on_trade(self, trade: Trade) -> None:
        """Count one eligible print."""
        symbol, size = trade.symbol, trade.size
        self._volume[symbol] = self._volume.get(symbol, ZERO) + size
        self._notional[symbol] = self._notional.get(symbol, ZERO) + size * trade.price

    def traded(self, symbol: str) -> Traded:
        """Everything of the symbol so far; zeros where nothing was heard."""
        volume = self._volume.get(symbol)
        return NOTHING if volume is None else Traded(volume, self._notional[symbol])
