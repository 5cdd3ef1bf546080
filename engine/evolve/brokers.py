"""Connections, comparisons with the broker, and the journal's own health."""

from __future__ import annotations

from engine import facts as f
from engine.state import Break, DeskState


def broker_up(state: DeskState, fact: f.BrokerUp, now: int, market: int) -> None:
    state.brokers_up[fact.broker] = True
    state.up_since_ns = now
    if state.connections:
        state.sessions_ns[fact.broker] = now
    _not_compared(state, fact.broker)


def broker_down(state: DeskState, fact: f.BrokerDown, now: int, market: int) -> None:
    state.brokers_up[fact.broker] = False
    _not_compared(state, fact.broker)


def _not_compared(state: DeskState, broker: str) -> None:
    """The accounts of this connection are to be compared anew."""
    for name, account in state.accounts.items():
        if not state.connections or state.connections.get(name) == broker:
            account.reconciled = False


def reconcile_started(state: DeskState, fact: f.ReconcileStarted, now: int, market: int) -> None:
    """An audit record; changes nothing."""


def reconciled(state: DeskState, fact: f.Reconciled, now: int, market: int) -> None:
    account = state.accounts.get(fact.account)
    if account is not None:
        account.reconciled = True
        state.stirred.update(state.groups)
    state.executions_until_ns = max(state.executions_until_ns, fact.until_ns)


def break_found(state: DeskState, fact: f.BreakFound, now: int, market: int) -> None:
    state.breaks[fact.no] = Break(fact.no, fact.type, fact.account, fact.key, fact.ours, fact.theirs, now)
    state.next_break = fact.no + 1


def break_cleared(state: DeskState, fact: f.BreakCleared, now: int, market: int) -> None:
    state.breaks.pop(fact.no, None)


def break_explained(state: DeskState, fact: f.BreakExplained, now: int, market: int) -> None:
    found = state.breaks.get(fact.no)
    if found is not None:
        found.why, found.remedies = fact.why, fact.remedies


def journal_went_down(state: DeskState, fact: f.JournalWentDown, now: int, market: int) -> None:
    state.journal_ok = False


def journal_came_back(state: DeskState, fact: f.JournalCameBack, now: int, market: int) -> None:
    state.journal_ok = True
    state.stirred.update(state.groups)
