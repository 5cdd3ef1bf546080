"""Liquidations that went out while the journal was down, and that a crash made us forget.

Their ids are in the emergency log or, where that failed too, can be worked out anew (engine.ids.emergency_id). After an
unclean end the broker is asked about each before anything else is compared or sent; what is found is ours again.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from engine import facts as f
from engine import inputs as i
from engine.connections import is_up
from engine.effects import QueryOrder
from engine.ids import emergency_id, is_emergency_id
from engine.model.enums import AlertLevel
from engine.model.money import ZERO, plain
from engine.model.snapshot import Execution, OrderSnapshot
from engine.timers import Key

if TYPE_CHECKING:
    from engine.desk import Desk

_AGAIN_NS: Final = 1_000_000_000
#: How many attempts are asked for beyond the last that is known: more than one may have been passed over as doubtful.
AHEAD: Final = 3


class Noted(NamedTuple):
    """A liquidation that the emergency log holds."""

    account: str
    cl_ord_id: str


class Lost(NamedTuple):
    """An order that may be at the broker. `attempt` 0: known from the emergency log, and not one of a row."""

    account: str
    symbol: str
    epoch: int
    attempt: int


def next_id(desk: Desk, account: str, symbol: str) -> str:
    """The id of the next liquidation of an instrument while the journal is down. One that an earlier process may have
    used is passed over unless the broker proved that it has none of it and never will."""
    state = desk.state
    attempt = 1
    while True:
        ident = emergency_id(state.desk_id, state.kill_epoch, account, symbol, attempt)
        if not any(ident in used for used in (state.orders, desk.lost, desk.maybe_used, desk.executed_ids)):
            return ident
        attempt += 1


def note_used(desk: Desk, executions: Iterable[Execution]) -> None:
    """What executions name was used, by a process that could not record it: never again, whatever is asked or answered
    in the meantime."""
    state = desk.state
    for execution in executions:
        ident = execution.cl_ord_id
        if is_emergency_id(state.desk_id, ident) and ident not in state.orders:
            desk.executed_ids.add(ident)


def remember(desk: Desk) -> None:
    """After an unclean end: what to ask the broker for. An instrument is liquidated when it is held, and it is held
    when the journal says so, or when one of its open orders filled while the journal was down. A kill pulled in that
    time is one more than the journal knows of."""
    state = desk.state
    for account, cl_ord_id in desk.noted:
        if cl_ord_id not in state.orders:
            desk.lost[cl_ord_id] = Lost(account, "", 0, 0)
    keys = {key for key, position in state.positions.items() if position.qty}
    keys.update((order.account, order.symbol) for order in state.open_orders.values())
    for account, symbol in sorted(keys):
        for epoch in (state.kill_epoch, state.kill_epoch + 1):
            _want(desk, account, symbol, epoch, 1)


def _want(desk: Desk, account: str, symbol: str, epoch: int, attempt: int) -> None:
    """Ask for so many attempts from this one on that are in no journal: a few may have been passed over."""
    ahead = 0
    while ahead < AHEAD:
        ident = emergency_id(desk.state.desk_id, epoch, account, symbol, attempt)
        if ident not in desk.state.orders:
            ahead += 1
            if ident not in desk.maybe_used:
                desk.lost.setdefault(ident, Lost(account, symbol, epoch, attempt))
        attempt += 1


def look_again(desk: Desk, at: str = "") -> None:
    """Ask for all that is not answered, of one account or of each whose connection stands."""
    asked = False
    for cl_ord_id, lost in desk.lost.items():
        if lost.account == at if at and desk.state.connections else is_up(desk.state, lost.account):
            desk.effect(QueryOrder(lost.account, cl_ord_id))
            asked = True
    if asked:
        desk.timers.set("wall", desk.now.wall_ns + 5 * _AGAIN_NS, ("lost",))


def on_timer(desk: Desk, key: Key) -> None:
    """An answer that never came is asked for again; one without a session waits for the next."""
    look_again(desk)


def answered(desk: Desk, answer: i.OrderEvidence) -> None:
    """The broker has such an order, or has not; later attempts exist only a few behind one that does."""
    ident = answer.cl_ord_id
    asked = desk.lost.pop(ident, None)
    if asked is not None and answer.order is None and not answer.proves_absence:
        desk.maybe_used.add(ident)
    if answer.order is None or ident in desk.state.orders or not (asked or is_ours(desk, ident)):
        return
    adopt(desk, answer.order, ZERO)
    if asked is not None and asked.attempt:
        _want(desk, asked.account, asked.symbol, asked.epoch, asked.attempt + 1)
        look_again(desk)


def is_ours(desk: Desk, cl_ord_id: str) -> bool:
    """Whether an order that the journal does not hold is a liquidation of this desk's."""
    return is_emergency_id(desk.state.desk_id, cl_ord_id) or any(cl_ord_id == noted for _, noted in desk.noted)


def adopt(desk: Desk, found: OrderSnapshot, done: Decimal) -> None:
    """Take an order of ours up again. `done`: what it executed by executions that will not be booked."""
    number = desk.state.next_id
    desk.emit(f.OrderAdopted(number, found.cl_ord_id, found, done, liquidation=True))
    what = f"order {number}: {found.side.value} {plain(found.qty)} {found.symbol}"
    said = f"{what} is this desk's own, sent while its journal was down"
    desk.alert(AlertLevel.WARN, "RECOVERED_ORDER", said)


def look_for_executed(desk: Desk, executions: Iterable[Execution]) -> None:
    """Ask about orders of ours that only an execution tells of."""
    state = desk.state
    if not state.desk_id:
        return
    asked = {
        (execution.account, execution.cl_ord_id)
        for execution in executions
        if execution.cl_ord_id not in state.orders
        and is_ours(desk, execution.cl_ord_id)
        and (execution.account, execution.exec_id) not in state.skipped_executions
    }
    for account, cl_ord_id in sorted(asked):
        desk.effect(QueryOrder(account, cl_ord_id))
