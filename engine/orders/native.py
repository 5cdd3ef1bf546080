"""Groups that the broker itself holds: which ones it takes, how they are handed over, and what the desk looks after.

Such a group lives without the desk: the broker starts the exits when the entry has filled, and shrinks or cancels the
partner of what fills. The desk sends nothing of it but what somebody asks for; it books what is reported and shouts
where the broker did not do its part.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from engine import facts as f
from engine import inputs as i
from engine.effects import SubmitGroup
from engine.evolve.booking import lot_of
from engine.ids import root_id
from engine.model.enums import AlertLevel, OrdStatus
from engine.model.money import ZERO, plain
from engine.model.order import BrokerGroup, BrokerOrder, Contingency, OrderRequest
from engine.orders import intake, timeouts
from engine.orders.doubt import ask_about
from engine.orders.emulation import offered
from engine.orders.group import CONTINGENCY, Group, closes, is_exit, started_qty, total_qty
from engine.orders.order import Order
from engine.risk.context import Context
from engine.state import DeskState

if TYPE_CHECKING:
    from engine.desk import Desk

SECOND_NS: Final = 1_000_000_000
#: How long a broker has for its part (ending a partner, starting a stop) before the desk looks after it.
GRACE_NS: Final = 2 * SECOND_NS


def refusal(desk: Desk, command: i.PlaceGroup, contexts: Sequence[Context]) -> str:
    """Why the desk keeps this group itself; "" where its broker takes it as one."""
    kind, requests = command.contingency, tuple(context.request for context in contexts)
    account, instrument = requests[0].account, contexts[0].instrument
    broker = offered(desk.surroundings.capabilities(account), instrument)
    if kind_at_broker(kind, len(requests)) not in broker.groups:
        return f"this broker holds no {kind}"
    if not command.partial:
        return "the rest is to start when all of the first has filled"
    legs = requests if kind == "oco" else requests[1:]
    if kind != "oto" and len(legs) > 1 and not _target_and_stop(legs):
        return "a broker's group has one limit and one stop"
    if kind == "oto" and (len(legs) != 1 or not closes(legs[0], requests[0])):
        return "a broker's oto starts one exit"
    for request in requests:
        if request.ord_type not in broker.ord_types or request.trigger != "touch":
            return "the broker does not work one of its orders by itself"
        if request.time_in_force not in broker.times_in_force:
            return "the broker does not have the time in force of one of its orders"
    return desk.surroundings.group_refusal(account, _drawn_up(desk, command, contexts))


def kind_at_broker(kind: Contingency, count: int) -> Contingency:
    """A bracket with one exit is what brokers call an oto."""
    return "oto" if kind == "bracket" and count < 3 else kind


def _target_and_stop(legs: Sequence[OrderRequest]) -> bool:
    return len(legs) == 2 and [leg.ord_type.waits for leg in sorted(legs, key=_stop_last)] == [False, True]


def _stop_last(leg: OrderRequest | BrokerOrder) -> bool:
    return leg.ord_type.waits


def _drawn_up(desk: Desk, command: i.PlaceGroup, contexts: Sequence[Context]) -> BrokerGroup:
    """As it would be handed over now; the checks may still refuse it."""
    first = desk.state.order_seq + 1
    orders = [desk.risk.carried(c, root_id(desk.state.desk_id, first + no)) for no, c in enumerate(contexts)]
    return as_group(command.contingency, orders)


def as_group(kind: Contingency, orders: Sequence[BrokerOrder]) -> BrokerGroup:
    """Orders as they were placed (an entry first), in the broker's order: the take-profit before the stop."""
    entry, legs = (None, orders) if kind == "oco" else (orders[0], orders[1:])
    return BrokerGroup(kind_at_broker(kind, len(orders)), entry, tuple(sorted(legs, key=_stop_last)))


def intend(desk: Desk, command: i.PlaceGroup, contexts: Sequence[Context]) -> list[Order]:
    """Record the intents of all orders of an approved group and that it is the broker's, and ask for its hand-over as
    one."""
    state, orders, approved = desk.state, [], []
    for context in contexts:
        cl_ord_id = root_id(state.desk_id, state.order_seq + 1)
        approved.append(desk.risk.approve(context, cl_ord_id))
        desk.emit(intake.intent_of(state.next_id, cl_ord_id, context))
        orders.append(state.orders[cl_ord_id])
    entry = "" if command.contingency == "oco" else orders[0].cl_ord_id
    legs = tuple(order.cl_ord_id for order in orders if order.cl_ord_id != entry)
    linked = command.contingency != "oto"
    desk.emit(f.GroupFormed(state.next_group, command.contingency, entry, legs, True, linked, at_broker=True))
    desk.effect(SubmitGroup(command.contingency, tuple(approved)))
    for order in orders:
        if order.request.origin != "manual" or desk.times_manual:
            timeouts.arm(desk, order)
    return orders


# --- what lives -------------------------------------------------------------------------------------------------------


def living(desk: Desk, account: str) -> list[BrokerGroup]:
    """The groups at this account's broker of which an order may still be alive, and those of today that are over: their
    executions are listed still. For TakesGroups.remember_groups."""
    found, state = [], desk.state
    for group in state.groups.values():
        orders = [state.orders[root] for root in group.roots]
        if group.at_broker and orders[0].account == account:
            found.append(as_group(group.contingency, [desk.risk.known(order) for order in orders]))
    return found


def _may_live(order: Order) -> bool:
    return bool(order.worst_leaves)


# --- whether the broker does its part ---------------------------------------------------------------------------------


def step(desk: Desk, group: Group) -> None:
    """One of its orders has changed: look at it again when the broker has had the time for its part. A look that is due
    is not put off: each comparison with the broker's books comes by here, too."""
    due = ("group", group.no)
    if not desk.timers.is_set(due) and (
        any(_may_live(desk.state.orders[root]) for root in group.roots) or _uncovered(desk, group)
    ):
        desk.timers.set("wall", desk.now.wall_ns + GRACE_NS, due)
    _tell_overfilled(desk, group)


def on_timer(desk: Desk, group: Group) -> None:
    """What the broker should have ended by now, and what stands without its stop."""
    state = desk.state
    account = state.accounts.get(state.orders[group.roots[0]].account)
    if account is None or not account.reconciled:
        return  # looked at again after the comparison
    for leg, why in _left_over(state, group):
        if leg.pending_cancel or desk.now.wall_ns - leg.updated_ns < GRACE_NS:
            desk.timers.set("wall", desk.now.wall_ns + GRACE_NS, ("group", group.no))
        elif intake.request_cancel(desk, leg, CONTINGENCY, why):
            ask_about(desk, leg)
    bare, memory = _uncovered(desk, group), desk.held_memory
    if not bare or group.no in memory.told:
        return
    working = [leg for leg in map(state.orders.__getitem__, group.legs) if _may_live(leg)]
    if working and group.no not in memory.doubted:
        # It may have ended because its partner filled, and only that report is missing.
        memory.doubted.add(group.no)
        for leg in working:
            ask_about(desk, leg)
        desk.timers.set("wall", desk.now.wall_ns + GRACE_NS, ("group", group.no))
        return
    memory.told.add(group.no)
    symbol = state.orders[group.roots[0]].symbol
    words = f"group {group.no} {symbol}: {plain(bare)} held are without the stop that the broker was to keep"
    desk.alert(AlertLevel.ALARM, "STOP_LOST", words)


def _left_over(state: DeskState, group: Group) -> list[tuple[Order, str]]:
    """Legs that live though there is nothing left for them to do."""
    found = []
    entry = state.orders.get(group.entry)
    for root in group.legs:
        leg = state.orders[root]
        if leg.dead or not leg.worst_leaves:
            continue
        if entry is not None and entry.dead and not entry.worst_leaves and not entry.cum_qty:
            found.append((leg, f"its entry, order {entry.id}, came to nothing"))
        elif entry is not None and _may_live(entry):
            continue  # what it will fill yet is for the legs to guard
        elif group.linked and _asked_by_now(state, group, leg) and _total(state, group, leg) <= leg.cum_qty:
            found.append((leg, "its partner was filled"))
    return found


def _uncovered(desk: Desk, group: Group) -> Decimal:
    """What is held with its stop dead and nobody having asked for that one's end: whoever cancels a target may not know
    that his broker ends the stop with it."""
    state = desk.state
    entry = state.orders.get(group.entry)
    legs = [state.orders[root] for root in group.legs]
    stops = [leg for leg in legs if leg.request.ord_type.waits]
    if not stops or any(_may_live(leg) or leg.cancel_attempts for leg in stops):
        return ZERO
    if entry is None and (not is_exit(stops[0]) or stops[0].base is OrdStatus.EXPIRED):
        return ZERO  # it opens, or it was for the day
    opened = entry.cum_qty if entry is not None else stops[0].request.qty
    held = state.position_qty(stops[0].account, stops[0].symbol) * -stops[0].side.sign
    return max(min(held, opened - sum((leg.cum_qty for leg in legs), ZERO)), ZERO)


def _asked_by_now(state: DeskState, group: Group, leg: Order) -> Decimal:
    return started_qty(group, leg, state.orders, lot_of(state, leg.symbol))


def _total(state: DeskState, group: Group, leg: Order) -> Decimal:
    return total_qty(group, leg, state.orders, lot_of(state, leg.symbol))


def _tell_overfilled(desk: Desk, group: Group) -> None:
    """Both legs executed: the broker let two orders fill of which one was to end the other."""
    if not group.linked or group.no in desk.held_memory.overfilled:
        return
    state = desk.state
    legs = [state.orders[root] for root in group.legs]
    done = sum((leg.cum_qty for leg in legs), ZERO)
    most = max((leg.request.qty for leg in legs), default=ZERO)
    if len([leg for leg in legs if leg.cum_qty]) > 1 and done > most:
        desk.held_memory.overfilled.add(group.no)
        words = f"group {group.no} {legs[0].symbol}: its legs executed {plain(done)} of {plain(most)} together; booked"
        desk.alert(AlertLevel.ALARM, "GROUP_OVERFILLED", words)
