"""What one order looks like to the checks: the proposal, the market, and the book it would join."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

import msgspec

from engine.inputs import Now
from engine.market.volume import Traded
from engine.model.enums import OrdType
from engine.model.market import MarketEvent, Quote
from engine.model.money import ONE, ZERO, plain
from engine.model.order import OrderRequest
from engine.orders.group import mates
from engine.orders.order import HELD, Order
from engine.orders.position import Position
from engine.orders.trail import trail_stop
from engine.risk.limits import Limits
from engine.risk.rates import rate_of
from engine.state import DeskState
from engine.surroundings import Surroundings
from engine.views import Denial

if TYPE_CHECKING:
    from engine.risk.books import Books

TRAILING_STOP = OrdType.TRAILING_STOP


class Quotes(Protocol):
    """What the checks need of the quote cache."""

    @property
    def last_event_ns(self) -> int:
        """Market time of the newest event of any instrument; 0 before the first."""
        ...

    def usable(self, symbol: str, now_ns: int) -> Quote | None:
        """The newest quote when it is regular, fresh and its feed alive; else None."""
        ...

    def last_regular(self, symbol: str) -> Quote | None:
        """The newest regular quote of any age."""
        ...

    def day_low(self, symbol: str) -> Decimal | None:
        """The day's lowest print (without prints: mid) as far as it was seen; None without any."""
        ...

    def traded(self, symbol: str) -> Traded:
        """Volume and notional that this process has seen trade; only rises."""
        ...

    def subscribe(self, subscriber: Callable[[MarketEvent], None], symbol: str | None = None) -> Callable[[], None]:
        """Tell `subscriber` each usable event of an instrument; returns what ends that."""
        ...

    def why_unusable(self, symbol: str, now_ns: int) -> str:
        """Why `usable` says None: "no quote", "locked or crossed", "17.0 s old" ..."""
        ...


class Context:
    """One proposal under check. position is what it would join (a flat one where there is none); for a replace,
    `replacing` is the order and its reservation is left out of the position (but where a broker replaces by cancel and
    new: both versions may execute there until it has answered).

    qty: what would be added to the working orders (a replace: new total - cum_qty); the request has the whole. quote:
    None when there is no usable one. ref_px: worst-case price per unit (0 when none is known); notional: qty at that
    price. room: the position that this side closes, less the working orders that close it already; where a break
    stands, the smaller of our position and theirs (0 or below: nothing to reduce). notional is in the instrument's
    currency, `rate` what one unit of that counts for in the base currency (ONE where they are the same, ZERO while it
    is not known). reducing: all of the order is within that room. shrinking: a replace that reserves no more than the
    order does now."""

    __slots__ = (
        "books",
        "denials", "instrument", "limits", "notional", "now", "position", "qty", "quote", "quotes", "rate", "reducing",
        "ref_px", "replacing", "request", "room", "shrinking", "state", "surroundings",
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
        limits = state.limits
        if limits.scoped:
            limits = limits.covering(request.account, request.strategy, request.user, request.symbol)
        self.limits = limits
        self.quotes = quotes
        self.surroundings = surroundings
        self.request = request
        self.now = now
        self.replacing = replacing
        self.denials: list[Denial] = []
        self.books: Books | None = None
        """Where the account's sums are kept; the risk engine gives it."""
        symbol = request.symbol
        self.instrument = instrument = state.instruments.get(symbol)
        self.quote = quotes.usable(symbol, now.market_ns)
        self.ref_px = reference_price(request, self.quote, limits.collar_above)
        position = state.positions.get((request.account, symbol))
        if position is None:
            position = Position(request.account, symbol, instrument.multiplier if instrument is not None else ONE)
        self.qty = qty = request.qty
        if replacing is not None:
            if replacing.base is HELD or not surroundings.capabilities(request.account).replace_is_cancel_new:
                position = _without(position, replacing)
            if replacing.group:
                position = _without_partners(position, replacing, state)
            self.qty = qty = max(qty - replacing.cum_qty, ZERO)
        self.position = position
        self.notional = notional = qty * self.ref_px * position.multiplier
        self.shrinking = False
        if replacing is not None and replacing.base is not HELD:
            self.shrinking = qty <= replacing.reserved_qty and notional <= replacing.reserved_notional
        self.rate = ONE
        if state.rates and instrument is not None and instrument.currency != state.base_currency:
            rate = rate_of(state, quotes, instrument.currency, now.market_ns)
            self.rate = rate.high if rate is not None else ZERO
        is_buy = request.side.is_buy
        held = -position.qty if is_buy else position.qty
        if state.breaks:
            theirs = state.broker_qty(request.account, symbol)
            held = min(held, -theirs if is_buy else theirs)
        self.room = held - (position.open_buy if is_buy else position.open_sell)
        self.reducing = qty <= self.room

    @property
    def parts(self) -> Sequence[Context]:
        """What is checked instrument by instrument: the order itself, or the legs of a package."""
        return (self,)

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

    def deny_limit(
        self,
        code: str,
        key: str,
        value: Decimal | str,
        otherwise: str,
        message: str,
        *,
        soft: bool = False,
        of: Limits | None = None,
    ) -> None:
        """Record a refusal by a limit: of the proposal's own limits, or of those given. `otherwise` is the scope named
        where the limit is the desk's."""
        limits = self.limits if of is None else of
        self.deny(code, value, limits.value(key) or "off", limits.scope_of(key, otherwise), message, soft=soft)


def _without(position: Position, order: Order) -> Position:
    """The position as it would be without this order's reservation."""
    qty, notional = order.reserved_qty, order.reserved_notional
    if order.side.is_buy:
        return msgspec.structs.replace(
            position, open_buy=position.open_buy - qty, open_buy_notional=position.open_buy_notional - notional
        )
    return msgspec.structs.replace(
        position, open_sell=position.open_sell - qty, open_sell_notional=position.open_sell_notional - notional
    )


def _without_partners(position: Position, order: Order, state: DeskState) -> Position:
    """The position as it would be without what the order's held partners reserve: only one of them executes."""
    group = state.groups[order.group]
    for mate in mates(group, order, state.orders):
        if (mate.base is HELD or group.at_broker) and mate.symbol == order.symbol:
            position = _without(position, mate)
    return position


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
        if request.ord_type is TRAILING_STOP and base:
            base = trail_stop(base, request, is_buy=True)
        stop_px = request.stop_px
        return (stop_px if stop_px is not None and stop_px > base else base) * collar_above
    base = quote.bid if quote is not None else ZERO
    floor = limit_px if limit_px is not None else request.stop_px
    return floor if floor is not None and floor > base else base
