"""What the orders of a group do to each other: an entry starts its exits, one leg's fill shrinks or ends its partners.

Of linked legs one works at the broker, the stop first; the others wait here until the market reaches them, and go out
only when the one at the broker is proven dead. A group is looked at whenever one of its orders has changed, and at a
start: all follows from the orders as they are, so that a crash between a fill and its consequence loses nothing.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from engine import facts as f
from engine.effects import ReplaceOrder
from engine.evolve.booking import lot_of
from engine.ids import replace_id
from engine.model.enums import AlertLevel
from engine.model.money import plain
from engine.model.order import ReplaceRequest
from engine.orders import native, release
from engine.orders.group import CONTINGENCY, Group, at_broker, is_exit, started_qty, total_qty
from engine.orders.intake import changed_request, request_cancel
from engine.orders.order import HELD, UNPROVEN, Order
from engine.timers import Key

if TYPE_CHECKING:
    from engine.desk import Desk


def step(desk: Desk) -> None:
    """Look at every group that was stirred. What that does may stir others (or itself): until nothing moves."""
    state = desk.state
    for _ in range(8):
        if not state.stirred:
            return
        stirred, state.stirred = sorted(state.stirred), set()
        for no in stirred:
            if no in state.groups:
                _step(desk, state.groups[no])


def on_timer(desk: Desk, key: Key) -> None:
    """A group that was blocked is tried again; one at the broker is looked at when the broker has had its time."""
    group = desk.state.groups.get(int(str(key[1])))
    if group is not None and group.at_broker:
        native.on_timer(desk, group)
        return
    desk.state.stirred.add(int(str(key[1])))
    step(desk)


def _step(desk: Desk, group: Group) -> None:
    if group.at_broker:
        native.step(desk, group)
        return
    state = desk.state
    orders = state.orders
    legs = [orders[root] for root in group.legs]
    entry = orders.get(group.entry)
    if entry is not None and _came_to_nothing(entry):
        for leg in legs:
            request_cancel(desk, leg, CONTINGENCY, f"its entry, order {entry.id}, came to nothing")
        return
    for leg in legs:
        lot = lot_of(state, leg.symbol)
        started, total = started_qty(group, leg, orders, lot), total_qty(group, leg, orders, lot)
        if leg.dead or not leg.worst_leaves:
            continue
        if started and total <= leg.cum_qty:
            request_cancel(desk, leg, CONTINGENCY, "its partner was filled")
        elif leg.base is not HELD and total != leg.qty:
            _resize(desk, leg, total)
    waiting = [leg for leg in legs if leg.base is HELD and not leg.parked and release.wanted_qty(desk, leg)]
    if waiting:
        _start(desk, group, legs, waiting)


def _came_to_nothing(entry: Order) -> bool:
    return entry.dead and not entry.worst_leaves and not entry.cum_qty


def _start(desk: Desk, group: Group, legs: list[Order], waiting: list[Order]) -> None:
    """Send what can work at the broker by itself, and what was triggered and waited for its partner's death."""
    if all(release.blocked(desk, leg) for leg in waiting):
        desk.timers.set("wall", desk.now.wall_ns + release.SECOND_NS, ("group", group.no))
        return
    if not group.linked:
        for leg in waiting:
            if release.native(desk, leg):
                _to_broker(desk, leg)
        return
    if any(at_broker(leg) for leg in legs):
        return
    triggered = [leg for leg in waiting if leg.triggered]
    if triggered:
        release.send(desk, triggered[0], release.released_type_of(triggered[0]), None, triggered[0].text)
        return
    # The stop first: what protects must not depend on this desk where the broker can hold it.
    for leg in sorted(waiting, key=lambda leg: not leg.request.ord_type.waits):
        if release.native(desk, leg) and _to_broker(desk, leg):
            return


def _to_broker(desk: Desk, leg: Order) -> bool:
    if release.blocked(desk, leg) or desk.held_memory.retry_ns.get(leg.cl_ord_id, 0) > desk.now.wall_ns:
        desk.timers.set("wall", desk.now.wall_ns + release.SECOND_NS, ("group", leg.group))
        return False
    return release.send(desk, leg, leg.request, None, "started by its group")


def _resize(desk: Desk, leg: Order, qty: Decimal) -> None:
    """Bring a leg at the broker to what it is for now: its entry filled more, or a partner's execution counts."""
    state = desk.state
    if leg.base in UNPROVEN or leg.pending_cancel or leg.pending_replaces:
        return  # looked at again when that is answered
    if desk.held_memory.asked.get(leg.cl_ord_id) == qty or not desk.surroundings.capabilities(leg.account).replace:
        return
    account = state.accounts.get(leg.account)
    if not state.journal_ok or account is None or not account.reconciled:
        return
    request = changed_request(leg, ReplaceRequest(qty=qty, user=CONTINGENCY))
    check = desk.risk.check_exit if is_exit(leg) else desk.risk.check
    context = check(request, desk.now, leg)
    desk.held_memory.asked[leg.cl_ord_id] = qty
    if context.denials:
        words = "; ".join(str(denial) for denial in context.denials)
        desk.alert(
            AlertLevel.ALARM,
            "LEG_NOT_RESIZED",
            f"order {leg.id} {leg.symbol} is for {plain(leg.qty)} and should be for {plain(qty)}: {words}",
        )
        return
    cl_ord_id = replace_id(leg.cl_ord_id, leg.replaces + 1)
    approved = desk.risk.approve_replace(context, cl_ord_id)
    desk.emit(f.ReplaceIntended(cl_ord_id, leg.cl_ord_id, qty, leg.limit_px, leg.stop_px, context.ref_px, CONTINGENCY))
    desk.effect(ReplaceOrder(approved))
