"""What one order looks like to the checks: the proposal, the market, and the book it would join."""

from __future__ import annotations

from decimal import Decimal
from typing import Protocol

from engine.inputs import Now
from engine.model.enums import OrdType
from engine.model.instrument import Instrument
from engine.model.market import Quote
from engine.model.money import ZERO, plain
from engine.model.order import OrderRequest
from engine.orders.order import Order
from engine.state import DeskState
from engine.views import Denial


class Quotes(Protocol):
    """What the checks need of the quote cache."""

    def usable(self, symbol: str, now_ns: int) -> Quote | None:
        """The newest quote when it is regular, fresh and its feed alive; else None."""
        ...

    def last_regular(self, symbol: str) -> Quote | None:
        """The newest regular quote of any age."""
        ...

    def why_unusable(self, symbol: str, now_ns: int) -> str:
        """Why `usable` says None: "no quote", "locked or crossed", "17.0 s old" ..."""
        ...


class Context:
    """One proposal under check. For a replace, `replacing` is the order and its reservation is left out of the book.

    qty is what would be added to the working orders (a replace: new total - cum_qty); total_qty the order's whole
    quantity. quote is None when there is no usable one. ref_px is the worst-case price (0 when none is known).
    """

    __slots__ = (
        "denials", "instrument", "limits", "now", "open_buy", "open_buy_notional", "open_sell", "open_sell_notional",
        "position_qty", "qty", "quote", "quotes", "reducing", "ref_px", "replacing", "request", "session_closed",
        "short_allowed", "state", "total_qty", "notional",
    )  # fmt: skip

    def __init__(
        self, state: DeskState, quotes: Quotes, request: OrderRequest, now: Now, replacing: Order | None = None
    ) -> None:
        self.state = state
        self.limits = state.limits
        self.quotes = quotes
        self.request = request
        self.now = now
        self.replacing = replacing
        self.denials: list[Denial] = []
        self.session_closed = ""
        self.short_allowed = True
        self.instrument: Instrument | None = state.instruments.get(request.symbol)
        self.quote = quotes.usable(request.symbol, now.market_ns)
        self.total_qty = request.qty
        position = state.positions.get((request.account, request.symbol))
        if position is None:
            self.position_qty = self.open_buy = self.open_sell = ZERO
            self.open_buy_notional = self.open_sell_notional = ZERO
        else:
            self.position_qty = position.qty
            self.open_buy = position.open_buy
            self.open_sell = position.open_sell
            self.open_buy_notional = position.open_buy_notional
            self.open_sell_notional = position.open_sell_notional
        if replacing is None:
            self.qty = request.qty
        else:
            self.qty = max(request.qty - replacing.cum_qty, ZERO)
            if replacing.side.is_buy:
                self.open_buy -= replacing.reserved_qty
                self.open_buy_notional -= replacing.reserved_notional
            else:
                self.open_sell -= replacing.reserved_qty
                self.open_sell_notional -= replacing.reserved_notional
        if request.side.is_buy:
            self.reducing = self.position_qty < 0 and self.qty + self.open_buy <= -self.position_qty
        else:
            self.reducing = self.position_qty > 0 and self.qty + self.open_sell <= self.position_qty
        self.ref_px = reference_price(request, self.quote, state)
        instrument = self.instrument
        self.notional = self.qty * self.ref_px * instrument.multiplier if instrument is not None else ZERO

    def deny(
        self, code: str, value: Decimal | str, limit: Decimal | str, scope: str, message: str, *, soft: bool = False
    ) -> None:
        """Record a refusal: all of them are reported."""
        self.denials.append(Denial(code, _text(value), _text(limit), scope, message, soft))


def _text(value: Decimal | str) -> str:
    if isinstance(value, str):
        return value
    if value == value.to_integral_value():
        return plain(value.quantize(1)) if abs(value) < 10**18 else plain(value)
    return plain(value)


def reference_price(request: OrderRequest, quote: Quote | None, state: DeskState) -> Decimal:
    """Worst-case price per unit for reservation and notional; 0 when nothing is known (and then refused).

    Buys: the limit, or the ask (a stop: the stop price) plus the collar. Sales: the higher of limit and bid, since a
    short is worth what it fetches.
    """
    collar = state.limits.value("risk.price_collar_pct") or ZERO
    if request.side.is_buy:
        if request.limit_px is not None:
            return request.limit_px
        base = request.stop_px if request.ord_type is OrdType.STOP else None
        if base is None:
            base = quote.ask if quote is not None else ZERO
        elif quote is not None and quote.ask > base:
            base = quote.ask
        return base * (1 + collar) if collar else base
    bid = quote.bid if quote is not None else ZERO
    floor = request.limit_px or request.stop_px or ZERO
    return floor if floor > bid else bid


def worst_exposure(
    qty: Decimal, mark: Decimal, multiplier: Decimal, open_buy_notional: Decimal, open_sell_notional: Decimal
) -> Decimal:
    """Largest |market value| that the position can reach when all working orders of one side fill (>= 0)."""
    value = qty * mark * multiplier
    long_case = value + open_buy_notional
    short_case = open_sell_notional - value
    worst = long_case if long_case > short_case else short_case
    return worst if worst > 0 else ZERO
