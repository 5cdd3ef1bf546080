"""Group G: the broker's answers to questions about an order, asked for or sent on the stream."""

from __future__ import annotations

from engine.model.enums import TimeInForce
from tests.engine.orders.fix.matrix import play


def test_g_1_a_a_question_about_an_order_unknown_there_proves_nothing_by_itself() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        unknown              | UNKNOWN          10000     0 10000
        absent               | UNKNOWN          10000     0 10000
        absent               | UNKNOWN          10000     0 10000
        accepted             | NEW              10000     0 10000
    """)


def test_g_1_a_where_the_adapter_declares_it_absence_is_proof() -> None:
    matrix = play("""
        order 10000          | PENDING_NEW      10000     0 10000
        unknown              | UNKNOWN          10000     0 10000
        absent proven        | REJECTED         10000     0     0
    """)
    assert "ORDER_RESOLVED" in matrix.alerts


def test_g_1_b_nothing_done() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        status NEW 10000 0   | NEW              10000     0 10000
        answer NEW 10000 0   | NEW              10000     0 10000
    """)


def test_g_1_c_an_order_is_asked_about_at_once_and_all_its_life() -> None:
    play("""
        order 10000                          | PENDING_NEW      10000     0 10000
        status PENDING_NEW 10000 0           | PENDING_NEW      10000     0 10000
        answer PENDING_NEW 10000 0           | PENDING_NEW      10000     0 10000
        accepted                             | NEW              10000     0 10000
        status NEW 10000 0                   | NEW              10000     0 10000
        trade 1000 @ 100                     | PARTIALLY_FILLED 10000  1000  9000 100
        status PARTIALLY_FILLED 10000 1000   | PARTIALLY_FILLED 10000  1000  9000 100
        trade 9000 @ 100                     | FILLED           10000 10000     0 100
        status FILLED 10000 10000            | FILLED           10000 10000     0 100
    """)


def test_g_the_answer_acknowledges_an_order_whose_acknowledgement_was_lost() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        status NEW 10000 0   | NEW              10000     0 10000
    """)


def test_g_the_answer_brings_executions_that_were_lost() -> None:
    play("""
        order 10000                           | PENDING_NEW      10000     0 10000
        accepted                              | NEW              10000     0 10000
        trade 3000 @ 100 as B unreported      | NEW              10000     0 10000
        answer PARTIALLY_FILLED 10000 3000    | PARTIALLY_FILLED 10000  3000  7000 100
        report B                              | PARTIALLY_FILLED 10000  3000  7000 100
    """)


def test_g_a_status_with_more_executions_than_we_know_makes_us_fetch_them() -> None:
    matrix = play("""
        order 10000                           | PENDING_NEW      10000     0 10000
        accepted                              | NEW              10000     0 10000
        trade 3000 @ 100 as B unreported      | NEW              10000     0 10000
        status PARTIALLY_FILLED 10000 3000    | NEW              10000     0 10000
    """)
    assert "FILLS_MISSING" in matrix.alerts


def test_g_the_answer_says_that_the_order_is_over() -> None:
    play("""
        order 10000                  | PENDING_NEW      10000     0 10000
        accepted                     | NEW              10000     0 10000
        trade 1000 @ 100             | PARTIALLY_FILLED 10000  1000  9000 100
        answer CANCELED 10000 1000   | CANCELED         10000  1000     0 100
    """)


def test_g_the_answer_says_that_the_order_expired() -> None:
    play("""
        order 10000                  | PENDING_NEW      10000     0 10000
        accepted                     | NEW              10000     0 10000
        status EXPIRED 10000 0       | EXPIRED          10000     0     0
    """)


def test_g_the_answer_says_that_the_order_was_rejected() -> None:
    play("""
        order 10000                  | PENDING_NEW      10000     0 10000
        unknown                      | UNKNOWN          10000     0 10000
        answer REJECTED 10000 0      | REJECTED         10000     0     0
    """)


def test_g_the_answer_brings_an_order_to_the_pause_that_it_is_in() -> None:
    matrix = play("""
        order 10000                  | PENDING_NEW      10000     0 10000
        accepted                     | NEW              10000     0 10000
        time 1                       | NEW              10000     0 10000
        answer SUSPENDED 10000 0     | SUSPENDED        10000     0 10000
        time 1                       | SUSPENDED        10000     0 10000
        answer NEW 10000 0           | NEW              10000     0 10000
    """)
    assert matrix.questions == []


def test_g_the_answer_says_that_the_broker_works_the_replace() -> None:
    play("""
        order 10000                  | PENDING_NEW      10000     0 10000
        accepted                     | NEW              10000     0 10000
        replace Y 12000              | PENDING_REPLACE  10000     0 10000 0 res 12000
        answer NEW 12000 0 Y         | NEW              12000     0 12000
    """)


def test_g_a_late_status_of_a_canceled_order_does_not_revive_it() -> None:
    matrix = play("""
        order 10000                  | PENDING_NEW      10000     0 10000
        accepted                     | NEW              10000     0 10000
        cancel                       | PENDING_CANCEL   10000     0 10000
        canceled                     | CANCELED         10000     0     0
        status NEW 10000 0           | CANCELED         10000     0     0
    """)
    assert matrix.questions == ["X"]


def test_g_a_status_that_counts_less_than_was_executed_is_asked_about() -> None:
    matrix = play("""
        order 10000                        | PENDING_NEW      10000     0 10000
        accepted                           | NEW              10000     0 10000
        trade 3000 @ 100                   | PARTIALLY_FILLED 10000  3000  7000 100
        status PARTIALLY_FILLED 10000 1000 | PARTIALLY_FILLED 10000  3000  7000 100
    """)
    assert matrix.questions == ["X"]


def test_g_an_answer_of_lower_precedence_says_that_what_was_above_it_has_passed() -> None:
    play(
        """
        order 10000                  | PENDING_NEW      10000     0 10000
        accepted                     | NEW              10000     0 10000
        done for day                 | DONE_FOR_DAY     10000     0 10000
        suspended                    | DONE_FOR_DAY     10000     0 10000
        time 1                       | DONE_FOR_DAY     10000     0 10000
        answer SUSPENDED 10000 0     | SUSPENDED        10000     0 10000
        """,
        tif=TimeInForce.GTC,
    )
