"""A running parent order in the desk's state."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from engine.inputs.algos import AlgoSpec
from engine.model.money import ZERO
from engine.orders.order import Order


class Algo(msgspec.Struct):
    """A parent order and how far its schedule is."""

    id: int
    spec: AlgoSpec
    slices: tuple[tuple[int, Decimal], ...]
    arrival_px: Decimal | None
    status: str = "RUNNING"
    reason: str = ""
    reached: int = 0
    """Slices whose time has come."""
    cum_qty: Decimal = ZERO
    cum_cost: Decimal = ZERO
    children: int = 0
    """Children ever made; the next child's slice_no."""
    open_children: dict[str, Order] = {}

    @property
    def target_qty(self) -> Decimal:
        """What the schedule wants done by now."""
        return sum((qty for _, qty in self.slices[: self.reached]), ZERO)

    @property
    def outstanding(self) -> Decimal:
        """Worst-case leaves of the children that are not proven dead."""
        return sum((child.worst_leaves for child in self.open_children.values()), ZERO)

    @property
    def is_live(self) -> bool:
        return self.status in ("RUNNING", "PAUSED", "STOPPING")
