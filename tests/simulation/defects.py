"""Deliberate defects: what the simulation must find, to show that it can see.

Each is a context manager that puts one wrong thing in the place of a right one, in this process and for as long as it
lasts. They are the mistakes that order systems are known for; none of them is visible in an order's normal life.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from functools import partial
from typing import Any
from unittest.mock import patch

from engine import desk as desk_module
from engine import inputs
from engine import protocol as p
from engine.algos import driving
from engine.desk import Desk
from engine.effects import Effect, SubmitOrder
from engine.evolve import executions, orders
from engine.orders import contingency, native, release, reports, resend
from engine.orders.group import Group, started_qty
from engine.orders.order import Order
from engine.orders.table import Event, after
from engine.risk import engine as risk_engine
from engine.risk.checks.restricted import check_restricted
from engine.risk.checks.self_match import check_self_match
from engine.risk.checks.short_sale import check_short_sale
from engine.risk.context import Context
from engine.risk.gate import Gate
from engine.runtime.gateway import Gateway
from engine.runtime.pump import Batch, Pump
from engine.state import Algo, DeskState
from tests.simulation import process
from tests.simulation.process import Process


@contextmanager
def retry_on_timeout() -> Iterator[None]:
    """A submit that timed out is sent once more: it was not answered, so it can't have arrived."""
    sent: dict[str, SubmitOrder] = {}
    submit_unknown = reports.submit_unknown

    def try_again(desk: Desk, outcome: inputs.SubmitUnknown) -> None:
        submit_unknown(desk, outcome)
        again = sent.pop(outcome.cl_ord_id, None)
        if again is not None:
            desk.effect(again)

    def effect(desk: Desk, wanted: Effect) -> None:
        if isinstance(wanted, SubmitOrder):
            sent[wanted.approved.order.cl_ord_id] = wanted
        desk.effects.append(wanted)

    handlers = {**desk_module.HANDLERS, inputs.SubmitUnknown: try_again}
    with patch.object(desk_module, "HANDLERS", handlers), patch.object(Desk, "effect", effect):
        yield


@contextmanager
def book_duplicates() -> Iterator[None]:
    """An execution that is reported twice is booked twice."""
    book = reports.book

    def booked_anew(desk: Desk, report: p.Filled) -> None:
        execution = report.execution
        desk.state.seen_executions.pop((execution.account, execution.exec_id), None)
        book(desk, execution)

    with patch.object(desk_module, "HANDLERS", {**desk_module.HANDLERS, p.Filled: booked_anew}):
        yield


@contextmanager
def release_before_commit() -> Iterator[None]:
    """Orders go out while their intent is still on its way to the disk."""
    take, commit = Pump.take, Process._commit
    early: list[Effect] = []

    def take_early(pump: Pump) -> Batch | None:
        batch = take(pump)
        if batch is not None and batch.rows:
            early.extend(e for e in batch.effects if isinstance(e, SubmitOrder))
            batch.effects = [e for e in batch.effects if not isinstance(e, SubmitOrder)]
        return batch

    def commit_late(process: Process) -> None:
        commit(process)
        while early:
            process._perform(early.pop(0))

    with patch.object(Pump, "take", take_early), patch.object(Process, "_commit", commit_late):
        yield


@contextmanager
def forget_a_reservation() -> Iterator[None]:
    """A replace reserves the new terms at once, as if it had been accepted."""
    settle = orders.settle

    def settle_new_terms(state: DeskState, order: Order, now: int) -> None:
        replace = order.pending_replace
        if replace is None or replace.qty >= order.qty:
            settle(state, order, now)
            return
        order.qty, kept = replace.qty, order.qty
        settle(state, order, now)
        order.qty = kept

    with patch.object(orders, "settle", settle_new_terms), patch.object(executions, "settle", settle_new_terms):
        yield


@contextmanager
def absent_without_proof() -> Iterator[None]:
    """ "Not found" is taken for "is not there", whatever the broker proves by it."""
    with patch.object(Gateway, "_proves_absence", lambda gateway, cl_ord_id, session: True):
        yield


@contextmanager
def send_again_on_the_same_session() -> Iterator[None]:
    """An order that is not found is handed over again while the first one may still be on its way."""

    def at_once(desk: Desk, order: Order, answer: inputs.OrderEvidence) -> bool:
        return resend.may_resend(desk, order) and resend._resend(desk, order)

    with patch.object(resend, "on_not_found", at_once):
        yield


@contextmanager
def free_at_the_cancel() -> Iterator[None]:
    """The rest of a cancelled order counts as free though the broker's count of its fills is not known."""

    def end(order: Order, event: Event, text: str, cum_qty: object) -> None:
        orders._die(order, after(order.base, event), text)

    with patch.object(orders, "_end", end):
        yield


@contextmanager
def forget_the_gate() -> Iterator[None]:
    """The gate is read when an order is decided, not when its bytes are handed over."""
    with patch.object(Gate, "passes", lambda gate, epoch, reducing: True):
        yield


@contextmanager
def take_a_refused_cancel_for_done() -> Iterator[None]:
    """A cancel that was refused is taken for a cancel that succeeded."""

    def cancel_rejected(desk: Desk, report: p.CancelRejected) -> None:
        reports.canceled(desk, p.Canceled(report.cl_ord_id, report.ts_ns, report.reason))

    with patch.object(desk_module, "HANDLERS", {**desk_module.HANDLERS, p.CancelRejected: cancel_rejected}):
        yield


@contextmanager
def send_beside_the_partner() -> Iterator[None]:
    """A leg that the market reached goes out at once, while its partner still works at the broker."""
    with patch.object(release, "mates", lambda group, order, orders: ()):
        yield


@contextmanager
def forget_the_partners_fill() -> Iterator[None]:
    """A leg goes out for all that it was placed for, whatever its partner has executed meanwhile."""

    def total_qty(group: Group, order: Order, orders: Mapping[str, Order], lot: Decimal) -> Decimal:
        return started_qty(group, order, orders, lot)

    with patch.object(release, "total_qty", total_qty), patch.object(contingency, "total_qty", total_qty):
        yield


@contextmanager
def forget_the_brokers_groups() -> Iterator[None]:
    """A new process does not tell its adapter which orders belong to groups that the broker holds."""
    with patch.object(process, "living", lambda desk, account: []):
        yield


@contextmanager
def resize_what_the_broker_holds() -> Iterator[None]:
    """The desk sizes and ends the exits of a broker's group as if it held them itself, beside the broker."""

    def step(desk: Desk, group: Group) -> None:
        group.at_broker = False
        contingency._step(desk, group)
        group.at_broker = True

    with patch.object(native, "step", step):
        yield


@contextmanager
def free_while_a_child_is_cancelled() -> Iterator[None]:
    """A parent sends anew what its child still has at the broker, as soon as it has asked for the child's cancel."""

    def outstanding(algo: Algo) -> Decimal:
        children = (child for child in algo.open_children.values() if not child.pending_cancel)
        return sum((child.worst_leaves for child in children), Decimal(0))

    def out_for(algo: Algo, purpose: str) -> list[Order]:
        children = (child for child in algo.open_children.values() if not child.pending_cancel)
        return [child for child in children if child.request.purpose == purpose]

    with patch.object(Algo, "outstanding", property(outstanding)), patch.object(Algo, "out_for", out_for):
        yield


@contextmanager
def let_an_algo_raise() -> Iterator[None]:
    """What an algo's kind raises is the whole desk's."""

    def asked(desk: Desk, algo: Algo, question: Callable[[], Any]) -> Any:
        return question()

    with patch.object(driving, "_asked", asked):
        yield


@contextmanager
def leave_out(check: Callable[[Context], None]) -> Iterator[None]:
    """One check of the risk engine is not made."""
    rest = tuple(each for each in risk_engine.CHECKS if each is not check)
    with patch.object(risk_engine, "CHECKS", rest):
        yield


DEFECTS: dict[str, Callable[[], Any]] = {
    "retry on time-out": retry_on_timeout,
    "book duplicates": book_duplicates,
    "release before the commit": release_before_commit,
    "forget a reservation": forget_a_reservation,
    "absent without proof": absent_without_proof,
    "send again on the same session": send_again_on_the_same_session,
    "free at the cancel": free_at_the_cancel,
    "forget the gate": forget_the_gate,
    "a refused cancel is a cancel": take_a_refused_cancel_for_done,
    "send beside the partner": send_beside_the_partner,
    "forget the partner's fill": forget_the_partners_fill,
    "free while a child is cancelled": free_while_a_child_is_cancelled,
    "let an algo raise": let_an_algo_raise,
    "trade with oneself": partial(leave_out, check_self_match),
    "trade what is restricted": partial(leave_out, check_restricted),
    "sell short what nobody located": partial(leave_out, check_short_sale),
}

#: Seen where the broker holds groups.
GROUP_DEFECTS: dict[str, Callable[[], Any]] = {
    "forget the broker's groups": forget_the_brokers_groups,
    "resize what the broker holds": resize_what_the_broker_holds,
}
