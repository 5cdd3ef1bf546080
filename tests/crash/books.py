"""The broker's own books, read from its file, and how they differ from what our journal says."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from engine.model.enums import OrdStatus
from engine.orders.order import UNPROVEN, Order
from engine.state import DeskState
from tests.crash.journal import FoldedJournal

ACCOUNT, CURRENCY = "PAPER", "USD"
#: Statuses of orders of ours that the broker need not know: refused by ourselves, or proven never to have arrived.
_NEVER_SENT = (OrdStatus.DENIED, OrdStatus.REJECTED)


class Books(msgspec.Struct):
    """One moment of the broker's books."""

    orders: dict[str, dict[str, Any]]
    """By root cl_ord_id."""
    roots: Counter[str]
    versions: list[str]
    """Every cl_ord_id that the broker ever took, of orders and replaces."""
    executions: dict[str, dict[str, Any]]
    positions: dict[str, Decimal]
    cash: Decimal
    replaced: int
    """Versions that the broker accepted beyond each order's first."""


def read_books(path: Path) -> Books:
    """The books as one transaction sees them."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None, timeout=5.0)
    connection.row_factory = sqlite3.Row
    try:
        connection.execute("BEGIN")
        orders = [dict(row) for row in connection.execute("SELECT * FROM orders ORDER BY seq")]
        return Books(
            orders={row["root_cl_ord_id"]: row for row in orders},
            roots=Counter(row["root_cl_ord_id"] for row in orders),
            versions=[row["cl_ord_id"] for row in connection.execute("SELECT cl_ord_id FROM order_versions")],
            executions={row["exec_id"]: dict(row) for row in connection.execute("SELECT * FROM executions")},
            positions={
                row["symbol"]: Decimal(row["qty"])
                for row in connection.execute("SELECT symbol, qty FROM positions")
                if Decimal(row["qty"])
            },
            replaced=connection.execute("SELECT count(*) FROM order_versions WHERE accepted").fetchone()[0]
            - len(orders),
            cash=Decimal(connection.execute("SELECT cash FROM account WHERE currency = ?", (CURRENCY,)).fetchone()[0]),
        )
    finally:
        connection.close()


def never_intended(journal: FoldedJournal, books: Books) -> list[str]:
    """What the broker has without one earlier journaled intent, or more than once: must be empty at any moment."""
    found = [f"{ident}: {count} orders at the broker" for ident, count in books.roots.items() if count > 1]
    found += (
        f"{ident}: at the broker without an intent" for ident in books.versions if ident not in journal.intended_ns
    )
    early = [ident for ident, row in books.orders.items() if journal.intended_ns.get(ident, 0) >= row["created_ns"]]
    return found + [f"{ident}: at the broker before its intent was recorded" for ident in early]


def in_flight(state: DeskState, books: Books) -> dict[str, int]:
    """Requests without their outcome in the journal, and outcomes at the broker that the journal has not."""
    counted: Counter[str] = Counter()
    for order in state.open_orders.values():
        counted["orders"] += order.base in UNPROVEN
        counted["cancels"] += order.pending_cancel
        counted["replaces"] += order.pending_replace is not None
    ours = {exec_id for _, exec_id in state.seen_executions}
    counted["reports"] += len(books.executions.keys() - ours)
    for root, row in books.orders.items():
        known = state.orders.get(root)
        if known is None or known.base in UNPROVEN or known.pending_cancel or known.pending_replace is not None:
            continue
        counted["reports"] += known.cum_qty == Decimal(row["cum_qty"]) and known.status.value != row["status"]
    return {name: count for name, count in counted.items() if count}


def differences(journal: FoldedJournal, books: Books) -> list[str]:
    """Everything in which our state and the broker's books are not equal; empty once both agree."""
    state = journal.state
    found = never_intended(journal, books)
    for root, row in books.orders.items():
        order = state.orders.get(root)
        if order is not None:
            found += (f"order {root}: {what}" for what in _order_differences(order, row))
    for ident, order in state.orders.items():
        if ident == order.cl_ord_id and ident not in books.orders and order.base not in _NEVER_SENT:
            found.append(f"order {ident} is {order.status.value} here and unknown to the broker")
    found += _execution_differences(state, books)
    held = {symbol: position.qty for (_, symbol), position in state.positions.items() if position.qty}
    if held != books.positions:
        found.append(f"positions: ours {_texts(held)}, the broker's {_texts(books.positions)}")
    account = state.accounts.get(ACCOUNT)
    if account is None or account.cash != books.cash:
        found.append(f"cash: ours {account and account.cash}, the broker's {books.cash}")
    found += (f"break {b.kind} {b.key}: ours {b.ours}, theirs {b.theirs}" for b in state.breaks.values())
    found += _overrun(journal, books)
    return found


def _order_differences(order: Order, row: dict[str, Any]) -> Iterator[str]:
    pairs: dict[str, tuple[object, object]] = {
        "status": (order.status.value, row["status"]),
        "cl_ord_id": (order.live_id, row["cl_ord_id"]),
        "symbol": (order.symbol, row["symbol"]),
        "side": (order.side.value, row["side"]),
        "qty": (order.qty, Decimal(row["qty"])),
        "cum_qty": (order.cum_qty, Decimal(row["cum_qty"])),
        "limit_px": (order.limit_px, None if row["limit_px"] is None else Decimal(row["limit_px"])),
        "stop_px": (order.stop_px, None if row["stop_px"] is None else Decimal(row["stop_px"])),
    }
    if order.order_id is not None:
        pairs["order_id"] = (order.order_id, row["order_id"])
    for name, (ours, theirs) in pairs.items():
        if ours != theirs:
            yield f"{name} is {ours} here and {theirs} at the broker"


def _execution_differences(state: DeskState, books: Books) -> Iterator[str]:
    ours = {exec_id: execution for (_, exec_id), execution in state.seen_executions.items()}
    for exec_id in books.executions.keys() - ours.keys():
        yield f"execution {exec_id} of {books.executions[exec_id]['cl_ord_id']} is not in our journal"
    for exec_id, execution in ours.items():
        row = books.executions.get(exec_id)
        if row is None:
            yield f"execution {exec_id} is in our journal only"
            continue
        mine = (execution.cl_ord_id, execution.symbol, execution.last_qty, execution.last_px, execution.fee)
        theirs = (row["cl_ord_id"], row["symbol"], *(Decimal(row[key]) for key in ("last_qty", "last_px", "fee")))
        if mine != theirs:
            yield f"execution {exec_id}: {mine} here and {theirs} at the broker"


def _overrun(journal: FoldedJournal, books: Books) -> Iterator[str]:
    """Children of an algo that together did more than their parent."""
    done: Counter[int] = Counter()
    for root, row in books.orders.items():
        order = journal.state.orders.get(root)
        if order is not None and order.request.parent is not None:
            open_too = Decimal(row["qty"]) if row["status"] in ("NEW", "PARTIALLY_FILLED") else Decimal(row["cum_qty"])
            done[order.request.parent] += int(open_too)
    for parent, qty in done.items():
        if qty > journal.algos[parent].spec.qty:
            yield f"algo {parent}: children of {qty}, the parent has {journal.algos[parent].spec.qty}"


def _texts(quantities: dict[str, Decimal]) -> dict[str, str]:
    return {symbol: f"{qty:f}" for symbol, qty in sorted(quantities.items())}
