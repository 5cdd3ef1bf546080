"""Which orders and algos a scope (engine.model.scope) is about.

An algo without a strategy's name is a strategy of its own: algo 3 is "strategy:algo3".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from engine.model.scope import DESK, covers

if TYPE_CHECKING:
    from engine.model.order import OrderRequest
    from engine.orders.order import Order
    from engine.state import Algo, DeskState

LIFTING: Final = frozenset({"BREAK", "STALE_DATA", "CLOCK_SKEW", "MESSAGE_STORM", "DAILY_LOSS", "DRAWDOWN"})
"""Triggers whose condition can end by itself."""


def strategy_of(request: OrderRequest) -> str:
    """Whose order it is; "" for one that was placed by hand and named no strategy."""
    return request.strategy or ("" if request.parent is None else f"algo{request.parent}")


def covers_order(scope: str, order: Order) -> bool:
    """Whether the scope is about this order; a package is about each of its legs' instruments too."""
    if scope == DESK:
        return True
    return covers(scope, order.account, symbols_of_order(order), strategy_of(order.request))


def symbols_of_order(order: Order) -> tuple[str, ...]:
    """What it may execute in, and the name of the package."""
    return (order.symbol, *(leg.symbol for leg in order.legs)) if order.legs else (order.symbol,)


def covers_algo(scope: str, algo: Algo) -> bool:
    """Whether the scope is about this algo."""
    spec = algo.spec
    strategy = spec.strategy or f"algo{algo.id}"
    return any(covers(scope, account, (spec.symbol,), strategy) for account in (spec.account, *spec.accounts))


def lifts_itself(state: DeskState, scope: str) -> bool:
    """Whether it is only a trigger that holds the scope at REDUCING, and lets go when its condition ends."""
    code = state.trading_reason.get(scope, "").rpartition("(")[2].rstrip(")")
    found = state.tripped.get(f"{code} {scope}")
    return found is not None and found.action == "reduce" and found.code in LIFTING
