"""Group C: replaces that change the quantity, and executions that cross them in every way."""

from __future__ import annotations

from tests.engine.orders.fix.matrix import CANCEL_NEW, RAISING, play


def test_c_1_a_an_order_without_executions_is_increased() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        replace Y 11000      | PENDING_REPLACE  10000     0 10000 0 res 11000
        pending replace Y    | PENDING_REPLACE  10000     0 10000 0 res 11000
        replaced Y           | NEW              11000     0 11000
        trade 1000 @ 100     | PARTIALLY_FILLED 11000  1000 10000 100
        trade 2000 @ 100     | PARTIALLY_FILLED 11000  3000  8000 100
    """)


def test_c_1_a_the_increase_is_refused() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        replace Y 11000      | PENDING_REPLACE  10000     0 10000 0 res 11000
        replace refused Y    | NEW              10000     0 10000
    """)


def test_c_1_b_an_execution_occurs_while_the_increase_is_pending() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        trade 1000 @ 100     | PARTIALLY_FILLED 10000  1000  9000 100
        replace Y 12000      | PENDING_REPLACE  10000  1000  9000 100 res 11000
        pending replace Y    | PENDING_REPLACE  10000  1000  9000 100 res 11000
        trade 100 @ 100      | PENDING_REPLACE  10000  1100  8900 100 res 10900
        replaced Y           | PARTIALLY_FILLED 12000  1100 10900 100
        trade 10900 @ 100    | FILLED           12000 12000     0 100
    """)


def test_c_1_b_the_pending_increase_is_refused_after_an_execution() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        trade 1000 @ 100     | PARTIALLY_FILLED 10000  1000  9000 100
        replace Y 12000      | PENDING_REPLACE  10000  1000  9000 100 res 11000
        trade 100 @ 100      | PENDING_REPLACE  10000  1100  8900 100 res 10900
        replace refused Y    | PARTIALLY_FILLED 10000  1100  8900 100
    """)


def test_c_1_b_the_order_is_filled_while_the_increase_is_pending_and_lives_on_with_it() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        replace Y 12000      | PENDING_REPLACE  10000     0 10000 0 res 12000
        trade 10000 @ 100    | PENDING_REPLACE  10000 10000     0 100 res 2000
        replaced Y           | PARTIALLY_FILLED 12000 10000  2000 100
        trade 2000 @ 106     | FILLED           12000 12000     0 101
    """)


def test_c_1_b_the_order_is_filled_while_the_increase_is_pending_which_is_then_refused() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        replace Y 12000      | PENDING_REPLACE  10000     0 10000 0 res 12000
        trade 10000 @ 100    | PENDING_REPLACE  10000 10000     0 100 res 2000
        replace refused Y    | FILLED           10000 10000     0 100
    """)


def test_c_1_c_a_filled_order_is_increased() -> None:
    play(
        """
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        trade 10000 @ 100    | FILLED           10000 10000     0 100
        replace Y 12000      | PENDING_REPLACE  10000 10000     0 100 res 2000
        pending replace Y    | PENDING_REPLACE  10000 10000     0 100 res 2000
        replaced Y           | PARTIALLY_FILLED 12000 10000  2000 100
        trade 2000 @ 100     | FILLED           12000 12000     0 100
        """,
        able=RAISING,
    )


def test_c_1_c_the_increase_of_a_filled_order_is_refused() -> None:
    play(
        """
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        trade 10000 @ 100    | FILLED           10000 10000     0 100
        replace Y 12000      | PENDING_REPLACE  10000 10000     0 100 res 2000
        replace refused Y    | FILLED           10000 10000     0 100
        """,
        able=RAISING,
    )


def test_c_1_c_where_the_broker_can_not_raise_a_filled_order_we_refuse() -> None:
    matrix = play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        trade 10000 @ 100    | FILLED           10000 10000     0 100
        replace Y 12000      | FILLED           10000 10000     0 100
    """)
    assert matrix.sent_replaces() == []


def test_c_2_a_a_change_of_price_is_refused_as_a_fill_has_occurred() -> None:
    play("""
        order 10000              | PENDING_NEW      10000     0 10000
        accepted                 | NEW              10000     0 10000
        trade 1000 @ 100         | PARTIALLY_FILLED 10000  1000  9000 100
        replace Y 10000 @ 100.05 | PENDING_REPLACE  10000  1000  9000 100
        trade 9000 @ 100         | PENDING_REPLACE  10000 10000     0 100
        replace refused Y        | FILLED           10000 10000     0 100
    """)


def test_c_2_a_a_change_of_price_is_accepted() -> None:
    matrix = play("""
        order 10000              | PENDING_NEW      10000     0 10000
        accepted                 | NEW              10000     0 10000
        replace Y 10000 @ 100.05 | PENDING_REPLACE  10000     0 10000
        replaced Y               | NEW              10000     0 10000
    """)
    assert str(matrix.order.limit_px) == "100.05"


def test_c_3_a_a_decrease_above_what_is_executed_is_replaced_and_then_filled() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        trade 1000 @ 100     | PARTIALLY_FILLED 10000  1000  9000 100
        replace Y 8000       | PENDING_REPLACE  10000  1000  9000 100
        trade 500 @ 100      | PENDING_REPLACE  10000  1500  8500 100
        pending replace Y    | PENDING_REPLACE  10000  1500  8500 100
        trade 100 @ 100      | PENDING_REPLACE  10000  1600  8400 100
        replaced Y           | PARTIALLY_FILLED  8000  1600  6400 100
        trade 6400 @ 100     | FILLED            8000  8000     0 100
    """)


def test_c_3_a_the_decrease_is_refused_in_between() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        trade 1000 @ 100     | PARTIALLY_FILLED 10000  1000  9000 100
        replace Y 8000       | PENDING_REPLACE  10000  1000  9000 100
        trade 500 @ 100      | PENDING_REPLACE  10000  1500  8500 100
        replace refused Y    | PARTIALLY_FILLED 10000  1500  8500 100
    """)


def test_c_3_b_a_decrease_to_what_is_executed_by_then_fills_the_order() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        replace Y 7000       | PENDING_REPLACE  10000     0 10000
        trade 7000 @ 100     | PENDING_REPLACE  10000  7000  3000 100
        replaced Y           | FILLED            7000  7000     0 100
    """)


def test_c_3_c_a_decrease_below_what_is_executed_is_amended_to_that() -> None:
    matrix = play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        replace Y 7000       | PENDING_REPLACE  10000     0 10000
        trade 8000 @ 100     | PENDING_REPLACE  10000  8000  2000 100
        replaced Y 8000      | FILLED            8000  8000     0 100
    """)
    assert "OVERFILL" not in matrix.alerts


def test_c_3_c_a_broker_that_reports_the_quantity_asked_for_means_the_same() -> None:
    matrix = play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        replace Y 7000       | PENDING_REPLACE  10000     0 10000
        trade 8000 @ 100     | PENDING_REPLACE  10000  8000  2000 100
        replaced Y           | FILLED            8000  8000     0 100
    """)
    assert "OVERFILL" not in matrix.alerts


def test_c_3_c_the_execution_is_reported_after_the_replace_that_it_crossed() -> None:
    play("""
        order 10000                       | PENDING_NEW      10000     0 10000
        accepted                          | NEW              10000     0 10000
        replace Y 7000                    | PENDING_REPLACE  10000     0 10000
        trade 8000 @ 100 as B unreported  | PENDING_REPLACE  10000     0 10000
        replaced Y 8000                   | NEW               8000     0  8000
        report B                          | FILLED            8000  8000     0 100
    """)


def test_c_3_a_replace_to_what_is_executed_already_is_sent_as_a_cancel() -> None:
    matrix = play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        trade 4000 @ 100     | PARTIALLY_FILLED 10000  4000  6000 100
        replace Y 3000       | PENDING_CANCEL   10000  4000  6000 100
        canceled             | CANCELED         10000  4000     0 100
    """)
    assert (matrix.sent_replaces(), matrix.sent_cancels()) == ([], 1)


def test_c_a_replace_and_a_cancel_cross_and_the_cancel_wins() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        replace Y 12000      | PENDING_REPLACE  10000     0 10000 0 res 12000
        cancel               | PENDING_CANCEL   10000     0 10000 0 res 12000
        canceled             | CANCELED         10000     0     0
        replace refused Y    | CANCELED         10000     0     0
    """)


def test_c_a_replace_is_accepted_while_a_cancel_is_out() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        replace Y 12000      | PENDING_REPLACE  10000     0 10000 0 res 12000
        cancel               | PENDING_CANCEL   10000     0 10000 0 res 12000
        replaced Y           | PENDING_CANCEL   12000     0 12000
        canceled             | CANCELED         12000     0     0
    """)


def test_c_the_end_is_reported_under_the_id_of_a_replace_that_was_never_reported() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        replace Y 12000      | PENDING_REPLACE  10000     0 10000 0 res 12000
        canceled under Y     | CANCELED         12000     0     0
    """)


def test_c_a_replace_of_unknown_fate_reserves_the_worse_until_the_broker_answers() -> None:
    matrix = play("""
        order 10000             | PENDING_NEW      10000     0 10000
        accepted                | NEW              10000     0 10000
        replace Y 12000         | PENDING_REPLACE  10000     0 10000 0 res 12000
        unknown Y               | PENDING_REPLACE  10000     0 10000 0 res 12000
        answer NEW 12000 0 Y    | NEW              12000     0 12000
        replaced Y              | NEW              12000     0 12000
    """)
    assert "ORDER_UNKNOWN" in matrix.alerts


def test_c_a_replace_that_provably_never_arrived_gives_the_old_terms_back() -> None:
    play("""
        order 10000             | PENDING_NEW      10000     0 10000
        accepted                | NEW              10000     0 10000
        replace Y 12000         | PENDING_REPLACE  10000     0 10000 0 res 12000
        unknown Y               | PENDING_REPLACE  10000     0 10000 0 res 12000
        absent Y                | PENDING_REPLACE  10000     0 10000 0 res 12000
        absent proven Y         | NEW              10000     0 10000
    """)


def test_c_more_is_executed_than_the_order_had_while_an_increase_is_unanswered() -> None:
    matrix = play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        replace Y 12000      | PENDING_REPLACE  10000     0 10000 0 res 12000
        trade 11000 @ 100    | PENDING_REPLACE  10000 11000     0 100 res 1000
        replaced Y           | PARTIALLY_FILLED 12000 11000  1000 100
    """)
    assert "OVERFILL" not in matrix.alerts


def test_c_more_was_executed_and_the_increase_is_refused_that_is_an_overfill() -> None:
    matrix = play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        replace Y 12000      | PENDING_REPLACE  10000     0 10000 0 res 12000
        trade 11000 @ 100    | PENDING_REPLACE  10000 11000     0 100 res 1000
        replace refused Y    | FILLED           10000 11000     0 100
    """)
    assert "OVERFILL" in matrix.alerts


def test_c_where_a_replace_is_a_cancel_and_a_new_order_both_are_reserved() -> None:
    matrix = play(
        """
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        trade 1000 @ 100     | PARTIALLY_FILLED 10000  1000  9000 100
        replace Y 8000       | PENDING_REPLACE  10000  1000  9000 100 res 16000
        canceled             | PENDING_REPLACE  10000  1000  9000 100 res 16000
        """,
        able=CANCEL_NEW,
    )
    assert matrix.questions == ["X", "Y"]
    matrix.row("replaced Y | PARTIALLY_FILLED 8000 1000 7000 100")
    matrix.fold_again()
