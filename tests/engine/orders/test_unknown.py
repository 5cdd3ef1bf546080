"""UNKNOWN, from the submit without an outcome to the evidence (DESIGN §4)."""

from __future__ import annotations

from engine import facts as f
from engine import inputs as i
from engine import protocol as p
from engine.effects import RenewSession
from engine.model.enums import AlertLevel, OrdStatus, OrdType
from engine.model.order import OrderRequest, ReplaceRequest
from tests.engine.dealing import (
    ACCOUNT,
    BUY,
    SELL,
    D,
    Dealing,
    only,
    questions,
)
from tests.engine.orders.doubting import PROVES_NOTHING, again, at, facts_of, not_found, unknown

UNKNOWN, REJECTED, NEW = OrdStatus.UNKNOWN, OrdStatus.REJECTED, OrdStatus.NEW


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
