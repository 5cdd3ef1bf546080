"""Orders, executions, positions and cash of one account, matched against quotes.

A buy trades at the ask and a sale at the bid, up to the size that is shown, which is used up until the next quote.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

ZERO = Decimal(0)
FEE = Decimal("0.0035")
"""For each share."""


class RefusedError(Exception):
    """The broker's no: its code and its words."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass
class Order:
    """`refs`: every name that it went by, the newest last."""

    no: str
    refs: list[str]
    symbol: str
    side: str
    kind: str
    until: str
    qty: Decimal
    px: Decimal | None
    done: Decimal = ZERO
    state: str = "working"

    @property
    def leaves(self) -> Decimal:
        return self.qty - self.done

    def row(self) -> dict[str, Any]:
        return {
            "no": self.no,
            "ref": self.refs[-1],
            "first": self.refs[0],
            "symbol": self.symbol,
            "side": self.side,
            "kind": self.kind,
            "until": self.until,
            "qty": str(self.qty),
            "done": str(self.done),
            "px": None if self.px is None else str(self.px),
            "state": self.state,
        }


@dataclass
class Quote:
    bid: Decimal
    ask: Decimal
    size: dict[str, Decimal]
    """What is left of it, by the side that takes it."""


@dataclass
class Books:
    """`now_us`: the broker's clock; `tell`: told of everything that happens to an order, as news."""

    now_us: Callable[[], int]
    tell: Callable[[dict[str, Any]], None]
    cash: Decimal = Decimal(1_000_000)
    orders: list[Order] = field(default_factory=list)
    by_ref: dict[str, Order] = field(default_factory=dict)
    executions: list[dict[str, Any]] = field(default_factory=list)
    made: int = 0
    """Executions so far, also those that were taken back."""
    positions: dict[str, Decimal] = field(default_factory=dict)
    cost: dict[str, Decimal] = field(default_factory=dict)
    quotes: dict[str, Quote] = field(default_factory=dict)
    listed: tuple[str, ...] = ("IBM",)

    # -- requests -----------------------------------------------------------------------------------------------

    def place(self, ref: str, symbol: str, side: str, kind: str, until: str, qty: str, px: str | None) -> Order:
        if ref and ref in self.by_ref:
            raise RefusedError("ID_USED", f"{ref} was used")
        if symbol not in self.listed:
            raise RefusedError("REFUSED", f"{symbol} is not listed here")
        order = Order(
            f"T{len(self.orders) + 1}",
            [ref],
            symbol,
            side,
            kind,
            until,
            Decimal(qty),
            None if px is None else Decimal(px),
        )
        self._check_px(order.px)
        self.orders.append(order)
        if ref:
            self.by_ref[ref] = order
        self._news("accepted", order)
        self._match(order)
        if order.state == "working" and until == "IOC":
            self._end(order, "cancelled", "nothing more to be had at once")
        return order

    def find(self, ref: str = "", no: str = "") -> Order:
        order = self.by_ref.get(ref) if ref else next((o for o in self.orders if o.no == no), None)
        if order is None:
            raise RefusedError("NOT_FOUND", f"no order {ref or no}")
        return order

    def cancel(self, ref: str = "", no: str = "") -> None:
        self._end(self._working(ref, no), "cancelled")

    def change(self, ref: str, new: str, qty: str, px: str | None) -> None:
        """The order goes on under the name `new`, with `qty` in all."""
        order = self._working(ref)
        if order.refs[-1] != ref:
            raise RefusedError("REFUSED", f"{ref} was changed already")
        if new in self.by_ref:
            raise RefusedError("ID_USED", f"{new} was used")
        limit = order.px if px is None else Decimal(px)
        self._check_px(limit)
        if Decimal(qty) <= order.done:
            raise RefusedError("REFUSED", f"{order.done} are done already")
        order.qty, order.px = Decimal(qty), limit
        order.refs.append(new)
        self.by_ref[new] = order
        self._news("changed", order, was=ref)
        self._match(order)

    def _working(self, ref: str = "", no: str = "") -> Order:
        order = self.find(ref, no)
        if order.state != "working":
            raise RefusedError("REFUSED", f"the order is {order.state}")
        return order

    def _check_px(self, px: Decimal | None) -> None:
        if px is not None and px != px.quantize(Decimal("0.01")):
            raise RefusedError("REFUSED", f"{px} is no multiple of 0.01")

    # -- the market ---------------------------------------------------------------------------------------------

    def quote(self, symbol: str, bid: Decimal, ask: Decimal, size: Decimal) -> None:
        """The market moves; what it reaches is filled, oldest first."""
        self.quotes[symbol] = Quote(bid, ask, {"B": size, "S": size})
        for order in list(self.orders):
            if order.symbol == symbol and order.state == "working":
                self._match(order)

    def end_of_day(self) -> None:
        """Day orders are over."""
        for order in self.orders:
            if order.state == "working" and order.until == "DAY":
                self._end(order, "expired")

    # -- after the fact -----------------------------------------------------------------------------------------

    def bust(self, exec_id: str) -> None:
        """An execution is taken back, with its fee; the list has it no more."""
        row = self._unbook(exec_id)
        self.executions.remove(row)
        self.find(no=row["no"]).done -= Decimal(row["qty"])
        self.cash += Decimal(row["fee"])
        self.tell({"news": "busted", "at": self.now_us(), "id": exec_id, "ref": row["ref"]})

    def correct(self, exec_id: str, px: Decimal) -> None:
        """It was at another price: the list has it under a new id."""
        row = self._unbook(exec_id)
        base, _, version = exec_id.partition(".")
        row.update(id=f"{base}.{int(version or 1) + 1}", px=str(px))
        self._move(row["symbol"], row["side"], Decimal(row["qty"]), px)
        self.tell({"news": "corrected", "at": self.now_us(), "was": exec_id, "fill": dict(row)})

    def reject(self, ref: str, why: str) -> None:
        """An order that was accepted is rejected after all."""
        self._end(self._working(ref), "rejected", why)

    def _unbook(self, exec_id: str) -> dict[str, Any]:
        row = next(row for row in self.executions if row["id"] == exec_id)
        other = "S" if row["side"] == "B" else "B"
        self._move(row["symbol"], other, Decimal(row["qty"]), Decimal(row["px"]))
        return row

    def _match(self, order: Order) -> None:
        quote = self.quotes.get(order.symbol)
        if quote is None:
            return
        buys = order.side == "B"
        px = quote.ask if buys else quote.bid
        qty = min(order.leaves, quote.size[order.side])
        if not qty or (order.px is not None and (px > order.px if buys else px < order.px)):
            return
        quote.size[order.side] -= qty
        order.done += qty
        if not order.leaves:
            order.state = "filled"
        self._book(order, qty, px)

    def _book(self, order: Order, qty: Decimal, px: Decimal) -> None:
        fee = qty * FEE
        self._move(order.symbol, order.side, qty, px)
        self.cash -= fee
        at = self.now_us()
        self.made += 1
        row = {
            "id": f"E{self.made}",
            "no": order.no,
            "ref": order.refs[-1],
            "symbol": order.symbol,
            "side": order.side,
            "qty": str(qty),
            "px": str(px),
            "fee": str(fee),
            "role": "taker",
            "at": at,
        }
        self.executions.append(row)
        self.tell({"news": "fill", "at": at, "fill": row})

    def _move(self, symbol: str, side: str, qty: Decimal, px: Decimal) -> None:
        """Position, cost and cash of a trade."""
        signed, held = (qty if side == "B" else -qty), self.positions.get(symbol, ZERO)
        if held * signed >= 0:
            cost = abs(held) * self.cost.get(symbol, ZERO) + qty * px
            self.cost[symbol] = cost / (abs(held) + qty)
        self.positions[symbol] = held + signed
        if not self.positions[symbol]:
            del self.positions[symbol]
        self.cash -= signed * px

    def _end(self, order: Order, state: str, why: str = "") -> None:
        order.state = state
        self._news(state, order, why=why)

    def _news(self, what: str, order: Order, **more: str) -> None:
        self.tell({"news": what, "at": self.now_us(), "order": order.row(), **more})
