"""Brackets, oto and oco, as the broker documents them.

* The exits of an entry are held till it has filled completely; its end (a cancel, an expiry) is theirs.
* Then the take-profit works, and the stop stays held beside it: the shares can be in one order alone. When the market
  reaches the stop, the take-profit is canceled and the stop works. (An oto's one exit works at once.)
* What the take-profit executes is taken off the stop; its end cancels the stop. A cancel of one ends the group.
"""

from __future__ import annotations

from copy import copy
from decimal import Decimal
from typing import TYPE_CHECKING, Literal
from uuid import uuid4

from tests.emulators.alpaca.orders import Order

if TYPE_CHECKING:
    from tests.emulators.alpaca.books import Books

Shrinks = Literal["silently", "restated", "replaced"]


class Groups:
    """What `books` asks of its groups. `shrinks`: how a smaller stop is told, which is not documented: not at all, by
    an update of its own, or as another order that takes its place."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self.shrinks: Shrinks = "silently"

    def placed(self, order: Order) -> None:
        """Its exits come into the books."""
        for each in order.exits:
            self._books.orders[each.id] = self._books.by_client[each.client_order_id] = each
            each.mark("held", self._books.now_ns())
            self._books.tell("held", each)

    def waits(self, order: Order) -> bool:
        """Whether it is an exit whose entry has not filled."""
        return order.status == "held" and not _is_oco(order) and order.parent is not None and not _is_done(order.parent)

    def starts(self, order: Order) -> None:
        """The market has reached an exit that was held beside another: it works now, alone."""
        if order.status != "held":
            return
        order.mark("new", self._books.now_ns())
        for other in _beside(order):
            if other.is_open:
                self._books.end(other, "canceled")
        self._books.tell("new", order)

    def filled(self, order: Order, qty: Decimal) -> None:
        """So much more of it has filled."""
        if order.exits and not _is_oco(order):
            if _is_done(order):
                self._start_exits(order)
            return
        for other in _beside(order):
            if not other.is_open:
                continue
            if _is_done(order):
                self._books.end(other, "canceled")
            else:
                self._shrink(other, qty)

    def _start_exits(self, entry: Order) -> None:
        first, *_ = entry.exits
        first.mark("new", self._books.now_ns())
        self._books.tell("new", first)
        for each in list(entry.exits):
            if each.is_open:
                self._books.match(each)

    def _shrink(self, order: Order, qty: Decimal) -> None:
        if self.shrinks == "replaced":
            new = copy(order)
            new.id, new.client_order_id, new.replaces = str(uuid4()), str(uuid4()), None
            new.qty, new.created_ns, new.times = order.qty - qty, self._books.now_ns(), {}
            self._books.replace(order, new)
            return
        order.qty -= qty
        if self.shrinks == "restated":
            self._books.tell("restated", order)

    def ended(self, order: Order) -> None:
        """It was canceled: so is what else is open of its group."""
        top = order.parent or order
        for other in (top, *top.exits):
            if other is not order and other.is_open:
                self._books.end(other, "canceled")

    def replaced(self, old: Order, new: Order) -> None:
        """The new order takes the old one's place in its group."""
        new.order_class, new.group_id, new.group_role = old.order_class, old.group_id, old.group_role
        new.parent, new.exits, old.exits = old.parent, old.exits, []
        for each in new.exits:
            each.parent = new
        if new.parent is not None:
            new.parent.exits = [new if each is old else each for each in new.parent.exits]


def _is_done(order: Order) -> bool:
    return order.status == "filled"


def _is_oco(order: Order) -> bool:
    return order.order_class == "oco"


def _beside(order: Order) -> list[Order]:
    """What cancels it and is canceled by it."""
    top = order.parent or order
    every = [top, *top.exits] if _is_oco(order) else top.exits
    return [each for each in every if each is not order] if order in every else []
