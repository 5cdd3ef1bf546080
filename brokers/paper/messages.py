"""What a paper venue is asked and what it answers, in process and on the wire."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

import msgspec

from engine.model.instrument import Instrument
from engine.model.order import BrokerCancel, BrokerOrder, BrokerReplace
from engine.model.snapshot import AccountSnapshot, Execution, OrderSnapshot, PositionSnapshot
from engine.protocol import AmbiguousError, BrokerError, NotConnectedError, RefusedError, ThrottledError

# --- requests -----------------------------------------------------------------------------------------------


class CancelAll(msgspec.Struct, frozen=True, gc=False):
    """Cancel every open order."""


class AskOrder(msgspec.Struct, frozen=True, gc=False):
    """The order with this id."""

    cl_ord_id: str


class AskOpenOrders(msgspec.Struct, frozen=True, gc=False):
    """All open orders."""


class AskExecutions(msgspec.Struct, frozen=True, gc=False):
    """Executions at or after a market time (ns), oldest first: `limit` of them (0: all) after the first `skip`."""

    since_ns: int
    skip: int = 0
    limit: int = 0


class AskPositions(msgspec.Struct, frozen=True, gc=False):
    """All positions that are not flat."""


class AskAccount(msgspec.Struct, frozen=True, gc=False):
    """The account and its cash."""


class AskInstrument(msgspec.Struct, frozen=True, gc=False):
    """The instrument of a symbol."""

    symbol: str


class AskTime(msgspec.Struct, frozen=True, gc=False):
    """The broker's wall clock."""


Request = (
    BrokerOrder
    | BrokerCancel
    | BrokerReplace
    | CancelAll
    | AskOrder
    | AskOpenOrders
    | AskExecutions
    | AskPositions
    | AskAccount
    | AskInstrument
    | AskTime
)

# --- answers ------------------------------------------------------------------------------------------------


class Taken(msgspec.Struct, frozen=True, gc=False):
    """The request was processed and what it did is durable; what came of it are reports."""


class FailureKind(Enum):
    """How a request failed, as the error of engine.protocol that it becomes."""

    AMBIGUOUS = "ambiguous"
    REFUSED = "refused"
    THROTTLED = "throttled"
    NOT_CONNECTED = "not_connected"


class Failed(msgspec.Struct, frozen=True, gc=False):
    """The request failed."""

    kind: FailureKind
    reason: str
    retry_after_s: float | None = None
    """Of a throttled request: when to come back."""

    def error(self) -> BrokerError:
        """The exception that says the same."""
        if self.kind is FailureKind.THROTTLED:
            return ThrottledError(self.reason, retry_after_s=self.retry_after_s)
        if self.kind is FailureKind.REFUSED:
            return RefusedError(self.reason)
        if self.kind is FailureKind.NOT_CONNECTED:
            return NotConnectedError(self.reason)
        return AmbiguousError(self.reason)


class OneOrder(msgspec.Struct, frozen=True, gc=False):
    """Answer to AskOrder; None: there is none."""

    order: OrderSnapshot | None


class Orders(msgspec.Struct, frozen=True, gc=False):
    """Answer to AskOpenOrders."""

    orders: Sequence[OrderSnapshot]


class Executions(msgspec.Struct, frozen=True, gc=False):
    """Answer to AskExecutions."""

    executions: Sequence[Execution]


class Positions(msgspec.Struct, frozen=True, gc=False):
    """Answer to AskPositions."""

    positions: Sequence[PositionSnapshot]


class Account(msgspec.Struct, frozen=True, gc=False):
    """Answer to AskAccount."""

    account: AccountSnapshot


class OneInstrument(msgspec.Struct, frozen=True, gc=False):
    """Answer to AskInstrument; None: not listed."""

    instrument: Instrument | None


class ServerTime(msgspec.Struct, frozen=True, gc=False):
    """Answer to AskTime: wall clock, ns UTC."""

    now_ns: int


Answer = ServerTime | Taken | Failed | OneOrder | Orders | Executions | Positions | Account | OneInstrument
