"""Group F: orders that the broker refuses, ids that it has already, and outcomes that nobody knows."""

from __future__ import annotations

from engine.model.enums import OrdStatus
from tests.engine.orders.fix.matrix import play


def test_f_1_a_a_second_copy_is_refused_as_a_duplicate_and_the_first_one_lives_on() -> None:
    matrix = play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        trade 1000 @ 100     | PARTIALLY_FILLED 10000  1000  9000 100
        rejected duplicate   | PARTIALLY_FILLED 10000  1000  9000 100
    """)
    assert matrix.questions == ["X"]


def test_f_1_b_a_duplicate_of_an_order_of_unknown_fate_is_refused_and_the_answer_says_that_it_lives() -> None:
    play("""
        order 10000              | PENDING_NEW      10000     0 10000
        unknown                  | UNKNOWN          10000     0 10000
        rejected duplicate       | UNKNOWN          10000     0 10000
        answer NEW 10000 0       | NEW              10000     0 10000
    """)


def test_f_1_c_an_order_that_was_given_by_phone_before_it_arrived_is_rejected() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        unknown              | UNKNOWN          10000     0 10000
        rejected             | REJECTED         10000     0     0
    """)


def test_f_reject_after_acknowledgement() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        rejected             | REJECTED         10000     0     0
        rejected             | REJECTED         10000     0     0
    """)


def test_f_reject_after_acknowledgement_while_a_replace_is_out() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        replace Y 12000      | PENDING_REPLACE  10000     0 10000 0 res 12000
        rejected             | REJECTED         10000     0     0
        replace refused Y    | REJECTED         10000     0     0
    """)


def test_f_a_reject_after_an_execution_is_not_believed() -> None:
    matrix = play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        trade 1000 @ 100     | PARTIALLY_FILLED 10000  1000  9000 100
        rejected             | PARTIALLY_FILLED 10000  1000  9000 100
    """)
    assert (matrix.questions, "REJECT_AFTER_FILL" in matrix.alerts) == (["X"], True)


def test_f_a_rejected_order_that_fills_is_booked_and_asked_about() -> None:
    matrix = play("""
        order 10000          | PENDING_NEW      10000     0 10000
        rejected             | REJECTED         10000     0     0
        trade 1000 @ 100     | REJECTED         10000  1000     0 100
    """)
    assert (matrix.questions, "FILL_AFTER_END" in matrix.alerts) == (["X"], True)
    matrix.desk.pass_s(1)
    matrix.row("answer PARTIALLY_FILLED 10000 1000 | PARTIALLY_FILLED 10000 1000 9000 100")
    assert "ORDER_ALIVE" in matrix.alerts
    matrix.fold_again()


def test_f_an_acknowledgement_of_a_rejected_order_is_asked_about() -> None:
    matrix = play("""
        order 10000          | PENDING_NEW      10000     0 10000
        rejected             | REJECTED         10000     0     0
        accepted             | REJECTED         10000     0     0
    """)
    assert matrix.questions == ["X"]
    matrix.row("answer REJECTED 10000 0 | REJECTED 10000 0 0")
    matrix.fold_again()


def test_f_the_adapter_refuses_before_anything_is_sent() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        not sent             | REJECTED         10000     0     0
    """)


def test_f_an_order_that_was_withheld_is_denied_and_not_rejected() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        withheld             | DENIED           10000     0     0
    """)


def test_f_a_withheld_order_that_the_broker_accepts_is_asked_about() -> None:
    matrix = play("""
        order 10000          | PENDING_NEW      10000     0 10000
        withheld             | DENIED           10000     0     0
        accepted             | DENIED           10000     0     0
    """)
    assert matrix.questions == ["X"]
    matrix.desk.pass_s(1)
    matrix.row("answer NEW 10000 0 | NEW 10000 0 10000")
    matrix.fold_again()


def test_f_an_unknown_order_keeps_its_reservation_until_the_broker_acknowledges_it() -> None:
    matrix = play("""
        order 10000          | PENDING_NEW      10000     0 10000
        unknown              | UNKNOWN          10000     0 10000
        time 60              | UNKNOWN          10000     0 10000
        accepted             | NEW              10000     0 10000
    """)
    assert matrix.order.text == ""


def test_f_an_execution_proves_an_unknown_order() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        unknown              | UNKNOWN          10000     0 10000
        trade 1000 @ 100     | PARTIALLY_FILLED 10000  1000  9000 100
    """)


def test_f_an_unknown_order_that_is_canceled_stays_unknown_until_the_answer() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        unknown              | UNKNOWN          10000     0 10000
        cancel               | UNKNOWN          10000     0 10000
        canceled             | CANCELED         10000     0     0
    """)


def test_f_an_unknown_order_is_resolved_by_the_operator_and_turns_out_to_have_filled() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        unknown              | UNKNOWN          10000     0 10000
        resolve              | REJECTED         10000     0     0
        trade 1000 @ 100     | REJECTED         10000  1000     0 100
    """)


def test_f_a_late_doubt_does_not_undo_an_acknowledgement() -> None:
    matrix = play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        unknown              | NEW              10000     0 10000
    """)
    assert matrix.order.base is OrdStatus.NEW
