"""Orders that wait in the desk itself, and the groups that orders form."""

from __future__ import annotations

import msgspec

from engine import facts as f
from engine.evolve.booking import note_sent, remember, settle
from engine.model.enums import OrdStatus
from engine.model.money import ZERO
from engine.orders.group import Group
from engine.orders.order import DEAD, Order, intent_key, new_order
from engine.orders.table import Event, after
from engine.state import DeskState

S = OrdStatus


def order_held(state: DeskState, fact: f.OrderHeld, now: int, market: int) -> None:
    request = fact.request
    order = new_order(fact.id, fact.cl_ord_id, request, fact.ref_px, now, S.HELD)
    order.due_ns, order.expire_ns = fact.due_ns, fact.expire_ns
    remember(state, order)
    state.order_seq += 1
    state.last_intent[intent_key(request)] = now
    if request.parent is not None and request.parent in state.algos:
        state.algos[request.parent].children += 1
    settle(state, order, now)


def order_timed(state: DeskState, fact: f.OrderTimed, now: int, market: int) -> None:
    state.orders[fact.cl_ord_id].expire_ns = fact.expire_ns


def group_formed(state: DeskState, fact: f.GroupFormed, now: int, market: int) -> None:
    entry = state.orders.get(fact.entry)
    entry_qty = entry.request.qty if entry is not None else ZERO
    group = Group(
        fact.no, fact.contingency, fact.entry, fact.legs, fact.partial, fact.linked, entry_qty, fact.at_broker
    )
    state.groups[fact.no] = group
    state.next_group = fact.no + 1
    for root in group.roots:
        state.orders[root].group = fact.no
    for root in group.roots:
        order = state.orders[root]
        if entry is not None and order is not entry and not fact.at_broker:
            order.text = f"waits for order {entry.id}"
        settle(state, order, order.updated_ns)


def forget_ended_groups(state: DeskState) -> None:
    """A new day: groups of which nothing lives any more."""
    for no, group in list(state.groups.items()):
        orders = [state.orders[root] for root in group.roots]
        if all(not order.worst_leaves for order in orders):
            for order in orders:
                order.group = 0
            del state.groups[no]
            state.stirred.discard(no)


def trail_moved(state: DeskState, fact: f.TrailMoved, now: int, market: int) -> None:
    order = state.orders[fact.cl_ord_id]
    order.trail_px = fact.trail_px
    order.stop_px = fact.stop_px


def held_triggered(state: DeskState, fact: f.HeldTriggered, now: int, market: int) -> None:
    order = state.orders[fact.cl_ord_id]
    order.triggered = True
    order.text = fact.why
    order.updated_ns = now
    state.stirred.add(order.group)


def held_parked(state: DeskState, fact: f.HeldParked, now: int, market: int) -> None:
    order = state.orders[fact.cl_ord_id]
    order.parked = True
    order.text = fact.reason
    order.updated_ns = now


def held_released(state: DeskState, fact: f.HeldReleased, now: int, market: int) -> None:
    order = state.orders[fact.cl_ord_id]
    order.base = after(order.base, Event.RELEASED)
    order.released = True
    order.parked = order.triggered = False
    order.qty = fact.qty
    order.limit_px = fact.limit_px
    order.stop_px = fact.stop_px
    order.ref_px = fact.ref_px
    order.text = fact.why
    state.submits += 1
    note_sent(state, order, now)
    settle(state, order, now)


def take_back(order: Order) -> None:
    """The order was not handed over after all: it waits in the desk as before."""
    request = order.request
    order.base = after(order.base, Event.TAKEN_BACK)
    order.released = order.pending_cancel = order.triggered = False
    order.qty, order.limit_px = request.qty, request.limit_px
    order.stop_px = request.stop_px


def held_changed(state: DeskState, fact: f.HeldChanged, now: int, market: int) -> None:
    order = state.orders[fact.cl_ord_id]
    order.request = msgspec.structs.replace(order.request, qty=fact.qty, limit_px=fact.limit_px, stop_px=fact.stop_px)
    order.qty, order.limit_px, order.stop_px = fact.qty, fact.limit_px, fact.stop_px
    order.ref_px = fact.ref_px
    order.triggered = order.parked = False
    settle(state, order, now)


def held_refused(state: DeskState, fact: f.HeldRefused, now: int, market: int) -> None:
    order = state.orders[fact.cl_ord_id]
    if order.base not in DEAD:
        order.base = after(order.base, Event.REFUSED_HERE)
        order.text = "; ".join(str(d) for d in fact.denials)
    settle(state, order, now)
