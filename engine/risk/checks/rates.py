"""How much is going on: messages in a second and in a minute, and open orders; of the desk and of each scope."""

from __future__ import annotations

from typing import Final

from engine.orders.resting import scopes_of
from engine.risk.context import Context
from engine.risk.limits import SECOND_NS

PER_SECOND, PER_MINUTE, WORKING = "risk.max_orders_per_s", "risk.max_orders_per_min", "risk.max_working_orders"
#: Key, its window, the window in words.
WINDOWS: Final = ((PER_SECOND, SECOND_NS, "second"), (PER_MINUTE, 60 * SECOND_NS, "minute"))


def check_rates(c: Context) -> None:
    """Throttle: orders, replaces and cancels of any one second (minute), this one included, <= limit; cancels
    themselves are never held (source: risk-checks.md 2.5). And open orders, this one included, <= limit.

    Each scope is counted by itself: a user's own limit counts what that user sends, the desk's counts everything."""
    state = c.state
    limits = state.limits
    per_second, per_minute, working = limits.max_orders_per_s, limits.max_orders_per_min, limits.max_working_orders
    sent, now = state.sent_ns, c.now.wall_ns
    if per_second is not None and len(sent) >= per_second and sent[-per_second] > now - SECOND_NS:
        _throttle(c, _sent_since(c, SECOND_NS), per_second, "desk", "second")
    if per_minute is not None and len(sent) >= per_minute and sent[-per_minute] > now - 60 * SECOND_NS:
        _throttle(c, _sent_since(c, 60 * SECOND_NS), per_minute, "desk", "minute")
    if working is not None and len(state.open_orders) >= working and c.replacing is None:
        _too_many(c, len(state.open_orders), working, "desk")
    if limits.scoped:
        _check_scopes(c)


def _check_scopes(c: Context) -> None:
    state = c.state
    limits = state.limits
    for at, scope in enumerate(scopes_of(c.request)):
        for key, window_ns, word in WINDOWS:
            most = limits.scoped_value(scope, key)
            if most is not None:
                count = _sent_since(c, window_ns, at)
                if count >= most:
                    _throttle(c, count, int(most), scope, word)
        most = limits.scoped_value(scope, WORKING)
        if most is not None and c.replacing is None:
            count = state.resting.working_for(scope, state.open_orders.values())
            if count >= most:
                _too_many(c, count, int(most), scope)
    if c.replacing is not None:
        return
    legs = c.request.legs
    for symbol in (leg.symbol for leg in legs) if legs else (c.request.symbol,):
        scope = f"instrument:{symbol}"
        most = limits.scoped_value(scope, WORKING)
        if most is not None:
            count = state.resting.working_in(symbol)
            if count >= most:
                _too_many(c, count, int(most), scope)


def _sent_since(c: Context, window_ns: int, at: int | None = None) -> int:
    """Messages within the window; `at`: only those whose account (0), strategy (1) or user (2) is this order's."""
    state, since = c.state, c.now.wall_ns - window_ns
    r = c.request
    name = (r.account, r.strategy, r.user)[at] if at is not None else ""
    count = 0
    for sent, by in zip(reversed(state.sent_ns), reversed(state.sent_by), strict=False):
        if sent <= since:
            break
        if at is None or by[at] == name:
            count += 1
    return count


def _throttle(c: Context, count: int, most: int, scope: str, word: str) -> None:
    c.deny("THROTTLE", str(count + 1), str(most), scope, f"more than {most} requests within a {word}")


def _too_many(c: Context, count: int, most: int, scope: str) -> None:
    c.deny("MAX_WORKING_ORDERS", str(count + 1), str(most), scope, "too many working orders")
