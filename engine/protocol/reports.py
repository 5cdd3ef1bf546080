"""What a broker tells of its own accord, in one ordered stream: each report is one event in the life of an order.

Order: as the broker tells them, Accepted before an order's first Filled; nothing is held back to sort it. A report that
comes twice, late or out of order is passed on as it is: the state table (engine.orders.table) knows what to make of it,
and drops an execution whose `exec_id` it has booked. What can't be read, or was skipped, is a Gap at that place: the
engine then looks into the broker's books. A report that is left out without a Gap is the one thing nobody makes up for
before the next comparison.

Each report names the version of the order that it is about (`cl_ord_id`); `ts_ns` is the broker's time of the event,
where it tells one, else the newest that it told.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import msgspec

from engine.model.enums import OrdStatus, RestatementReason
from engine.model.snapshot import Execution, OrderSnapshot


class Accepted(msgspec.Struct, frozen=True, gc=False):
    """The broker acknowledged the order (FIX ExecType New)."""

    cl_ord_id: str
    order_id: str
    ts_ns: int


class Rejected(msgspec.Struct, frozen=True, gc=False):
    """The broker refused the order; it is not and will not be alive. May follow an Accepted (reject after ack).

    `duplicate`: what it refused is a second copy under an id that it has already (FIX F.1): the first one lives on.
    """

    cl_ord_id: str
    reason: str
    ts_ns: int
    duplicate: bool = False


class Filled(msgspec.Struct, frozen=True, gc=False):
    """A part or all of the order was executed."""

    execution: Execution


class Canceled(msgspec.Struct, frozen=True, gc=False):
    """The order is dead with what it had filled. Also for an unsolicited cancel and the rest of an IOC.

    `cum_qty` is what it had filled in all its life, where the broker says so. Without it (a lost fill would go
    unnoticed) the desk asks before it counts the rest as free.
    """

    cl_ord_id: str
    ts_ns: int
    reason: str = ""
    cum_qty: Decimal | None = None


class CancelRejected(msgspec.Struct, frozen=True, gc=False):
    """A cancel was refused. Says something about the request, nothing about the order."""

    cl_ord_id: str
    reason: str
    ts_ns: int


class Replaced(msgspec.Struct, frozen=True, gc=False):
    """A cancel/replace took effect: the order goes on under the new cl_ord_id with the new terms."""

    cl_ord_id: str
    orig_cl_ord_id: str
    order_id: str
    qty: Decimal
    limit_px: Decimal | None
    stop_px: Decimal | None
    ts_ns: int


class ReplaceRejected(msgspec.Struct, frozen=True, gc=False):
    """A cancel/replace was refused; the order keeps its terms."""

    cl_ord_id: str
    orig_cl_ord_id: str
    reason: str
    ts_ns: int


class Expired(msgspec.Struct, frozen=True, gc=False):
    """The order's time in force ended. `cum_qty` as in Canceled."""

    cl_ord_id: str
    ts_ns: int
    cum_qty: Decimal | None = None


class DoneForDay(msgspec.Struct, frozen=True, gc=False):
    """The broker works the order no more today. A GTC or GTD order keeps its leaves and comes back on the next
    session (Reinstated or Restated, at the latest with our own next trading day); any other is over, with `cum_qty` as
    in Canceled."""

    cl_ord_id: str
    ts_ns: int
    cum_qty: Decimal | None = None


class Pending(msgspec.Struct, frozen=True, gc=False):
    """The broker has a request and did not decide yet: `status` is PENDING_NEW, PENDING_CANCEL or PENDING_REPLACE.
    Our own pending states begin when the request is sent, so that this changes nothing."""

    cl_ord_id: str
    status: OrdStatus
    ts_ns: int


class Suspended(msgspec.Struct, frozen=True, gc=False):
    """The order is kept and can't trade (a trading halt); Reinstated or an end follows."""

    cl_ord_id: str
    ts_ns: int
    reason: str = ""


class Reinstated(msgspec.Struct, frozen=True, gc=False):
    """The order works again, after it was suspended or done for the day."""

    cl_ord_id: str
    ts_ns: int
    reason: str = ""


class Stopped(msgspec.Struct, frozen=True, gc=False):
    """An execution of `qty` at `px` or better is guaranteed, and has not happened: it moves nothing."""

    cl_ord_id: str
    ts_ns: int
    qty: Decimal | None = None
    px: Decimal | None = None


class Calculated(msgspec.Struct, frozen=True, gc=False):
    """The order is through for the day and its money was calculated."""

    cl_ord_id: str
    ts_ns: int


class Restated(msgspec.Struct, frozen=True, gc=False):
    """The broker changed or renewed the order of its own accord: `qty` is the new total, a price that is None stays.

    `status`: how it stands now, where said. `cum_qty`: what it had executed; with GT_CORPORATE_ACTION in today's shares
    (a 2:1 split doubles it), else only compared with ours. A replacement under a new id of the broker's is Replaced.
    """

    cl_ord_id: str
    qty: Decimal
    limit_px: Decimal | None
    stop_px: Decimal | None
    ts_ns: int
    reason: RestatementReason = RestatementReason.OTHER
    status: OrdStatus | None = None
    cum_qty: Decimal | None = None
    order_id: str = ""
    text: str = ""


class OrderStatusReport(msgspec.Struct, frozen=True, gc=False):
    """The broker's picture of one order, sent on the stream (FIX ExecType Order Status): evidence, not an event."""

    order: OrderSnapshot
    ts_ns: int


class Triggered(msgspec.Struct, frozen=True, gc=False):
    """A native stop was elected and now works as a market or limit order."""

    cl_ord_id: str
    ts_ns: int


class Busted(msgspec.Struct, frozen=True, gc=False):
    """An execution was cancelled by the broker. May arrive before the execution it names."""

    account: str
    exec_id: str
    ts_ns: int
    cl_ord_id: str = ""


class Corrected(msgspec.Struct, frozen=True, gc=False):
    """An execution's quantity or price was corrected; `execution` carries the right values under its own exec_id."""

    account: str
    exec_id: str
    """The execution that is amended."""
    execution: Execution


class Connected(msgspec.Struct, frozen=True, gc=False):
    """The session (again) stands; the engine reconciles before it sends new orders. Made by the engine itself."""

    broker: str
    ts_ns: int


class Disconnected(msgspec.Struct, frozen=True, gc=False):
    """The session is gone, told once and only when nobody asked for it; orders keep their last known state, outstanding
    requests are ambiguous."""

    broker: str
    reason: str
    ts_ns: int


class Gap(msgspec.Struct, frozen=True, gc=False):
    """Something on the stream was missed or could not be read: what it was stands in the broker's books alone."""

    broker: str
    reason: str
    ts_ns: int


Report = (
    Accepted
    | Rejected
    | Filled
    | Canceled
    | CancelRejected
    | Replaced
    | ReplaceRejected
    | Expired
    | DoneForDay
    | Triggered
    | Busted
    | Corrected
    | Pending
    | Suspended
    | Reinstated
    | Stopped
    | Calculated
    | Restated
    | OrderStatusReport
    | Connected
    | Disconnected
    | Gap
)

ReportSink = Callable[[Report], None]
