"""Orders that may only reduce, while they work: when the position shrinks below them the desk shrinks or cancels them.

A pure function of the state, looked at after every input and at a start: one request at a time for each order, and a
pace for what the broker refuses. All reduce-only orders of one side together close no more than the position; where it
no longer suffices for all, stops keep their size first (they protect), then the oldest. Liquidations look after
themselves.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from engine.evolve.booking import lot_of
from engine.model.enums import AlertLevel
from engine.model.money import ZERO, floor_to, plain
from engine.model.order import ReplaceRequest
from engine.orders.group import Group, own_leaves, started_qty
from engine.orders.intake import changed_request, intend_replace, request_cancel
from engine.orders.order import HELD, UNPROVEN, Order
from engine.state import DeskState

if TYPE_CHECKING:
    from engine.desk import Desk

SECOND_NS: Final = 1_000_000_000
#: Who asked, in the facts.
BY: Final = "reduce_only"


class Excess(msgspec.Struct, frozen=True):
    """An order that could do more than reduce: `room` is what it may still execute."""

    order: Order
    room: Decimal


def excesses(state: DeskState) -> list[Excess]:
    """The orders that are too large for their positions now, with what is left for each."""
    room: dict[tuple[str, str, bool], Decimal] = {}
    shares: dict[int, _Share] = {}
    found = []
    for order in sorted(state.reduce_only.values(), key=_by_protection):
        if order.liquidation:
            continue
        key = (order.account, order.symbol, order.side.is_buy)
        if order.base is HELD:
            # Cut to size at its trigger; but with nothing left to close it must not wait for another position.
            if not closable(state, *key) and _is_started(state, order):
                found.append(Excess(order, ZERO))
            continue
        if key not in room:
            room[key] = closable(state, *key)
        group = state.groups.get(order.group)
        if group is not None and group.at_broker:
            _look_at_partners(state, group, order, room, shares, found)
            continue
        leaves = order.worst_leaves
        if leaves > room[key]:
            found.append(Excess(order, room[key]))
        room[key] = max(room[key] - leaves, ZERO)
    return found


class _Share(msgspec.Struct):
    """What partners at a broker may close together, and what the largest of them takes of it."""

    room: Decimal
    taken: Decimal = ZERO


def _look_at_partners(
    state: DeskState,
    group: Group,
    order: Order,
    room: dict[tuple[str, str, bool], Decimal],
    shares: dict[int, _Share],
    found: list[Excess],
) -> None:
    """Exits that the broker ends by each other close the same shares: they take their room once, all of them. One that
    waits for its entry takes none yet."""
    key = (order.account, order.symbol, order.side.is_buy)
    leaves = own_leaves(group, order, state.orders)
    share = shares.setdefault(group.no, _Share(room[key]))
    if leaves > share.room:
        found.append(Excess(order, share.room))
    more = max(min(leaves, share.room) - share.taken, ZERO)
    share.taken += more
    room[key] -= more


def _is_started(state: DeskState, order: Order) -> bool:
    """Whether it has something to close by now: an exit that waits for its entry has not."""
    group = state.groups.get(order.group)
    if group is None:
        return True
    return started_qty(group, order, state.orders, lot_of(state, order.symbol)) > ZERO


def closable(state: DeskState, account: str, symbol: str, is_buy: bool) -> Decimal:
    """How much orders of this side can reduce: where a break stands, by the smaller of our position and theirs."""
    held = state.position_qty(account, symbol)
    if state.breaks:
        theirs = state.broker_qty(account, symbol)
        held = min(held, theirs, key=abs) if (held > 0) == (theirs > 0) else ZERO
    return max(-held if is_buy else held, ZERO)


def _by_protection(order: Order) -> tuple[bool, int]:
    return (not order.request.ord_type.waits, order.created_ns)


def step(desk: Desk) -> None:
    """Ask for what is needed now: a smaller quantity, or the end of the order."""
    state = desk.state
    if not state.journal_ok:
        return
    for excess in excesses(state):
        order = excess.order
        account = state.accounts.get(order.account)
        if account is None or not account.reconciled:
            continue  # what the broker did meanwhile is not known yet
        if order.dead or order.base in UNPROVEN or order.pending_cancel or order.pending_replaces:
            continue  # one request at a time; what is in doubt is asked about, and looked at again then
        if desk.now.wall_ns - order.cancel_ns < SECOND_NS:
            continue  # a refused cancel is repeated at a pace
        if not _shrink(desk, excess) and request_cancel(desk, order, BY, "position is smaller than the order"):
            _tell(desk, order, "is cancelled")


def _shrink(desk: Desk, excess: Excess) -> bool:
    """Ask for the smaller quantity. False where only a cancel is left: no room, no replace here, or refused twice."""
    state, order = desk.state, excess.order
    instrument = state.instruments.get(order.symbol)
    room = excess.room if instrument is None else floor_to(excess.room, instrument.lot)
    refused = order.replaces - max(order.version(order.live_id), 0)
    if not room or instrument is None or room < instrument.min_qty or refused > 1:
        return False
    if order.external or not desk.surroundings.capabilities(order.account).replace:
        return False
    if refused and desk.now.wall_ns - order.updated_ns < SECOND_NS:
        return True  # the broker has just refused one: once more, a while later
    request = changed_request(order, ReplaceRequest(order.cum_qty + room, user=BY))
    context = desk.risk.check_shrink(request, desk.now, order)
    if context.denials:
        return False
    intend_replace(desk, order, request, context, BY)
    _tell(desk, order, f"is cut to {plain(request.qty)}")
    return True


def _tell(desk: Desk, order: Order, what: str) -> None:
    held = desk.state.position_qty(order.account, order.symbol)
    desk.alert(
        AlertLevel.NOTICE,
        "REDUCE_ONLY",
        f"order {order.id} {order.symbol} may only reduce and {what}: the position is {plain(held)}",
    )
