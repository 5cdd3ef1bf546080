"""The living order: what the facts so far say of it, and the status that follows.

Statuses are derived, not stored: an order has a *base* (how its life stands without pending requests, moved by the
table in engine.orders.table) and pending requests (a cancel, replaces). Where several states hold at once the FIX
precedence decides (DESIGN §4).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from engine.model.enums import OrdStatus, OrdType, Side, TimeInForce
from engine.model.money import ZERO
from engine.model.order import OrderRequest
from engine.orders.leg import OrderLeg

S = OrdStatus
# By themselves: looking a member up in its class is a function call in Python 3.11.
UNKNOWN, PENDING_CANCEL, PENDING_REPLACE, FILLED = S.UNKNOWN, S.PENDING_CANCEL, S.PENDING_REPLACE, S.FILLED
PARTIALLY_FILLED, STOPPED, SUSPENDED = S.PARTIALLY_FILLED, S.STOPPED, S.SUSPENDED
DONE_FOR_DAY, CALCULATED = S.DONE_FOR_DAY, S.CALCULATED

#: Bases in which the order is dead for us: no leaves, no reservation. A late fill is booked all the same.
DEAD: Final = frozenset({S.CANCELED, S.EXPIRED, S.REJECTED, S.DENIED})
#: Bases in which the broker may hold the order without having said so.
UNPROVEN: Final = frozenset({S.PENDING_NEW, S.UNKNOWN})
HELD: Final = S.HELD
#: Times in force that are good for more than the day: done for day is not their end.
GOOD_TILL: Final = frozenset({TimeInForce.GTC, TimeInForce.GTD})

#: Account, symbol, side, type, quantity, limit, stop, algo, slice.
IntentKey = tuple[str, str, Side, OrdType, Decimal, Decimal | None, Decimal | None, int | None, int | None]


def intent_key(request: OrderRequest) -> IntentKey:
    """What makes two orders the same intent (DESIGN §4): account, instrument, side, type, quantity, prices, slice."""
    r = request
    return (r.account, r.symbol, r.side, r.ord_type, r.qty, r.limit_px, r.stop_px, r.parent, r.slice_no)


class PendingReplace(msgspec.Struct, gc=False):
    """A cancel/replace on its way: its own cl_ord_id and the terms it asks for."""

    cl_ord_id: str
    qty: Decimal
    limit_px: Decimal | None
    stop_px: Decimal | None
    ref_px: Decimal
    doubtful: bool = False
    adds: bool = False
    """The broker replaces by cancel and new: until it answers both versions may execute."""


class Doubt(msgspec.Struct, gc=False):
    """Nobody knows what became of a request: since when, and what the broker was asked about it so far."""

    about: str
    """cl_ord_id of the request: the order's own, or that of its replace."""
    since_ns: int
    """Wall time."""
    asked: int = 0
    answer: str = ""
    """The newest, in words."""
    answered_ns: int = 0
    unheard: int = 0
    """Times that it was not found on the session on which it was handed over."""
    absent: int = 0
    """Times that it was not found on a session opened after that one had ended, since it was last handed over."""
    absent_ns: int = 0
    """When (wall) the first of those was asked for."""


class Order(msgspec.Struct, gc=False):
    """One order over its whole chain of replaces. `cl_ord_id` is the root; `live_id` the newest accepted version."""

    id: int
    cl_ord_id: str
    request: OrderRequest
    qty: Decimal
    limit_px: Decimal | None
    stop_px: Decimal | None
    ref_px: Decimal
    """Worst-case price at which the order is reserved."""
    created_ns: int
    updated_ns: int
    live_id: str
    account: str
    symbol: str
    side: Side
    base: OrdStatus = S.PENDING_NEW
    status: OrdStatus = S.PENDING_NEW
    order_id: str | None = None
    cum_qty: Decimal = ZERO
    cum_cost: Decimal = ZERO
    """Sum of last_px x last_qty over the unique, not busted executions."""
    filled_ns: int = 0
    """Wall time at which its executions last changed for us."""
    cancel_attempts: int = 0
    cancel_ns: int = 0
    """Wall time of the newest cancel."""
    pending_cancel: bool = False
    pending_replaces: tuple[PendingReplace, ...] = ()
    """Those without an answer, oldest first: each is chained to the one before it (FIX D.2)."""
    replaces: int = 0
    external: bool = False
    nameless: bool = False
    """Placed elsewhere without a client id: `cl_ord_id` is the desk's own name for it, which no broker knows."""
    liquidation: bool = False
    text: str = ""
    adopted_qty: Decimal = ZERO
    """Of an order placed elsewhere: what it had executed before it was adopted, by executions that are not booked."""
    unproven_qty: Decimal = ZERO
    """Of a dead order: what it may have executed before its end without a report so far. Reserved until the broker's
    own count agrees with ours."""
    reserved_qty: Decimal = ZERO
    reserved_notional: Decimal = ZERO
    """What this order adds to its position's open quantity and notional (x multiplier), as booked there."""
    legs: tuple[OrderLeg, ...] = ()
    """Of a package. Its quantities count whole packages, avg_px is what one cost net; each leg reserves for itself."""
    group: int = 0
    """The contingency group that it belongs to; 0 = none."""
    due_ns: int = 0
    """Market time at which a held order goes to the broker (at the open, at the close); 0 = not by time."""
    expire_ns: int = 0
    """Market time at which the desk itself ends the order (the broker doesn't); 0 = it doesn't."""
    trail_px: Decimal | None = None
    """Of a held trailing stop: the best price that the market has shown it, from which its stop is measured."""
    triggered: bool = False
    """Held, and the market has reached it: it waits for the proof that its partner at the broker is dead."""
    parked: bool = False
    """Held, and found past its trigger at a start: an operator decides."""
    elected: bool = False
    """A stop at the broker that has been triggered: from then on it works like the order that it became."""
    released: bool = False
    """It was held by the desk before it went to the broker."""
    fixed: bool = False
    """A leg whose quantity its owner changed while it worked: it no longer grows with its entry."""
    doubt: Doubt | None = None
    """While its submit or its replace has no known outcome."""
    sends: int = 1
    """How often it was handed over under its id: more than once only where the broker enforces that ids are unique."""
    resolved: bool = False
    """An operator declared it dead: whatever comes of it after that is alarmed."""
    over: bool = False
    """Done for the day and good for no other: nothing of it works any more, though its status is DONE_FOR_DAY."""
    told_ns: int = 0
    """The broker's time of its newest word on how the order stands or what its terms are: older ones come late."""
    split_qty: tuple[tuple[str, Decimal], ...] = ()
    """(exec_id, quantity): what executions of before a split count for beyond their own quantity, in today's shares."""

    @property
    def dead(self) -> bool:
        """Nothing of it works any more. A late fill is booked all the same."""
        return self.base in DEAD or self.over

    @property
    def pending_replace(self) -> PendingReplace | None:
        """The newest replace without an answer."""
        return self.pending_replaces[-1] if self.pending_replaces else None

    def replace_of(self, cl_ord_id: str) -> PendingReplace | None:
        """The unanswered replace with this id."""
        for replace in self.pending_replaces:
            if replace.cl_ord_id == cl_ord_id:
                return replace
        return None

    def touches(self, symbol: str) -> bool:
        """Whether the order may execute in this instrument (or is the package of that symbol)."""
        return self.symbol == symbol or (bool(self.legs) and any(leg.symbol == symbol for leg in self.legs))

    def worst_leaves_in(self, symbol: str, *, is_buy: bool) -> Decimal:
        """Units of one instrument and side that risk must still count for this order."""
        if not self.legs:
            return self.worst_leaves if self.symbol == symbol and self.side.is_buy is is_buy else ZERO
        return sum((leg.reserved_qty for leg in self.legs if leg.symbol == symbol and leg.side.is_buy is is_buy), ZERO)

    @property
    def leaves_qty(self) -> Decimal:
        """Quantity that can still execute as far as we know; 0 once dead, never negative."""
        if self.base in DEAD or self.over:
            return ZERO
        left = self.qty - self.cum_qty
        return left if left > ZERO else ZERO

    def version(self, cl_ord_id: str) -> int:
        """Which version of this order an id names: 0 the root, n its n-th replace, -1 none of ours."""
        if cl_ord_id == self.cl_ord_id:
            return 0
        number = cl_ord_id.removeprefix(f"{self.cl_ord_id}r")
        return int(number) if number != cl_ord_id and number.isdecimal() else -1

    @property
    def is_open(self) -> bool:
        """True while the order can still execute as far as we know."""
        return self.base not in DEAD and self.cum_qty < self.qty and not self.over

    @property
    def avg_px(self) -> Decimal | None:
        """Average price of what was executed for us, in today's shares, or None without an execution."""
        known = self.cum_qty - self.adopted_qty
        return self.cum_cost / known if known else None

    @property
    def worst_leaves(self) -> Decimal:
        """Leaves that risk must count: while replaces are out, the largest of the old and all the new; of a dead order
        what is not proven unexecuted."""
        if self.base in DEAD or self.over:
            return self.unproven_qty
        total = self.qty
        beside = ZERO
        for replace in self.pending_replaces:
            if replace.adds:
                beside += max(replace.qty - self.cum_qty, ZERO)
            elif replace.qty > total:
                total = replace.qty
        left = total - self.cum_qty
        return (left if left > ZERO else ZERO) + beside

    @property
    def worst_px(self) -> Decimal:
        """Price per unit that risk must count: while replaces are out, the highest of the old and all the new."""
        px = self.ref_px
        for replace in self.pending_replaces:
            if replace.ref_px > px:
                px = replace.ref_px
        return px


def new_order(
    number: int, cl_ord_id: str, request: OrderRequest, ref_px: Decimal, now: int, base: OrdStatus = S.PENDING_NEW
) -> Order:
    """An order as its request has it. `now`: wall ns; `ref_px`: the worst-case price at which it is reserved."""
    return Order(
        number,
        cl_ord_id,
        request,
        request.qty,
        request.limit_px,
        request.stop_px,
        ref_px,
        now,
        now,
        cl_ord_id,
        request.account,
        request.symbol,
        request.side,
        base,
        base,
    )


def derive_status(order: Order) -> OrdStatus:
    """The status that base, pending requests and quantities imply, by FIX precedence."""
    base = order.base
    # In DEAD nothing more is awaited. Doubt outranks a pending request of ours: what the trader must see first is that
    # nobody knows.
    if base in DEAD or base is UNKNOWN:
        return base
    if order.pending_cancel:
        return PENDING_CANCEL
    if order.pending_replaces:
        return PENDING_REPLACE
    if base is DONE_FOR_DAY or base is CALCULATED:
        return base
    cum_qty = order.cum_qty
    if cum_qty <= ZERO:
        return base
    if cum_qty >= order.qty:
        return FILLED
    return base if base is STOPPED or base is SUSPENDED else PARTIALLY_FILLED
