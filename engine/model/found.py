"""An order of any day, as a search of the journal tells it."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from engine.model.enums import OrdType, Side, TimeInForce


class FoundOrder(msgspec.Struct, frozen=True, gc=False):
    """`status` is what the journal says last: "DENIED", "REJECTED", "CANCELED", "EXPIRED", "WITHHELD", "FILLED", else
    "" (it works still, or nobody has said)."""

    id: int
    """Its short number, unique in its day."""
    cl_ord_id: str
    created_ns: int
    """Wall ns."""
    market_ns: int
    account: str
    symbol: str
    side: Side
    ord_type: OrdType
    time_in_force: TimeInForce
    qty: Decimal
    limit_px: Decimal | None
    stop_px: Decimal | None
    filled_qty: Decimal
    avg_px: Decimal | None
    status: str
    tag: str
    parent: int | None
    user: str
    legs: bool
