"""What differs between us and a snapshot of the broker: positions, cash, orders, executions.

Quantities and money stand as plain numbers on both sides, so that the difference is theirs less ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from engine import inputs as i
from engine.evolve import order_of
from engine.model.booking import FillEntry
from engine.model.enums import OrdStatus
from engine.model.money import ZERO, plain
from engine.model.snapshot import Execution
from engine.orders.doubt import LAG_NS, ask_about
from engine.orders.order import DEAD, Order
from engine.state import DeskState

if TYPE_CHECKING:
    from engine.desk import Desk

Difference = tuple[str, str, str]
"""(kind, account, key): position and symbol, cash and currency, order and cl_ord_id, execution and exec_id."""


class Gap(msgspec.Struct, frozen=True, gc=False):
    """One difference. `symbol`: whose reports would make it old news; `about`: what the numbers are of."""

    ours: str
    theirs: str
    symbol: str = ""
    about: str = ""

    @property
    def size(self) -> Decimal:
        """Theirs less ours."""
        return Decimal(self.theirs) - Decimal(self.ours)


def differences(desk: Desk, seen: i.BrokerSnapshot, moved: set[str]) -> dict[Difference, Gap]:
    """What differs now; instruments with a report since the question was asked (`moved`) are left out."""
    account = seen.account.account
    found: dict[Difference, Gap] = {}
    for symbol, mine, yours in positions(desk.state, seen):
        if mine != yours and symbol not in moved:
            found[("position", account, symbol)] = Gap(plain(mine), plain(yours), symbol)
    if not moved:
        amounts = desk.state.accounts[account].amounts()
        for currency in dict.fromkeys((*amounts, *seen.account.cash)):
            cash, broker_cash = amounts.get(currency, ZERO), seen.account.cash.get(currency, ZERO)
            if cash != broker_cash and not _settles_daily(desk.state, account, currency):
                found[("cash", account, currency)] = Gap(plain(cash), plain(broker_cash))
    for order, about in _orders(desk, seen):
        found[("order", account, order.cl_ord_id)] = Gap(plain(order.worst_leaves), "0", order.symbol, about)
    for root, count in list(desk.miscounted.items()):
        order = desk.state.orders[root]
        if order.cum_qty >= count:
            del desk.miscounted[root]
        elif order.account == account and order.symbol not in moved:
            about = f"what order {order.id} filled"
            found[("order", account, root)] = Gap(plain(order.cum_qty), plain(count), order.symbol, about)
    for execution, gap in _executions(desk, seen):
        if execution.symbol not in moved:
            found[("execution", account, execution.exec_id)] = gap
    return found


def _settles_daily(state: DeskState, account: str, currency: str) -> bool:
    """Whether a future is held in this currency: brokers pay out its profit day by day, or as they like, and we
    when it is realised. The cash is compared again once all are closed (docs/decisions/futures.md)."""
    return any(
        position.margined and position.qty and position.currency == currency and owner == account
        for (owner, _), position in state.active.items()
    )


def positions(state: DeskState, seen: i.BrokerSnapshot) -> list[tuple[str, Decimal, Decimal]]:
    """(symbol, ours, theirs) of everything that one of us holds or held."""
    account = seen.account.account
    theirs = {position.symbol: position.qty for position in seen.positions}
    ours = {symbol: pos.qty for (owner, symbol), pos in state.positions.items() if owner == account}
    return [(s, ours.get(s, ZERO), theirs.get(s, ZERO)) for s in sorted(theirs.keys() | ours.keys())]


def _orders(desk: Desk, seen: i.BrokerSnapshot) -> Iterator[tuple[Order, str]]:
    """Orders that may live for us, and of which the broker said that it has none without being able to prove it."""
    listed = {snapshot.cl_ord_id for snapshot in seen.orders} | {s.root_cl_ord_id for s in seen.orders}
    for asked_for, root in list(desk.not_found.items()):
        order = desk.state.orders.get(root)
        replace = order.pending_replace if order is not None else None
        current = order is not None and asked_for in (order.live_id, replace.cl_ord_id if replace is not None else "")
        if order is None or not current or not order.worst_leaves or asked_for in listed:
            del desk.not_found[asked_for]
        elif order.account == seen.account.account and order.updated_ns + LAG_NS < seen.asked_wall_ns:
            about = "the change of" if replace is not None and asked_for == replace.cl_ord_id else ""
            yield order, f"{about} order {order.id}".strip()


def is_questioned(desk: Desk, cl_ord_id: str) -> bool:
    """Whether something about this order has no answer, or none that the broker's books bear out."""
    order = desk.state.orders.get(cl_ord_id)
    if order is None:
        return False
    replace = order.pending_replace
    return (
        order.base is OrdStatus.UNKNOWN
        or bool(order.unproven_qty)
        or (replace is not None and replace.doubtful)
        or (cl_ord_id in desk.not_found.values() and bool(order.worst_leaves))
        or desk.miscounted.get(cl_ord_id, ZERO) > order.cum_qty
    )


def _executions(desk: Desk, seen: i.BrokerSnapshot) -> Iterator[tuple[Execution, Gap]]:
    """Executions that both have on other terms, and those that we booked and the broker lists no more (whose orders are
    asked about at once: their own answers tell of busts)."""
    state, account = desk.state, seen.account.account
    listed = {e.exec_id: e for e in seen.executions}
    for exec_id, theirs in listed.items():
        mine = state.seen_executions.get((account, exec_id))
        if mine is None or (account, exec_id) in state.busted:
            continue
        if mine.last_qty != theirs.last_qty:
            yield mine, Gap(plain(mine.last_qty), plain(theirs.last_qty), mine.symbol, "quantity")
        elif mine.last_px != theirs.last_px:
            yield mine, Gap(plain(mine.last_px), plain(theirs.last_px), mine.symbol, "price")
    for mine in _should_be_listed(state, seen):
        key = (account, mine.exec_id)
        if mine.exec_id in listed or key in state.busted or key not in state.seen_executions:
            continue
        order = order_of(state, mine)
        if order is not None and not order.nameless and (order.base in DEAD or order.filled_ns < seen.asked_wall_ns):
            ask_about(desk, order)
        yield mine, Gap(plain(mine.last_qty), "0", mine.symbol, "missing")


def _should_be_listed(state: DeskState, seen: i.BrokerSnapshot) -> list[Execution]:
    """Our executions of the time that the list covers, and those that stand as a break already; not those booked by
    hand, which no broker reported."""
    account = seen.account.account
    by_hand = {b.entry.execution.exec_id for b in state.bookings.values() if isinstance(b.entry, FillEntry)}
    found = {e.exec_id: e for e in state.fills if e.account == account and e.ts_ns >= seen.since_ns}
    for standing in state.breaks.values():
        if standing.kind == "execution" and standing.account == account:
            execution = state.seen_executions.get((account, standing.key))
            if execution is not None:
                found[standing.key] = execution
    return [e for exec_id, e in found.items() if exec_id not in by_hand]
