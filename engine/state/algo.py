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
    launched_ns: int = 0
    """Market time."""
    paused_ns: int = 0
    """Market time at which it was paused."""
    sent_ns: int = 0
    """Market time of its newest child."""
    filled_ns: int = 0
    """The broker's time of its newest execution."""
    filled_for: dict[str, Decimal] = {}
    """What was executed by the children of a purpose that is kept apart (auctions, rungs, accounts)."""
    volume: Decimal = ZERO
    notional: Decimal = ZERO
    """What the market traded while it ran, as far as it was seen."""
    marks: tuple[tuple[int, Decimal, Decimal], ...] = ()
    """(market ns, `volume`, `cum_qty`) at its looks of the last minutes, oldest first."""
    volumes_at: tuple[Decimal, ...] = ()
    """`volume` when each slice was reached."""
    followed_qty: Decimal = ZERO
    """What a kind without a schedule wants by now."""

    @property
    def target_qty(self) -> Decimal:
        """What the schedule wants done by now."""
        if not self.slices:
            return self.followed_qty
        return sum((qty for _, qty in self.slices[: self.reached]), ZERO)

    @property
    def outstanding(self) -> Decimal:
        """Worst-case leaves of the children that are not proven dead."""
        return sum((child.worst_leaves for child in self.open_children.values()), ZERO)

    def out_for(self, purpose: str) -> list[Order]:
        """The open children that are out for this purpose, the oldest first."""
        return [child for child in self.open_children.values() if child.request.purpose == purpose]

    @property
    def left(self) -> Decimal:
        """What is not executed yet."""
        return self.spec.qty - self.cum_qty

    @property
    def room(self) -> Decimal:
        """What may still be sent: never more than the parent, whatever of what is out is executed."""
        return self.spec.qty - self.cum_qty - self.outstanding

    @property
    def is_live(self) -> bool:
        return self.status in ("RUNNING", "PAUSED", "STOPPING")
