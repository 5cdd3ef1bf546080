"""The proof of a kill: how many cancels were sent and confirmed, what of the positions is flat and what is not.

Each kill in force proves its own scope: "HALTED 14:03:22 · 17 cancels sent, 15 confirmed, 2 pending · 5 positions, 3
flat".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.inputs import Now
from engine.model.enums import OrdStatus
from engine.model.scope import said
from engine.orders.order import Order
from engine.risk.halts import timer_of
from engine.risk.waiting import WAITS
from engine.state import DeskState, Kill, PositionKey
from engine.views import KillProof, ScopeRow, TriggerRow

if TYPE_CHECKING:
    from engine.desk import Desk

ENDED = ("done", "not_flat", "kept")


def proof_of(desk: Desk, kill: Kill, now: Now) -> KillProof:
    """How far this kill is."""
    state = desk.state
    victims = [state.orders[c] for c in kill.orders if c in state.orders]
    confirmed = sum(1 for o in victims if not o.leaves_qty)
    due = desk.timers.due_of(timer_of("grace", kill.scope))
    grace = None if due is None or kill.kept else max(due - now.wall_ns, 0)
    phase = "grace" if grace is not None and kill.phase == "cancelling" and confirmed == len(victims) else kill.phase
    queued = [found.symbol for key, found in state.liquidations.items() if found.queued and key in kill.held]
    waits = kill.phase == "verifying" and kill.detail.startswith(WAITS)
    problems = [kill.detail] if kill.detail and (waits or kill.phase == "not_flat") else []
    left = _held_still(state, kill)
    kept = kill.kept or kill.flatten == "no"
    if queued:
        problems.append(f"closed markets, flattening waits for the open: {', '.join(queued)}")
    where = {account: f" @{account}" if state.connections else "" for account in state.accounts}
    if kill.phase == "not_flat" or (waits and not kept):
        problems += [f"{symbol}{where.get(account, '')} is not flat" for account, symbol in left]
    problems += [
        f"order {o.id} {o.symbol}{where.get(o.account, '')} {o.status.value}"
        for o in victims
        if o.leaves_qty and (waits or o.cancel_attempts > 2)
    ]
    return KillProof(
        kill.at_ns,
        kill.by,
        kill.reason,
        len(victims),
        confirmed,
        kill.positions,
        kill.positions - len(left),
        "kept" if kill.kept and phase == "done" else phase,
        grace,
        kill.phase == "done",
        tuple(problems),
        unprotected(state, victims) if kept or queued or kill.phase in ENDED else (),
        kill.scope,
        len(queued),
    )


def _held_still(state: DeskState, kill: Kill) -> list[PositionKey]:
    """What the scope held when it was killed and holds still."""
    kind, _, name = kill.scope.partition(":")
    left = []
    for account, symbol in kill.held:
        if kind == "strategy":
            trip = state.trips.get((account, name, symbol))
            there = state.position_qty(account, symbol)
            is_held = trip is not None and bool(trip.held) and bool(there) and (trip.held > 0) is (there > 0)
        else:
            is_held = bool(state.position_qty(account, symbol))
        if is_held:
            left.append((account, symbol))
    return left


def unprotected(state: DeskState, orders: list[Order]) -> tuple[str, ...]:
    """Positions whose stop is among these orders, cancelled, and that no other stop protects."""
    naked: dict[str, PositionKey] = {}
    for order in orders:
        if not order.request.ord_type.waits or order.base is not OrdStatus.CANCELED:
            continue
        held = state.position_qty(order.account, order.symbol)
        if held and (held > 0) != order.side.is_buy and order.symbol not in naked:
            naked[order.symbol] = (order.account, order.symbol)
    return tuple(symbol for symbol, key in naked.items() if not _has_stop(state, key))


def _has_stop(state: DeskState, key: PositionKey) -> bool:
    held = state.position_qty(*key)
    return any(o.request.ord_type.waits and o.leaves_qty and (held > 0) != o.side.is_buy for o in state.open_of(*key))


def scope_rows(state: DeskState) -> tuple[ScopeRow, ...]:
    """Every scope below the desk that is not ACTIVE by its own setting, the strictest first."""
    names = [s for s in dict.fromkeys([*state.kills, *state.trading]) if s not in ("desk", "kill")]
    rows = [ScopeRow(name, *state.scope_state(name)) for name in names]
    return tuple(sorted(rows, key=lambda row: (-row.state, said(row.scope))))


def trigger_rows(state: DeskState) -> tuple[TriggerRow, ...]:
    """Automatic triggers that acted and were not cleared."""
    return tuple(TriggerRow(t.code, t.scope, t.action, t.text) for t in state.tripped.values())
