"""Open orders by the instrument and side in which they may execute, and how many each scope has.

Derived from the open orders: no part of the digest, not written into snapshots, but added up again. A package stands
under each of its legs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from engine.model.order import OrderRequest
from engine.orders.order import Order

Place = tuple[str, bool]
"""(symbol, whether it buys)"""

_NONE: Final[Mapping[str, Order]] = {}


class Resting:
    """The index. Changed by engine.evolve alone."""

    __slots__ = ("_counts", "_places")

    def __init__(self) -> None:
        self._places: dict[Place, dict[str, Order]] = {}
        self._counts: dict[str, int] | None = None
        """Open orders by scope; kept from the first question on, so that it costs nothing where nobody asks."""

    def add(self, order: Order) -> None:
        """The order is open."""
        root = order.cl_ord_id
        if order.legs:
            for leg in order.legs:
                self._places.setdefault((leg.symbol, leg.side.is_buy), {})[root] = order
        else:
            place = (order.symbol, order.side.is_buy)
            found = self._places.get(place)
            if found is None:
                self._places[place] = {root: order}
            else:
                found[root] = order
        if self._counts is not None:
            self._count(order, 1)

    def drop(self, order: Order) -> None:
        """The order, which was open, is no longer."""
        root = order.cl_ord_id
        if order.legs:
            for leg in order.legs:
                self._drop((leg.symbol, leg.side.is_buy), root)
        else:
            self._drop((order.symbol, order.side.is_buy), root)
        if self._counts is not None:
            self._count(order, -1)

    def at(self, symbol: str, *, is_buy: bool) -> Mapping[str, Order]:
        """Open orders that may buy (or sell) this instrument, by root, oldest first."""
        return self._places.get((symbol, is_buy), _NONE)

    def working_in(self, symbol: str) -> int:
        """How many orders are open in the instrument."""
        return len(self.at(symbol, is_buy=True)) + len(self.at(symbol, is_buy=False))

    def working_for(self, scope: str, open_orders: Iterable[Order]) -> int:
        """How many orders an account, strategy or user has open. `open_orders`: all of them, for the first question."""
        if self._counts is None:
            self._counts = {}
            for order in open_orders:
                self._count(order, 1)
        return self._counts.get(scope, 0)

    def _drop(self, place: Place, root: str) -> None:
        found = self._places.get(place)
        if found is not None:
            found.pop(root, None)
            if not found:
                del self._places[place]

    def _count(self, order: Order, change: int) -> None:
        counts = self._counts
        assert counts is not None
        for scope in scopes_of(order.request):
            counts[scope] = counts.get(scope, 0) + change


def scopes_of(request: OrderRequest) -> tuple[str, str, str]:
    """The scopes of an order beside the desk and the instrument, as limits name them."""
    return (f"account:{request.account}", f"strategy:{request.strategy}", f"user:{request.user}")
