"""Rows of the baskets of the day. A row is built anew only when one of its lines had its turn, or it ended."""

from __future__ import annotations

from engine.model.enums import OrdStatus
from engine.state import DeskState
from engine.state.basket import Basket
from engine.views import BasketLineRow, BasketRow

_Key = tuple[str, int, int]


class BasketRows:
    """Keeps the rows built last time."""

    def __init__(self) -> None:
        self._rows: dict[int, tuple[_Key, BasketRow]] = {}

    def rows(self, state: DeskState) -> tuple[BasketRow, ...]:
        """Newest first."""
        if not state.baskets:
            self._rows = {}
            return ()
        found: dict[int, tuple[_Key, BasketRow]] = {}
        for number, basket in state.baskets.items():
            key = (basket.status, len(basket.orders), len(basket.refused))
            old = self._rows.get(number)
            found[number] = old if old is not None and old[0] == key else (key, basket_row(state, basket))
        self._rows = found
        return tuple(row for _, row in reversed(found.values()))


def basket_row(state: DeskState, basket: Basket) -> BasketRow:
    """One basket."""
    lines = []
    refused = 0
    for item in basket.items:
        root = basket.orders.get(item.row)
        order = None if root is None else state.orders[root]
        note = basket.refused.get(item.row, "left out" if item.row in basket.skipped else "")
        refused += item.row in basket.refused or (order is not None and order.base is OrdStatus.DENIED)
        lines.append(BasketLineRow(item.row, item.line, None if order is None else order.id, note))
    sent = sum(1 for line in lines if line.order is not None)
    return BasketRow(
        basket.id,
        basket.name,
        basket.status,
        basket.released_by or basket.user,
        basket.digest,
        basket.staged_ns,
        basket.released_ns,
        basket.ended_ns,
        basket.reason,
        sent - refused + len(basket.refused),
        refused,
        sum(1 for _ in basket.left),
        len(basket.skipped),
        tuple(lines),
        basket.client_key,
    )
