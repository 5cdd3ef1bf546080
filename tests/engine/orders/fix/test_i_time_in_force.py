"""Group I: orders that are filled at once or not, and those that end with their day."""

from __future__ import annotations

from engine.model.enums import TimeInForce
from tests.engine.orders.fix.matrix import play


def test_i_1_a_fill_or_kill_that_can_not_be_filled() -> None:
    matrix = play(
        """
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        canceled             | CANCELED         10000     0     0
        """,
        tif=TimeInForce.FOK,
    )
    assert "ORDER_CANCELED" not in matrix.alerts


def test_i_1_a_fill_or_kill_that_is_filled() -> None:
    play(
        """
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        trade 10000 @ 100    | FILLED           10000 10000     0 100
        """,
        tif=TimeInForce.FOK,
    )


def test_i_1_a_fill_or_kill_is_rejected_instead() -> None:
    play(
        """
        order 10000          | PENDING_NEW      10000     0 10000
        rejected             | REJECTED         10000     0     0
        """,
        tif=TimeInForce.FOK,
    )


def test_i_1_b_immediate_or_cancel_that_can_not_be_hit() -> None:
    play(
        """
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        canceled             | CANCELED         10000     0     0
        """,
        tif=TimeInForce.IOC,
    )


def test_i_1_b_immediate_or_cancel_that_is_hit_in_part() -> None:
    play(
        """
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        trade 1000 @ 100     | PARTIALLY_FILLED 10000  1000  9000 100
        canceled             | CANCELED         10000  1000     0 100
        """,
        tif=TimeInForce.IOC,
    )


def test_i_1_b_the_end_of_an_immediate_order_overtakes_its_execution() -> None:
    play(
        """
        order 10000                       | PENDING_NEW      10000     0 10000
        trade 1000 @ 100 as B unreported  | PENDING_NEW      10000     0 10000
        canceled                          | CANCELED         10000     0     0 0 res 1000
        report B                          | CANCELED         10000  1000     0 100
        accepted                          | CANCELED         10000  1000     0 100
        """,
        tif=TimeInForce.IOC,
    )


def test_i_a_day_order_expires_without_executions() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        expired              | EXPIRED          10000     0     0
    """)


def test_i_a_day_order_expires_part_filled() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        trade 1000 @ 100     | PARTIALLY_FILLED 10000  1000  9000 100
        expired              | EXPIRED          10000  1000     0 100
        canceled             | EXPIRED          10000  1000     0 100
    """)


def test_i_an_order_expires_while_its_cancel_and_a_replace_are_out() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        replace Y 9000       | PENDING_REPLACE  10000     0 10000
        cancel               | PENDING_CANCEL   10000     0 10000
        expired              | EXPIRED          10000     0     0
        cancel refused       | EXPIRED          10000     0     0
        replace refused Y    | EXPIRED          10000     0     0
    """)


def test_i_an_expiry_of_a_filled_order_means_nothing() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        trade 10000 @ 100    | FILLED           10000 10000     0 100
        expired              | FILLED           10000 10000     0 100
    """)
