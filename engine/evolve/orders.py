"""The life of an order, from its intent (or denial) to its end: acks, cancels, replaces, expiry, adoption."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from engine import facts as f
from engine.evolve.booking import (
    count_execution,
    learn_order_id,
    note_sent,
    order_of,
    position_of,
    remember,
    reserve,
    settle,
    settle_doubt,
    tell_parent,
)
from engine.evolve.held import take_back
from engine.evolve.packages import legs_at, raise_references, reserve_legs
from engine.evolve.positions import track
from engine.model.enums import OrdStatus
from engine.model.money import ZERO
from engine.model.order import OrderRequest
from engine.model.snapshot import OrderSnapshot
from engine.orders.group import CONTINGENCY, mates
from engine.orders.order import DEAD, UNPROVEN, Order, PendingReplace, derive_status, intent_key, new_order
from engine.orders.table import AFTER, Event, after
from engine.state import DeskState

S = OrdStatus
AFTER_ACK = AFTER[Event.ACCEPTED]


def order_intended(state: DeskState, fact: f.OrderIntended, now: int, market: int) -> None:
    request = fact.request
    order = new_order(fact.id, fact.cl_ord_id, request, fact.ref_px, now)
    if fact.liquidation:
        order.liquidation = True
    remember(state, order)
    state.order_seq += 1
    state.submits += 1
    state.sent_ns.append(now)
    state.sent_by.append((request.account, request.strategy, request.user))
    state.last_intent[intent_key(request)] = now
    if len(state.last_intent) > 4096:
        _forget_old_intents(state, now)
    if request.parent is not None:
        algo = state.algos.get(request.parent)
        if algo is not None:
            algo.children += 1
            algo.sent_ns = market
    if fact.liquidation:
        liquidation = state.liquidations.get((request.account, request.symbol))
        if liquidation is not None:
            liquidation.attempts += 1
    state.open_orders[fact.cl_ord_id] = order
    if request.legs:
        order.legs = legs_at(request.legs, fact.leg_ref_pxs)
        state.resting.add(order)
        reserve_legs(state, order, request.qty)
        return
    state.resting.add(order)
    key = (request.account, request.symbol)
    position = state.positions.get(key) or position_of(state, *key)
    reserve(order, position, request.qty)
    track(state, key, position)
    if request.reduce_only:
        state.reduce_only[fact.cl_ord_id] = order
    if request.parent is not None:
        tell_parent(state, order, request.qty)


def _forget_old_intents(state: DeskState, now: int) -> None:
    """Keep the duplicate index bounded: the window is seconds, an hour is plenty."""
    horizon = now - 3_600_000_000_000
    kept = {key: at for key, at in state.last_intent.items() if at >= horizon}
    state.last_intent = kept if len(kept) <= 4096 else dict(list(kept.items())[-2048:])


def order_denied(state: DeskState, fact: f.OrderDenied, now: int, market: int) -> None:
    order = new_order(fact.id, fact.cl_ord_id, fact.request, ZERO, now, S.DENIED)
    order.text = "; ".join(str(d) for d in fact.denials)
    state.order_seq += 1
    remember(state, order)


def order_withheld(state: DeskState, fact: f.OrderWithheld, now: int, market: int) -> None:
    order = state.orders[fact.cl_ord_id]
    if order.base in UNPROVEN and order.released:
        # It waits in the desk again: a stop that could not be sent must not be gone.
        take_back(order)
        order.text = f"WITHHELD: {fact.reason}"
    elif order.base in UNPROVEN:
        order.base = after(order.base, Event.WITHHELD)
        order.text = f"WITHHELD: {fact.reason}"
        order.pending_cancel = False
    settle(state, order, now)


def order_accepted(state: DeskState, fact: f.OrderAccepted, now: int, market: int) -> None:
    order = state.orders[fact.cl_ord_id]
    learn_order_id(state, order, fact.order_id)
    if order.base in UNPROVEN:
        order.base = AFTER_ACK[order.base]
        order.text = ""
        state.unknown.pop(order.cl_ord_id, None)
        if order.doubt is not None:
            settle_doubt(state, order)
    if order.group:
        state.stirred.add(order.group)
    # An acknowledgement changes no quantity and no price: what is reserved stays.
    order.status = derive_status(order)
    order.updated_ns = now


def order_rejected(state: DeskState, fact: f.OrderRejected, now: int, market: int) -> None:
    order = state.orders[fact.cl_ord_id]
    if order.base not in DEAD:
        _die(order, after(order.base, Event.REJECTED), fact.reason)
        state.rejects += 1
        liquidation = state.liquidations.get((order.account, order.symbol))
        if liquidation is not None and order.liquidation:
            liquidation.refused_ns = now
    settle(state, order, now)


def _end(order: Order, event: Event, text: str, cum_qty: Decimal | None) -> None:
    """The order is dead with what it had filled: by the broker's count, or by one that is still to be asked for."""
    if order.base not in DEAD:
        left = order.worst_leaves
        _die(order, after(order.base, event), text)
        order.unproven_qty = left
    if cum_qty is not None:
        order.unproven_qty = max(cum_qty - order.cum_qty, ZERO)


def _die(order: Order, base: OrdStatus, text: str) -> None:
    order.base = base
    order.pending_cancel = False
    order.pending_replaces = ()
    if text:
        order.text = text


def cancel_intended(state: DeskState, fact: f.CancelIntended, now: int, market: int) -> None:
    order = state.orders[fact.cl_ord_id]
    order.pending_cancel = True
    order.cancel_attempts = fact.attempt
    order.cancel_ns = now
    note_sent(state, order, now)
    settle(state, order, now)


def cancel_denied(state: DeskState, fact: f.CancelDenied, now: int, market: int) -> None:
    order = state.orders[fact.cl_ord_id]
    order.pending_cancel = False
    order.text = fact.reason
    settle(state, order, now)


def order_canceled(state: DeskState, fact: f.OrderCanceled, now: int, market: int) -> None:
    order = state.orders[fact.cl_ord_id]
    _end(order, Event.CANCELED, fact.reason, fact.cum_qty)
    settle(state, order, now)


def replace_intended(state: DeskState, fact: f.ReplaceIntended, now: int, market: int) -> None:
    order = state.orders[fact.orig_cl_ord_id]
    asked = PendingReplace(fact.cl_ord_id, fact.qty, fact.limit_px, fact.stop_px, fact.ref_px, adds=fact.adds)
    order.pending_replaces = (*order.pending_replaces, asked)
    order.replaces += 1
    if order.legs:
        raise_references(order, fact.leg_ref_pxs)
    if order.group and fact.user != CONTINGENCY:
        # What the user asks of a leg is what it is for from now on, beyond what its partners have done already.
        done = sum((mate.cum_qty for mate in mates(state.groups[order.group], order, state.orders)), ZERO)
        order.request = msgspec.structs.replace(order.request, qty=fact.qty + done)
        order.fixed = True
    state.orders[fact.cl_ord_id] = order
    note_sent(state, order, now)
    settle(state, order, now)


def replace_refused(state: DeskState, fact: f.ReplaceRefused, now: int, market: int) -> None:
    """An audit record; the order is as it was."""


def order_replaced(state: DeskState, fact: f.OrderReplaced, now: int, market: int) -> None:
    order = state.orders.get(fact.cl_ord_id) or state.orders[fact.orig_cl_ord_id]
    replace = order.replace_of(fact.cl_ord_id)
    if replace is not None:
        order.ref_px = replace.ref_px
        # What it was chained to has come to an end with it, one way or the other; what is chained to it is still open.
        later = order.pending_replaces.index(replace) + 1
        order.pending_replaces = order.pending_replaces[later:]
    elif fact.limit_px is not None:
        order.ref_px = fact.limit_px
    order.qty = fact.qty
    order.limit_px = fact.limit_px
    order.stop_px = fact.stop_px
    order.live_id = fact.cl_ord_id
    if order.external:
        # Changed elsewhere, under an id that we hear of now.
        state.orders.setdefault(fact.cl_ord_id, order)
    learn_order_id(state, order, fact.order_id)
    order.base = after(order.base, Event.REPLACED)
    settle(state, order, now)


def replace_denied(state: DeskState, fact: f.ReplaceDenied, now: int, market: int) -> None:
    order = state.orders[fact.orig_cl_ord_id]
    replace = order.replace_of(fact.cl_ord_id)
    if replace is not None:
        order.pending_replaces = tuple(r for r in order.pending_replaces if r is not replace)
        order.text = fact.reason
    settle(state, order, now)


def order_expired(state: DeskState, fact: f.OrderExpired, now: int, market: int) -> None:
    order = state.orders[fact.cl_ord_id]
    _end(order, Event.EXPIRED, "", fact.cum_qty)
    settle(state, order, now)


def order_end_proven(state: DeskState, fact: f.OrderEndProven, now: int, market: int) -> None:
    order = state.orders[fact.cl_ord_id]
    if order.dead:
        order.unproven_qty = max(fact.cum_qty - order.cum_qty, ZERO)
    settle(state, order, now)


def order_triggered(state: DeskState, fact: f.OrderTriggered, now: int, market: int) -> None:
    order = state.orders[fact.cl_ord_id]
    order.elected = True
    order.text = "triggered"
    settle(state, order, now)


def order_adopted(state: DeskState, fact: f.OrderAdopted, now: int, market: int) -> None:
    snapshot = fact.snapshot
    request = OrderRequest(
        snapshot.account,
        snapshot.symbol,
        snapshot.side,
        snapshot.qty,
        snapshot.ord_type,
        snapshot.limit_px,
        snapshot.stop_px,
        snapshot.time_in_force,
        origin="liquidation" if fact.liquidation else "external",
        reduce_only=fact.liquidation,
    )
    order = Order(
        fact.id,
        fact.cl_ord_id,
        request,
        snapshot.qty,
        snapshot.limit_px,
        snapshot.stop_px,
        _worst_px(state, snapshot),
        now,
        now,
        fact.cl_ord_id,
        snapshot.account,
        snapshot.symbol,
        snapshot.side,
        base=S.NEW,
    )
    if snapshot.legs:
        order.legs = legs_at(
            snapshot.legs, [_worst_leg_px(state, snapshot.account, leg.symbol) for leg in snapshot.legs]
        )
    order.external = not fact.liquidation
    order.liquidation = fact.liquidation
    order.nameless = not snapshot.cl_ord_id
    order.text = "RECOVERED" if fact.liquidation else "EXTERNAL"
    remember(state, order)
    learn_order_id(state, order, snapshot.order_id)
    state.order_seq += 1
    # Executions that came before their order was known were booked without it: they are its own from now on.
    order.adopted_qty = order.cum_qty = fact.adopted_qty
    for leg in order.legs:
        leg.cum_qty = fact.adopted_qty * leg.ratio
    for key, execution in state.seen_executions.items():
        if key not in state.busted and order_of(state, execution) is order:
            count_execution(order, execution, 1)
    settle(state, order, now)


def adoption_corrected(state: DeskState, fact: f.AdoptionCorrected, now: int, market: int) -> None:
    order = state.orders[fact.cl_ord_id]
    order.cum_qty += fact.adopted_qty - order.adopted_qty
    order.adopted_qty = fact.adopted_qty
    settle(state, order, now)


def _worst_px(state: DeskState, snapshot: OrderSnapshot) -> Decimal:
    """What an order placed elsewhere is reserved at: a buy's limit; else the higher of its own price and the newest
    that the desk knows (the sampled ask, or the last execution), so that a market order counts as well."""
    if snapshot.side.is_buy and snapshot.limit_px is not None:
        return snapshot.limit_px
    own = snapshot.limit_px or snapshot.stop_px or ZERO
    known = _known_px(state, snapshot.account, snapshot.symbol)
    return own if known is None or own > known else known


def _known_px(state: DeskState, account: str, symbol: str) -> Decimal | None:
    sample = state.marks.get(symbol)
    position = state.positions.get((account, symbol))
    return sample[1] if sample is not None else position.last_px if position is not None else None


def _worst_leg_px(state: DeskState, account: str, symbol: str) -> Decimal:
    """A leg of a package placed elsewhere has no price of its own: the newest that the desk knows, else nothing."""
    return _known_px(state, account, symbol) or ZERO


def orders_handed_over(state: DeskState, fact: f.OrdersHandedOver, now: int, market: int) -> None:
    """A measurement; changes nothing."""
