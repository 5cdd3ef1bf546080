"""UNKNOWN ended by the operator: declared dead or alive, or placed anew under a new id (DESIGN §4)."""

from __future__ import annotations

import pytest

from engine import facts as f
from engine import inputs as i
from engine import protocol as p
from engine.model.enums import AlertLevel, OrdStatus
from engine.model.order import ReplaceRequest
from engine.views import CommandResult
from tests.engine.dealing import (
    ACCOUNT,
    BUY,
    D,
    Dealing,
    cancels,
    questions,
    snapshots,
    submits,
)
from tests.engine.orders.doubting import PROVES_NOTHING, at, facts_of, unknown

UNKNOWN, REJECTED, NEW = OrdStatus.UNKNOWN, OrdStatus.REJECTED, OrdStatus.NEW


def test_the_operator_resolves_it_as_dead_with_a_reason_and_a_role_and_its_reservation_is_free() -> None:
    desk = at(PROVES_NOTHING)
    order = unknown(desk)
    desk.give(i.ResolveOrder(order.id, "broker says so by phone", "ann", role="risk"))
    assert order.status is REJECTED
    assert desk.state.positions[(ACCOUNT, "IBM")].open_buy == 0
    assert facts_of(desk, f.OrderResolved) == [
        f.OrderResolved(order.cl_ord_id, "ann", "broker says so by phone", "risk")
    ]


@pytest.mark.parametrize("reason", ["", "  "])
def test_without_a_reason_nothing_is_resolved(reason: str) -> None:
    desk = Dealing().connect()
    order = unknown(desk)
    desk.give(i.ResolveOrder(order.id, reason, "ann"))
    assert order.status is UNKNOWN
    assert facts_of(desk, f.CommandRefused)[-1].command == "resolve"


def test_only_what_is_unknown_can_be_resolved() -> None:
    desk = Dealing().connect()
    order = desk.place(BUY, "100")
    desk.give(i.ResolveOrder(order.id, "I say so", "ann"))
    assert order.status is NEW


def test_a_fill_that_arrives_after_that_is_booked_and_alarmed() -> None:
    desk = at(PROVES_NOTHING)
    order = unknown(desk)
    desk.give(i.ResolveOrder(order.id, "broker says so", "ann"))
    desk.fill(order, "100")
    assert desk.state.position_qty(ACCOUNT, "IBM") == 100
    assert order.status is REJECTED
    alert = next(a for a in desk.state.alerts if a.code == "FILL_AFTER_END")
    assert alert.level is AlertLevel.ALARM


def test_an_acknowledgement_after_that_asks_the_broker_and_what_lives_is_shown_again() -> None:
    desk = at(PROVES_NOTHING)
    order = unknown(desk)
    desk.give(i.ResolveOrder(order.id, "broker says so", "ann"))
    desk.pass_s(1)
    assert questions(desk.give(p.Accepted(order.cl_ord_id, "B7", 0))) == [order.cl_ord_id]
    desk.pass_s(0.1)
    desk.answer(order.cl_ord_id, desk.shown(order))
    assert order.leaves_qty == 100
    assert "ORDER_ALIVE" in desk.codes()


def test_the_operator_resolves_it_as_alive_under_the_brokers_id_and_can_cancel_it() -> None:
    desk = at(PROVES_NOTHING)
    order = unknown(desk)
    effects = desk.give(i.ResolveOrder(order.id, "seen on their screen", "ann", decision="alive", order_id="B77"))
    assert order.status is NEW
    assert order.order_id == "B77"
    assert snapshots(effects) == ["resolved by hand"]
    assert desk.state.positions[(ACCOUNT, "IBM")].open_buy == 100
    before = len(desk.released)
    desk.cancel(order)
    assert cancels(desk.released[before:]) == [order.cl_ord_id]


def test_an_unknown_replace_is_resolved_either_way() -> None:
    for decision, qty in (("dead", 100), ("alive", 150)):
        desk = at(PROVES_NOTHING)
        order = desk.place(BUY, "100")
        desk.give(i.ModifyOrder(order.id, ReplaceRequest(qty=D(150))))
        desk.give(i.SubmitUnknown(f"{order.cl_ord_id}r1", "no answer"))
        desk.give(i.ResolveOrder(order.id, "by phone", "ann", decision=decision))  # type: ignore[arg-type]
        assert (order.qty, order.worst_leaves, order.status) == (qty, qty, NEW)
        assert not desk.state.doubtful


def test_the_operator_resends_as_a_new_order_under_a_new_id_and_the_old_one_is_dead() -> None:
    desk = at(PROVES_NOTHING)
    order = unknown(desk)
    desk.pass_s(3)
    effects = desk.give(i.ResendOrder(order.id, "never got there", "ann", role="risk"))
    new = list(desk.state.by_id.values())[-1]
    assert order.status is REJECTED
    assert new is not order
    assert new.cl_ord_id != order.cl_ord_id
    assert submits(effects) == [(BUY, D(100))]
    assert facts_of(desk, f.OrderResolved)[-1].reason == "never got there"


def test_what_a_resend_would_send_passes_every_check_or_stays_here() -> None:
    desk = at(PROVES_NOTHING)
    order = unknown(desk)
    desk.pass_s(3)
    desk.give(i.Halt(user="ann"))
    effects = desk.give(i.ResendOrder(order.id, "never got there", "ann", 7))
    assert submits(effects) == []
    new = list(desk.state.by_id.values())[-1]
    assert new.status is OrdStatus.DENIED
    answer = next(e.result for e in effects if type(e).__name__ == "Reply")
    assert isinstance(answer, CommandResult)
    assert not answer.ok
    assert [denial.code for denial in answer.denials] == ["HALTED"]
