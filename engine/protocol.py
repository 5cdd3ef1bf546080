"""What the engine asks of a broker and of a data source, and how they answer.

One adapter stands behind one account at one broker. The engine never imports an adapter; adapters import only this,
`engine.model` and the pure matching code. Reports arrive on one ordered stream, the sink given to `connect`.

Outcomes of a request are exceptions of one small hierarchy. Only `RefusedError` and its kin prove that an order is
not alive at the broker; `AmbiguousError` (a time-out, a reset, a 5xx after the bytes were handed over) proves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from enum import Enum
from typing import Protocol, runtime_checkable

import msgspec

from engine.model.enums import AssetClass, OrdStatus, OrdType, RestatementReason, TimeInForce
from engine.model.fees import FeeSchedule
from engine.model.instrument import Instrument
from engine.model.market import MarketEvent
from engine.model.order import BrokerCancel, BrokerOrder, BrokerReplace
from engine.model.snapshot import AccountSnapshot, Execution, OrderSnapshot, PositionSnapshot


class BrokerError(Exception):
    """Base of everything a broker request can end with other than success."""


class AmbiguousError(BrokerError):
    """The outcome is not known: the request may or may not have been accepted. Never re-send on this."""


class RefusedError(BrokerError):
    """The broker said no; the request had and will have no effect."""


class ThrottledError(RefusedError):
    """Refused for rate, before anything was accepted. `retry_after_s`: how long the broker asked us to wait, if it
    said so (HTTP Retry-After)."""

    def __init__(self, *args: object, retry_after_s: float | None = None) -> None:
        super().__init__(*args)
        self.retry_after_s = retry_after_s


class AuthError(RefusedError):
    """Credentials or permission are missing or wrong."""


class WrongAccountError(AuthError):
    """The broker's account is not the one that the profile names, or of another kind of money."""


class NotSupportedError(RefusedError):
    """The broker (or this adapter) can't do that; nothing was sent."""


class NotConnectedError(RefusedError):
    """There is no session; nothing was handed over."""


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
    """The session (again) stands; the engine reconciles before it sends new orders."""

    broker: str
    ts_ns: int


class Disconnected(msgspec.Struct, frozen=True, gc=False):
    """The session is gone; orders keep their last known state, outstanding requests are ambiguous."""

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
MarketSink = Callable[[MarketEvent], None]


class AbsenceProof(Enum):
    """What proves that an order is not and will never be alive at this broker (DESIGN §4, UNKNOWN)."""

    NOTHING = "nothing"
    """Only the operator can decide."""
    NEW_SESSION = "new_session"
    """A not-found answer on a session opened after the submit's session was closed and drained."""


class CancelAllScope(Enum):
    """Whose orders a native cancel-all hits. Only OURS may be used by the kill switch."""

    NONE = "none"
    OURS = "ours"
    ACCOUNT = "account"


class Capabilities(msgspec.Struct, frozen=True):
    """What the broker does natively; what it lacks the engine emulates or refuses clearly."""

    ord_types: frozenset[OrdType]
    times_in_force: frozenset[TimeInForce]
    asset_classes: frozenset[AssetClass]
    replace: bool
    replace_is_cancel_new: bool = False
    cancel_all: CancelAllScope = CancelAllScope.NONE
    cancel_on_disconnect: bool = False
    fractional: bool = False
    short: bool = False
    unique_ids_enforced: bool = False
    absence_proof: AbsenceProof = AbsenceProof.NOTHING
    max_requests_per_s: int = 50
    rate_limits: tuple[tuple[int, int], ...] = ()
    """Further published limits, (requests, in so many ns); all of them hold at once."""
    chained_replaces: bool = False
    """Takes a replace of a replace that it has not answered yet (FIX D.2)."""
    replace_filled: bool = False
    """Takes a replace that raises the quantity of an order that is filled (FIX C.1.c)."""
    multileg: bool = False
    """Packages of several legs as one order, filled together."""
    resend_interval_ns: int = 0
    """Where ids are unique for ever and enforced: how far apart (wall) two not-founds must lie before the same order
    may be handed over again under the same id. 0: never."""
    fees: FeeSchedule | None = None
    """What it charges; None where that is not known beforehand."""


class BrokerAdapter(Protocol):
    """One account at one broker. All methods are called from the engine's event loop only.

    `submit`, `cancel` and `replace` return when the broker has taken the bytes (not when the order is accepted: that
    is a report) and raise a BrokerError otherwise. No method retries by itself. Unknown enum values from the wire
    never raise out of the stream: the adapter reports what it can and logs the rest.
    """

    name: str

    def capabilities(self) -> Capabilities: ...

    async def connect(self, sink: ReportSink) -> None:
        """Open the session. Raises AuthError or NotConnectedError. Reports go to `sink` from now on, in order."""
        ...

    async def disconnect(self) -> None: ...

    async def submit(self, order: BrokerOrder) -> None: ...

    async def cancel(self, cancel: BrokerCancel) -> None: ...

    async def cancel_all(self) -> None:
        """Native cancel-all; only called when `capabilities().cancel_all` is not NONE."""
        ...

    async def replace(self, replace: BrokerReplace) -> None: ...

    async def order_by_cl_ord_id(self, cl_ord_id: str) -> OrderSnapshot | None:
        """The order with this id as one of its versions, or None when the broker answers that it has none."""
        ...

    async def open_orders(self) -> Sequence[OrderSnapshot]: ...

    async def executions_since(self, since_ns: int) -> Sequence[Execution]:
        """Every execution of the account at or after market time `since_ns`, oldest first, all pages."""
        ...

    async def positions(self) -> Sequence[PositionSnapshot]: ...

    async def account(self) -> AccountSnapshot: ...

    async def instrument(self, symbol: str) -> Instrument | None: ...


@runtime_checkable
class TellsTime(Protocol):
    """What an adapter has besides when its broker tells the time: the desk measures how far the clocks are apart."""

    async def server_time_ns(self) -> int | None:
        """The broker's wall clock now, ns UTC; None when it has none to tell."""
        ...


class DataProvider(Protocol):
    """A source of quotes, trades and bars, chosen apart from the broker account."""

    name: str

    async def subscribe(self, symbols: Sequence[str], sink: MarketSink) -> None:
        """Start delivering events of these symbols to `sink`, in time order, from the engine's event loop."""
        ...

    async def close(self) -> None: ...
