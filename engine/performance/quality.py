"""How well orders were carried out: what each order and fill has to say for the targets. Told facts as they are folded.

docs/performance.md has the definitions, each beside its target.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from engine import facts as f
from engine.facts import Stamped
from engine.model.enums import OrdStatus, OrdType
from engine.model.market import Quote
from engine.model.money import ONE, ZERO
from engine.model.performance import Latencies, Measure
from engine.model.snapshot import Execution
from engine.orders.order import Order
from engine.performance.expected import expected_px
from engine.performance.statistics import RATIO_STEP, ratio
from engine.performance.targets import Targets, judged
from engine.risk import metrics
from engine.risk.rates import sampled_rate
from engine.state import DeskState

#: Why something approved was not sent, where that was wanted: it is nobody's failure.
_WANTED: Final = frozenset({"gate", "stopping"})
#: Alerts that say that the desk, or a request of it, failed.
ERROR_ALERTS: Final = frozenset({"ENGINE_ERROR", "CANCEL_FAILED"})
_MS_NS: Final = 1_000_000
_MS_STEP: Final = Decimal("0.001")
_NOT_TAKEN: Final = frozenset({OrdStatus.PENDING_NEW, OrdStatus.UNKNOWN, OrdStatus.REJECTED, OrdStatus.HELD})


class _Sent(msgspec.Struct, gc=False):
    """An order that was approved to go out. Times are wall ns; 0 = not known."""

    decided_ns: int
    ord_type: OrdType
    quote: Quote | None
    """Behind its decision; None once its terms were changed."""
    sent_ns: int = 0
    acked_ns: int = 0
    filled_ns: int = 0
    withheld: bool = False
    failed: bool = False
    """It could not be sent, or was refused unread."""
    absent: bool = False
    """The broker was proven, or declared, not to have it."""


class _Filled(msgspec.Struct, frozen=True, gc=False):
    """One fill against the price that was expected: worth at that price, what it cost more (both in the base currency),
    and whether it was no more than a tick worse."""

    worth: Decimal
    cost: Decimal
    within: bool


class Quality:
    """`apply` each fact of the period, after the state took it; then ask for `measures` and `latencies`."""

    def __init__(self) -> None:
        self._sent: dict[str, _Sent] = {}
        """By root cl_ord_id."""
        self._fills: dict[tuple[str, str], _Filled] = {}
        self._requests = self._errors = 0
        self._comparisons = self._agreed = 0

    def apply(self, stamped: Stamped, state: DeskState) -> None:
        """Take one fact in."""
        now = stamped.recorded_ns
        match stamped.fact:
            case f.OrderIntended(cl_ord_id=root, request=request, quote=quote):
                self._requests += 1
                self._sent[root] = _Sent(now, request.ord_type, quote)
            case f.HeldReleased(cl_ord_id=root, ord_type=ord_type, quote=quote):
                self._requests += 1
                self._sent[root] = _Sent(now, ord_type, quote)
            case f.OrderResent() | f.CancelIntended():
                self._requests += 1
            case f.ReplaceIntended(orig_cl_ord_id=before):
                self._requests += 1
                order = state.orders.get(before)
                if order is not None and (sent := self._sent.get(order.cl_ord_id)) is not None:
                    sent.quote = None
            case f.OrdersHandedOver(sends):
                for cl_ord_id, at_ns in sends:
                    if (sent := self._sent.get(cl_ord_id)) is not None and not sent.sent_ns:
                        sent.sent_ns = at_ns
            case f.OrderAccepted(cl_ord_id):
                if (sent := self._sent.get(cl_ord_id)) is not None and not sent.acked_ns:
                    sent.acked_ns = now
            case f.OrderWithheld(cl_ord_id):
                if (sent := self._sent.get(cl_ord_id)) is not None:
                    sent.withheld = True
            case f.OrderUnknown():
                self._errors += 1
            case f.OrderResolved(cl_ord_id) | f.OrderVouched(cl_ord_id):
                if (sent := self._sent.get(cl_ord_id)) is not None:
                    sent.absent = isinstance(stamped.fact, f.OrderResolved)
            case f.DeadLettered(cl_ord_id=cl_ord_id, cause=cause):
                if cause not in _WANTED:
                    self._errors += 1
                    if (sent := self._sent.get(cl_ord_id)) is not None:
                        sent.failed = True
            case f.AlertRaised(code=code):
                self._errors += code in ERROR_ALERTS
            case f.AlgoStatusSet(by="engine", reason=reason):
                self._errors += reason.startswith("defect in ")
            case f.OrderFilled(execution):
                self._filled(execution, state, now)
            case f.ExecutionBusted(account, exec_id):
                self._fills.pop((account, exec_id), None)
            case f.ExecutionCorrected(account, exec_id, execution):
                self._fills.pop((account, exec_id), None)
                self._filled(execution, state, now)
            case f.Reconciled(account=account):
                self._comparisons += 1
                self._agreed += not any(
                    found.kind == "position" and found.account == account for found in state.breaks.values()
                )

    def _filled(self, execution: Execution, state: DeskState, now: int) -> None:
        order = state.orders.get(execution.cl_ord_id) or state.order_at(execution.account, execution.order_id)
        sent = self._sent.get(order.cl_ord_id) if order is not None else None
        instrument = state.instruments.get(execution.symbol)
        if order is None or sent is None or instrument is None:
            return
        sent.filled_ns = sent.filled_ns or now
        if order.legs:
            return  # a package has one net price, and its legs none of their own
        expected = expected_px(execution.side, sent.ord_type, order.limit_px, order.stop_px, sent.quote)
        rate = sampled_rate(state, instrument.currency)
        if expected is None or expected <= ZERO or rate is None:
            return
        units = (
            execution.last_qty
            * instrument.multiplier
            * (ONE if instrument.currency == state.base_currency else rate.low)
        )
        worse = (execution.last_px - expected) * execution.side.sign
        self._fills[execution.account, execution.exec_id] = _Filled(
            units * expected, units * worse, worse <= instrument.tick
        )

    # -- what it comes to
    # ---------------------------------------------------------------------------------------------------

    def measures(self, state: DeskState, targets: Targets) -> tuple[Measure, ...]:
        """Every figure against its target."""
        send, answered = self.latencies()["send"], self._answered(state)
        good = [order for order, success in answered if success]
        limits = [order.cum_qty / order.qty for order in good if self._is_ended_limit(order)]
        worth = sum((fill.worth for fill in self._fills.values()), ZERO)
        cost = sum((fill.cost for fill in self._fills.values()), ZERO)
        within = sum(fill.within for fill in self._fills.values())
        t = targets
        return (
            judged("send_ms", "decision to send, p99", send.p99, t.send_ms, send.count, at_most=True, unit="ms"),
            judged("order_success", "orders taken", _share(len(good), len(answered)), t.order_success, len(answered)),
            judged(
                "limit_fill_rate", "limit orders filled", _mean(limits), t.limit_fill_rate, len(limits)
            ),
            judged(
                "expected_price", "fills within a tick",
                _share(within, len(self._fills)), t.expected_price, len(self._fills),
            ),
            judged(
                "slippage", "slippage", (cost / worth).quantize(RATIO_STEP) if worth else None, t.slippage,
                len(self._fills), at_most=True,
            ),
            judged("errors", "errors", _share(self._errors, self._requests), t.errors, self._requests, at_most=True),
            judged(
                "reconciled", "positions reconciled", _share(self._agreed, self._comparisons), t.reconciled,
                self._comparisons,
            ),
        )  # fmt: skip

    def latencies(self) -> dict[str, Latencies]:
        """send: from the decision until the order is handed to the broker's adapter; ack: from there until the desk
        knows that the broker has it; fill: from there until it knows the first fill."""
        orders = self._sent.values()
        return {
            "send": _quantiles([o.sent_ns - o.decided_ns for o in orders if o.sent_ns]),
            "ack": _quantiles([o.acked_ns - o.sent_ns for o in orders if o.sent_ns and o.acked_ns]),
            "fill": _quantiles([o.filled_ns - o.acked_ns for o in orders if o.acked_ns and o.filled_ns]),
        }

    def _answered(self, state: DeskState) -> list[tuple[Order, bool]]:
        """Orders that were to be sent and of which it is known, or in doubt, what became of them: was it taken?"""
        found = []
        for root, sent in self._sent.items():
            order = state.orders.get(root)
            if order is None or (sent.withheld and not sent.failed):
                continue
            lost = not order.cum_qty and (sent.failed or sent.absent)
            taken = bool(order.cum_qty) or (order.base not in _NOT_TAKEN and not lost)
            if taken or lost or order.base in (OrdStatus.UNKNOWN, OrdStatus.REJECTED):
                found.append((order, taken))
        return found

    def _is_ended_limit(self, order: Order) -> bool:
        return self._sent[order.cl_ord_id].ord_type.needs_limit and not order.is_open


def _share(part: int, whole: int) -> Decimal | None:
    return (Decimal(part) / whole).quantize(RATIO_STEP) if whole else None


def _mean(shares: list[Decimal]) -> Decimal | None:
    return (sum(shares, ZERO) / len(shares)).quantize(RATIO_STEP) if shares else None


def _quantiles(spans_ns: list[int]) -> Latencies:
    values = [span / _MS_NS for span in spans_ns]

    def at(share: float) -> Decimal | None:
        found = ratio(metrics.quantile(values, share))
        return None if found is None else found.quantize(_MS_STEP)

    return Latencies(len(values), at(0.5), at(0.95), at(0.99), at(1.0))
