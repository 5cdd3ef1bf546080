"""What a broker says when it is asked: orders, positions, cash. Evidence for recovery and reconciliation."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from engine.model.enums import LiquidityFlag, OrdStatus, OrdType, Side, TimeInForce
from engine.model.package import Leg


class Execution(msgspec.Struct, frozen=True, gc=False):
    """One fill. `exec_id` is the adapter's canonical key: the same on every channel that can report this fill."""

    exec_id: str
    cl_ord_id: str
    order_id: str
    account: str
    symbol: str
    side: Side
    last_qty: Decimal
    last_px: Decimal
    ts_ns: int
    """Market time of the fill."""
    fee: Decimal = Decimal(0)
    fee_currency: str = "USD"
    liquidity: LiquidityFlag = LiquidityFlag.UNKNOWN
    broker: str = ""


class OrderSnapshot(msgspec.Struct, frozen=True, gc=False):
    """The broker's own view of one order. `cl_ord_id` is the id of the newest accepted version of the order;
    `root_cl_ord_id` that of its first version, when the broker knows it. An order placed elsewhere has "" there."""

    order_id: str
    cl_ord_id: str
    account: str
    symbol: str
    side: Side
    ord_type: OrdType
    time_in_force: TimeInForce
    qty: Decimal
    cum_qty: Decimal
    status: OrdStatus
    limit_px: Decimal | None = None
    stop_px: Decimal | None = None
    root_cl_ord_id: str = ""
    text: str = ""
    legs: tuple[Leg, ...] | msgspec.UnsetType = msgspec.UNSET
    """Of a package: qty and cum_qty count packages."""


class PositionSnapshot(msgspec.Struct, frozen=True, gc=False):
    """The broker's own position: signed quantity (short < 0) and its average price when it has one."""

    account: str
    symbol: str
    qty: Decimal
    avg_px: Decimal | None = None


class BrokerMargin(msgspec.Struct, frozen=True, gc=False):
    """What a broker says of its own measures, all in `currency`; None where it does not. buying_power: shares for so
    much may still be bought; available: what is free for what isn't bought on margin, and for new margin; initial,
    maintenance: what positions and orders tie up; excess: what is left above maintenance."""

    currency: str
    equity: Decimal | None = None
    buying_power: Decimal | None = None
    available: Decimal | None = None
    initial: Decimal | None = None
    maintenance: Decimal | None = None
    excess: Decimal | None = None


class AccountSnapshot(msgspec.Struct, frozen=True, gc=False):
    """The broker's own account: id, what kind of money it is, and cash per currency; margin where it tells it."""

    account: str
    is_live: bool
    currency: str
    cash: dict[str, Decimal]
    margin: BrokerMargin | None = None
