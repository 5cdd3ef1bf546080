"""Requests without a known outcome: how doubt begins, what is learned meanwhile, and how an operator ends it."""

from __future__ import annotations

from engine import facts as f
from engine.evolve.booking import learn_order_id, note_sent, settle
from engine.evolve.orders import order_replaced
from engine.model.enums import OrdStatus
from engine.orders.order import DEAD, UNPROVEN, Doubt
from engine.orders.table import Event, after
from engine.state import DeskState

S = OrdStatus


def order_unknown(state: DeskState, fact: f.OrderUnknown, now: int, market: int) -> None:
    order = state.orders[fact.cl_ord_id]
    replace = order.replace_of(fact.cl_ord_id)
    if replace is not None:
        # The doubt is about the replace: it stays PENDING_REPLACE, reserves the worse of both, and is queried. Of a
        # chain the oldest in doubt is what the others hang on.
        replace.doubtful = True
        if order.doubt is None:
            order.doubt = Doubt(fact.cl_ord_id, now)
    elif order.base is S.PENDING_NEW:
        order.base = after(order.base, Event.DOUBTED)
        order.text = fact.reason
        order.doubt = Doubt(fact.cl_ord_id, now)
    settle(state, order, now)


def evidence_noted(state: DeskState, fact: f.EvidenceNoted, now: int, market: int) -> None:
    """Changes neither the order nor when it last changed: an answer that proves nothing is no news of it."""
    order = state.orders.get(fact.cl_ord_id)
    doubt = order.doubt if order is not None else None
    if doubt is None or doubt.about != fact.cl_ord_id:
        return
    doubt.asked += 1
    doubt.answer = fact.answer
    doubt.answered_ns = now
    if not fact.absent:
        return
    if not fact.closed:
        doubt.unheard += 1
        return
    doubt.absent += 1
    if not doubt.absent_ns:
        doubt.absent_ns = fact.asked_ns


def order_resent(state: DeskState, fact: f.OrderResent, now: int, market: int) -> None:
    """Still UNKNOWN, and now it may have arrived after all: what was not found before says nothing of that."""
    order = state.orders[fact.cl_ord_id]
    order.sends += 1
    order.ref_px = fact.ref_px
    if order.doubt is not None:
        order.doubt.unheard = order.doubt.absent = order.doubt.absent_ns = 0
    state.submits += 1
    note_sent(state, order, now)
    settle(state, order, now)


def order_resolved(state: DeskState, fact: f.OrderResolved, now: int, market: int) -> None:
    order = state.orders[fact.cl_ord_id]
    replace = order.replace_of(fact.cl_ord_id)
    if replace is not None:
        order.pending_replaces = tuple(r for r in order.pending_replaces if r is not replace)
    elif order.base not in DEAD:
        order.base = after(order.base, Event.RESOLVED)
        order.pending_cancel = False
        order.pending_replaces = ()
        order.text = f"{fact.by}: {fact.reason}"
        order.resolved = fact.by != "broker"
    settle(state, order, now)


def order_vouched(state: DeskState, fact: f.OrderVouched, now: int, market: int) -> None:
    order = state.orders[fact.cl_ord_id]
    replace = order.replace_of(fact.cl_ord_id)
    if replace is not None:
        terms = (replace.qty, replace.limit_px, replace.stop_px)
        order_id = fact.order_id or order.order_id or ""
        order_replaced(state, f.OrderReplaced(fact.cl_ord_id, order.cl_ord_id, order_id, *terms), now, market)
    else:
        learn_order_id(state, order, fact.order_id)
        if order.base in UNPROVEN:
            order.base = S.NEW
    order.text = f"{fact.by}: {fact.reason}"
    settle(state, order, now)
