"""Sentences about orders: what was decided, what was handed over, what the broker said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from engine import facts as f
from engine.publish.fact_words import Names, because, by, execution_words, number, prices, quote_words, terms


def _order_intended(fact: f.OrderIntended, names: Names, at: int) -> str:
    request = fact.request
    origin = f", algo {request.parent}" if request.parent is not None else ""
    origin += f" ({request.purpose})" if request.purpose else ""
    origin += ", liquidation" if fact.liquidation else ""
    notes = f" ({'; '.join(fact.notes)})" if fact.notes else ""
    checked = f"checks passed at worst {number(fact.ref_px)} on {quote_words(fact.quote, at)}"
    return f"order {fact.id} intended{by(request.user)}{origin}: {terms(request)}; {checked}{notes}"


def _order_denied(fact: f.OrderDenied, names: Names, at: int) -> str:
    reasons = "; ".join(str(denial) for denial in fact.denials)
    said = f"order {fact.id} DENIED{by(fact.request.user)}: {terms(fact.request)}{because(reasons)}"
    return f"{said}; {quote_words(fact.quote, at)}"


def _order_withheld(fact: f.OrderWithheld, names: Names, at: int) -> str:
    return f"{names.order(fact.cl_ord_id)} WITHHELD, never sent{because(fact.reason)}"


def _order_unknown(fact: f.OrderUnknown, names: Names, at: int) -> str:
    return f"{names.order(fact.cl_ord_id)} UNKNOWN, sent without an outcome{because(fact.reason)}"


def _order_accepted(fact: f.OrderAccepted, names: Names, at: int) -> str:
    return f"{names.order(fact.cl_ord_id)} accepted, the broker's id {fact.order_id}"


def _order_rejected(fact: f.OrderRejected, names: Names, at: int) -> str:
    return f"{names.order(fact.cl_ord_id)} REJECTED by the broker{because(fact.reason)}"


def _order_filled(fact: f.OrderFilled, names: Names, at: int) -> str:
    return f"{names.order_of(fact.execution)} filled: {execution_words(fact.execution)}"


def _orphan_filled(fact: f.OrphanFilled, names: Names, at: int) -> str:
    ident = fact.execution.cl_ord_id or fact.execution.order_id or "no order"
    return f"fill of an order the desk does not know ({ident}): {execution_words(fact.execution)}"


def _execution_busted(fact: f.ExecutionBusted, names: Names, at: int) -> str:
    return f"execution {fact.exec_id} BUSTED by the broker"


def _execution_corrected(fact: f.ExecutionCorrected, names: Names, at: int) -> str:
    order = names.order_of(fact.execution)
    return f"execution {fact.exec_id} CORRECTED by the broker: {order} {execution_words(fact.execution)}"


def _cancel_intended(fact: f.CancelIntended, names: Names, at: int) -> str:
    attempt = f", attempt {fact.attempt}" if fact.attempt > 1 else ""
    return f"cancel of {names.order(fact.cl_ord_id)} intended{by(fact.by)}{attempt}{because(fact.reason)}"


def _cancel_denied(fact: f.CancelDenied, names: Names, at: int) -> str:
    return f"cancel of {names.order(fact.cl_ord_id)} refused by the broker{because(fact.reason)}"


def _order_canceled(fact: f.OrderCanceled, names: Names, at: int) -> str:
    return f"{names.order(fact.cl_ord_id)} canceled{_filled_in_all(fact.cum_qty)}{because(fact.reason)}"


def _replace_intended(fact: f.ReplaceIntended, names: Names, at: int) -> str:
    to = f"{number(fact.qty)}{_at(fact.limit_px, fact.stop_px)}"
    order = names.order(fact.orig_cl_ord_id)
    return f"change of {order} to {to} intended{by(fact.user)} as {fact.cl_ord_id}, at worst {number(fact.ref_px)}"


def _replace_refused(fact: f.ReplaceRefused, names: Names, at: int) -> str:
    reasons = "; ".join(str(denial) for denial in fact.denials)
    return f"change of {names.order(fact.cl_ord_id)}{by(fact.user)} DENIED{because(reasons)}"


def _order_replaced(fact: f.OrderReplaced, names: Names, at: int) -> str:
    to = f"{number(fact.qty)}{_at(fact.limit_px, fact.stop_px)}"
    return f"{names.order(fact.orig_cl_ord_id)} changed to {to}, now {fact.cl_ord_id}, the broker's id {fact.order_id}"


def _replace_denied(fact: f.ReplaceDenied, names: Names, at: int) -> str:
    return f"change of {names.order(fact.orig_cl_ord_id)} did not happen{because(fact.reason)}"


def _order_expired(fact: f.OrderExpired, names: Names, at: int) -> str:
    return f"{names.order(fact.cl_ord_id)} expired{_filled_in_all(fact.cum_qty)}"


def _order_end_proven(fact: f.OrderEndProven, names: Names, at: int) -> str:
    return f"{names.order(fact.cl_ord_id)} proven ended{_filled_in_all(fact.cum_qty)}"


def _order_done_for_day(fact: f.OrderDoneForDay, names: Names, at: int) -> str:
    over = f", and over{_filled_in_all(fact.cum_qty)}" if fact.over else ""
    return f"{names.order(fact.cl_ord_id)} done for the day{over}"


def _order_suspended(fact: f.OrderSuspended, names: Names, at: int) -> str:
    return f"{names.order(fact.cl_ord_id)} suspended by the broker{because(fact.reason)}"


def _order_reinstated(fact: f.OrderReinstated, names: Names, at: int) -> str:
    return f"{names.order(fact.cl_ord_id)} works again{because(fact.why)}"


def _order_stopped(fact: f.OrderStopped, names: Names, at: int) -> str:
    qty = "" if fact.qty is None else f" of {number(fact.qty)}"
    px = "" if fact.px is None else f" at {number(fact.px)} or better"
    return f"{names.order(fact.cl_ord_id)} stopped: an execution{qty}{px} is guaranteed"


def _order_calculated(fact: f.OrderCalculated, names: Names, at: int) -> str:
    return f"{names.order(fact.cl_ord_id)} calculated by the broker"


def _order_triggered(fact: f.OrderTriggered, names: Names, at: int) -> str:
    return f"{names.order(fact.cl_ord_id)} triggered by the broker"


def _adoption_corrected(fact: f.AdoptionCorrected, names: Names, at: int) -> str:
    return f"{names.order(fact.cl_ord_id)}: {number(fact.adopted_qty)} filled before it was first seen"


def _order_restated(fact: f.OrderRestated, names: Names, at: int) -> str:
    now = f"{fact.status.value} for {number(fact.qty)}{_at(fact.limit_px, fact.stop_px)}{_filled_in_all(fact.cum_qty)}"
    return f"{names.order(fact.cl_ord_id)} restated from the broker's books: {now}{because(fact.why)}"


def _order_adopted(fact: f.OrderAdopted, names: Names, at: int) -> str:
    done = f", {number(fact.adopted_qty)} filled before" if fact.adopted_qty else ""
    return f"order {fact.id} adopted, placed elsewhere: {terms(fact.snapshot)}{done}"


def _order_resolved(fact: f.OrderResolved, names: Names, at: int) -> str:
    role = f" ({fact.role})" if fact.role else ""
    return f"{names.order(fact.cl_ord_id)} resolved as dead{by(fact.by)}{role}{because(fact.reason)}"


def _order_vouched(fact: f.OrderVouched, names: Names, at: int) -> str:
    order_id = f", the broker's id {fact.order_id}" if fact.order_id else ""
    return f"{names.order(fact.cl_ord_id)} resolved as alive{by(fact.by)} ({fact.role}){order_id}{because(fact.reason)}"


def _evidence_noted(fact: f.EvidenceNoted, names: Names, at: int) -> str:
    return f"{names.order(fact.cl_ord_id)} asked about, {fact.answer}"


def _order_resent(fact: f.OrderResent, names: Names, at: int) -> str:
    checked = f"checks passed at worst {number(fact.ref_px)} on {quote_words(fact.quote, at)}"
    return f"{names.order(fact.cl_ord_id)} sent again under its id {fact.cl_ord_id}; {checked}"


def _filled_in_all(cum_qty: Decimal | None) -> str:
    return "" if cum_qty is None else f", {number(cum_qty)} filled in all"


def _at(limit_px: Decimal | None, stop_px: Decimal | None) -> str:
    px = prices(limit_px, stop_px)
    return f" at{px}" if limit_px is not None else px


ORDER_SENTENCES: Final[Mapping[type, Callable[[Any, Names, int], str]]] = MappingProxyType(
    {
        f.OrderIntended: _order_intended,
        f.OrderDenied: _order_denied,
        f.OrderWithheld: _order_withheld,
        f.OrderUnknown: _order_unknown,
        f.OrderAccepted: _order_accepted,
        f.OrderRejected: _order_rejected,
        f.OrderFilled: _order_filled,
        f.OrphanFilled: _orphan_filled,
        f.ExecutionBusted: _execution_busted,
        f.ExecutionCorrected: _execution_corrected,
        f.CancelIntended: _cancel_intended,
        f.CancelDenied: _cancel_denied,
        f.OrderCanceled: _order_canceled,
        f.ReplaceIntended: _replace_intended,
        f.ReplaceRefused: _replace_refused,
        f.OrderReplaced: _order_replaced,
        f.ReplaceDenied: _replace_denied,
        f.OrderExpired: _order_expired,
        f.OrderEndProven: _order_end_proven,
        f.OrderDoneForDay: _order_done_for_day,
        f.OrderTriggered: _order_triggered,
        f.AdoptionCorrected: _adoption_corrected,
        f.OrderSuspended: _order_suspended,
        f.OrderReinstated: _order_reinstated,
        f.OrderStopped: _order_stopped,
        f.OrderCalculated: _order_calculated,
        f.OrderRestated: _order_restated,
        f.OrderAdopted: _order_adopted,
        f.OrderResolved: _order_resolved,
        f.OrderVouched: _order_vouched,
        f.EvidenceNoted: _evidence_noted,
        f.OrderResent: _order_resent,
    }
)
"""What is told of a single order; the same kinds are the order events of time travel."""
