"""How fast a basket may go: within each throttle that covers an order, of which a quarter is left to orders by hand."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from engine.model.order import OrderRequest
from engine.orders.resting import scopes_of
from engine.risk.checks.rates import WINDOWS
from engine.risk.limits import SECOND_NS
from engine.state import DeskState

#: The part of a throttle that baskets use, at least one message.
_SHARE: Final = Decimal("0.75")
#: As fast as it goes without any throttle.
PER_TURN: Final = 10
TURN_NS: Final = 50_000_000


def room_ns(state: DeskState, request: OrderRequest, wall_ns: int, count: int = 1) -> int:
    """How long to wait (wall ns) until so many messages for this order fit; 0 = now."""
    wait = 0
    for at, scope in ((None, ""), *enumerate(scopes_of(request))):
        for key, window_ns, _ in WINDOWS:
            most = _most(state, scope, key)
            if most is not None:
                wait = max(wait, _wait_ns(state, request, wall_ns, window_ns, max(most - count, 0), at))
    return wait


def paced_s(state: DeskState, requests: Sequence[OrderRequest]) -> int:
    """About how long it takes to send all of them, in seconds, when nothing else is sent."""
    if not requests:
        return 0
    longest = Decimal(len(requests) - 1) // PER_TURN * TURN_NS / SECOND_NS
    for scope in ("", *scopes_of(requests[0])):
        for key, window_ns, _ in WINDOWS:
            most = _most(state, scope, key)
            if most is not None:
                windows = (len(requests) - 1) // most
                longest = max(longest, Decimal(windows * window_ns) / SECOND_NS)
    return int(longest)


def _most(state: DeskState, scope: str, key: str) -> int | None:
    """Messages of a window that a basket may use up."""
    limits = state.limits
    most = limits.value(key) if not scope else limits.scoped_value(scope, key) if limits.scoped else None
    return None if most is None else max(int(most * _SHARE), 1)


def _wait_ns(state: DeskState, request: OrderRequest, wall_ns: int, window_ns: int, before: int, at: int | None) -> int:
    """Until no more than `before` messages of the scope are within the window."""
    name = (request.account, request.strategy, request.user)[at] if at is not None else ""
    count = 0
    for sent, by in zip(reversed(state.sent_ns), reversed(state.sent_by), strict=False):
        if sent <= wall_ns - window_ns:
            return 0
        if at is None or by[at] == name:
            count += 1
            if count > before:
                return sent + window_ns - wall_ns + 1
    return 0
