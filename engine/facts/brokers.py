"""Facts about what stands between the desk and its brokers: sessions, health, dead letters, comparisons, bookings, and
the journal's own health."""

from __future__ import annotations

from decimal import Decimal

from engine.facts.base import Recorded
from engine.model.booking import Entry
from engine.model.snapshot import BrokerMargin


class BrokerUp(Recorded, frozen=True, tag="broker_up"):
    broker: str


class BrokerDown(Recorded, frozen=True, tag="broker_down"):
    broker: str
    reason: str


class BreakerSet(Recorded, frozen=True, tag="breaker_set"):
    """The circuit breaker of a broker changed: closed, open, half-open. Unless closed, new orders are withheld."""

    broker: str
    state: str
    reason: str = ""


class BrokerHealthSet(Recorded, frozen=True, tag="broker_health_set"):
    """The connection's health changed: ok, degraded, down."""

    broker: str
    health: str
    reason: str = ""


class ClockSkewSet(Recorded, frozen=True, tag="clock_skew_set"):
    """The broker's clock less ours crossed a bound. level: ok, warn, stop; at stop nothing that increases risk goes
    out. `limit_ns`: the bound of stop."""

    broker: str
    level: str
    skew_ns: int
    limit_ns: int


class MarginTold(Recorded, frozen=True, tag="margin_told"):
    """What a broker says that the account has left."""

    account: str
    broker: str
    margin: BrokerMargin


class SessionsTold(Recorded, frozen=True, tag="sessions_told"):
    """A broker told the regular hours of a day (ISO date of the exchange), as (open, close) ns UTC; `ours`: what the
    calendar of that name says of it."""

    account: str
    broker: str
    calendar: str
    day: str
    ours: tuple[tuple[int, int], ...]
    theirs: tuple[tuple[int, int], ...]


class DeadLettered(Recorded, frozen=True, tag="dead_lettered"):
    """An approved order or replace was not sent, or refused unread, for a reason that says nothing against it. It waits
    for the operator. With `orig_cl_ord_id` it is a replace, and the terms are those that it asked for. `owner`: the
    algo or liquidation that makes its own next order; then there is nothing to replay by hand."""

    no: int
    cl_ord_id: str
    cause: str
    reason: str
    owner: str = ""
    orig_cl_ord_id: str = ""
    qty: Decimal | None = None
    limit_px: Decimal | None = None
    stop_px: Decimal | None = None


class DeadLetterClosed(Recorded, frozen=True, tag="dead_letter_closed"):
    """how: replayed (as the new order or replace `replayed_as`) or discarded."""

    no: int
    cl_ord_id: str
    how: str
    by: str
    reason: str = ""
    replayed_as: str = ""


class ReconcileStarted(Recorded, frozen=True, tag="reconcile_started"):
    account: str
    reason: str


class Reconciled(Recorded, frozen=True, tag="reconciled"):
    """A comparison with the broker is through; `breaks` were found. Executions are known up to `until_ns`."""

    account: str
    breaks: int
    until_ns: int


class BreakFound(Recorded, frozen=True, tag="break_found"):
    no: int
    type: str
    account: str
    key: str
    ours: str
    theirs: str


class BreakCleared(Recorded, frozen=True, tag="break_cleared"):
    no: int
    how: str


class BreakExplained(Recorded, frozen=True, tag="break_explained"):
    """The probable explanation of a break, and what can be done about it."""

    no: int
    why: str
    remedies: tuple[str, ...] = ()


class Booked(Recorded, frozen=True, tag="booked"):
    """An operator booked what no broker reports. `key` makes it idempotent; a fill or bust is a fact of its own beside
    it."""

    no: int
    entry: Entry
    by: str
    reason: str
    reference: str = ""
    key: str = ""


class BookingReversed(Recorded, frozen=True, tag="booking_reversed"):
    """A booking was wrong and is taken back, as if it had never been made."""

    no: int
    by: str
    reason: str


class JournalWentDown(Recorded, frozen=True, tag="journal_went_down"):
    """Appended when the disk works again: decisions in between were void, observations follow in order."""

    reason: str


class JournalCameBack(Recorded, frozen=True, tag="journal_came_back"):
    pass
