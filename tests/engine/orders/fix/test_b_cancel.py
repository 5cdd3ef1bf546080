"""Group B: cancels, and what crosses them."""

from __future__ import annotations

from engine.model.enums import TimeInForce
from tests.engine.orders.fix.matrix import play


def test_b_1_a_cancel_of_an_order_without_executions() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        cancel               | PENDING_CANCEL   10000     0 10000
        pending cancel       | PENDING_CANCEL   10000     0 10000
        canceled             | CANCELED         10000     0     0
    """)


def test_b_1_a_the_cancel_is_refused_and_the_order_is_new_again() -> None:
    matrix = play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        cancel               | PENDING_CANCEL   10000     0 10000
        cancel refused       | NEW              10000     0 10000
    """)
    assert matrix.questions == ["X"]
    assert "CANCEL_REJECTED" in matrix.alerts


def test_b_1_a_the_cancel_is_refused_after_it_was_pending() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        cancel               | PENDING_CANCEL   10000     0 10000
        pending cancel       | PENDING_CANCEL   10000     0 10000
        cancel refused       | NEW              10000     0 10000
        cancel               | PENDING_CANCEL   10000     0 10000
        canceled             | CANCELED         10000     0     0
    """)


def test_b_1_b_executions_occur_while_the_cancel_is_active() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        trade 2000 @ 100     | PARTIALLY_FILLED 10000  2000  8000 100
        cancel               | PENDING_CANCEL   10000  2000  8000 100
        trade 3000 @ 100     | PENDING_CANCEL   10000  5000  5000 100
        pending cancel       | PENDING_CANCEL   10000  5000  5000 100
        trade 1000 @ 106     | PENDING_CANCEL   10000  6000  4000 101
        canceled             | CANCELED         10000  6000     0 101
    """)


def test_b_1_b_the_cancel_is_refused_and_the_order_is_part_filled_again() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        trade 2000 @ 100     | PARTIALLY_FILLED 10000  2000  8000 100
        cancel               | PENDING_CANCEL   10000  2000  8000 100
        trade 3000 @ 100     | PENDING_CANCEL   10000  5000  5000 100
        cancel refused       | PARTIALLY_FILLED 10000  5000  5000 100
    """)


def test_b_1_c_the_order_is_filled_before_the_cancel_can_be_accepted() -> None:
    matrix = play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        trade 2000 @ 100     | PARTIALLY_FILLED 10000  2000  8000 100
        cancel               | PENDING_CANCEL   10000  2000  8000 100
        trade 3000 @ 100     | PENDING_CANCEL   10000  5000  5000 100
        pending cancel       | PENDING_CANCEL   10000  5000  5000 100
        trade 5000 @ 100     | PENDING_CANCEL   10000 10000     0 100
        cancel refused too late to cancel | FILLED 10000 10000 0 100
    """)
    assert "CANCEL_REJECTED" not in matrix.alerts


def test_b_1_c_a_canceled_report_of_a_filled_order_leaves_it_filled() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        cancel               | PENDING_CANCEL   10000     0 10000
        trade 10000 @ 100    | PENDING_CANCEL   10000 10000     0 100
        canceled             | FILLED           10000 10000     0 100
    """)


def test_b_1_d_cancel_of_an_order_that_is_not_acknowledged_yet() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        cancel               | PENDING_CANCEL   10000     0 10000
        pending cancel       | PENDING_CANCEL   10000     0 10000
        accepted             | PENDING_CANCEL   10000     0 10000
        canceled             | CANCELED         10000     0     0
    """)


def test_b_1_d_the_order_is_canceled_without_ever_being_acknowledged() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        cancel               | PENDING_CANCEL   10000     0 10000
        canceled             | CANCELED         10000     0     0
        accepted             | CANCELED         10000     0     0
    """)


def test_b_1_d_the_order_is_rejected_while_its_cancel_is_out() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        cancel               | PENDING_CANCEL   10000     0 10000
        rejected             | REJECTED         10000     0     0
        cancel refused unknown order | REJECTED 10000     0     0
    """)


def test_b_1_e_acknowledgement_and_cancel_cross() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        cancel               | PENDING_CANCEL   10000     0 10000
        accepted             | PENDING_CANCEL   10000     0 10000
        pending cancel       | PENDING_CANCEL   10000     0 10000
        canceled             | CANCELED         10000     0     0
    """)


def test_b_1_f_a_cancel_of_an_order_unknown_to_the_broker_proves_nothing() -> None:
    matrix = play("""
        order 10000                  | PENDING_NEW      10000     0 10000
        cancel                       | PENDING_CANCEL   10000     0 10000
        cancel refused unknown order | PENDING_NEW      10000     0 10000
    """)
    assert matrix.questions == ["X"]
    matrix.row("absent proven | REJECTED 10000 0 0")
    matrix.fold_again()


def test_b_1_f_a_working_order_that_the_broker_calls_unknown_is_asked_about() -> None:
    matrix = play("""
        order 10000                  | PENDING_NEW      10000     0 10000
        accepted                     | NEW              10000     0 10000
        cancel                       | PENDING_CANCEL   10000     0 10000
        cancel refused unknown order | NEW              10000     0 10000
    """)
    assert matrix.questions == ["X"]
    matrix.row("absent | NEW 10000 0 10000")
    matrix.row("absent proven | CANCELED 10000 0 0")
    matrix.fold_again()


def test_b_an_unanswered_cancel_stays_pending_and_is_asked_about() -> None:
    matrix = play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        cancel               | PENDING_CANCEL   10000     0 10000
        time 20              | PENDING_CANCEL   10000     0 10000
    """)
    assert "X" in matrix.questions


def test_b_a_canceled_report_without_a_count_reserves_until_the_end_is_proven() -> None:
    matrix = play("""
        order 10000                        | PENDING_NEW      10000     0 10000
        accepted                           | NEW              10000     0 10000
        trade 2000 @ 100 as B              | PARTIALLY_FILLED 10000  2000  8000 100
        trade 1000 @ 100 as C unreported   | PARTIALLY_FILLED 10000  2000  8000 100
        cancel                             | PENDING_CANCEL   10000  2000  8000 100
        canceled silent                    | CANCELED         10000  2000     0 100 res 8000
    """)
    assert matrix.questions == ["X"]
    matrix.row("answer CANCELED 10000 3000 | CANCELED 10000 3000 0 100")
    matrix.fold_again()


def test_b_a_canceled_report_with_a_larger_count_reserves_what_was_not_reported() -> None:
    play("""
        order 10000                        | PENDING_NEW      10000     0 10000
        accepted                           | NEW              10000     0 10000
        trade 2000 @ 100 as B unreported   | NEW              10000     0 10000
        cancel                             | PENDING_CANCEL   10000     0 10000
        canceled                           | CANCELED         10000     0     0 0 res 2000
        report B                           | CANCELED         10000  2000     0 100
    """)


def test_b_a_canceled_order_is_canceled_once() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        cancel               | PENDING_CANCEL   10000     0 10000
        canceled             | CANCELED         10000     0     0
        canceled             | CANCELED         10000     0     0
        cancel refused       | CANCELED         10000     0     0
    """)


def test_b_a_suspended_order_is_canceled() -> None:
    play(
        """
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        trade 2000 @ 100     | PARTIALLY_FILLED 10000  2000  8000 100
        suspended            | SUSPENDED        10000  2000  8000 100
        cancel               | PENDING_CANCEL   10000  2000  8000 100
        canceled             | CANCELED         10000  2000     0 100
        """,
        tif=TimeInForce.GTC,
    )
