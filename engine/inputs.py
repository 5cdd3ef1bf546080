"""Everything the core can be told: commands of users, evidence from brokers, market data, the passing of time.

Broker reports (engine.protocol.Report) and market events (engine.model.market) are inputs as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

import msgspec

from engine.model.booking import Right
from engine.model.enums import Side
from engine.model.order import Contingency, OrderRequest, ReplaceRequest
from engine.model.pin import PinRecord
from engine.model.snapshot import AccountSnapshot, Execution, OrderSnapshot, PositionSnapshot


class Now(msgspec.Struct, frozen=True, gc=False):
    """The two kinds of time (DESIGN §2). wall_ns never goes backwards (anchored to the monotonic clock)."""

    wall_ns: int
    market_ns: int


# --- commands -----------------------------------------------------------------------------------------------------
# `cmd_id` is the shell's number for the reply (0 = nobody waits); `user` is who asked, for the audit trail.


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
    """Which working orders: by short number or cl_ord_id, or all that match symbol, side and account; `last` = the
    newest."""

    ids: tuple[int, ...] = ()
    cl_ord_ids: tuple[str, ...] = ()
    symbol: str | None = None
    buys: bool | None = None
    last: bool = False
    all: bool = False
    account: str | None = None


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


class Halt(msgspec.Struct, frozen=True):
    """Close the gate (the desk's, or one scope's: engine.risk.covered) and leave orders working. `reduce`: only let
    nothing out that increases risk."""

    symbol: str | None = None
    user: str = ""
    reason: str = ""
    cmd_id: int = 0
    scope: str = ""
    reduce: bool = False

    @property
    def where(self) -> str:
        """The scope that it is about."""
        return self.scope or ("desk" if self.symbol is None else f"instrument:{self.symbol}")


class Kill(msgspec.Struct, frozen=True):
    """Pull the kill switch. flatten: "no", "grace" (after kill.flatten_grace), "now". A second pull only escalates.
    Each scope (engine.risk.covered) has a latch of its own."""

    by: str = ""
    reason: str = ""
    flatten: Literal["no", "grace", "now"] = "no"
    cmd_id: int = 0
    scope: str = "desk"


class KeepPositions(msgspec.Struct, frozen=True):
    """`k` during the grace period: stay halted, don't flatten. Also where a flatten waits for a market to open."""

    user: str = ""
    cmd_id: int = 0


class Resume(msgspec.Struct, frozen=True):
    """Re-open after halt, reduce or kill, for the desk or one scope; needs a reason. Where a kill's reset needs two
    people, each sends one."""

    reason: str
    symbol: str | None = None
    user: str = ""
    cmd_id: int = 0
    scope: str = ""

    @property
    def where(self) -> str:
        """The scope that it is about."""
        return self.scope or ("desk" if self.symbol is None else f"instrument:{self.symbol}")


class AlgoSpec(msgspec.Struct, frozen=True):
    """What an algo is asked to do. Times are market time ns. Unset options are None and take the algo's default."""

    algo: str
    account: str
    symbol: str
    side: Side
    qty: Decimal
    start_ns: int
    end_ns: int
    slices: int | None = None
    lot: Decimal | None = None
    limit_px: Decimal | None = None
    cap: Decimal | None = None
    """Highest participation, 0.10 = 10 %."""
    profile: tuple[Decimal, ...] = ()
    user: str = ""
    tag: str = ""
    client_key: str = ""
    strategy: str = ""
    """Whose algo it is; "": it is a strategy of its own."""


class LaunchAlgo(msgspec.Struct, frozen=True):
    """Launch a parent order. Replied to with a CommandResult whose ids[0] is the algo's number."""

    spec: AlgoSpec
    cmd_id: int = 0


class ControlAlgo(msgspec.Struct, frozen=True):
    """Supervise a running algo. Replied to with a CommandResult. `keep_children` applies to pause."""

    algo_id: int
    action: Literal["pause", "resume", "cancel"]
    keep_children: bool = False
    user: str = ""
    reason: str = ""
    cmd_id: int = 0


class AckAlerts(msgspec.Struct, frozen=True):
    """Acknowledge alerts up to and including number `upto`."""

    upto: int
    user: str = ""
    cmd_id: int = 0


class Reconcile(msgspec.Struct, frozen=True):
    """Compare with the broker now. Replied to with a CommandResult when it has begun; what it finds are breaks."""

    account: str = ""
    user: str = ""
    cmd_id: int = 0


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


class AddInstrument(msgspec.Struct, frozen=True):
    """List an option by its OCC symbol, so that it is quoted and can be traded. Replied to with a CommandResult."""

    symbol: str
    user: str = ""
    cmd_id: int = 0


BookKind = Literal[
    "deposit", "withdrawal", "dividend", "fee", "interest", "correction",
    "in", "out", "fill", "bust", "cost", "split", "rename", "expiry", "exercise", "assign",
]  # fmt: skip


class Book(msgspec.Struct, frozen=True):
    """An operator books what no broker reports. Replied to with a CommandResult whose ids[0] is the booking's number.

    What a kind needs: cash kinds `amount` (> 0; signed for dividend, interest, correction) and perhaps `symbol`; "in"
    qty (signed as held), symbol, px; "out" qty, symbol; "fill" side, qty, symbol, px, perhaps target, exec_id and fee;
    "bust" exec_id; "cost" symbol and px (the right average price); "split" symbol, new, old, perhaps amount (cash for
    the fraction); "rename" symbol, to; "expiry" symbol; "exercise" and "assign" qty and symbol, and what the instrument
    does not tell: to (the underlying), right, strike, multiplier. `key`: the same key books once.
    """

    what: BookKind
    account: str
    reason: str
    symbol: str = ""
    amount: Decimal | None = None
    qty: Decimal | None = None
    px: Decimal | None = None
    side: Side | None = None
    target: int | str | None = None
    exec_id: str = ""
    fee: Decimal = Decimal(0)
    new: Decimal | None = None
    old: Decimal | None = None
    to: str = ""
    right: Right | None = None
    strike: Decimal | None = None
    multiplier: Decimal | None = None
    reference: str = ""
    key: str = ""
    user: str = ""
    cmd_id: int = 0


class ReverseBooking(msgspec.Struct, frozen=True):
    """Take a booking back. Replied to with a CommandResult."""

    no: int
    reason: str
    user: str = ""
    cmd_id: int = 0


class Lock(msgspec.Struct, frozen=True, gc=False):
    """Lock a live desk: nothing new until the PIN is given. Replied to with a CommandResult."""

    user: str = ""
    reason: str = ""
    cmd_id: int = 0


class Unlock(msgspec.Struct, frozen=True, gc=False):
    """The PIN was given and found right: only what checked it makes this (console.pin)."""

    user: str = ""
    cmd_id: int = 0


class Present(msgspec.Struct, frozen=True, gc=False):
    """Somebody touched a key of the console: the idle lock waits anew."""

    user: str = ""
    cmd_id: int = 0


class NotePin(msgspec.Struct, frozen=True, gc=False):
    """What was done with the PIN, here or in another process, for the audit trail. `lock`: it happened while this desk
    runs, so that a reset locks it."""

    record: PinRecord
    lock: bool = True
    cmd_id: int = 0


class SetLimit(msgspec.Struct, frozen=True, gc=False):
    """Change one limit while the desk runs; `key` as in risk_params.yaml (`risk.max_order_qty`), of a scope
    `user:alice/risk.max_order_qty`; `value` its text, "off" too. Needs a reason. Replied to with a CommandResult."""

    key: str
    value: str
    reason: str
    user: str = ""
    cmd_id: int = 0


class NoteRefusal(msgspec.Struct, frozen=True):
    """The shell refused a command before the core saw it (bad grammar from a socket, no permission): audit it."""

    command: str
    reason: str
    user: str = ""
    cmd_id: int = 0


Command = (
    PlaceOrder
    | PlaceGroup
    | ReleaseHeld
    | CancelOrders
    | ModifyOrder
    | Flatten
    | Halt
    | Kill
    | KeepPositions
    | Resume
    | LaunchAlgo
    | ControlAlgo
    | AckAlerts
    | Reconcile
    | ResolveOrder
    | ReplayLetter
    | DiscardLetter
    | Book
    | ReverseBooking
    | AddInstrument
    | ResendOrder
    | Lock
    | Unlock
    | Present
    | NotePin
    | SetLimit
    | NoteRefusal
)


# --- outcomes of effects ------------------------------------------------------------------------------------------


class SubmitFailed(msgspec.Struct, frozen=True, gc=False):
    """The hand-over of an order or replace was refused for certain (never alive at the broker)."""

    cl_ord_id: str
    reason: str
    cause: str = ""
    """"throttled" or "auth": refused unread, which says nothing against the order; "": the order was judged."""


class SubmitUnknown(msgspec.Struct, frozen=True, gc=False):
    """The outcome of a submit or replace is not known (time-out, connection lost after the hand-over)."""

    cl_ord_id: str
    reason: str


class Withheld(msgspec.Struct, frozen=True, gc=False):
    """The order or replace was approved and never sent."""

    cl_ord_id: str
    reason: str
    cause: str = "gate"
    """What stood in its way: "gate", "breaker", "disconnected", "queue" (no turn in time), "stopping"; "cancelled":
    nothing did, it was taken back before its turn."""


class CancelFailed(msgspec.Struct, frozen=True, gc=False):
    """The hand-over of a cancel failed; the core asks for evidence and tries again."""

    cl_ord_id: str
    reason: str
    ambiguous: bool


class OrderEvidence(msgspec.Struct, frozen=True, gc=False):
    """Answer to QueryOrder. `order` None = the broker says it has none; `proves_absence` = and never will."""

    cl_ord_id: str
    order: OrderSnapshot | None
    executions: Sequence[Execution]
    proves_absence: bool
    asked_wall_ns: int = 0
    """When the question was put: what we learned of the order since then is newer than this answer."""
    since_ns: int = 0
    """Market time from which on `executions` are complete."""
    session_closed: bool = False
    """It was asked on a session that was opened after the one in which the request was handed over had ended."""


class QueryFailed(msgspec.Struct, frozen=True, gc=False):
    """A query or snapshot got no answer. Says nothing about any order."""

    account: str
    cl_ord_id: str
    reason: str


class BrokerSnapshot(msgspec.Struct, frozen=True, gc=False):
    """Answer to QuerySnapshot: open orders, executions, positions and cash, read between `asked_wall_ns` and now."""

    account: AccountSnapshot
    orders: Sequence[OrderSnapshot]
    executions: Sequence[Execution]
    positions: Sequence[PositionSnapshot]
    asked_wall_ns: int
    reason: str
    since_ns: int = 0
    """Market time from which on `executions` are complete."""


class BreakerMoved(msgspec.Struct, frozen=True, gc=False):
    """The gateway's circuit breaker changed: "closed", "open", "half-open"."""

    broker: str
    state: str
    reason: str


class HealthMoved(msgspec.Struct, frozen=True, gc=False):
    """The broker's connection health changed: "ok", "degraded", "down"."""

    broker: str
    health: str
    reason: str


class SkewMoved(msgspec.Struct, frozen=True, gc=False):
    """The clock skew crossed a bound: level "ok", "warn" or "stop". Positive: the broker's clock is ahead."""

    broker: str
    level: str
    skew_ns: int
    limit_ns: int


class WrongAccount(msgspec.Struct, frozen=True, gc=False):
    """A session was refused: the broker reports another account than the profile names, or another kind of money."""

    broker: str
    reason: str


class JournalFailed(msgspec.Struct, frozen=True, gc=False):
    """The journal can't commit. `void` are the cl_ord_ids of decisions that were not and will not be released."""

    reason: str
    void: tuple[str, ...]
    void_algos: tuple[int, ...] = ()
    """Algos whose launch was not released."""
    void_resume: bool = False
    """A resume was decided and not released: the desk stays halted."""


class JournalRestored(msgspec.Struct, frozen=True, gc=False):
    """The journal commits again."""


class ClockBehind(msgspec.Struct, frozen=True, gc=False):
    """At a start the system's clock is that far behind the journal's last fact: somebody set it back."""

    behind_ns: int


Outcome = (
    SubmitFailed
    | SubmitUnknown
    | Withheld
    | CancelFailed
    | OrderEvidence
    | QueryFailed
    | BrokerSnapshot
    | BreakerMoved
    | HealthMoved
    | SkewMoved
    | WrongAccount
    | JournalFailed
    | JournalRestored
    | ClockBehind
)
