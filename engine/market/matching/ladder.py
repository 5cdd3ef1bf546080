"""Orders in sorted price levels, first come first served on each level.

Keys are prices turned so that higher is better: a buy's limit as it is, a sale's negated, a market order's
infinite. So both sides, and the stops, share one code; the best level is the last of a sorted list.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from decimal import Decimal

from engine.market.matching.order import PaperOrder
from engine.model.money import ZERO


class Level:
    """The orders of one price, oldest first. `max_ahead` bounds their queue estimates (None: one was never
    seen).
    """

    __slots__ = ("max_ahead", "orders")

    def __init__(self) -> None:
        self.orders: dict[int, PaperOrder] = {}
        self.max_ahead: Decimal | None = ZERO


class Ladder:
    """Levels of orders by key. `keys` is ascending and in step with the levels: its last is the best."""

    __slots__ = ("_levels", "keys")

    def __init__(self) -> None:
        self.keys: list[Decimal] = []
        self._levels: list[Level] = []

    def __iter__(self) -> Iterator[PaperOrder]:
        """All orders, best level first, oldest first on each."""
        for level in reversed(self._levels):
            yield from level.orders.values()

    def add(self, order: PaperOrder) -> Level:
        """Put the order at the end of the level of its key."""
        keys, key = self.keys, order.key
        at = bisect_left(keys, key)
        if at == len(keys) or keys[at] != key:
            keys.insert(at, key)
            self._levels.insert(at, Level())
        level = self._levels[at]
        level.orders[order.seq] = order
        return level

    def remove(self, order: PaperOrder) -> bool:
        """Take the order out; True when its level went with it. The order must be here."""
        at = bisect_left(self.keys, order.key)
        level = self._levels[at]
        del level.orders[order.seq]
        if level.orders:
            return False
        del self.keys[at], self._levels[at]
        return True

    def best(self) -> PaperOrder:
        """The first order of the best level. The ladder must not be empty."""
        return next(iter(self._levels[-1].orders.values()))

    def level(self, key: Decimal) -> Level:
        """The level of a key that is in `keys`."""
        return self._levels[bisect_left(self.keys, key)]

    def from_best(self, limit: Decimal) -> list[PaperOrder]:
        """The orders whose key is at or above `limit`, best first: a copy, so that they can be removed on the
        way.
        """
        found: list[PaperOrder] = []
        for at in range(len(self.keys) - 1, -1, -1):
            if self.keys[at] < limit:
                break
            found.extend(self._levels[at].orders.values())
        return found

    def below(self, limit: Decimal) -> list[PaperOrder]:
        """The orders whose key is below `limit`, worst level first: a copy."""
        end = bisect_left(self.keys, limit)
        return [order for level in self._levels[:end] for order in level.orders.values()]


class QueueLadder(Ladder):
    """Resting orders with an estimate of what others have queued before each of them.

    The feed shows the size of the touch only. So an order that joins the touch has the displayed size ahead,
    one that improves it has none, and one that joins deeper doesn't know until the touch comes to its price.
    Displayed size below an estimate caps it. A touch that falls back behind an order leaves nobody ahead of
    it.
    """

    __slots__ = ("queued",)

    def __init__(self) -> None:
        super().__init__()
        #: Keys of the levels where somebody may be ahead, ascending: all that a quote has to look at.
        self.queued: list[Decimal] = []

    def join(self, order: PaperOrder, touch: Decimal | None, displayed: Decimal) -> None:
        """Add an order. `touch` is the key of our side's best price in the market (None: not known)."""
        if touch is None or order.key < touch:
            order.ahead = None
        else:
            order.ahead = displayed if order.key == touch else ZERO
        level = self.add(order)
        if order.ahead is None:
            level.max_ahead = None
        elif level.max_ahead is not None and order.ahead > level.max_ahead:
            level.max_ahead = order.ahead
        if level.max_ahead != ZERO:
            self._enqueue(order.key)

    def remove(self, order: PaperOrder) -> bool:
        gone = super().remove(order)
        if gone:
            self._dequeue(order.key)
        return gone

    def observe(self, touch: Decimal, displayed: Decimal) -> None:
        """A regular quote of our side: correct the estimates at and before the touch."""
        queued = self.queued
        while queued and queued[-1] > touch:
            self._cap(self.level(queued.pop()), ZERO)
        if queued and queued[-1] == touch:
            level = self.level(touch)
            if level.max_ahead is None or level.max_ahead > displayed:
                self._cap(level, displayed)
                if not displayed:
                    queued.pop()

    @staticmethod
    def _cap(level: Level, size: Decimal) -> None:
        level.max_ahead = size
        for order in level.orders.values():
            if order.ahead is None or order.ahead > size:
                order.ahead = size

    def _enqueue(self, key: Decimal) -> None:
        at = bisect_left(self.queued, key)
        if at == len(self.queued) or self.queued[at] != key:
            insort(self.queued, key)

    def _dequeue(self, key: Decimal) -> None:
        at = bisect_left(self.queued, key)
        if at < len(self.queued) and self.queued[at] == key:
            del self.queued[at]
