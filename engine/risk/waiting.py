"""A kill that waits for one of several brokers: the others are cancelled, flattened and verified meanwhile, and that
one is named for as long as it is not done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from engine.connections import is_up
from engine.model.scope import covers

if TYPE_CHECKING:
    from engine.desk import Desk
    from engine.orders.order import Order
    from engine.state import Kill

#: A broker that has not confirmed everything within so long is no longer waited for by the others' verification.
PATIENCE_NS: Final = 2_000_000_000

WAITS: Final = "waits for "


def lagging(desk: Desk, kill: Kill, accounts: list[str], victims: Iterable[Order]) -> dict[str, str]:
    """The accounts with something left to do for the kill, and what, in words."""
    if len(accounts) < 2:
        return {}
    orders = Counter(order.account for order in victims)
    closing: Counter[str] = Counter()
    kind, _, name = kill.scope.partition(":")
    for found in desk.state.liquidations.values():
        by_strategy = kind == "strategy" and (not found.strategies or name in found.strategies)
        if by_strategy or covers(kill.scope, found.account, (found.symbol,), ""):
            closing[found.account] += 1
    words = {}
    for account in accounts:
        parts = []
        if orders[account]:
            parts.append(f"{orders[account]} orders not confirmed dead")
        if closing[account]:
            parts.append(f"{closing[account]} positions not closed")
        if parts:
            words[account] = ", ".join((*parts, *_silence(desk, account)))
    return words


def unasked(desk: Desk, account: str) -> str:
    """An account whose broker has not shown its books since."""
    return ", ".join(("no answer", *_silence(desk, account)))


def _silence(desk: Desk, account: str) -> tuple[str, ...]:
    return () if is_up(desk.state, account) else ("not connected",)


def goes_ahead(desk: Desk, kill: Kill, late: Mapping[str, str], accounts: list[str]) -> bool:
    """Whether the accounts that are done are verified without those that are late."""
    if not late or len(late) == len(accounts) or any(found.queued for found in desk.state.liquidations.values()):
        return False
    waited = desk.now.wall_ns - kill.phase_ns >= PATIENCE_NS
    return waited or not any(is_up(desk.state, account) for account in late)


def in_words(late: Mapping[str, str], verified: Iterable[str] = ()) -> str:
    """What is waited for."""
    waits = "; ".join(f"{WAITS}{account}: {words}" for account, words in late.items())
    done = ", ".join(verified)
    return f"{waits}; {done} verified" if done else waits
