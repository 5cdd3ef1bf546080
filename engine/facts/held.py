"""Facts about orders that the desk holds itself, and about groups of orders."""

from __future__ import annotations

from decimal import Decimal

from engine.facts.base import Recorded
from engine.model.enums import OrdType
from engine.model.market import Quote
from engine.model.order import Contingency, OrderRequest
from engine.views import Denial


class OrderHeld(Recorded, frozen=True, tag="order_held"):
    """An order passed every check and waits in the desk (LOCAL): for its trigger, its time, or its group. It reserves
    as an order at the broker does.

    `due_ns`: when it goes out by the clock; `expire_ns`: when the desk ends it; 0 = not."""

    id: int
    cl_ord_id: str
    request: OrderRequest
    ref_px: Decimal
    quote: Quote | None
    due_ns: int = 0
    expire_ns: int = 0


class OrderTimed(Recorded, frozen=True, tag="order_timed"):
    """The desk itself ends this order at a market time, since the broker has no such time in force."""

    cl_ord_id: str
    expire_ns: int


class GroupFormed(Recorded, frozen=True, tag="group_formed"):
    """These orders hang together. `entry` ("" for oco) starts the legs; `linked` legs cancel each other. `at_broker`:
    the broker holds the group, and starts and ends its legs itself."""

    no: int
    contingency: Contingency
    entry: str
    legs: tuple[str, ...]
    partial: bool
    linked: bool
    at_broker: bool = False


class TrailMoved(Recorded, frozen=True, tag="trail_moved"):
    """The market moved a held trailing stop: the best price so far, and the stop that follows from it."""

    cl_ord_id: str
    trail_px: Decimal
    stop_px: Decimal


class HeldTriggered(Recorded, frozen=True, tag="held_triggered"):
    """The market reached a held order whose partner is at the broker: that one is cancelled first."""

    cl_ord_id: str
    px: Decimal
    why: str


class HeldParked(Recorded, frozen=True, tag="held_parked"):
    """A start found a held entry past its trigger: nobody saw the moment, so the operator decides."""

    cl_ord_id: str
    reason: str


class HeldReleased(Recorded, frozen=True, tag="held_released"):
    """A held order will be handed to the broker, with these terms, when this fact is durable: its intent."""

    cl_ord_id: str
    qty: Decimal
    ord_type: OrdType
    limit_px: Decimal | None
    stop_px: Decimal | None
    ref_px: Decimal
    quote: Quote | None
    why: str


class HeldChanged(Recorded, frozen=True, tag="held_changed"):
    """The terms of a held order were changed in the desk; no broker knows of it."""

    cl_ord_id: str
    qty: Decimal
    limit_px: Decimal | None
    stop_px: Decimal | None
    ref_px: Decimal
    user: str


class HeldRefused(Recorded, frozen=True, tag="held_refused"):
    """The checks at the trigger refused an order that would have increased risk: nothing was sent."""

    cl_ord_id: str
    denials: tuple[Denial, ...]
