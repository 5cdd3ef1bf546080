"""Groups that IB holds: which it is given, and how their orders hang together there.

* **An entry and its legs.** The legs name the entry as their parent, and TWS passes nothing on before the one message
  that says so (transmit): the last leg, which is the stop of a bracket. Legs of one parent are a one-cancels-all group
  by themselves. IB gives that a name and a type of its own; giving it one here would only be a word that every later
  change must not repeat (10326).
* **Two that cancel each other** are a group of type 2: what one executes is taken off the other (type 1 would cancel
  the stop at the first share of a target that fills in part), and IB routes one of them at a time ("with block"; with
  type 3 both may fill). The price is the moment in which IB takes one back before it sends the other.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Final

import msgspec

from brokers.declared import refuse_undeclared
from brokers.ibkr import words
from brokers.ibkr.contracts import Names
from brokers.ibkr.memory import Memory
from brokers.ibkr.messages import OrderSeen, StatusSeen
from engine.model.enums import TimeInForce
from engine.model.order import BrokerGroup, BrokerOrder
from engine.protocol import Capabilities, NotSupportedError

REDUCE_WITH_BLOCK: Final = 2
_AUCTIONS: Final = (TimeInForce.OPG, TimeInForce.CLS)
_AT_ONCE: Final = (TimeInForce.IOC, TimeInForce.FOK)


class Member(msgspec.Struct, frozen=True):
    """An order of a group, in the order of the wire. `parent`: the entry's id, for its legs; `oca`: the name of the
    group; `last`: the id of the order that has it passed on, "" where it is its own."""

    order: BrokerOrder
    parent: str = ""
    oca: str = ""
    last: str = ""


def members(group: BrokerGroup) -> list[Member]:
    """As they are sent. Of two that cancel each other the stop goes first: should the session break between them, what
    protects is there. A name of a group is good for once in all time, as the ids of orders are."""
    entry, legs = group.entry, group.legs
    if entry is None:
        name = legs[0].cl_ord_id
        return [Member(leg, oca=name) for leg in reversed(legs)]
    last = legs[-1].cl_ord_id
    waits = [Member(leg, parent=entry.cl_ord_id, last=last) for leg in legs[:-1]]
    return [Member(entry, last=last), *waits, Member(legs[-1], parent=entry.cl_ord_id)]


def orders_of(group: BrokerGroup) -> list[BrokerOrder]:
    return [*(() if group.entry is None else (group.entry,)), *group.legs]


def refusal(group: BrokerGroup, declared: Capabilities, names: Names) -> str:
    """Why IB is not given this group; "" where it is."""
    orders = orders_of(group)
    first, entry = orders[0], group.entry
    if not group.legs or (entry is None) is not (group.contingency == "oco") or (entry is None and len(orders) < 2):
        return f"this is no {group.contingency}"
    if any(order.legs for order in orders):
        return "a group with packages is not given to Interactive Brokers"
    if any(order.via for order in orders):
        return "a group with an algorithm of Interactive Brokers' is not given to it"
    if any((order.symbol, order.account) != (first.symbol, first.account) for order in orders):
        return "a group of several instruments is not given to Interactive Brokers"
    if any(order.qty != first.qty for order in orders):
        return "a group of orders of different sizes is not given to Interactive Brokers"
    if any(order.time_in_force in _AUCTIONS for order in orders):
        return "a group with an order for an auction is not given to Interactive Brokers"
    if entry is not None and entry.time_in_force is TimeInForce.IOC:
        return "what becomes of the legs of an ioc entry that fills in part is not documented at Interactive Brokers"
    if any(leg.time_in_force in _AT_ONCE for leg in group.legs):
        return "a leg that does not rest is not given to Interactive Brokers"
    if entry is not None and any(leg.side.is_buy is entry.side.is_buy for leg in group.legs):
        return "a leg on its entry's side is not given to Interactive Brokers"
    try:
        names.contract(first.symbol)
        for order in orders:
            refuse_undeclared(declared, order)
            words.terms_of(order)
    except NotSupportedError as error:
        return str(error).removesuffix("; nothing was sent")
    return ""


def left_behind(
    rows: Sequence[tuple[OrderSeen, StatusSeen | None]], memory: Memory, client_id: int, handing: Container[str]
) -> list[OrderSeen]:
    """Orders of ours that TWS keeps and never passes on: the session broke (or the last leg was refused) before the
    message that would have had them passed on. Only somebody's click in TWS could bring them alive. `handing`: what is
    on its way just now."""
    listed = {order.ref for order, _ in rows}
    found = []
    for order, status in rows:
        placed = memory.orders.get(order.ref)
        word = status.status if status is not None else order.status
        if (
            placed is not None
            and placed.last
            and placed.last not in listed
            and placed.last not in handing
            and order.client_id == client_id
            and order.order_id == placed.order_id
            and word in words.WAITS
        ):
            found.append(order)
    # A leg ends with its entry.
    entries = {order.ref for order in found}
    return [order for order in found if memory.orders[order.ref].parent not in entries]
