"""Group A: orders that are simply filled, or not."""

from __future__ import annotations

from engine.model.enums import OrdType, Side, TimeInForce
from tests.engine.orders.fix.matrix import play


def test_a_1_a_filled_order() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        trade 2000 @ 100     | PARTIALLY_FILLED 10000  2000  8000 100
        trade 1000 @ 103     | PARTIALLY_FILLED 10000  3000  7000 101
        trade 7000 @ 101     | FILLED           10000 10000     0 101
    """)


def test_a_1_a_a_sale_is_filled_out_of_the_position() -> None:
    play(
        """
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        trade 4000 @ 100     | PARTIALLY_FILLED 10000  4000  6000 100
        trade 6000 @ 105     | FILLED           10000 10000     0 103
        """,
        side=Side.SELL,
        hold="15000",
    )


def test_a_1_a_a_short_sale_is_filled_below_zero() -> None:
    play(
        """
        order 500            | PENDING_NEW      500   0 500
        accepted             | NEW              500   0 500
        trade 500 @ 100      | FILLED           500 500   0 100
        """,
        side=Side.SELL_SHORT,
    )


def test_a_1_a_a_market_order_is_filled_at_once() -> None:
    play(
        """
        order 100            | PENDING_NEW      100   0 100
        accepted             | NEW              100   0 100
        trade 100 @ 100.05   | FILLED           100 100   0 100.05
        """,
        ord_type=OrdType.MARKET,
    )


def test_a_1_a_a_native_stop_is_triggered_and_filled() -> None:
    play(
        """
        order 100            | PENDING_NEW      100   0 100
        accepted             | NEW              100   0 100
        triggered            | NEW              100   0 100
        trade 100 @ 101.10   | FILLED           100 100   0 101.10
        """,
        ord_type=OrdType.STOP,
    )


def test_a_1_a_the_order_is_rejected() -> None:
    matrix = play("""
        order 10000          | PENDING_NEW      10000     0 10000
        rejected             | REJECTED         10000     0     0
    """)
    assert "ORDER_REJECTED" in matrix.alerts


def test_a_1_a_the_broker_says_pending_new_before_it_accepts() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        pending new          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        pending new          | NEW              10000     0 10000
        trade 10000 @ 100    | FILLED           10000 10000     0 100
    """)


def test_a_1_a_the_broker_says_pending_new_and_rejects() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        pending new          | PENDING_NEW      10000     0 10000
        rejected             | REJECTED         10000     0     0
    """)


def test_a_1_a_an_execution_overtakes_the_acknowledgement() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        trade 2000 @ 100     | PARTIALLY_FILLED 10000  2000  8000 100
        accepted             | PARTIALLY_FILLED 10000  2000  8000 100
        trade 8000 @ 100     | FILLED           10000 10000     0 100
    """)


def test_a_1_a_all_executions_overtake_the_acknowledgement() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        trade 4000 @ 100     | PARTIALLY_FILLED 10000  4000  6000 100
        trade 6000 @ 100     | FILLED           10000 10000     0 100
        accepted             | FILLED           10000 10000     0 100
    """)


def test_a_1_a_every_report_comes_twice() -> None:
    play("""
        order 10000             | PENDING_NEW      10000     0 10000
        accepted                | NEW              10000     0 10000
        accepted                | NEW              10000     0 10000
        trade 2000 @ 100 as B   | PARTIALLY_FILLED 10000  2000  8000 100
        report B                | PARTIALLY_FILLED 10000  2000  8000 100
        trade 8000 @ 101 as C   | FILLED           10000 10000     0 100.8
        report C                | FILLED           10000 10000     0 100.8
        report B                | FILLED           10000 10000     0 100.8
    """)


def test_a_1_a_executions_come_in_the_wrong_order() -> None:
    play("""
        order 10000                        | PENDING_NEW      10000     0 10000
        accepted                           | NEW              10000     0 10000
        trade 2000 @ 100 as B unreported   | NEW              10000     0 10000
        trade 8000 @ 110 as C              | PARTIALLY_FILLED 10000  8000  2000 110
        report B                           | FILLED           10000 10000     0 108
    """)


def test_a_1_b_part_filled_day_order_is_done_for_day() -> None:
    matrix = play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        trade 2000 @ 100     | PARTIALLY_FILLED 10000  2000  8000 100
        trade 1000 @ 100     | PARTIALLY_FILLED 10000  3000  7000 100
        done for day count   | DONE_FOR_DAY     10000  3000     0 100
        done for day count   | DONE_FOR_DAY     10000  3000     0 100
    """)
    assert matrix.questions == []


def test_a_1_b_done_for_day_without_a_count_reserves_until_it_is_proven() -> None:
    matrix = play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        trade 3000 @ 100     | PARTIALLY_FILLED 10000  3000  7000 100
        done for day         | DONE_FOR_DAY     10000  3000     0 100 res 7000
    """)
    assert matrix.questions == ["X"]
    matrix.row("answer DONE_FOR_DAY 10000 3000 | DONE_FOR_DAY 10000 3000 0 100")
    matrix.fold_again()


def test_a_1_b_a_day_order_that_is_done_for_day_expires_afterwards() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        trade 3000 @ 100     | PARTIALLY_FILLED 10000  3000  7000 100
        done for day         | DONE_FOR_DAY     10000  3000     0 100 res 7000
        expired              | DONE_FOR_DAY     10000  3000     0 100
    """)


def test_a_1_b_a_fill_after_done_for_day_is_booked() -> None:
    matrix = play("""
        order 10000                        | PENDING_NEW      10000     0 10000
        accepted                           | NEW              10000     0 10000
        trade 1000 @ 100 as B unreported   | NEW              10000     0 10000
        done for day count                 | DONE_FOR_DAY     10000     0     0 0 res 1000
        report B                           | DONE_FOR_DAY     10000  1000     0 100
    """)
    assert "FILL_AFTER_END" in matrix.alerts


def test_a_1_b_nothing_was_filled_when_the_day_was_done() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        done for day count   | DONE_FOR_DAY     10000     0     0
    """)


def test_a_1_b_a_filled_order_is_done_for_day_and_calculated() -> None:
    play(
        """
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        trade 10000 @ 100    | FILLED           10000 10000     0 100
        calculated           | CALCULATED       10000 10000     0 100
        done for day         | DONE_FOR_DAY     10000 10000     0 100
        calculated           | DONE_FOR_DAY     10000 10000     0 100
        """,
        tif=TimeInForce.GTC,
    )
