"""Which account is at which broker connection. A desk may have several accounts, each with a connection of its own; one
account's connection says nothing about another's.

A desk with one account has no entries in `DeskState.connections`: whatever a broker reports is about that account.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.state import DeskState, Skew


def account_at(state: DeskState, broker: str) -> str:
    """The account that is traded over this connection."""
    return next((account for account, name in state.connections.items() if name == broker), state.account)


def accounts_of(state: DeskState) -> tuple[str, ...]:
    """The desk's accounts, its own first."""
    return (state.account, *(account for account in state.connections if account != state.account))


def is_up(state: DeskState, account: str) -> bool:
    """Whether the account's connection stands."""
    if not state.connections:
        return any(state.brokers_up.values())
    return state.brokers_up.get(state.connections.get(account, ""), False)


def is_down(state: DeskState, account: str) -> bool:
    """Whether the account's connection is known to be lost; one that was not made yet in this run is not."""
    if not state.connections:
        return bool(state.brokers_up) and not any(state.brokers_up.values())
    return state.brokers_up.get(state.connections.get(account, "")) is False


def up_since_ns(state: DeskState, account: str) -> int:
    """Wall ns of the beginning of the account's newest session."""
    if not state.connections:
        return state.up_since_ns
    return state.sessions_ns.get(state.connections.get(account, ""), 0)


def is_withheld(state: DeskState, account: str) -> bool:
    """Whether the breaker of the account's broker is not closed."""
    if not state.breakers:
        return False
    return not state.connections or state.connections.get(account, "") in state.breakers


def skews_of(state: DeskState, account: str) -> list[tuple[str, Skew]]:
    """By how much the clock of the account's broker is off, where that is too far."""
    if not state.connections:
        return list(state.skews.items())
    name = state.connections.get(account, "")
    return [(name, state.skews[name])] if name in state.skews else []
