"""The orders of the paper exchange that are alive, found by number, by any of their ids, and by when they
expire.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush

from engine.market.matching.order import PaperOrder
from engine.market.matching.sessions import FOREVER_NS


class OpenOrders:
    """Open orders, oldest first. An order is found by every id that the exchange accepted for it."""

    __slots__ = ("_by_id", "_by_seq", "_expiries", "_ids")

    def __init__(self) -> None:
        self._by_seq: dict[int, PaperOrder] = {}
        self._by_id: dict[str, PaperOrder] = {}
        self._ids: dict[int, list[str]] = {}
        self._expiries: list[tuple[int, int]] = []

    def __iter__(self) -> Iterator[PaperOrder]:
        """A snapshot: orders may end while it is walked."""
        return iter(tuple(self._by_seq.values()))

    def find(self, cl_ord_id: str) -> PaperOrder | None:
        """The open order with this id as one of its accepted versions."""
        return self._by_id.get(cl_ord_id)

    def add(self, order: PaperOrder) -> None:
        """A new order, under its root id; `name` adds later ones."""
        self._by_seq[order.seq] = order
        self._ids[order.seq] = [order.root_cl_ord_id]
        self._by_id[order.root_cl_ord_id] = order
        if order.expire_ns < FOREVER_NS:
            heappush(self._expiries, (order.expire_ns, order.seq))

    def name(self, order: PaperOrder, cl_ord_id: str) -> None:
        """The order is also found by this id."""
        self._ids[order.seq].append(cl_ord_id)
        self._by_id[cl_ord_id] = order

    def end(self, order: PaperOrder) -> None:
        """The order is dead: forget it and its ids."""
        if self._by_seq.pop(order.seq, None) is not None:
            for cl_ord_id in self._ids.pop(order.seq):
                del self._by_id[cl_ord_id]

    def is_due(self, now_ns: int) -> bool:
        """Whether `take_due` may find something."""
        return bool(self._expiries) and self._expiries[0][0] <= now_ns

    def take_due(self, now_ns: int) -> Iterator[PaperOrder]:
        """Open orders whose time is over, in the order of their expiry."""
        while self.is_due(now_ns):
            order = self._by_seq.get(heappop(self._expiries)[1])
            if order is not None:
                yield order
