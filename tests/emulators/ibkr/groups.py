"""Orders that depend on each other: one-cancels-all groups, and a parent's children.

The children of one parent are a group by themselves: once they are transmitted the gateway names it by the parent's
permId and calls its type 3, whatever the client called it, and takes no change that says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import TYPE_CHECKING

from tests.emulators.ibkr.contracts import ZERO
from tests.emulators.ibkr.orders import Order
from tests.emulators.ibkr.reading import Placed
from tests.emulators.ibkr.refusals import RefusedError

if TYPE_CHECKING:
    from tests.emulators.ibkr.books import Books

CANCEL_ALL = "1"
"""ocaType: the others are cancelled; 2 and 3 reduce them by the part that traded."""
OF_CHILDREN = "3"
START, WAIT, DROP = "start", "wait", "drop"


@dataclass
class Rules:
    """What the broker's documents leave open. `part`: what a part fill of a parent does to its children. They `start`
    for the part at once; or they `wait` until it is filled or over; or they wait, and end with it (`drop`)."""

    part: str = START
    forgets_parents: bool = True
    """A change of a child that names a parent which is over is refused (135), as has been seen."""
    races: int = 0
    """In so many of the next fills of a group without block its other order trades too, before it is reduced."""


def peers(books: Books, order: Order) -> list[Order]:
    """The others of its group."""
    family = books.children(parent) if (parent := books.parent(order)) is not None else []
    named = [o for o in books.orders.values() if order.group and o.group == order.group and o.account == order.account]
    return [o for o in {o.perm_id: o for o in (*family, *named)}.values() if o is not order and o.is_open]


def joins(books: Books, order: Order) -> None:
    """A child is transmitted: the group gets its name."""
    parent = books.parent(order)
    if parent is not None:
        order.values["ocaGroup"], order.values["ocaType"] = str(parent.perm_id), OF_CHILDREN


def size(books: Books, order: Order) -> Decimal:
    """How much of it may trade at this moment: of a child of a parent that filled in part no more than the part."""
    parent = books.parent(order)
    if parent is None or parent.leaves <= 0 or not parent.is_open:
        return order.leaves
    done = sum((child.filled for child in books.children(parent)), ZERO)
    return max(min(order.leaves, parent.filled - done), ZERO)


def check_change(books: Books, order: Order, placed: Placed) -> None:
    """Whether a change leaves the order in its group, and with its parent."""
    if order.status == "PendingSubmit":
        return
    if placed.values["ocaGroup"] != order.group:
        raise RefusedError(10326, "OCA group revision is not allowed.")
    if order.group and placed.values["ocaType"] != order.values["ocaType"]:
        raise RefusedError(10327, "OCA group type revision is not allowed.")
    parent, named = books.parent(order), int(placed.values["parentId"] or 0)
    if parent is None or not parent.is_open:
        if named and books.rules.forgets_parents:
            raise RefusedError(135, f"Can't find order with ID ={named}")
    elif named != parent.order_id:
        raise RefusedError(105, "Order being modified does not match original order")


def after_fill(books: Books, order: Order, qty: Decimal) -> None:
    """What a fill does to the others of its group, and to the children."""
    others = peers(books, order)
    if others and order.values["ocaType"] not in ("1", "2") and books.rules.races > 0:
        books.rules.races -= 1
        _race(books, others[0])
        others = peers(books, order)
    for other in others:
        if order.group and order.values["ocaType"] == CANCEL_ALL:
            books.end(other, "")
        else:
            _reduce(books, order, other, qty)
    if order.leaves <= 0 or books.rules.part == START:
        _start(books, order)


def after_end(books: Books, order: Order) -> None:
    """An order is over by a cancel, its time or a refusal. Its children end with it, except for a part that filled."""
    done = sum((child.filled for child in books.children(order)), ZERO)
    for child in [child for child in books.children(order) if child.is_open]:
        left = order.filled - done
        if left <= 0 or books.rules.part == DROP:
            books.end(child, "")
        elif child.leaves > left:
            child.reduced += child.leaves - left
            books.say(child)
    if order.filled:
        _start(books, order)


def after_cancel(books: Books, order: Order) -> None:
    """Somebody cancelled it: the others of its group go too."""
    for other in peers(books, order):
        books.end(other, "")


def _start(books: Books, order: Order) -> None:
    for child in [child for child in books.children(order) if child.is_open]:
        if child.waits:
            child.waits = False
            if child.status != "PendingSubmit":  # not even transmitted
                books.release(child)
        else:
            books.work(child)  # for a greater part


def _race(books: Books, other: Order) -> None:
    quote = books.quotes.get(other.listed.con_id)
    qty = size(books, other)
    if quote is not None and qty > 0 and not other.waits:
        before, books.rules.races = books.rules.races, 0
        books.fill(other, qty, quote.ask if other.buys else quote.bid)
        books.rules.races = before


def _reduce(books: Books, order: Order, other: Order, qty: Decimal) -> None:
    before = order.leaves + qty
    part = (other.leaves * qty / before).quantize(Decimal(1), ROUND_DOWN) if before else other.leaves
    if order.leaves <= 0 or part >= other.leaves:
        books.end(other, "")
        return
    other.reduced += part
    books.say(other)
