"""Every fact the journal can hold: the one list. State is a fold over these, in order.

A fact's tag is its `kind` in the journal. A fact never changes its meaning: a new shape gets a new kind
("order_filled.2") and an upcaster. recorded_ns and market_ns stand beside the fact (see `Stamped`), not in it.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from engine.inputs import AlgoSpec
from engine.model.booking import Entry
from engine.model.enums import AlertLevel, OrdStatus, OrdType, TradingState
from engine.model.instrument import Instrument
from engine.model.market import Quote
from engine.model.order import Contingency, OrderRequest
from engine.model.snapshot import Execution, OrderSnapshot
from engine.views import Denial


class _Fact(msgspec.Struct, frozen=True, gc=False, tag_field="kind", omit_defaults=True):
    """Base: encoded as JSON object with its kind."""


# --- the desk -----------------------------------------------------------------------------------------------------


class DeskOpened(_Fact, frozen=True, tag="desk_opened"):
    """A process took the state folder. Each replay run is a trading day of its own (`run_label`)."""

    desk_id: str
    mode: str
    account: str
    broker: str
    base_currency: str
    pnl_method: str
    risk_hash: str
    run_label: str
    version: str


class DeskClosed(_Fact, frozen=True, tag="desk_closed"):
    """A graceful stop."""

    reason: str


class InstrumentsLoaded(_Fact, frozen=True, tag="instruments_loaded"):
    """The universe of this run."""

    instruments: tuple[Instrument, ...]


class InstrumentAdded(_Fact, frozen=True, tag="instrument_added"):
    """An instrument that is not in universe.yaml may be traded: an option, listed from its OCC symbol."""

    instrument: Instrument
    by: str


class LimitsLoaded(_Fact, frozen=True, tag="limits_loaded"):
    """The limits in force: source text's hash and the values as read, so that a fold can re-check any order."""

    risk_hash: str
    limits: dict[str, str]


class DayRolled(_Fact, frozen=True, tag="day_rolled"):
    """A new trading day (exchange date, or the replay run's label) began; day P&L starts here."""

    day: str
    equity: Decimal | None
    end_ns: int


class AccountAdopted(_Fact, frozen=True, tag="account_adopted"):
    """Cash as the broker reports it when first seen; booked as a flow, so it is no P&L."""

    account: str
    currency: str
    cash: Decimal
    others: dict[str, Decimal] = {}
    """Cash in other currencies than the account's own."""


class PositionAdopted(_Fact, frozen=True, tag="position_adopted"):
    """A position that the broker already held when the account was first seen; its cost is no cash flow of ours."""

    account: str
    symbol: str
    qty: Decimal
    avg_px: Decimal


class ExecutionsSkipped(_Fact, frozen=True, tag="executions_skipped"):
    """Executions from before the account was adopted: their effect is in the adopted cash and positions."""

    account: str
    exec_ids: tuple[str, ...]


class CommandRefused(_Fact, frozen=True, tag="command_refused"):
    """A command that was not an order was refused."""

    command: str
    reason: str
    user: str


class MarksSampled(_Fact, frozen=True, tag="marks_sampled"):
    """One mark a second per held, working or watched instrument, (symbol, bid, ask, ts_ns), batched; with it the
    equity and its peak by those marks."""

    marks: tuple[tuple[str, Decimal, Decimal, int], ...]
    equity: Decimal | None
    peak_equity: Decimal | None


class AlertRaised(_Fact, frozen=True, tag="alert_raised"):
    no: int
    level: AlertLevel
    code: str
    text: str


class AlertsAcked(_Fact, frozen=True, tag="alerts_acked"):
    upto: int
    user: str


# --- orders -------------------------------------------------------------------------------------------------------


class OrderIntended(_Fact, frozen=True, tag="order_intended"):
    """An order passed every check and will be handed to the broker when this fact is durable."""

    id: int
    cl_ord_id: str
    request: OrderRequest
    ref_px: Decimal
    """Worst-case price used by the checks: the limit, or the opposite touch plus the collar."""
    quote: Quote | None
    liquidation: bool = False
    notes: tuple[str, ...] = ()
    leg_ref_pxs: tuple[Decimal, ...] = ()
    """Of a package: worst-case price of each leg, in their order, and the quotes behind them."""
    leg_quotes: tuple[Quote, ...] = ()
    rate: Decimal | None = None
    """What one unit of the instrument's currency counted for in the base currency; None where they are the same."""


class OrderDenied(_Fact, frozen=True, tag="order_denied"):
    """Our own checks refused the order; nothing was sent."""

    id: int
    cl_ord_id: str
    request: OrderRequest
    denials: tuple[Denial, ...]
    quote: Quote | None


class OrderWithheld(_Fact, frozen=True, tag="order_withheld"):
    """The gate closed (or the journal failed) between decision and hand-over: never sent."""

    cl_ord_id: str
    reason: str


class OrderUnknown(_Fact, frozen=True, tag="order_unknown"):
    """Sent, outcome not known."""

    cl_ord_id: str
    reason: str


class OrderAccepted(_Fact, frozen=True, tag="order_accepted"):
    cl_ord_id: str
    order_id: str


class OrderRejected(_Fact, frozen=True, tag="order_rejected"):
    cl_ord_id: str
    reason: str


class OrderFilled(_Fact, frozen=True, tag="order_filled"):
    """An execution, booked once per (account, exec_id)."""

    execution: Execution


class OrphanFilled(_Fact, frozen=True, tag="orphan_filled"):
    """An execution of an order that the desk does not know: booked (it is real) and alarmed."""

    execution: Execution


class ExecutionBusted(_Fact, frozen=True, tag="execution_busted"):
    account: str
    exec_id: str


class ExecutionCorrected(_Fact, frozen=True, tag="execution_corrected"):
    account: str
    exec_id: str
    execution: Execution


class CancelIntended(_Fact, frozen=True, tag="cancel_intended"):
    """A cancel will be handed over. `attempt` counts re-tries of the same cancel."""

    cl_ord_id: str
    by: str
    reason: str
    attempt: int = 1


class CancelDenied(_Fact, frozen=True, tag="cancel_denied"):
    """The broker refused the cancel; the order returns to the state that its quantities imply."""

    cl_ord_id: str
    reason: str


class OrderCanceled(_Fact, frozen=True, tag="order_canceled"):
    """`cum_qty`: what the broker says it had filled; None = not said."""

    cl_ord_id: str
    reason: str
    cum_qty: Decimal | None = None


class ReplaceIntended(_Fact, frozen=True, tag="replace_intended"):
    """A cancel/replace will be handed over under a new cl_ord_id."""

    cl_ord_id: str
    orig_cl_ord_id: str
    qty: Decimal
    limit_px: Decimal | None
    stop_px: Decimal | None
    ref_px: Decimal
    user: str
    adds: bool = False
    """The broker replaces by cancel and new: until it answers both versions may execute."""
    leg_ref_pxs: tuple[Decimal, ...] = ()
    """As in OrderIntended."""


class ReplaceRefused(_Fact, frozen=True, tag="replace_refused"):
    """Our own checks refused the replace; nothing was sent."""

    cl_ord_id: str
    denials: tuple[Denial, ...]
    user: str


class OrderReplaced(_Fact, frozen=True, tag="order_replaced"):
    cl_ord_id: str
    orig_cl_ord_id: str
    order_id: str
    qty: Decimal
    limit_px: Decimal | None
    stop_px: Decimal | None


class ReplaceDenied(_Fact, frozen=True, tag="replace_denied"):
    """The broker refused the replace (or it was withheld: never sent); the order keeps its terms."""

    cl_ord_id: str
    orig_cl_ord_id: str
    reason: str


class OrderExpired(_Fact, frozen=True, tag="order_expired"):
    """`cum_qty` as in OrderCanceled."""

    cl_ord_id: str
    cum_qty: Decimal | None = None


class OrderEndProven(_Fact, frozen=True, tag="order_end_proven"):
    """Of a dead order: the broker's books say what it had filled in all its life."""

    cl_ord_id: str
    cum_qty: Decimal


class OrderDoneForDay(_Fact, frozen=True, tag="order_done_for_day"):
    """`over`: it is good for no other day, so that it ends; `cum_qty` as in OrderCanceled. `ts_ns`: broker's time."""

    cl_ord_id: str
    ts_ns: int = 0
    over: bool = False
    cum_qty: Decimal | None = None


class OrderSuspended(_Fact, frozen=True, tag="order_suspended"):
    """The broker keeps the order and can't trade it."""

    cl_ord_id: str
    reason: str
    ts_ns: int = 0


class OrderReinstated(_Fact, frozen=True, tag="order_reinstated"):
    """The order works again: the broker said so, or a trading day began on which a GT order is good again."""

    cl_ord_id: str
    why: str
    ts_ns: int = 0


class OrderStopped(_Fact, frozen=True, tag="order_stopped"):
    """The broker guarantees an execution that has not happened yet."""

    cl_ord_id: str
    qty: Decimal | None
    px: Decimal | None
    ts_ns: int = 0


class OrderCalculated(_Fact, frozen=True, tag="order_calculated"):
    cl_ord_id: str
    ts_ns: int = 0


class OrderTriggered(_Fact, frozen=True, tag="order_triggered"):
    cl_ord_id: str


class OrderRestated(_Fact, frozen=True, tag="order_restated"):
    """Evidence from the broker changed what we believed of an order (status, terms, order_id)."""

    cl_ord_id: str
    order_id: str | None
    status: OrdStatus
    qty: Decimal
    limit_px: Decimal | None
    stop_px: Decimal | None
    why: str
    cum_qty: Decimal | None = None
    """A corporate action: what it executed, in the shares of after it. None: as before."""
    ts_ns: int = 0
    """The broker's time of it, where a report said it."""


class OrderAdopted(_Fact, frozen=True, tag="order_adopted"):
    """An order placed elsewhere (EXTERNAL): shown and counted in risk. `adopted_qty` is what it executed before, by
    executions that are not and will not be booked (they are in the adopted position)."""

    id: int
    cl_ord_id: str
    snapshot: OrderSnapshot
    adopted_qty: Decimal = Decimal(0)
    liquidation: bool = False
    """Not placed elsewhere but our own: sent while the journal was down, and a crash took our knowledge of it."""


class OrderResolved(_Fact, frozen=True, tag="order_resolved"):
    """An UNKNOWN order (or replace) was resolved as dead: by the broker's proof of absence or an operator's decision,
    and then in which role."""

    cl_ord_id: str
    by: str
    reason: str
    role: str = ""


class OrderVouched(_Fact, frozen=True, tag="order_vouched"):
    """An operator's decision that an UNKNOWN order (or replace) is alive at the broker, under the broker's `order_id`
    where it is known."""

    cl_ord_id: str
    order_id: str
    by: str
    role: str
    reason: str


class EvidenceNoted(_Fact, frozen=True, tag="evidence_noted"):
    """What came of asking about a request without a known outcome; resolves nothing by itself.

    `asked_ns`: when (wall) the question was put. `absent`: the broker has no such order. `closed`: it was asked on a
    session that was opened after the one of the hand-over had ended.
    """

    cl_ord_id: str
    answer: str
    asked_ns: int
    absent: bool = False
    closed: bool = False


class OrderResent(_Fact, frozen=True, tag="order_resent"):
    """The order will be handed over once more under the same id, which the broker enforces to be unique for ever."""

    cl_ord_id: str
    ref_px: Decimal
    quote: Quote | None


# --- orders that the desk holds, and groups of orders ---------------------------------------------------------------


class OrderHeld(_Fact, frozen=True, tag="order_held"):
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


class OrderTimed(_Fact, frozen=True, tag="order_timed"):
    """The desk itself ends this order at a market time, since the broker has no such time in force."""

    cl_ord_id: str
    expire_ns: int


class GroupFormed(_Fact, frozen=True, tag="group_formed"):
    """These orders hang together. `entry` ("" for oco) starts the legs; `linked` legs cancel each other."""

    no: int
    contingency: Contingency
    entry: str
    legs: tuple[str, ...]
    partial: bool
    linked: bool


class TrailMoved(_Fact, frozen=True, tag="trail_moved"):
    """The market moved a held trailing stop: the best price so far, and the stop that follows from it."""

    cl_ord_id: str
    trail_px: Decimal
    stop_px: Decimal


class HeldTriggered(_Fact, frozen=True, tag="held_triggered"):
    """The market reached a held order whose partner is at the broker: that one is cancelled first."""

    cl_ord_id: str
    px: Decimal
    why: str


class HeldParked(_Fact, frozen=True, tag="held_parked"):
    """A start found a held entry past its trigger: nobody saw the moment, so the operator decides."""

    cl_ord_id: str
    reason: str


class HeldReleased(_Fact, frozen=True, tag="held_released"):
    """A held order will be handed to the broker, with these terms, when this fact is durable: its intent."""

    cl_ord_id: str
    qty: Decimal
    ord_type: OrdType
    limit_px: Decimal | None
    stop_px: Decimal | None
    ref_px: Decimal
    quote: Quote | None
    why: str


class HeldChanged(_Fact, frozen=True, tag="held_changed"):
    """The terms of a held order were changed in the desk; no broker knows of it."""

    cl_ord_id: str
    qty: Decimal
    limit_px: Decimal | None
    stop_px: Decimal | None
    ref_px: Decimal
    user: str


class HeldRefused(_Fact, frozen=True, tag="held_refused"):
    """The checks at the trigger refused an order that would have increased risk: nothing was sent."""

    cl_ord_id: str
    denials: tuple[Denial, ...]


# --- gate, kill, liquidation ----------------------------------------------------------------------------------------


class TradingStateSet(_Fact, frozen=True, tag="trading_state_set"):
    """A scope ("desk", "account:A", "strategy:S", "instrument:AAPL", "kill") changed its trading state."""

    scope: str
    state: TradingState
    by: str
    reason: str


class KillPulled(_Fact, frozen=True, tag="kill_pulled"):
    """The kill switch was pulled; `epoch` counts kills in the life of the state folder."""

    epoch: int
    by: str
    reason: str
    flatten: str
    orders: tuple[str, ...]
    """cl_ord_ids that were open."""


class KillEscalated(_Fact, frozen=True, tag="kill_escalated"):
    """A later pull asked for more than the first."""

    epoch: int
    by: str
    flatten: str


class KillKept(_Fact, frozen=True, tag="kill_kept"):
    """Positions are kept: `k` during the grace period."""

    epoch: int
    by: str


class KillPhase(_Fact, frozen=True, tag="kill_phase"):
    """Progress of a kill: grace, flattening, verifying, done, not_flat."""

    epoch: int
    phase: str
    detail: str = ""


class KillReset(_Fact, frozen=True, tag="kill_reset"):
    """An authorised user re-opened the desk after a kill."""

    epoch: int
    by: str
    reason: str


class LiquidationStarted(_Fact, frozen=True, tag="liquidation_started"):
    """Close this position by the liquidation rules until flat."""

    account: str
    symbol: str
    by: str
    reason: str


class LiquidationEnded(_Fact, frozen=True, tag="liquidation_ended"):
    account: str
    symbol: str
    flat: bool
    detail: str


# --- algos ----------------------------------------------------------------------------------------------------------


class AlgoLaunched(_Fact, frozen=True, tag="algo_launched"):
    """A parent order with its full schedule: (market ns, quantity) pairs that sum to the parent exactly."""

    id: int
    spec: AlgoSpec
    slices: tuple[tuple[int, Decimal], ...]
    arrival_px: Decimal | None


class AlgoRefused(_Fact, frozen=True, tag="algo_refused"):
    spec: AlgoSpec
    denials: tuple[Denial, ...]


class AlgoSliceReached(_Fact, frozen=True, tag="algo_slice_reached"):
    """The schedule moved on to slice `slice_no` (0-based)."""

    id: int
    slice_no: int


class AlgoStatusSet(_Fact, frozen=True, tag="algo_status_set"):
    """RUNNING, PAUSED, STOPPING, DONE, CANCELED, FAILED."""

    id: int
    status: str
    by: str
    reason: str


# --- broker -----------------------------------------------------------------------------------------------------------


class BrokerUp(_Fact, frozen=True, tag="broker_up"):
    broker: str


class BrokerDown(_Fact, frozen=True, tag="broker_down"):
    broker: str
    reason: str


class BreakerSet(_Fact, frozen=True, tag="breaker_set"):
    """The circuit breaker of a broker changed: closed, open, half-open. Unless closed, new orders are withheld."""

    broker: str
    state: str
    reason: str = ""


class BrokerHealthSet(_Fact, frozen=True, tag="broker_health_set"):
    """The connection's health changed: ok, degraded, down."""

    broker: str
    health: str
    reason: str = ""


class ClockSkewSet(_Fact, frozen=True, tag="clock_skew_set"):
    """The broker's clock less ours crossed a bound. level: ok, warn, stop; at stop nothing that increases risk goes
    out. `limit_ns`: the bound of stop."""

    broker: str
    level: str
    skew_ns: int
    limit_ns: int


class DeadLettered(_Fact, frozen=True, tag="dead_lettered"):
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


class DeadLetterClosed(_Fact, frozen=True, tag="dead_letter_closed"):
    """how: replayed (as the new order or replace `replayed_as`) or discarded."""

    no: int
    cl_ord_id: str
    how: str
    by: str
    reason: str = ""
    replayed_as: str = ""


class ReconcileStarted(_Fact, frozen=True, tag="reconcile_started"):
    account: str
    reason: str


class Reconciled(_Fact, frozen=True, tag="reconciled"):
    """A comparison with the broker is through; `breaks` were found. Executions are known up to `until_ns`."""

    account: str
    breaks: int
    until_ns: int


class BreakFound(_Fact, frozen=True, tag="break_found"):
    no: int
    type: str
    account: str
    key: str
    ours: str
    theirs: str


class BreakCleared(_Fact, frozen=True, tag="break_cleared"):
    no: int
    how: str


class BreakExplained(_Fact, frozen=True, tag="break_explained"):
    """The probable explanation of a break, and what can be done about it."""

    no: int
    why: str
    remedies: tuple[str, ...] = ()


class Booked(_Fact, frozen=True, tag="booked"):
    """An operator booked what no broker reports. `key` makes it idempotent; a fill or bust is a fact of its own beside
    it."""

    no: int
    entry: Entry
    by: str
    reason: str
    reference: str = ""
    key: str = ""


class BookingReversed(_Fact, frozen=True, tag="booking_reversed"):
    """A booking was wrong and is taken back, as if it had never been made."""

    no: int
    by: str
    reason: str


class JournalWentDown(_Fact, frozen=True, tag="journal_went_down"):
    """Appended when the disk works again: decisions in between were void, observations follow in order."""

    reason: str


class JournalCameBack(_Fact, frozen=True, tag="journal_came_back"):
    pass


Fact = (
    DeskOpened
    | DeskClosed
    | InstrumentsLoaded
    | InstrumentAdded
    | LimitsLoaded
    | DayRolled
    | AccountAdopted
    | PositionAdopted
    | ExecutionsSkipped
    | CommandRefused
    | MarksSampled
    | AlertRaised
    | AlertsAcked
    | OrderIntended
    | OrderDenied
    | OrderWithheld
    | OrderUnknown
    | OrderAccepted
    | OrderRejected
    | OrderFilled
    | OrphanFilled
    | ExecutionBusted
    | ExecutionCorrected
    | CancelIntended
    | CancelDenied
    | OrderCanceled
    | ReplaceIntended
    | ReplaceRefused
    | OrderReplaced
    | ReplaceDenied
    | OrderExpired
    | OrderEndProven
    | OrderDoneForDay
    | OrderTriggered
    | OrderSuspended
    | OrderReinstated
    | OrderStopped
    | OrderCalculated
    | OrderRestated
    | OrderAdopted
    | OrderResolved
    | OrderVouched
    | EvidenceNoted
    | OrderResent
    | OrderHeld
    | OrderTimed
    | GroupFormed
    | TrailMoved
    | HeldTriggered
    | HeldParked
    | HeldReleased
    | HeldChanged
    | HeldRefused
    | TradingStateSet
    | KillPulled
    | KillEscalated
    | KillKept
    | KillPhase
    | KillReset
    | LiquidationStarted
    | LiquidationEnded
    | AlgoLaunched
    | AlgoRefused
    | AlgoSliceReached
    | AlgoStatusSet
    | BrokerUp
    | BrokerDown
    | BreakerSet
    | BrokerHealthSet
    | ClockSkewSet
    | DeadLettered
    | DeadLetterClosed
    | ReconcileStarted
    | Reconciled
    | BreakFound
    | BreakCleared
    | BreakExplained
    | Booked
    | BookingReversed
    | JournalWentDown
    | JournalCameBack
)


class Stamped(msgspec.Struct, frozen=True, gc=False):
    """A fact with its place in the journal and both times."""

    seq: int
    recorded_ns: int
    market_ns: int
    fact: Fact
