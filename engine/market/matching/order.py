"""The paper exchange's own record of one order."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from typing import Final

import msgspec

from engine.model.enums import OrdStatus, OrdType, Side, TimeInForce
from engine.model.money import ZERO
from engine.model.package import Leg
from engine.model.snapshot import OrderSnapshot

INFINITE: Final = Decimal("Infinity")
"""The ladder key of an order that takes any price."""


class Place(Enum):
    """Where in the book an order waits."""

    NONE = "none"
    """Nowhere: not yet arrived, or ended."""
    TAKER = "taker"
    """Wants what the opposite touch displays, as soon as more is displayed."""
    RESTING = "resting"
    """Rests at its limit, in the queue of its price."""
    STOP = "stop"
    """Waits for its election."""


class PaperOrder(msgspec.Struct, gc=False):
    """One order over all its versions. Mutable; owned by the exchange.

    `seq` numbers the orders of a set of books; `cl_ord_id` is the newest accepted version. `ahead` estimates
    the size queued before us at our price (None: never seen). `fee_raw` is the commission before the minimum,
    `fee` what was charged. `key` is the order's price in its ladder: higher is better for both sides.
    """

    seq: int
    order_id: str
    root_cl_ord_id: str
    cl_ord_id: str
    account: str
    symbol: str
    side: Side
    ord_type: OrdType
    time_in_force: TimeInForce
    qty: Decimal
    limit_px: Decimal | None
    stop_px: Decimal | None
    expire_ns: int
    created_ns: int
    updated_ns: int
    cum_qty: Decimal = ZERO
    status: OrdStatus = OrdStatus.NEW
    place: Place = Place.NONE
    elected: bool = False
    fee_raw: Decimal = ZERO
    fee: Decimal = ZERO
    text: str = ""
    key: Decimal = INFINITE
    ahead: Decimal | None = None
    legs: tuple[Leg, ...] = ()
    """Of a package; its quantities count whole packages."""

    @property
    def leaves_qty(self) -> Decimal:
        """What is still open of the order's quantity."""
        return self.qty - self.cum_qty

    @property
    def awaits_stop(self) -> bool:
        """True for a stop order that was not elected yet."""
        return self.ord_type.needs_stop and not self.elected

    def snapshot(self) -> OrderSnapshot:
        """The order as the broker shows it when asked."""
        return OrderSnapshot(
            order_id=self.order_id,
            cl_ord_id=self.cl_ord_id,
            account=self.account,
            symbol=self.symbol,
            side=self.side,
            ord_type=self.ord_type,
            time_in_force=self.time_in_force,
            qty=self.qty,
            cum_qty=self.cum_qty,
            status=self.status,
            limit_px=self.limit_px,
            stop_px=self.stop_px,
            root_cl_ord_id=self.root_cl_ord_id,
            text=self.text,
            legs=self.legs or msgspec.UNSET,
        )
