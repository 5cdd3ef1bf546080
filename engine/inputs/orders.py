"""Commands about orders: place, release, cancel, modify, flatten; what to do with an UNKNOWN one or a dead letter."""

from __future__ import annotations

from typing import Literal

import msgspec

from engine.model.order import Contingency, OrderRequest, ReplaceRequest


class PlaceOrder(msgspec.Struct, frozen=True, gc=False):
    """Place one order. Replied to with an OrderResult."""

    request: OrderRequest
    cmd_id: int = 0


class PlaceGroup(msgspec.Struct, frozen=True, gc=False):
    """Place orders that hang together. Replied to with an OrderResult of the first one, all or none accepted.

    oco: the legs. oto: the first one, then those that its fill starts. bracket: the entry, then its exits (one
    take-profit, one stop-loss or both). `partial`: a part fill of the first one starts the rest for that part;
    else its complete fill does.
    """

    contingency: Contingency
    requests: tuple[OrderRequest, ...]
    partial: bool = True
    cmd_id: int = 0


class ReleaseHeld(msgspec.Struct, frozen=True, gc=False):
    """An operator sends a held order now, through every check (one that was parked at a start, or any other)."""

    target: int | str
    user: str = ""
    cmd_id: int = 0


class CancelSelector(msgspec.Struct, frozen=True, gc=False):
    """Which working orders: by short number or cl_ord_id, or all that match symbol, side, tag, basket and account;
    `last` = the newest."""

    ids: tuple[int, ...] = ()
    cl_ord_ids: tuple[str, ...] = ()
    symbol: str | None = None
    buys: bool | None = None
    last: bool = False
    all: bool = False
    account: str | None = None
    tag: str | None = None
    basket: int | None = None
    """What was released with this basket; the rest of it is not sent any more."""


class CancelOrders(msgspec.Struct, frozen=True):
    """Cancel working orders. Replied to with a CommandResult."""

    selector: CancelSelector
    user: str = ""
    cmd_id: int = 0


class ModifyOrder(msgspec.Struct, frozen=True):
    """Cancel/replace one working order (short number or cl_ord_id). Replied to with an OrderResult."""

    target: int | str
    change: ReplaceRequest
    cmd_id: int = 0


class Flatten(msgspec.Struct, frozen=True):
    """Close one position (or all, symbol None), of one account or of any (account ""), by the liquidation rules.
    Replied to with a CommandResult."""

    symbol: str | None = None
    user: str = ""
    cmd_id: int = 0
    account: str = ""


class ResolveOrder(msgspec.Struct, frozen=True):
    """An operator's audited decision on an UNKNOWN order (or replace), in the given role: it is dead (the replace never
    happened), or alive at the broker, under `order_id` there."""

    target: int | str
    reason: str
    user: str = ""
    cmd_id: int = 0
    decision: Literal["dead", "alive"] = "dead"
    order_id: str = ""
    role: str = ""


class ResendOrder(msgspec.Struct, frozen=True):
    """An operator's audited decision: the UNKNOWN order is dead, and its like goes out anew under a new id, through
    every check. Replied to with a CommandResult that has the new order's number and why it was denied, if it was."""

    target: int | str
    reason: str
    user: str = ""
    cmd_id: int = 0
    role: str = ""


class ReplayLetter(msgspec.Struct, frozen=True):
    """Send the order of dead letter `no` as a new one, through all checks. Replied to with an OrderResult, or with a
    CommandResult when there is nothing to replay."""

    no: int
    user: str = ""
    cmd_id: int = 0
    accept_soft: bool = False


class DiscardLetter(msgspec.Struct, frozen=True):
    """Take dead letter `no` off the list; needs a reason. Replied to with a CommandResult."""

    no: int
    reason: str
    user: str = ""
    cmd_id: int = 0
