"""Group L: guarantees, quantities in money; and that a restart changes nothing of an order's state."""

from __future__ import annotations

from engine.model.enums import OrdStatus
from tests.engine.orders.fix.matrix import CHAINING, play


def test_l_1_a_a_guarantee_before_the_execution() -> None:
    matrix = play("""
        order 10000               | PENDING_NEW      10000     0 10000
        accepted                  | NEW              10000     0 10000
        stopped 1000 @ 50.10      | STOPPED          10000     0 10000
        trade 1000 @ 50           | STOPPED          10000  1000  9000 50
    """)
    assert "ORDER_STOPPED" in matrix.alerts


def test_l_1_a_a_guaranteed_order_is_filled() -> None:
    play("""
        order 10000               | PENDING_NEW      10000     0 10000
        accepted                  | NEW              10000     0 10000
        stopped 10000 @ 50.10     | STOPPED          10000     0 10000
        trade 4000 @ 50           | STOPPED          10000  4000  6000 50
        stopped 6000 @ 50.05      | STOPPED          10000  4000  6000 50
        trade 6000 @ 50           | FILLED           10000 10000     0 50
    """)


def test_l_1_a_a_guaranteed_order_is_canceled() -> None:
    play("""
        order 10000               | PENDING_NEW      10000     0 10000
        accepted                  | NEW              10000     0 10000
        stopped 1000 @ 50.10      | STOPPED          10000     0 10000
        cancel                    | PENDING_CANCEL   10000     0 10000
        canceled                  | CANCELED         10000     0     0
    """)


def test_l_1_a_stopped_takes_precedence_over_suspended() -> None:
    play("""
        order 10000               | PENDING_NEW      10000     0 10000
        accepted                  | NEW              10000     0 10000
        suspended                 | SUSPENDED        10000     0 10000
        stopped 1000 @ 50.10      | STOPPED          10000     0 10000
        suspended                 | STOPPED          10000     0 10000
        reinstated                | STOPPED          10000     0 10000
    """)


def test_l_1_b_an_order_by_money_has_the_quantity_that_it_was_converted_to() -> None:
    play("""
        order 490                        | PENDING_NEW      490   0 490
        accepted                         | NEW              490   0 490
        restated 500 verbal              | NEW              500   0 500
        trade 200 @ 20.1                 | PARTIALLY_FILLED 500 200 300 20.1
        trade 300 @ 20.2                 | FILLED           500 500   0 20.16
    """)


def test_l_a_restart_puts_what_has_no_answer_in_doubt_and_keeps_the_rest() -> None:
    matrix = play(
        """
        order 10000               | PENDING_NEW      10000     0 10000
        accepted                  | NEW              10000     0 10000
        trade 1000 @ 50           | PARTIALLY_FILLED 10000  1000  9000 50
        replace Y 12000           | PENDING_REPLACE  10000  1000  9000 50 res 11000
        replace Z 11000           | PENDING_REPLACE  10000  1000  9000 50 res 11000
        """,
        able=CHAINING,
    )
    again = matrix.desk.restart()
    order = again.state.orders[matrix.ids["X"]]
    assert order.status is OrdStatus.PENDING_REPLACE
    assert [r.doubtful for r in order.pending_replaces] == [True, True]
    assert order.worst_leaves == 11000


def test_l_a_restart_keeps_a_pause() -> None:
    matrix = play("""
        order 10000               | PENDING_NEW      10000     0 10000
        accepted                  | NEW              10000     0 10000
        suspended                 | SUSPENDED        10000     0 10000
    """)
    order = matrix.desk.restart().state.orders[matrix.ids["X"]]
    assert order.status is OrdStatus.SUSPENDED
