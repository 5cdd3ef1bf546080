"""Orders that depend on each other: one-cancels-all groups, and a parent's children."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal
from typing import TYPE_CHECKING

from tests.emulators.ibkr.orders import Order

if TYPE_CHECKING:
    from tests.emulators.ibkr.books import Books

CANCEL_ALL = "1"
"""ocaType: the others are cancelled; 2 and 3 reduce them by the part that traded."""


def peers(books: Books, order: Order) -> list[Order]:
    """The others of its group. The children of one parent are a group of themselves."""
    family = books.children(parent) if (parent := books.parent(order)) is not None else []
    named = [o for o in books.orders.values() if order.group and o.group == order.group and o.account == order.account]
    return [o for o in {o.perm_id: o for o in (*family, *named)}.values() if o is not order and o.is_open]


def after_fill(books: Books, order: Order, qty: Decimal) -> None:
    """What a fill does to the others of its group, and to the children."""
    for other in peers(books, order):
        if order.group and order.values["ocaType"] == CANCEL_ALL:
            books.cancel(other)
        else:
            _reduce(books, order, other, qty)
    if order.leaves <= 0:
        for child in books.children(order):
            if child.waits and child.is_open:
                child.waits = False
                if child.status != "PendingSubmit":  # not even transmitted
                    books.release(child)


def _reduce(books: Books, order: Order, other: Order, qty: Decimal) -> None:
    before = order.leaves + qty
    part = (other.leaves * qty / before).quantize(Decimal(1), ROUND_DOWN) if before else other.leaves
    if order.leaves <= 0 or part >= other.leaves:
        books.cancel(other)
        return
    other.reduced += part
    books.say(other)
