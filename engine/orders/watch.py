"""What the desk remembers of held orders that is no fact: it begins anew with every process."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from engine.orders.order import Order
from engine.state import DeskState


class HeldWatch:
    """hits: looks in a row beyond the trigger. since_start: held before this process and not looked at yet. blind:
    symbols whose stops can't be watched. retry_ns: wall time before which an order is not tried again. asked: the total
    that a leg's last change for its partners asked for."""

    def __init__(self) -> None:
        self.hits: dict[str, int] = {}
        self.since_start: set[str] = set()
        self.blind: set[str] = set()
        self.retry_ns: dict[str, int] = {}
        self.asked: dict[str, Decimal] = {}
        self.told: set[int] = set()
        """Groups at a broker of which it was said that their stop is lost."""
        self.doubted: set[int] = set()
        """Groups of which it was asked whether their stop is lost, or its partner's fill is."""
        self.overfilled: set[int] = set()
        """Groups of which it was said that both legs filled."""
        self._version = -1
        self._by_symbol: dict[str, tuple[Order, ...]] = {}

    def at(self, state: DeskState, symbol: str) -> Sequence[Order]:
        """The held orders of a symbol."""
        if state.held_version != self._version:
            self._version = state.held_version
            by_symbol: dict[str, list[Order]] = {}
            for order in state.held.values():
                by_symbol.setdefault(order.symbol, []).append(order)
            self._by_symbol = {name: tuple(orders) for name, orders in by_symbol.items()}
            for memory in (self.hits, self.retry_ns):
                for root in memory.keys() - state.held.keys():
                    del memory[root]
        return self._by_symbol.get(symbol, ())
