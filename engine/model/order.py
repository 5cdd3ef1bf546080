"""What a user, algo or strategy asks for. The living order is in engine.orders.order."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import msgspec

from engine.model.enums import OrdType, Side, TimeInForce
from engine.model.package import Leg

Origin = Literal["manual", "algo", "strategy", "liquidation", "external"]
Trigger = Literal["touch", "last"]
"""What a stop is held against: the touch (a sale the bid, a buy the ask), or the last eligible print."""


class OrderRequest(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """An order as asked for, before any check. Quantities and prices are already Decimal, on any grid.

    `client_key` makes a request idempotent (CLI `--id`): the same key gives the first order back.
    `parent` and `slice_no` name the algo that asked; `stop_px`/`limit_px` are None when the type has none.
    `reduce_only` lets the order only reduce the position. `extended` allows extended hours.
    """

    account: str
    symbol: str
    side: Side
    qty: Decimal
    ord_type: OrdType = OrdType.MARKET
    limit_px: Decimal | None = None
    stop_px: Decimal | None = None
    time_in_force: TimeInForce = TimeInForce.DAY
    expire_ns: int | None = None
    display_qty: Decimal | None = None
    reduce_only: bool = False
    extended: bool = False
    origin: Origin = "manual"
    user: str = ""
    strategy: str = ""
    parent: int | None = None
    slice_no: int | None = None
    tag: str = ""
    client_key: str = ""
    accept_soft: bool = False
    """The user answered `y` to soft limits (amber); hard limits are not affected."""
    trail_amount: Decimal | None = None
    trail_pct: Decimal | None = None
    """How far a trailing stop stays behind the market: an amount of money, or a share (0.02 = 2 %). One of the two."""
    trigger: Trigger = "touch"

    legs: tuple[Leg, ...] = ()
    """Of a package: what it consists of. Then `symbol` is the package's own, `qty` counts packages, `side` is buy and
    `limit_px` what one package costs net, per unit (below 0: what it brings)."""

    fit: bool = False
    """Where the money does not reach, make the order smaller before it is sent (engine.orders.fitting)."""
    asked_qty: Decimal | None = None
    """Of an order that asked to fit: the quantity that was asked for; `qty` is what fitted."""
    purpose: str = ""
    """Of an algo's child: what it is out for ("join", "mid", "cross", "sweep", "would", "tip", "rung 3" ...)."""
    basket: int = 0
    """The basket that it was released with, and its row there; 0: none."""
    basket_row: int = 0
    via: str = ""
    """The broker's own algorithm that works it, in the broker's terms behind a colon: "adaptive:patient"."""


def symbols_of(request: OrderRequest) -> tuple[str, ...]:
    """The instruments of a request: its own, or those of a package's legs."""
    return tuple(leg.symbol for leg in request.legs) if request.legs else (request.symbol,)


Contingency = Literal["oco", "oto", "bracket"]
"""How orders of one group hang together: one cancels the other; the first one's fill starts the rest; an entry whose
fill starts a take-profit and a stop-loss that cancel each other."""


class ReplaceRequest(msgspec.Struct, frozen=True, gc=False):
    """New total quantity and prices for a working order; None keeps what the order has."""

    qty: Decimal | None = None
    limit_px: Decimal | None = None
    stop_px: Decimal | None = None
    user: str = ""
    accept_soft: bool = False


class BrokerOrder(msgspec.Struct, frozen=True, gc=False):
    """An approved order as handed to a broker adapter. `cl_ord_id` is ours: unique for ever, <= 20 of [A-Za-z0-9]."""

    cl_ord_id: str
    account: str
    symbol: str
    side: Side
    qty: Decimal
    ord_type: OrdType
    time_in_force: TimeInForce
    limit_px: Decimal | None = None
    stop_px: Decimal | None = None
    expire_ns: int | None = None
    extended: bool = False
    trail_amount: Decimal | None = None
    trail_pct: Decimal | None = None
    legs: tuple[Leg, ...] = ()
    """Of a package, as in OrderRequest."""
    via: str = ""
    """The broker's own algorithm, as in OrderRequest: a name that it declares, and what is behind the colon."""


class BrokerGroup(msgspec.Struct, frozen=True, gc=False):
    """Orders that hang together, handed as one to a broker that keeps such a group (engine.protocol.TakesGroups). Each
    has its own cl_ord_id."""

    contingency: Contingency
    entry: BrokerOrder | None
    """None for an oco."""
    legs: tuple[BrokerOrder, ...]
    """Of a bracket and an oco the take-profit first, then the stop; of an oto one."""


class BrokerReplace(msgspec.Struct, frozen=True, gc=False):
    """A cancel/replace as handed to a broker adapter. `qty` is the new total (FIX OrderQty), cum_qty included."""

    cl_ord_id: str
    orig_cl_ord_id: str
    order_id: str | None
    account: str
    symbol: str
    qty: Decimal
    limit_px: Decimal | None
    stop_px: Decimal | None


class BrokerCancel(msgspec.Struct, frozen=True, gc=False):
    """A cancel as handed to a broker adapter. `order_id` is None while the broker has not acknowledged the order."""

    cl_ord_id: str
    order_id: str | None
    account: str
    symbol: str
