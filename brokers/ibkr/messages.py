"""What TWS says, in our own words: the SDK's objects stay in `sdk`. Prices and quantities are Decimal; what the wire
leaves unset is None."""

from __future__ import annotations

from decimal import Decimal

import msgspec


class LegSeen(msgspec.Struct, frozen=True):
    con_id: int
    ratio: int
    action: str


class ContractSeen(msgspec.Struct, frozen=True):
    """An instrument as IB names it. `kind`: STK, OPT, FUT, CASH, CRYPTO, BAG ...; `expiry`: YYYYMMDD or YYYYMM."""

    con_id: int
    kind: str
    symbol: str
    currency: str = "USD"
    exchange: str = "SMART"
    expiry: str = ""
    strike: Decimal | None = None
    right: str = ""
    multiplier: str = ""
    local: str = ""
    trading_class: str = ""
    primary: str = ""
    legs: tuple[LegSeen, ...] = ()


class MarginSeen(msgspec.Struct, frozen=True):
    """What an order would do to the account's margin, and cost."""

    init_before: Decimal | None
    init_after: Decimal | None
    maint_before: Decimal | None
    maint_after: Decimal | None
    equity_after: Decimal | None
    commission: Decimal | None
    warning: str = ""


class OrderSeen(msgspec.Struct, frozen=True):
    """An order's terms (openOrder), or those of one that is over (completedOrder: without order_id and client_id, with
    `filled`)."""

    order_id: int
    client_id: int
    perm_id: int
    ref: str
    account: str
    contract: ContractSeen
    action: str
    qty: Decimal
    kind: str
    limit: Decimal | None
    aux: Decimal | None
    trail_pct: Decimal | None
    tif: str
    good_till: str
    outside: bool
    status: str
    completed: bool = False
    filled: Decimal | None = None
    text: str = ""
    margin: MarginSeen | None = None


class StatusSeen(msgspec.Struct, frozen=True):
    """orderStatus."""

    order_id: int
    client_id: int
    perm_id: int
    status: str
    filled: Decimal
    remaining: Decimal
    why_held: str = ""


class ExecutionSeen(msgspec.Struct, frozen=True):
    """execDetails; `req_id` is -1 for one that just happened."""

    req_id: int
    exec_id: str
    order_id: int
    client_id: int
    perm_id: int
    ref: str
    account: str
    contract: ContractSeen
    side: str
    qty: Decimal
    price: Decimal
    ts_ns: int
    liquidity: int = 0


class CommissionSeen(msgspec.Struct, frozen=True):
    exec_id: str
    amount: Decimal
    currency: str


class ErrorSeen(msgspec.Struct, frozen=True):
    """`ident`: the order's or the request's; -1: of the session."""

    ident: int
    code: int
    text: str


class PositionSeen(msgspec.Struct, frozen=True):
    """`avg_cost` is per contract: with its multiplier in it."""

    account: str
    contract: ContractSeen
    qty: Decimal
    avg_cost: Decimal | None


class ValueSeen(msgspec.Struct, frozen=True):
    """One figure of an account."""

    req_id: int
    account: str
    tag: str
    value: str
    currency: str


class DetailsSeen(msgspec.Struct, frozen=True):
    """An instrument's description."""

    req_id: int
    contract: ContractSeen
    name: str
    tick: Decimal | None
    min_size: Decimal | None
    step: Decimal | None
    magnifier: int
    rules: str
    exchanges: str
    stock_type: str
    zone: str
    hours: str
    """The liquid ones: of a stock the regular session."""
    traded: str = ""
    """All in which it trades."""


class Ended(msgspec.Struct, frozen=True):
    """A listing is complete: `what` is orders, completed, executions, positions, summary or details."""

    what: str
    req_id: int = -1


class TimeSeen(msgspec.Struct, frozen=True):
    epoch_s: int


class TickSeen(msgspec.Struct, frozen=True):
    """One number of a subscription to market data. `size` is None where the tick is a price alone."""

    req_id: int
    kind: int
    price: Decimal | None
    size: Decimal | None
    text: str = ""


class DataKindSeen(msgspec.Struct, frozen=True):
    """From now on this subscription is live (1), frozen (2), delayed (3) or delayed and frozen (4)."""

    req_id: int
    kind: int


class BarSeen(msgspec.Struct, frozen=True):
    """A daily bar; `day` is an ISO date."""

    req_id: int
    day: str
    close: Decimal
    volume: Decimal


class Arrived(msgspec.Struct, frozen=True):
    """All that came in one piece has been told."""


class Unreadable(msgspec.Struct, frozen=True):
    """A message that could not be read, or of a kind that nobody knows."""

    kind: str
    why: str


class Lost(msgspec.Struct, frozen=True):
    """The socket is closed, by the other side."""

    why: str


Message = (
    OrderSeen
    | StatusSeen
    | ExecutionSeen
    | CommissionSeen
    | ErrorSeen
    | PositionSeen
    | ValueSeen
    | DetailsSeen
    | Ended
    | TimeSeen
    | TickSeen
    | DataKindSeen
    | BarSeen
    | Arrived
    | Unreadable
    | Lost
)
