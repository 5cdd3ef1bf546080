"""What a history's desk may not trade, may sell short, and may not trade with: drawn apart from everything else, and a
second opinion on it that is written apart from engine.risk."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from random import Random

import msgspec

from engine.model.enums import AssetClass, OrdStatus, OrdType, Side
from engine.model.instrument import Instrument
from engine.model.market import Quote
from engine.model.restricted import Locate, Locates, RestrictedList, Restriction
from engine.orders.order import Order
from engine.state import DeskState

ZERO = Decimal(0)
DAYS = 60
GONE = (OrdStatus.CANCELED, OrdStatus.EXPIRED, OrdStatus.REJECTED, OrdStatus.DENIED, OrdStatus.HELD)
WAITING = (OrdType.STOP, OrdType.STOP_LIMIT, OrdType.TRAILING_STOP)


class Rules(msgspec.Struct):
    """all_of, closing: restricted symbols, wholly or but for closing. shares: what is located a day, where a locate is
    required (None: it is not)."""

    all_of: str = ""
    closing: str = ""
    shares: dict[str, Decimal] | None = None

    @classmethod
    def drawn(cls, seed: int, instruments: Sequence[Instrument]) -> Rules:
        """In a third of the histories each; none in the others."""
        rng = Random(f"rules {seed}")
        one, other = rng.sample([instrument.symbol for instrument in instruments], 2)
        shares = [i for i in instruments if i.asset_class in (AssetClass.EQUITY, AssetClass.ETF)]
        located = {i.symbol: rng.randrange(0, 12) * i.lot * 5 for i in shares}
        return cls(
            one if rng.random() < 0.3 else "",
            other if rng.random() < 0.3 else "",
            {s: Decimal(q) for s, q in located.items()} if rng.random() < 0.3 else None,
        )

    @property
    def limits(self) -> dict[str, str]:
        return {"risk.require_locate": "on"} if self.shares is not None else {}

    @property
    def restricted(self) -> RestrictedList:
        lines = [Restriction(self.all_of, "all")] if self.all_of else []
        return RestrictedList(
            [*lines, Restriction(self.closing, "closing", close_only=True)] if self.closing else lines
        )

    @property
    def locates(self) -> Locates:
        """The same every day."""
        shares = self.shares or {}
        return Locates(Locate(s, q, f"day {day}", "drawn") for s, q in shares.items() for day in range(DAYS) if q)

    def broken_by(
        self, state: DeskState, symbol: str, side: Side, qty: Decimal, px: Decimal | None, stop_px: Decimal | None,
        replacing: Order | None, reducing: bool, quote: Quote,
    ) -> str:  # fmt: skip
        """Which rule an order that goes out now breaks; "" for none. Of an order that is no liquidation and no exit."""
        if symbol == self.all_of or (symbol == self.closing and not reducing):
            return f"{symbol} is restricted"
        roots = [order for name, order in state.orders.items() if name == order.cl_ord_id and order.symbol == symbol]
        if side is Side.SELL_SHORT and self.shares is not None and symbol in self.shares:
            used = qty + sum((_working(o) for o in roots if o is not replacing and o.side is side), ZERO)
            used += sum(
                (
                    e.last_qty
                    for key, e in state.seen_executions.items()
                    if key not in state.busted and e.symbol == symbol and e.side is side and e in state.fills
                ),
                ZERO,
            )
            if used > self.shares[symbol]:
                return f"{used} {symbol} short, and {self.shares[symbol]} located"
        if stop_px is not None or (replacing is not None and _same(replacing, px, stop_px)):
            return ""
        for order in roots:
            if order is replacing or order.side.is_buy is side.is_buy or not _working(order) or order.base in GONE:
                continue
            if order.limit_px is None or (order.request.ord_type in WAITING and not order.released):
                continue
            prices = [order.limit_px, *(r.limit_px for r in order.pending_replaces if r.limit_px is not None)]
            if side.is_buy:
                met = (px if px is not None else quote.ask) >= min(prices)
            else:
                met = (px if px is not None else quote.bid) <= max(prices)
            if met:
                return f"it meets order {order.id} of our own at {order.limit_px}"
        return ""


def _working(order: Order) -> Decimal:
    if order.base in GONE or order.over:
        return ZERO
    return max(max((order.qty, *(replace.qty for replace in order.pending_replaces))) - order.cum_qty, ZERO)


def _same(order: Order, px: Decimal | None, stop_px: Decimal | None) -> bool:
    return order.base is not OrdStatus.HELD and (px, stop_px) == (order.limit_px, order.stop_px)
