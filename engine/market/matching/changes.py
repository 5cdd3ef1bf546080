"""What a request or market event changed: all that a set of books has to store."""

from __future__ import annotations

from engine.market.matching.ledger import PaperPosition
from engine.market.matching.order import PaperOrder
from engine.model.snapshot import Execution


class Changes:
    """Collected since the last take. Orders and positions are the living ones: read them before going on.

    `versions` are the cl_ord_ids used up, with the order they belong to and whether the broker accepted that
    version (a refused replace uses its id up as well).
    """

    __slots__ = ("executions", "orders", "positions", "versions")

    def __init__(self) -> None:
        self.orders: dict[int, PaperOrder] = {}
        self.versions: list[tuple[str, int, bool]] = []
        self.executions: list[tuple[int, Execution]] = []
        self.positions: dict[str, PaperPosition] = {}

    def __bool__(self) -> bool:
        return bool(self.orders or self.versions)
