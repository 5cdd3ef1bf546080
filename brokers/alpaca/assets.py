"""What Alpaca lists: whether an asset is traded, in fractions, and sold short. Asked for when it matters, and kept for
as long as the connection lives: the lists change overnight."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any, Final

from brokers.alpaca import words
from engine.model.enums import AssetClass, Side
from engine.model.instrument import Instrument
from engine.model.order import BrokerOrder
from engine.protocol import BrokerError, NotSupportedError

Row = dict[str, Any]
_CLASSES: Final = {"us_equity": AssetClass.EQUITY, "us_option": AssetClass.OPTION, "crypto": AssetClass.CRYPTO}


class Assets:
    """`fetch`: the broker's row of one asset, by its wire symbol; None where it has none."""

    def __init__(self, fetch: Callable[[str], Awaitable[Row | None]]) -> None:
        self._fetch = fetch
        self._rows: dict[str, Row | None] = {}

    def forget(self) -> None:
        """A new session asks anew."""
        self._rows.clear()

    async def row(self, wire: str) -> Row | None:
        if wire not in self._rows:
            self._rows[wire] = await self._fetch(wire)
        return self._rows[wire]

    async def refuse_unlisted(self, order: BrokerOrder, wire: str) -> None:
        """Raises NotSupportedError for a fraction of what trades whole, and for a short sale of what can't be lent. Of
        other orders nothing is asked: the broker says itself what it does not trade."""
        short, part = order.side is Side.SELL_SHORT, bool(order.qty % 1)
        if order.legs or not (short or part):
            return
        try:
            row = await self.row(wire)
        except BrokerError:
            return  # no answer is no reason: nothing was sent yet, and the broker decides
        if row is None:
            raise NotSupportedError(f"{order.symbol} is not listed at Alpaca; nothing was sent")
        if not row.get("tradable", True):
            raise NotSupportedError(f"{order.symbol} is not traded at Alpaca now; nothing was sent")
        if row.get("class") != "us_equity":
            return
        if part and not row.get("fractionable", True):
            raise NotSupportedError(f"{order.symbol} is traded in whole shares at Alpaca; nothing was sent")
        if short and not row.get("shortable", True):
            raise NotSupportedError(f"{order.symbol} can't be sold short at Alpaca; nothing was sent")


def instrument_of(row: Row, symbol: str) -> Instrument | None:
    """The asset in our terms; None for what is not traded (any more)."""
    if not row.get("tradable", True) or row.get("status", "active") != "active":
        return None
    kind = _CLASSES.get(str(row.get("class")), AssetClass.EQUITY)
    if kind is not AssetClass.CRYPTO:
        multiplier = Decimal(100) if kind is AssetClass.OPTION else Decimal(1)
        return Instrument(symbol, kind, name=str(row.get("name") or ""), multiplier=multiplier)
    base, _, currency = str(row["symbol"]).partition("/")
    lot = words.number(row.get("min_trade_increment")) or Decimal("0.000000001")
    return Instrument(
        symbol,
        kind,
        currency or "USD",
        words.number(row.get("price_increment")) or Decimal("0.01"),
        lot,
        words.number(row.get("min_order_size")) or lot,
        calendar="24x7",
        name=str(row.get("name") or ""),
        base=base,
    )
