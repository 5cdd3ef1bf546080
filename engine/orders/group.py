"""Orders that hang together: what each leg of a group may still do, as a pure function of its orders.

Nothing of it is stored: how much a leg is for follows from what the entry and the partners have filled. So one leg's
fill shrinks its partners in the same step in which it is booked, and a fold after a crash gives the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from engine.model.enums import Side
from engine.model.money import ZERO, floor_to
from engine.model.order import Contingency, OrderRequest
from engine.orders.order import HELD, Order

if TYPE_CHECKING:
    from engine.state import DeskState

CONTINGENCY: Final = "contingency"
"""Who changes and cancels orders because of their partners, in the audit trail."""


class Group(msgspec.Struct):
    """One group. `entry` is the root of the order that starts the legs ("" = they stand from the beginning); `linked`
    legs cancel each other; `partial`: each part fill of the entry starts its share of the legs."""

    no: int
    contingency: Contingency
    entry: str
    legs: tuple[str, ...]
    partial: bool
    linked: bool
    entry_qty: Decimal = ZERO
    """What the entry was for when the group was formed: the legs' quantities are to be read against it."""
    at_broker: bool = False
    """The broker holds the group as a whole (engine.orders.native); the desk only books what it does."""

    @property
    def roots(self) -> tuple[str, ...]:
        return (self.entry, *self.legs) if self.entry else self.legs


def is_exit(order: Order) -> bool:
    """Whether the order can only close: a sale never opens a short (DESIGN §4), a buy may be reduce_only."""
    return order.request.reduce_only or order.side is Side.SELL


def closes(request: OrderRequest, entry: OrderRequest) -> bool:
    """Whether it can only take back what the entry opens."""
    if request.symbol != entry.symbol or request.side.is_buy is entry.side.is_buy:
        return False
    return request.side is Side.SELL or request.reduce_only


def at_broker(order: Order) -> bool:
    """Whether the order may be executing or may have executed at the broker beyond what we have booked."""
    return order.base is not HELD and bool(order.worst_leaves)


def mates(group: Group, order: Order, orders: Mapping[str, Order]) -> Iterator[Order]:
    """The legs that cancel this one and are cancelled by it; an entry has none."""
    if group.linked and order.cl_ord_id != group.entry:
        for root in group.legs:
            if root != order.cl_ord_id:
                yield orders[root]


def started_qty(group: Group, order: Order, orders: Mapping[str, Order], lot: Decimal) -> Decimal:
    """Of what this leg was asked for, the part that the entry's fills have started."""
    asked = order.request.qty
    if not group.entry or order.cl_ord_id == group.entry:
        return asked
    entry = orders[group.entry]
    whole = entry.dead or entry.cum_qty >= entry.qty
    if not entry.cum_qty or not (group.partial or whole):
        return ZERO
    if order.fixed:
        return asked
    share = floor_to(asked * entry.cum_qty / group.entry_qty, lot)
    # The exits of a bracket follow an entry that was made larger; what an oto starts is for no more than was asked.
    return share if group.contingency == "bracket" else min(share, asked)


def total_qty(group: Group, order: Order, orders: Mapping[str, Order], lot: Decimal) -> Decimal:
    """What this leg may execute in all its life: the started part less what its partners have executed."""
    done = sum((mate.cum_qty for mate in mates(group, order, orders)), ZERO)
    return max(started_qty(group, order, orders, lot) - done, ZERO)


def reserved_leaves(group: Group, order: Order, orders: Mapping[str, Order], lot: Decimal) -> Decimal:
    """What risk must count of a held leg. Linked legs of one side can't all execute: the largest counts, which is the
    one at the broker, or else the first of them; the others add what they have beyond it."""
    left = total_qty(group, order, orders, lot) - order.cum_qty
    if left <= ZERO:
        return ZERO
    buys = order.side.is_buy
    rivals = [mate for mate in mates(group, order, orders) if mate.side.is_buy is buys]
    carried = max((mate.reserved_qty for mate in rivals if mate.base is not HELD), default=ZERO)
    if not carried:
        earlier = group.legs[: group.legs.index(order.cl_ord_id)]
        carried = max((m.reserved_qty for m in rivals if m.base is HELD and m.cl_ord_id in earlier), default=ZERO)
    return max(left - carried, ZERO)


def ended_with_partner(state: DeskState, order: Order) -> bool:
    """Whether another order of a group at the broker was cancelled, which ends this one there."""
    group = state.groups.get(order.group)
    if group is None or not group.at_broker:
        return False
    others = [state.orders[root] for root in group.roots if root != order.cl_ord_id]
    return any(other.cancel_attempts or other.dead for other in others)


def own_leaves(group: Group, order: Order, orders: Mapping[str, Order]) -> Decimal:
    """Of a group at the broker: what this order may still execute, its partners left aside. A leg whose entry has not
    filled does nothing yet, and closes no more than has filled."""
    leaves = order.worst_leaves
    if not leaves or not group.entry or order.cl_ord_id == group.entry:
        return leaves
    done = sum((orders[root].cum_qty for root in group.legs), ZERO)
    return min(leaves, max(orders[group.entry].cum_qty - done, ZERO))


def counted_leaves(group: Group, order: Order, orders: Mapping[str, Order]) -> Decimal:
    """What risk must count of an order of a group at the broker: of linked legs of one side the worst one, which is
    carried by the first of them; the others add what they have beyond it (DESIGN, reservation)."""
    left = own_leaves(group, order, orders)
    if not left or not group.linked or order.cl_ord_id == group.entry:
        return left
    earlier = [orders[root] for root in group.legs[: group.legs.index(order.cl_ord_id)]]
    rivals = [mate for mate in earlier if mate.side.is_buy is order.side.is_buy]
    return max(left - max((own_leaves(group, mate, orders) for mate in rivals), default=ZERO), ZERO)
