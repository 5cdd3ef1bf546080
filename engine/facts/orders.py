"""Facts about orders at brokers: intents, what the broker said of them, what became of doubts."""

from __future__ import annotations

from decimal import Decimal

from engine.facts.base import Recorded
from engine.model.enums import OrdStatus
from engine.model.market import Quote
from engine.model.order import OrderRequest
from engine.model.snapshot import Execution, OrderSnapshot
from engine.views import Denial


class OrderIntended(Recorded, frozen=True, tag="order_intended"):
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


class OrderDenied(Recorded, frozen=True, tag="order_denied"):
    """Our own checks refused the order; nothing was sent."""

    id: int
    cl_ord_id: str
    request: OrderRequest
    denials: tuple[Denial, ...]
    quote: Quote | None


class OrderWithheld(Recorded, frozen=True, tag="order_withheld"):
    """The gate closed (or the journal failed) between decision and hand-over: never sent."""

    cl_ord_id: str
    reason: str


class OrderUnknown(Recorded, frozen=True, tag="order_unknown"):
    """Sent, outcome not known."""

    cl_ord_id: str
    reason: str


class OrderAccepted(Recorded, frozen=True, tag="order_accepted"):
    cl_ord_id: str
    order_id: str


class OrderRejected(Recorded, frozen=True, tag="order_rejected"):
    cl_ord_id: str
    reason: str


class OrderFilled(Recorded, frozen=True, tag="order_filled"):
    """An execution, booked once per (account, exec_id)."""

    execution: Execution


class OrphanFilled(Recorded, frozen=True, tag="orphan_filled"):
    """An execution of an order that the desk does not know: booked (it is real) and alarmed."""

    execution: Execution


class ExecutionBusted(Recorded, frozen=True, tag="execution_busted"):
    account: str
    exec_id: str


class ExecutionCorrected(Recorded, frozen=True, tag="execution_corrected"):
    account: str
    exec_id: str
    execution: Execution


class CancelIntended(Recorded, frozen=True, tag="cancel_intended"):
    """A cancel will be handed over. `attempt` counts re-tries of the same cancel."""

    cl_ord_id: str
    by: str
    reason: str
    attempt: int = 1


class CancelDenied(Recorded, frozen=True, tag="cancel_denied"):
    """The broker refused the cancel; the order returns to the state that its quantities imply."""

    cl_ord_id: str
    reason: str


class OrderCanceled(Recorded, frozen=True, tag="order_canceled"):
    """`cum_qty`: what the broker says it had filled; None = not said."""

    cl_ord_id: str
    reason: str
    cum_qty: Decimal | None = None


class ReplaceIntended(Recorded, frozen=True, tag="replace_intended"):
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


class ReplaceRefused(Recorded, frozen=True, tag="replace_refused"):
    """Our own checks refused the replace; nothing was sent."""

    cl_ord_id: str
    denials: tuple[Denial, ...]
    user: str


class OrderReplaced(Recorded, frozen=True, tag="order_replaced"):
    cl_ord_id: str
    orig_cl_ord_id: str
    order_id: str
    qty: Decimal
    limit_px: Decimal | None
    stop_px: Decimal | None


class ReplaceDenied(Recorded, frozen=True, tag="replace_denied"):
    """The broker refused the replace (or it was withheld: never sent); the order keeps its terms."""

    cl_ord_id: str
    orig_cl_ord_id: str
    reason: str


class OrderExpired(Recorded, frozen=True, tag="order_expired"):
    """`cum_qty` as in OrderCanceled."""

    cl_ord_id: str
    cum_qty: Decimal | None = None


class OrderEndProven(Recorded, frozen=True, tag="order_end_proven"):
    """Of a dead order: the broker's books say what it had filled in all its life."""

    cl_ord_id: str
    cum_qty: Decimal


class OrderDoneForDay(Recorded, frozen=True, tag="order_done_for_day"):
    """`over`: it is good for no other day, so that it ends; `cum_qty` as in OrderCanceled. `ts_ns`: broker's time."""

    cl_ord_id: str
    ts_ns: int = 0
    over: bool = False
    cum_qty: Decimal | None = None


class OrderSuspended(Recorded, frozen=True, tag="order_suspended"):
    """The broker keeps the order and can't trade it."""

    cl_ord_id: str
    reason: str
    ts_ns: int = 0


class OrderReinstated(Recorded, frozen=True, tag="order_reinstated"):
    """The order works again: the broker said so, or a trading day began on which a GT order is good again."""

    cl_ord_id: str
    why: str
    ts_ns: int = 0


class OrderStopped(Recorded, frozen=True, tag="order_stopped"):
    """The broker guarantees an execution that has not happened yet."""

    cl_ord_id: str
    qty: Decimal | None
    px: Decimal | None
    ts_ns: int = 0


class OrderCalculated(Recorded, frozen=True, tag="order_calculated"):
    cl_ord_id: str
    ts_ns: int = 0


class OrderTriggered(Recorded, frozen=True, tag="order_triggered"):
    cl_ord_id: str


class OrderRestated(Recorded, frozen=True, tag="order_restated"):
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


class OrderAdopted(Recorded, frozen=True, tag="order_adopted"):
    """An order placed elsewhere (EXTERNAL): shown and counted in risk. `adopted_qty` is what it executed before, by
    executions that are not and will not be booked (they are in the adopted position)."""

    id: int
    cl_ord_id: str
    snapshot: OrderSnapshot
    adopted_qty: Decimal = Decimal(0)
    liquidation: bool = False
    """Not placed elsewhere but our own: sent while the journal was down, and a crash took our knowledge of it."""


class AdoptionCorrected(Recorded, frozen=True, tag="adoption_corrected"):
    """What an adopted order had executed before, anew: some of it was reported to us later, or was busted."""

    cl_ord_id: str
    adopted_qty: Decimal


class OrderResolved(Recorded, frozen=True, tag="order_resolved"):
    """An UNKNOWN order (or replace) was resolved as dead: by the broker's proof of absence or an operator's decision,
    and then in which role."""

    cl_ord_id: str
    by: str
    reason: str
    role: str = ""


class OrderVouched(Recorded, frozen=True, tag="order_vouched"):
    """An operator's decision that an UNKNOWN order (or replace) is alive at the broker, under the broker's `order_id`
    where it is known."""

    cl_ord_id: str
    order_id: str
    by: str
    role: str
    reason: str


class EvidenceNoted(Recorded, frozen=True, tag="evidence_noted"):
    """What came of asking about a request without a known outcome; resolves nothing by itself.

    `asked_ns`: when (wall) the question was put. `absent`: the broker has no such order. `closed`: it was asked on a
    session that was opened after the one of the hand-over had ended.
    """

    cl_ord_id: str
    answer: str
    asked_ns: int
    absent: bool = False
    closed: bool = False


class OrderResent(Recorded, frozen=True, tag="order_resent"):
    """The order will be handed over once more under the same id, which the broker enforces to be unique for ever."""

    cl_ord_id: str
    ref_px: Decimal
    quote: Quote | None


class OrdersHandedOver(Recorded, frozen=True, tag="orders_handed_over"):
    """When (wall ns) orders and replaces, by cl_ord_id, were handed to their broker's adapter: some of them together,
    off the order's way. A measurement: what a crash keeps from being noted was handed over all the same."""

    sends: tuple[tuple[str, int], ...]
