"""Groups that the broker itself holds: what its orders do to each other in its own books.

Two ways of brokers. PARTS: each share of the entry that has filled may be closed by the exits at once, an entry that
ends in part leaves exits for that part, a cancelled exit takes its partner along. WHOLE: the exits do nothing before
all of the entry has filled, an entry that ends before that leaves what it filled without exits, and whoever cancels one
order has cancelled all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from engine.model.enums import OrdStatus, RestatementReason
from engine.model.order import Contingency

if TYPE_CHECKING:
    from tests.simulation.broker import Held

Way = Literal["", "parts", "whole"]
ZERO = Decimal(0)


class Bond:
    """One group in the books. `entry` is None for an oco."""

    __slots__ = ("entry", "kind", "legs", "linked", "qty", "started", "unseen", "way")

    def __init__(self, way: Way, kind: Contingency, entry: Held | None, legs: list[Held]) -> None:
        self.way = way
        self.kind = kind
        self.entry = entry
        self.legs = legs
        self.linked = len(legs) > 1
        self.qty = max(leg.qty for leg in legs)
        self.started = entry is None
        self.unseen = False
        """One of its orders traded while no desk was there."""

    @property
    def orders(self) -> list[Held]:
        return self.legs if self.entry is None else [self.entry, *self.legs]

    @property
    def unsold(self) -> Decimal:
        """Of what the entry has filled, what no exit has closed yet."""
        assert self.entry is not None
        return max(self.entry.cum - sum((leg.cum for leg in self.legs), ZERO), ZERO)

    def room(self, held: Held) -> Decimal:
        """The most that this order may fill now."""
        if self.entry is None or held is self.entry:
            return held.leaves
        if self.way == "whole" and not self.started:
            return ZERO
        return min(held.leaves, self.unsold)

    def refuses(self, held: Held, qty: Decimal) -> str:
        """Why this order can't be changed to this quantity."""
        if held is self.entry and qty != held.qty:
            return "the exits are for what the entry is for"
        partners = [leg for leg in self.legs if leg is not held and held is not self.entry and self.linked]
        more = qty > self.qty - sum((leg.cum for leg in partners), ZERO)
        return "an exit is for no more than what its group has to close" if more else ""

    def filled(self, held: Held, qty: Decimal, resize: Resize, end: End, match: Callable[[Held], None]) -> None:
        """One of them has executed so much."""
        if held is self.entry:
            if held.status is OrdStatus.FILLED:
                self._entered(resize, end)
            for leg in self.legs:
                match(leg)
            return
        if self.linked:
            for partner in self.legs:
                if partner is not held and partner.live:
                    self._cut(partner, partner.qty - qty, resize, end)

    def ended(self, held: Held, resize: Resize, end: End) -> None:
        """One of them is over without having filled."""
        if held is self.entry:
            if held.cum and (self.way == "parts" or self.started):
                self._entered(resize, end)
            else:
                self._end_all(self.legs, end, "its entry is over")
        elif self.way == "whole":
            self._end_all(self.orders, end, "its group was cancelled")
        elif self.linked:
            self._end_all(self.legs, end, "its partner was cancelled")

    def _entered(self, resize: Resize, end: End) -> None:
        """The entry fills no more: the exits are for what it filled."""
        self.started = True
        for leg in self.legs:
            if leg.live and leg.leaves > self.unsold:
                self._cut(leg, leg.cum + self.unsold, resize, end)

    def _cut(self, held: Held, qty: Decimal, resize: Resize, end: End) -> None:
        if qty <= held.cum:
            end(held, OrdStatus.CANCELED, "its partner filled")
        else:
            resize(held, qty, RestatementReason.BROKER_OPTION)

    def _end_all(self, orders: list[Held], end: End, why: str) -> None:
        for order in orders:
            if order.live:
                end(order, OrdStatus.CANCELED, why)


def became_of(bonds: Iterable[Bond]) -> Counter[str]:
    """How often which kind was held, and what happened to it."""
    told: Counter[str] = Counter()
    for bond in bonds:
        told[f"{bond.way} {bond.kind}"] += 1
        entry, done = bond.entry, sum((leg.cum for leg in bond.legs), ZERO)
        told["closed"] += bool(done)
        told["unseen"] += bond.unseen
        told["both legs"] += len([leg for leg in bond.legs if leg.cum]) > 1
        if entry is not None:
            told["entered"] += bool(entry.cum)
            told["came to nothing"] += not entry.live and not entry.cum
            told["ended in part"] += not entry.live and ZERO < entry.cum < entry.qty
            told["left without exits"] += bool(entry.cum > done and not any(leg.live for leg in bond.legs))
    return told


End = Callable[["Held", OrdStatus, str], None]
Resize = Callable[["Held", Decimal, RestatementReason], None]
