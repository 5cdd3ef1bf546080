"""Group K: trading halts."""

from __future__ import annotations

from engine.model.enums import TimeInForce
from tests.engine.orders.fix.matrix import play


def test_k_1_a_a_halt_suspends_the_order_and_its_end_reinstates_it() -> None:
    matrix = play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        suspended            | SUSPENDED        10000     0 10000
        suspended            | SUSPENDED        10000     0 10000
        reinstated           | NEW              10000     0 10000
        trade 10000 @ 100    | FILLED           10000 10000     0 100
    """)
    assert matrix.alerts.count("ORDER_SUSPENDED") == matrix.alerts.count("ORDER_REINSTATED") == 1


def test_k_1_a_the_broker_says_new_when_the_halt_is_over() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        suspended            | SUSPENDED        10000     0 10000
        accepted             | NEW              10000     0 10000
    """)


def test_k_1_a_a_part_filled_order_is_suspended_and_part_filled_again() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        trade 1000 @ 100     | PARTIALLY_FILLED 10000  1000  9000 100
        suspended            | SUSPENDED        10000  1000  9000 100
        reinstated           | PARTIALLY_FILLED 10000  1000  9000 100
    """)


def test_k_1_a_an_execution_of_before_the_halt_is_reported_after_it() -> None:
    play("""
        order 10000                       | PENDING_NEW      10000     0 10000
        accepted                          | NEW              10000     0 10000
        trade 1000 @ 100 as B unreported  | NEW              10000     0 10000
        suspended                         | SUSPENDED        10000     0 10000
        report B                          | SUSPENDED        10000  1000  9000 100
        reinstated                        | PARTIALLY_FILLED 10000  1000  9000 100
    """)


def test_k_1_a_a_suspended_order_is_filled_by_an_execution_of_before_the_halt() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        suspended            | SUSPENDED        10000     0 10000
        trade 10000 @ 100    | FILLED           10000 10000     0 100
    """)


def test_k_1_a_an_order_is_suspended_before_it_is_acknowledged() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        suspended            | SUSPENDED        10000     0 10000
        reinstated           | NEW              10000     0 10000
        accepted             | NEW              10000     0 10000
    """)


def test_k_1_a_a_replace_is_answered_during_the_halt() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        replace Y 12000      | PENDING_REPLACE  10000     0 10000 0 res 12000
        suspended            | PENDING_REPLACE  10000     0 10000 0 res 12000
        replaced Y           | SUSPENDED        12000     0 12000
        reinstated           | NEW              12000     0 12000
    """)


def test_k_1_b_a_halt_cancels_the_order() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        trade 1000 @ 100     | PARTIALLY_FILLED 10000  1000  9000 100
        canceled             | CANCELED         10000  1000     0 100
    """)


def test_k_1_b_a_suspended_order_is_canceled_by_the_broker() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        suspended            | SUSPENDED        10000     0 10000
        canceled             | CANCELED         10000     0     0
    """)


def test_k_a_suspended_order_is_done_for_day_and_back_on_the_next() -> None:
    play(
        """
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        suspended            | SUSPENDED        10000     0 10000
        done for day         | DONE_FOR_DAY     10000     0 10000
        suspended            | DONE_FOR_DAY     10000     0 10000
        next day             | NEW              10000     0 10000
        """,
        tif=TimeInForce.GTC,
    )


def test_k_a_suspension_of_an_order_that_is_over_is_asked_about() -> None:
    matrix = play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        cancel               | PENDING_CANCEL   10000     0 10000
        canceled             | CANCELED         10000     0     0
        suspended            | CANCELED         10000     0     0
    """)
    assert matrix.questions == ["X"]
