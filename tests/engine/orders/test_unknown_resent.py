"""UNKNOWN where ids are unique for ever: the desk may hand the same order over again under its id (DESIGN §4)."""

from __future__ import annotations

from engine import facts as f
from engine import inputs as i
from engine.effects import QueryOrder, SubmitOrder
from engine.model.enums import OrdStatus
from engine.orders.order import Order
from tests.engine.dealing import (
    ACCOUNT,
    BROKER,
    BUY,
    FILLED,
    SECOND,
    D,
    Dealing,
    only,
    questions,
    submits,
)
from tests.engine.orders.doubting import PROVES_NOTHING, UNIQUE, at, facts_of, not_found, unknown

UNKNOWN, REJECTED, NEW = OrdStatus.UNKNOWN, OrdStatus.REJECTED, OrdStatus.NEW


def may_resend(seconds: int = 60) -> Dealing:
    return at(UNIQUE, resend_within_ns=seconds * SECOND)


def test_nothing_is_handed_over_again_by_default_nor_where_ids_are_not_enforced() -> None:
    for desk in (
        at(UNIQUE),
        at(BROKER, resend_within_ns=60 * SECOND),
        at(PROVES_NOTHING, resend_within_ns=60 * SECOND),
    ):
        order = unknown(desk)
        for _ in range(5):
            assert submits([*desk.pass_s(3), *not_found(desk, order, closed=True)]) == []


def test_the_same_id_goes_out_again_after_two_not_founds_an_interval_apart_on_new_sessions() -> None:
    desk = may_resend()
    order = unknown(desk)
    assert submits(not_found(desk, order, closed=False)) == []
    assert submits(not_found(desk, order, closed=True, proof=True)) == []
    assert submits(not_found(desk, order, closed=True, proof=True)) == []
    assert questions(desk.pass_s(2.5)) == [order.cl_ord_id]
    sent = only(not_found(desk, order, closed=True, proof=True), SubmitOrder)
    assert [effect.approved.order.cl_ord_id for effect in sent] == [order.cl_ord_id]
    assert order.status is UNKNOWN
    assert desk.state.positions[(ACCOUNT, "IBM")].open_buy == 100
    assert facts_of(desk, f.OrderResent)[0].cl_ord_id == order.cl_ord_id
    desk.ack(order)
    assert order.status is NEW


def resent(desk: Dealing) -> Order:
    order = unknown(desk)
    not_found(desk, order, closed=True)
    desk.pass_s(3)
    assert submits(not_found(desk, order, closed=True)) == [(BUY, D(100))]
    return order


def test_that_the_second_one_is_refused_says_nothing_of_the_first() -> None:
    desk = may_resend()
    order = resent(desk)
    desk.give(i.SubmitFailed(order.cl_ord_id, "too many requests"))
    assert order.status is UNKNOWN
    desk.give(i.Withheld(order.cl_ord_id, "gate closed"))
    assert order.status is UNKNOWN
    effects = desk.give(i.SubmitUnknown(order.cl_ord_id, "id used before"))
    assert questions(effects) == [order.cl_ord_id]
    desk.give(i.JournalFailed("disk full", (order.cl_ord_id,)))
    assert order.status is UNKNOWN
    desk.answer(order.cl_ord_id, desk.shown(order, FILLED, "100"), desk.execution(order, "100"))
    assert order.status is FILLED


def test_it_is_in_doubt_anew_after_it_went_out_again() -> None:
    desk = may_resend()
    order = resent(desk)
    assert submits(not_found(desk, order, closed=True)) == []
    after = desk.restart()
    assert order.status is UNKNOWN
    assert order.sends == 2
    assert order.cl_ord_id in after.state.unknown


def test_it_does_not_go_out_again_when_it_is_old_halted_cancelled_or_refused_by_a_check() -> None:
    desk = may_resend(seconds=5)
    order = unknown(desk)
    not_found(desk, order, closed=True)
    desk.pass_s(6)
    assert submits(not_found(desk, order, closed=True)) == []

    desk = may_resend()
    order = unknown(desk)
    not_found(desk, order, closed=True)
    desk.give(i.Halt(user="ann"))
    desk.pass_s(3)
    assert submits(not_found(desk, order, closed=True)) == []
    assert order.doubt is not None
    assert "HALTED" in order.doubt.answer

    desk = may_resend()
    order = unknown(desk)
    desk.cancel(order)
    not_found(desk, order, closed=True)
    desk.pass_s(3)
    assert submits(not_found(desk, order, closed=True)) == []


def test_what_may_not_go_out_again_and_is_proven_absent_is_dead() -> None:
    desk = may_resend()
    order = unknown(desk)
    not_found(desk, order, closed=True, proof=True)
    desk.give(i.Halt(user="ann"))
    desk.pass_s(3)
    not_found(desk, order, closed=True, proof=True)
    assert order.status is REJECTED


def test_the_question_about_it_is_a_query_by_its_own_id() -> None:
    desk = Dealing().connect()
    order = unknown(desk)
    asked = only(desk.pass_s(11), QueryOrder)
    assert {effect.cl_ord_id for effect in asked} == {order.cl_ord_id}
