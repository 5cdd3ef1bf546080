"""The emulator's books: orders, positions, cash, executions, and their matching against quotes.

A buy trades at the ask and a sale at the bid, up to the displayed size, which is used up until the next quote. Stops
are elected by the touch. Everything that happens to an order goes to `told`, as the broker's trade updates say it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import uuid4

from tests.emulators.alpaca.groups import Groups
from tests.emulators.alpaca.orders import Order, iso, text

ZERO = Decimal(0)
Told = Callable[[dict[str, Any]], None]


@dataclass
class Quote:
    """What stands in the market; sizes shrink as orders take them."""

    bid: Decimal
    ask: Decimal
    bid_size: Decimal
    ask_size: Decimal


@dataclass
class Fill:
    """One execution. `number` orders those of one nanosecond."""

    number: int
    order: Order
    symbol: str
    side: str
    qty: Decimal
    px: Decimal
    cum_qty: Decimal
    ts_ns: int
    execution_id: str
    version: int = 1
    """One more with each correction."""

    @property
    def activity_id(self) -> str:
        moment = iso(self.ts_ns) or ""
        return f"{moment[:10].replace('-', '')}{self.number:09}::{self.execution_id}"

    def activity(self) -> dict[str, Any]:
        """A FILL activity."""
        left = self.order.qty - self.cum_qty
        return {
            "id": self.activity_id,
            "activity_type": "FILL",
            "transaction_time": iso(self.ts_ns),
            "type": "fill" if left <= 0 else "partial_fill",
            "price": text(self.px),
            "qty": text(self.qty),
            "side": self.side,
            "symbol": self.symbol,
            "leaves_qty": text(left),
            "cum_qty": text(self.cum_qty),
            "order_id": self.order.id,
            "order_status": "filled" if left <= 0 else "partially_filled",
        }


class Books:
    """One account. `now_ns`: the broker's clock."""

    def __init__(self, cash: Decimal, now_ns: Callable[[], int]) -> None:
        self.cash = cash
        self.now_ns = now_ns
        self.orders: dict[str, Order] = {}
        self.by_client: dict[str, Order] = {}
        self.legs: dict[str, Order] = {}
        """Of packages, by their own ids."""
        self.positions: dict[str, Decimal] = {}
        self.cost: dict[str, Decimal] = {}
        self.fills: list[Fill] = []
        self.quotes: dict[str, Quote] = {}
        self.told: Told = lambda update: None
        self.groups = Groups(self)
        self.tells_roles = True
        """Whether orders say which group they are of (keys that the broker has since October 2026)."""

    # -- what the account may do ----------------------------------------------------------------------------------

    @property
    def equity(self) -> Decimal:
        return self.cash + sum((qty * self.mark(symbol) for symbol, qty in self.positions.items()), ZERO)

    def value_of(self, sign: int) -> Decimal:
        """Market value of what is held long (1) or, below 0, short (-1)."""
        return sum((qty * self.mark(symbol) for symbol, qty in self.positions.items() if qty * sign > 0), ZERO)

    def mark(self, symbol: str) -> Decimal:
        quote = self.quotes.get(symbol)
        return (quote.bid + quote.ask) / 2 if quote else self.cost.get(symbol, ZERO)

    def open_orders(self) -> list[Order]:
        return [order for order in self.orders.values() if order.is_open]

    def held(self, symbol: str, side: str) -> Decimal:
        """What open orders of that side may still take. An exit that waits in its group takes nothing by itself."""
        working = [o for o in self.open_orders() if o.symbol == symbol and o.side == side and o.status != "held"]
        return sum((o.leaves for o in working), ZERO)

    # -- orders ---------------------------------------------------------------------------------------------------

    def take(self, order: Order) -> None:
        """Accept an order and match it."""
        order.updated_ns = order.created_ns
        self.orders[order.id] = self.by_client[order.client_order_id] = order
        self.legs.update((leg.id, leg) for leg in order.legs)
        order.mark("new", self.now_ns())
        self.tell("new", order)
        self.groups.placed(order)
        self.match(order)
        if order.is_open and order.time_in_force in ("ioc", "fok"):
            self.end(order, "canceled")

    def cancel(self, order: Order) -> None:
        self.end(order, "canceled")
        self.groups.ended(order)

    def replace(self, old: Order, new: Order) -> None:
        """`new` takes the place of `old`."""
        now, waits = self.now_ns(), old.status == "held"
        new.replaces, old.replaced_by = old.id, new.id
        old.mark("replaced", now, "replaced_at")
        self.orders[new.id] = self.by_client[new.client_order_id] = new
        self.legs.update((leg.id, leg) for leg in new.legs)
        self.groups.replaced(old, new)
        self.tell("replaced", old)
        new.mark("held" if waits else "new", now)
        self.tell(new.status, new)
        self.match(new)

    def end_of_day(self) -> None:
        """Orders for the day expire."""
        for order in self.open_orders():
            if order.time_in_force != "gtc":
                self.end(order, "expired")

    def end(self, order: Order, status: str) -> None:
        """This order alone."""
        order.mark(status, self.now_ns(), f"{status}_at")
        self.tell(status, order)

    # -- the market -----------------------------------------------------------------------------------------------

    def quote(self, symbol: str, quote: Quote) -> None:
        """The market moves; whatever it reaches is filled, oldest first."""
        self.quotes[symbol] = quote
        for order in self.open_orders():
            if order.is_open and (order.symbol == symbol or order.legs):
                self.match(order)

    def match(self, order: Order) -> None:
        """Let it trade, if the market is there."""
        if order.legs:
            self._match_package(order)
            return
        quote = self.quotes.get(order.symbol)
        if quote is None or self.groups.waits(order) or not self._elected(order, quote):
            return
        self.groups.starts(order)
        buys = order.side == "buy"
        px, shown = (quote.ask, quote.ask_size) if buys else (quote.bid, quote.bid_size)
        limit = order.limit_price
        if limit is not None and (px > limit if buys else px < limit):
            return
        qty = min(order.leaves, shown)
        if qty <= 0 or (order.time_in_force == "fok" and qty < order.leaves):
            return
        if buys:
            quote.ask_size -= qty
        else:
            quote.bid_size -= qty
        self._fill(order, order.symbol, order.side, qty, px)

    def _elected(self, order: Order, quote: Quote) -> bool:
        """Whether an order with a trigger works by now; a trailing one moves its trigger."""
        if order.type == "trailing_stop":
            buys = order.side == "buy"
            px = quote.ask if buys else quote.bid
            order.hwm = px if order.hwm is None else (min if buys else max)(order.hwm, px)
            away = order.trail_price or order.hwm * (order.trail_percent or ZERO) / 100
            order.stop_price = (order.hwm + away if buys else order.hwm - away).quantize(Decimal("0.01"))
        if order.type not in ("stop", "stop_limit", "trailing_stop") or order.triggered:
            return True
        assert order.stop_price is not None
        order.triggered = quote.ask >= order.stop_price if order.side == "buy" else quote.bid <= order.stop_price
        return order.triggered

    def _match_package(self, order: Order) -> None:
        quotes = [self.quotes.get(leg.symbol) for leg in order.legs]
        if any(quote is None for quote in quotes):
            return
        net, most = ZERO, order.leaves
        for leg, quote in zip(order.legs, quotes, strict=True):
            assert quote is not None
            assert leg.ratio_qty is not None
            net += leg.ratio_qty * (quote.ask if leg.side == "buy" else -quote.bid)
            shown = quote.ask_size if leg.side == "buy" else quote.bid_size
            most = min(most, shown // leg.ratio_qty)
        if most <= 0 or (order.limit_price is not None and net > order.limit_price):
            return
        now = self.now_ns()
        order.filled_qty += most
        order.paid += net * most
        status = "filled" if order.leaves <= 0 else "partially_filled"
        order.mark(status, now, "filled_at")
        for leg, quote in zip(order.legs, quotes, strict=True):
            assert quote is not None
            assert leg.ratio_qty is not None
            qty, buys = most * leg.ratio_qty, leg.side == "buy"
            px = quote.ask if buys else quote.bid
            if buys:
                quote.ask_size -= qty
            else:
                quote.bid_size -= qty
            leg.filled_qty += qty
            leg.paid += qty * px
            self.book(leg.symbol, leg.side, qty, px)
            self.fills.append(
                Fill(len(self.fills), leg, leg.symbol, leg.side, qty, px, leg.filled_qty, now, str(uuid4()))
            )
        more = {"price": text(net), "qty": text(most), "execution_id": str(uuid4())}
        self.tell("fill" if status == "filled" else "partial_fill", order, more, now)

    def _fill(self, order: Order, symbol: str, side: str, qty: Decimal, px: Decimal) -> None:
        now = self.now_ns()
        order.filled_qty += qty
        order.paid += qty * px
        done = order.leaves <= 0
        order.mark("filled" if done else "partially_filled", now, "filled_at")
        self.book(symbol, side, qty, px)
        fill = Fill(len(self.fills), order, symbol, side, qty, px, order.filled_qty, now, str(uuid4()))
        self.fills.append(fill)
        more = {
            "price": text(px),
            "qty": text(qty),
            "position_qty": text(self.positions.get(symbol, ZERO)),
            "execution_id": fill.execution_id,
        }
        self.tell("fill" if done else "partial_fill", order, more, now)
        self.groups.filled(order, qty)

    def book(self, symbol: str, side: str, qty: Decimal, px: Decimal) -> None:
        """A trade's position and cash."""
        signed = qty if side == "buy" else -qty
        before = self.positions.get(symbol, ZERO)
        after = before + signed
        if before * signed >= 0:
            self.cost[symbol] = (abs(before) * self.cost.get(symbol, ZERO) + qty * px) / abs(after)
        elif after * before < 0:
            self.cost[symbol] = px
        self.positions[symbol] = after
        if not after:
            del self.positions[symbol], self.cost[symbol]
        self.cash -= signed * px * (100 if len(symbol) > 15 else 1)

    def tell(self, event: str, order: Order, more: dict[str, Any] | None = None, ts_ns: int | None = None) -> None:
        """Something happened to an order."""
        self.told(
            {
                "event": event,
                "execution_id": str(uuid4()),
                "timestamp": iso(self.now_ns() if ts_ns is None else ts_ns),
                "order": order.json(roles=self.tells_roles),
                **(more or {}),
            }
        )
