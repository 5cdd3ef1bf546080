"""What stands around every adapter, in virtual time: what is tried again and what never is, and when."""

from __future__ import annotations

import pytest

from engine import inputs as i
from engine.effects import QueryOrder, QuerySnapshot
from engine.protocol import (
    AmbiguousError,
    Canceled,
    RefusedError,
    ThrottledError,
)
from tests.engine.runtime.resilient import ASK, CANCEL, CANCEL_ALL, REPLACE, SUBMIT, Desk
from tests.simulation.loop import SECOND_NS

# --- what is tried again ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [AmbiguousError("502"), TimeoutError(), ThrottledError("fast"), RefusedError("no")])
def test_an_order_is_never_sent_a_second_time_whatever_happens_to_it(desk: Desk, error: Exception) -> None:
    desk.broker.errors = {SUBMIT: [error], REPLACE: [error]}
    desk.submit("A")
    desk.replace("Ar1", "A")
    desk.run(600)

    assert len(desk.broker.times(SUBMIT)) == len(desk.broker.times(REPLACE)) == 1


def test_a_question_is_asked_again_after_one_two_and_four_seconds(desk: Desk) -> None:
    desk.broker.always[ASK] = AmbiguousError("502")
    desk.gateway.query(QueryOrder("A1", "A"))
    desk.run(60)

    assert desk.broker.times(ASK) == [0.1, 1.1, 3.1, 7.1]
    assert [failed.reason for failed in desk.told(i.QueryFailed)] == ["502"]


def test_a_question_that_waits_is_not_asked_twice(desk: Desk) -> None:
    desk.broker.errors[ASK] = [AmbiguousError("502")]
    desk.gateway.query(QueryOrder("A1", "A"))
    desk.run(0.5)
    desk.gateway.query(QueryOrder("A1", "A"))
    desk.run(60)

    assert desk.broker.times(ASK) == [0.1, 1.1]
    assert len(desk.told(i.OrderEvidence)) == 1


def test_a_snapshot_that_failed_is_asked_for_again_as_a_whole(desk: Desk) -> None:
    desk.broker.errors["open orders"] = [TimeoutError()]
    desk.gateway.snapshot(QuerySnapshot("A1", "test"))
    desk.run(5)

    (snapshot,) = desk.told(i.BrokerSnapshot)
    assert snapshot.asked_wall_ns == 1.1 * SECOND_NS


def test_a_cancel_without_an_answer_is_asked_about_at_once_and_sent_again(desk: Desk) -> None:
    desk.broker.errors[CANCEL] = [AmbiguousError("502"), AmbiguousError("502")]
    desk.cancel("A")

    assert [failed.ambiguous for failed in desk.told(i.CancelFailed)] == [True]
    desk.run(60)
    assert desk.broker.times(CANCEL) == [0.1, 1.1, 3.1]


def test_a_throttled_cancel_waits_as_long_as_the_broker_asked_and_is_no_news(desk: Desk) -> None:
    desk.broker.errors[CANCEL] = [ThrottledError("slow down", retry_after_s=2.5)]
    desk.cancel("A")
    desk.run(60)

    assert desk.broker.times(CANCEL) == [0.1, 2.6]
    assert not desk.told(i.CancelFailed)


def test_a_cancel_that_the_broker_refused_is_not_sent_again(desk: Desk) -> None:
    desk.broker.errors[CANCEL] = [RefusedError("too late")]
    desk.cancel("A")
    desk.run(60)

    assert desk.broker.times(CANCEL) == [0.1]
    assert [failed.ambiguous for failed in desk.told(i.CancelFailed)] == [False]


def test_a_cancel_is_not_sent_again_for_an_order_that_has_ended(desk: Desk) -> None:
    desk.broker.errors[CANCEL] = [AmbiguousError("502")]
    desk.cancel("A")
    desk.broker.sink(Canceled("A", 0))
    desk.run(60)

    assert desk.broker.times(CANCEL) == [0.1]


# --- rate -------------------------------------------------------------------------------------------------------------


def test_a_throttled_order_is_refused_unread_and_the_next_ones_wait_as_asked(desk: Desk) -> None:
    desk.broker.errors[SUBMIT] = [ThrottledError("slow down", retry_after_s=3)]
    desk.submit("A")
    desk.submit("B")
    desk.cancel("C")
    desk.run(10)

    assert [(failed.cl_ord_id, failed.cause) for failed in desk.told(i.SubmitFailed)] == [("A", "throttled")]
    assert desk.broker.times(SUBMIT, "B") == [3.1]
    assert desk.broker.times(CANCEL) == [0.1]


def test_an_order_that_gets_no_turn_in_time_is_withheld(slow_desk: Desk) -> None:
    for number in range(40):
        slow_desk.submit(f"A{number}")
    slow_desk.run(20)

    withheld = slow_desk.told(i.Withheld)
    assert {(w.cause, w.reason) for w in withheld} == {("queue", "no turn within 5 s")}
    assert len(slow_desk.broker.times(SUBMIT)) + len(withheld) == 40
    assert max(slow_desk.broker.times(SUBMIT)) <= 5.2


def test_a_kill_goes_out_at_once_behind_a_full_queue_of_orders(slow_desk: Desk) -> None:
    for number in range(20):
        slow_desk.submit(f"A{number}")
    slow_desk.cancel("old", urgent=True)

    assert slow_desk.broker.got[-1] == (0.1, CANCEL, "old")


def test_cancelling_an_order_that_waits_also_ends_the_change_of_it_that_waits(slow_desk: Desk) -> None:
    for number in range(9):
        slow_desk.submit(f"A{number}")
    slow_desk.replace("A0r1", "A0")
    slow_desk.cancel("A0")
    slow_desk.cancel("A8")
    slow_desk.run(20)

    assert [(w.cl_ord_id, w.cause) for w in slow_desk.told(i.Withheld)] == [("A0r1", "cancelled"), ("A8", "cancelled")]
    assert [who for _, what, who in slow_desk.broker.got if what == CANCEL] == ["A0"]


# --- native cancel-all ------------------------------------------------------------------------------------------------


def test_one_request_cancels_everything_and_what_waits_dies_unsent(slow_desk: Desk) -> None:
    for number in range(9):
        slow_desk.submit(f"A{number}")
    sent = [who for _, what, who in slow_desk.broker.got if what == SUBMIT]
    waiting = [f"A{number}" for number in range(9) if f"A{number}" not in sent]
    assert waiting
    slow_desk.cancel_all(*(f"A{number}" for number in range(9)))
    slow_desk.run(20)

    assert len(slow_desk.broker.times(CANCEL_ALL)) == 1
    assert slow_desk.broker.times(CANCEL) == []
    assert sorted(w.cl_ord_id for w in slow_desk.told(i.Withheld)) == sorted(waiting)
    assert [who for _, what, who in slow_desk.broker.got if what == SUBMIT] == sent


@pytest.mark.parametrize("error", [RefusedError("no"), AmbiguousError("502"), ThrottledError("later")])
def test_where_it_comes_to_nothing_each_order_has_a_cancel_of_its_own(desk: Desk, error: Exception) -> None:
    desk.submit("A")
    desk.submit("B")
    desk.broker.errors[CANCEL_ALL] = [error]
    desk.cancel_all("A", "B")
    desk.run(1)

    assert [who for _, what, who in desk.broker.got if what == CANCEL] == ["A", "B"]
    assert len(desk.broker.times(CANCEL_ALL)) == 1
