"""What one order looks like to the checks: the proposal, the market, and the book it would join."""

from __future__ import annotations

from decimal import Decimal
from typing import Protocol

from engine.inputs import Now
from engine.model.instrument import Instrument
from engine.model.market import Quote
from engine.model.money import ZERO, plain
from engine.model.order import OrderRequest
from engine.orders.order import Order
from engine.state import DeskState
from engine.surroundings import Surroundings
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

    qty: what would be added to the working orders (a replace: new total - cum_qty); the request has the whole.
    quote: None when there is no usable one. ref_px: worst-case price per unit (0 when none is known); notional: qty at
    that price. room: the position that this side closes, less the working orders that
    close it already; where a break stands, the smaller of our position and theirs (0 or below: nothing to reduce).
    reducing: all of the order is within that room. shrinking: a replace that reserves no more than the order does now.
    """

    __slots__ = (
        "denials", "instrument", "limits", "notional", "now", "open_buy", "open_buy_notional", "open_sell",
        "open_sell_notional", "position_qty", "qty", "quote", "quotes", "reducing", "ref_px", "replacing", "request",
        "room", "shrinking", "state", "surroundings",
    )  # fmt: skip

    def __init__(
        self,
        state: DeskState,
        quotes: Quotes,
        surroundings: Surroundings,
        request: OrderRequest,
        now: Now,
        replacing: Order | None = None,
    ) -> None:
        self.state = state
        self.limits = state.limits
        self.quotes = quotes
        self.surroundings = surroundings
        self.request = request
        self.now = now
        self.replacing = replacing
        self.denials: list[Denial] = []
        symbol = request.symbol
        self.instrument: Instrument | None = state.instruments.get(symbol)
        self.quote = quotes.usable(symbol, now.market_ns)
        self.ref_px = reference_price(request, self.quote, self.limits.collar_above)
        position = state.positions.get((request.account, symbol))
        if position is None:
            self.position_qty = self.open_buy = self.open_sell = ZERO
            self.open_buy_notional = self.open_sell_notional = ZERO
        else:
            self.position_qty = position.qty
            self.open_buy = position.open_buy
            self.open_sell = position.open_sell
            self.open_buy_notional = position.open_buy_notional
            self.open_sell_notional = position.open_sell_notional
        self.qty = request.qty
        if replacing is not None:
            self._leave_out(replacing)
        instrument = self.instrument
        self.notional = self.qty * self.ref_px * instrument.multiplier if instrument is not None else ZERO
        self.shrinking = (
            replacing is not None
            and self.qty <= replacing.reserved_qty
            and self.notional <= replacing.reserved_notional
        )
        is_buy = request.side.is_buy
        held = -self.position_qty if is_buy else self.position_qty
        if state.breaks:
            theirs = state.broker_qty(request.account, symbol)
            held = min(held, -theirs if is_buy else theirs)
        self.room = held - (self.open_buy if is_buy else self.open_sell)
        self.reducing = self.qty <= self.room

    def _leave_out(self, order: Order) -> None:
        """Take the replaced order's own reservation out of the book: the new total stands in its place."""
        left = self.request.qty - order.cum_qty
        self.qty = left if left > 0 else ZERO
        if order.side.is_buy:
            self.open_buy -= order.reserved_qty
            self.open_buy_notional -= order.reserved_notional
        else:
            self.open_sell -= order.reserved_qty
            self.open_sell_notional -= order.reserved_notional

    def deny(
        self, code: str, value: Decimal | str, limit: Decimal | str, scope: str, message: str, *, soft: bool = False
    ) -> None:
        """Record a refusal: all of them are reported."""
        self.denials.append(
            Denial(
                code,
                value if isinstance(value, str) else readable(value),
                limit if isinstance(limit, str) else plain(limit),
                scope,
                message,
                soft,
            )
        )


def readable(value: Decimal) -> str:
    """A computed number without the zeros that arithmetic left behind it."""
    text = plain(value)
    return text.rstrip("0").rstrip(".") if "." in text else text


def reference_price(request: OrderRequest, quote: Quote | None, collar_above: Decimal) -> Decimal:
    """Worst-case price per unit for reservation and notional; 0 when nothing is known (and then refused).

    Buys: the limit, or the ask (a stop: the higher of stop and ask) times `collar_above`, 1 + collar. Sales: the higher
    of limit (stop) and bid, since a short is worth what it fetches. Source: definitions/risk-checks.md 2.2.
    """
    limit_px = request.limit_px
    if request.side.is_buy:
        if limit_px is not None:
            return limit_px
        base = quote.ask if quote is not None else ZERO
        stop_px = request.stop_px
        return (stop_px if stop_px is not None and stop_px > base else base) * collar_above
    base = quote.bid if quote is not None else ZERO
    floor = limit_px if limit_px is not None else request.stop_px
    return floor if floor is not None and floor > base else base
