"""UNKNOWN, from the submit without an outcome to the evidence or the operator's decision (DESIGN §4)."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from engine import facts as f
from engine import inputs as i
from engine import protocol as p
from engine.effects import QueryOrder, RenewSession, SubmitOrder
from engine.model.enums import AlertLevel, OrdStatus, OrdType
from engine.model.order import OrderRequest, ReplaceRequest
from engine.orders.order import Order
from engine.risk.engine import RiskEngine
from engine.views import CommandResult
from tests.engine.dealing import (
    ACCOUNT,
    BROKER,
    BUY,
    FILLED,
    SECOND,
    SELL,
    D,
    Dealing,
    cancels,
    only,
    questions,
    snapshots,
    submits,
)

UNKNOWN, REJECTED, NEW = OrdStatus.UNKNOWN, OrdStatus.REJECTED, OrdStatus.NEW
PROVES_NOTHING = msgspec.structs.replace(BROKER, absence_proof=p.AbsenceProof.NOTHING)
UNIQUE = msgspec.structs.replace(BROKER, unique_ids_enforced=True, resend_interval_ns=2 * SECOND)


def at(broker: p.Capabilities, desk: Dealing | None = None, **settings: int) -> Dealing:
    """A connected desk at a broker of these capabilities, with these surroundings."""
    desk = desk or Dealing()
    around = msgspec.structs.replace(desk.desk.surroundings, capabilities=lambda account: broker, **settings)
    desk.desk.surroundings = around
    desk.desk.risk = RiskEngine(desk.state, desk.quotes, around)
    return desk.connect()


def unknown(desk: Dealing, qty: str = "100", **more: Any) -> Order:
    """An order whose submit timed out."""
    order = desk.place(BUY, qty, ack=False, **more)
    desk.give(i.SubmitUnknown(order.cl_ord_id, "no answer within 5 s"))
    return order


def not_found(desk: Dealing, order: Order, *, closed: bool, proof: bool = False) -> list[Any]:
    return desk.give(i.OrderEvidence(order.cl_ord_id, None, (), proof, desk.now.wall_ns, 0, closed))


def again(desk: Dealing, order: Order) -> Order:
    """The same order placed once more."""
    desk.give(i.PlaceOrder(order.request))
    return list(desk.state.by_id.values())[-1]


def facts_of(desk: Dealing, kind: type) -> list[Any]:
    return [fact for fact in desk.recorded if isinstance(fact, kind)]


# --- until there is evidence ------------------------------------------------------------------------------------------


def test_a_submit_that_times_out_is_unknown_asked_about_at_once_and_keeps_its_reservation() -> None:
    desk = Dealing().connect()
    order = desk.place(BUY, "100", ack=False)
    effects = desk.give(i.SubmitUnknown(order.cl_ord_id, "no answer within 5 s"))
    assert order.status is UNKNOWN
    assert questions(effects) == [order.cl_ord_id]
    assert desk.state.positions[(ACCOUNT, "IBM")].open_buy == 100
    assert "ORDER_UNKNOWN" in desk.codes()


def test_the_reservation_of_an_unknown_order_survives_a_restart_and_denies_what_it_leaves_no_room_for() -> None:
    desk = Dealing(hold="100").connect()
    order = desk.place(SELL, "100", ack=False)
    desk.give(i.SubmitUnknown(order.cl_ord_id, "reset"))
    after = desk.restart().connect()
    assert after.state.positions[(ACCOUNT, "IBM")].open_sell == 100
    request = OrderRequest(ACCOUNT, "IBM", SELL, D("50"), OrdType.LIMIT, D("100.01"))
    after.give(i.PlaceOrder(request))
    denied = list(after.state.by_id.values())[-1]
    assert denied.status is OrdStatus.DENIED
    assert "SELL_EXCEEDS_POSITION" in denied.text


def test_an_intent_without_proof_is_unknown_after_a_restart() -> None:
    desk = Dealing().connect()
    order = desk.place(BUY, "100", ack=False)
    assert order.status is OrdStatus.PENDING_NEW
    after = desk.restart()
    assert order.status is UNKNOWN
    assert order.cl_ord_id in after.state.unknown


def test_hours_of_not_found_without_proof_resolve_nothing_and_the_question_is_asked_again_and_again() -> None:
    desk = at(PROVES_NOTHING)
    order = unknown(desk)
    asked = 0
    for _ in range(30):
        asked += questions(desk.pass_s(10)).count(order.cl_ord_id)
        not_found(desk, order, closed=True)
    assert order.status is UNKNOWN
    assert desk.state.positions[(ACCOUNT, "IBM")].open_buy == 100
    assert asked >= 25


def test_a_question_without_an_answer_says_nothing_of_the_order_and_is_kept_with_it() -> None:
    desk = Dealing().connect()
    order = unknown(desk)
    desk.give(i.QueryFailed(ACCOUNT, order.cl_ord_id, "no answer"))
    assert order.status is UNKNOWN
    assert order.doubt is not None
    assert (order.doubt.asked, order.doubt.answer) == (1, "no answer: no answer")


def test_the_operator_is_called_once_when_no_evidence_comes() -> None:
    desk = at(PROVES_NOTHING)
    order = unknown(desk)
    for _ in range(12):
        desk.pass_s(10)
        not_found(desk, order, closed=True)
    assert desk.codes().count("STILL_UNKNOWN") == 1
    alert = next(a for a in desk.state.alerts if a.code == "STILL_UNKNOWN")
    assert alert.level is AlertLevel.ALARM
    assert f"resolve {order.id} dead" in alert.text


# --- the same intent ------------------------------------------------------------------------------------------------


def test_a_second_order_of_an_unknown_intent_is_refused_however_late() -> None:
    desk = Dealing().connect()
    order = unknown(desk)
    desk.pass_s(60)
    second = again(desk, order)
    assert second.status is OrdStatus.DENIED
    assert "UNKNOWN_SAME_INTENT" in second.text


def test_after_a_restart_it_is_refused_as_well() -> None:
    desk = Dealing().connect()
    order = unknown(desk)
    after = desk.restart().connect()
    after.pass_s(3)
    assert "UNKNOWN_SAME_INTENT" in again(after, order).text


def test_an_order_like_what_an_unknown_replace_makes_of_another_is_refused() -> None:
    desk = Dealing().connect()
    order = desk.place(BUY, "100")
    desk.give(i.ModifyOrder(order.id, ReplaceRequest(qty=D(150), limit_px=D("99.90"))))
    desk.give(i.SubmitUnknown(f"{order.cl_ord_id}r1", "no answer"))
    request = OrderRequest(ACCOUNT, "IBM", BUY, D(150), OrdType.LIMIT, D("99.90"))
    desk.give(i.PlaceOrder(request))
    second = list(desk.state.by_id.values())[-1]
    assert "UNKNOWN_SAME_INTENT" in second.text
    desk.give(i.OrderEvidence(f"{order.cl_ord_id}r1", None, (), True, desk.now.wall_ns, 0, True))
    assert order.qty == 100
    desk.pass_s(3)
    desk.give(i.PlaceOrder(request))
    assert list(desk.state.by_id.values())[-1].status is OrdStatus.PENDING_NEW


def test_another_order_is_not_changed_into_the_likeness_of_an_unknown_one() -> None:
    desk = Dealing().connect()
    other = desk.place(BUY, "10", "99.90")
    unknown(desk)
    desk.give(i.ModifyOrder(other.id, ReplaceRequest(qty=D(100), limit_px=D("100.00"))))
    assert other.pending_replace is None
    refused = facts_of(desk, f.ReplaceRefused)[-1]
    assert [denial.code for denial in refused.denials] == ["UNKNOWN_SAME_INTENT"]


def test_a_second_replace_waits_for_the_first() -> None:
    desk = Dealing().connect()
    order = desk.place(BUY, "100")
    desk.give(i.ModifyOrder(order.id, ReplaceRequest(qty=D(150))))
    desk.give(i.SubmitUnknown(f"{order.cl_ord_id}r1", "no answer"))
    desk.give(i.ModifyOrder(order.id, ReplaceRequest(qty=D(150))))
    assert order.replaces == 1
    assert order.worst_leaves == 150


# --- evidence -------------------------------------------------------------------------------------------------------


def test_a_late_acknowledgement_is_evidence() -> None:
    desk = Dealing().connect()
    order = unknown(desk)
    desk.ack(order)
    assert order.status is NEW
    assert order.doubt is None
    assert not desk.state.unknown


def test_an_execution_report_is_evidence() -> None:
    desk = Dealing().connect()
    order = unknown(desk)
    desk.fill(order, "40")
    assert order.status is OrdStatus.PARTIALLY_FILLED
    assert not desk.state.unknown


def test_a_snapshot_that_lists_it_is_evidence() -> None:
    desk = Dealing().connect()
    order = unknown(desk)
    desk.compare(desk.shown(order))
    assert order.status is NEW


def test_a_snapshot_without_it_is_none_and_one_from_before_the_submit_is_not_even_asked_about() -> None:
    desk = Dealing().connect()
    before = desk.now.wall_ns
    order = unknown(desk)
    assert questions(desk.compare(asked_ns=before)) == []
    desk.pass_s(1)
    assert questions(desk.compare()) == [order.cl_ord_id]
    assert order.status is UNKNOWN


def test_a_refused_cancel_of_an_unknown_order_is_none() -> None:
    desk = Dealing().connect()
    order = unknown(desk)
    desk.cancel(order)
    desk.give(p.CancelRejected(order.cl_ord_id, "no order has this id", 0))
    assert order.status is UNKNOWN


def test_not_found_on_the_next_session_is_proof_where_the_broker_says_so() -> None:
    desk = Dealing().connect()
    order = unknown(desk)
    not_found(desk, order, closed=False)
    assert order.status is UNKNOWN
    not_found(desk, order, closed=True, proof=True)
    assert order.status is REJECTED
    assert desk.state.positions[(ACCOUNT, "IBM")].open_buy == 0


def test_a_new_session_is_opened_when_the_old_one_can_prove_nothing() -> None:
    desk = Dealing().connect()
    order = unknown(desk)
    wanted = []
    for _ in range(3):
        effects = desk.pass_s(10)
        wanted += only([*effects, *not_found(desk, order, closed=False)], RenewSession)
    assert [effect.account for effect in wanted] == [ACCOUNT, ACCOUNT]
    assert order.status is UNKNOWN


def test_a_replace_that_is_not_found_gets_its_new_session_as_well_and_is_denied_on_proof() -> None:
    desk = Dealing().connect()
    order = desk.place(BUY, "100")
    desk.give(i.ModifyOrder(order.id, ReplaceRequest(qty=D(150))))
    change = f"{order.cl_ord_id}r1"
    desk.give(i.SubmitUnknown(change, "no answer"))
    wanted = []
    for _ in range(2):
        effects = desk.pass_s(10)
        effects += desk.give(i.OrderEvidence(change, None, (), False, desk.now.wall_ns))
        wanted += only(effects, RenewSession)
    assert len(wanted) == 1
    desk.give(i.OrderEvidence(change, None, (), True, desk.now.wall_ns, 0, True))
    assert (order.status, order.worst_leaves) == (NEW, 100)


def test_no_session_is_ended_under_a_kill_nor_soon_under_other_requests() -> None:
    desk = Dealing().connect()
    order = unknown(desk)
    desk.place(BUY, "10", "99.00", ack=False)
    for _ in range(4):
        desk.pass_s(10)
        assert only(not_found(desk, order, closed=False), RenewSession) == []
    desk.give(i.Kill("me", "enough", "no"))
    for _ in range(10):
        desk.pass_s(10)
        assert only(not_found(desk, order, closed=False), RenewSession) == []


def test_what_was_asked_and_answered_is_told_with_the_order_and_is_not_taken_for_news_of_it() -> None:
    desk = at(PROVES_NOTHING)
    order = unknown(desk)
    changed_ns = order.updated_ns
    desk.pass_s(10)
    not_found(desk, order, closed=False)
    not_found(desk, order, closed=True)
    assert [fact.answer for fact in facts_of(desk, f.EvidenceNoted)] == [
        "not found, which proves nothing yet",
        "not found on a new session",
    ]
    assert order.updated_ns == changed_ns


# --- the operator ---------------------------------------------------------------------------------------------------


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


# --- handing over again by itself -------------------------------------------------------------------------------------


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
