"""What is known of an order, or of the parent order of an algo, for the analysis of its costs."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from engine.facts.tca import Reading
from engine.model.enums import Side
from engine.model.money import ONE, ZERO


class Fill(msgspec.Struct, gc=False):
    """One execution. `reading`: the market at its moment; `marks`: mids after it by horizon, None where the desk did
    not see that moment; a horizon that is not there is still to come."""

    exec_id: str
    ts_ns: int
    wall_ns: int
    """When it was heard of."""
    qty: Decimal
    px: Decimal
    fee: Decimal
    fee_currency: str
    reading: Reading | None = None
    marks: dict[str, Decimal | None] = {}


class Ticket(msgspec.Struct):
    """An order (key: its cl_ord_id) or a parent order (key: "algo 3")."""

    key: str
    no: int
    """Short number of the order, or of the algo."""
    algo: str
    """The algo's kind; of an order without a parent where it came from: manual, strategy, liquidation, external."""
    account: str
    broker: str
    symbol: str
    side: Side
    qty: Decimal
    day: str
    decided_ns: int
    """Market time; `decided_wall_ns` wall time."""
    decided_wall_ns: int
    decision_px: Decimal | None
    """Mid at the decision."""
    released_ns: int = 0
    """Market time of the release: of an algo the beginning of its window, if it is later than its launch."""
    horizon_ns: int = 0
    """End of an algo's window; 0: the session's close."""
    parent: str = ""
    currency: str = "USD"
    multiplier: Decimal = ONE
    strategy: str = ""
    tag: str = ""
    is_parent: bool = False
    status: str = "working"
    """working, filled, done, canceled, expired, rejected, withheld, failed, handed over; held: it waits in the desk."""
    ended_ns: int = 0
    arrival: Reading | None = None
    end: Reading | None = None
    horizon: Reading | None = None
    pwp: Reading | None = None
    sent_ns: int = 0
    acked_ns: int = 0
    """Wall times; 0: not known."""
    gap: bool = False
    """The desk was down while it worked."""
    own_printed: bool = False
    """The market's prints hold ours: a live account on a live feed."""
    fills: dict[str, Fill] = {}
    """By exec_id, in the order in which they were heard of."""
    children: list[Ticket] = []

    @property
    def ended(self) -> bool:
        return self.status not in ("working", "held")

    @property
    def all_fills(self) -> list[Fill]:
        """Its own, and those of its children, by time."""
        if not self.is_parent:
            return list(self.fills.values())
        found = [fill for child in self.children for fill in child.fills.values()]
        found.sort(key=lambda fill: fill.ts_ns)
        return found

    @property
    def orders(self) -> list[Ticket]:
        """The orders that it sent: its children, or itself."""
        return self.children if self.is_parent else [self]

    @property
    def filled(self) -> Decimal:
        return sum((fill.qty for order in self.orders for fill in order.fills.values()), ZERO)

    @property
    def arrival_px(self) -> Decimal | None:
        """Mid at release; where the release was the decision, that is known from the intent itself."""
        if self.arrival is not None and self.arrival.mid is not None:
            return self.arrival.mid
        return self.decision_px if self.released_ns <= self.decided_ns else None
