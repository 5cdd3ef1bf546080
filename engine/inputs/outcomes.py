"""What became of an effect: the shell's and the brokers' answers."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from engine.model.snapshot import AccountSnapshot, Execution, OrderSnapshot, PositionSnapshot


class SubmitFailed(msgspec.Struct, frozen=True, gc=False):
    """The hand-over of an order or replace was refused for certain (never alive at the broker)."""

    cl_ord_id: str
    reason: str
    cause: str = ""
    """"throttled" or "auth": refused unread, which says nothing against the order; "": the order was judged."""


class HandedOver(msgspec.Struct, frozen=True, gc=False):
    """When (wall ns) orders and replaces, by cl_ord_id, were handed to the adapter. Told together, a while after."""

    sends: tuple[tuple[str, int], ...]


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


class SessionsTold(msgspec.Struct, frozen=True, gc=False):
    """A broker told the regular hours of a day; see the fact of that name."""

    account: str
    broker: str
    calendar: str
    day: str
    ours: tuple[tuple[int, int], ...]
    theirs: tuple[tuple[int, int], ...]


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
