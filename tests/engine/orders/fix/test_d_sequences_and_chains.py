"""Group D: replaces one after the other (D.1), and more than one at once (D.2)."""

from __future__ import annotations

from tests.engine.orders.fix.matrix import CHAINING, play

START = """
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        trade 1000 @ 100     | PARTIALLY_FILLED 10000  1000  9000 100
"""
TWO_OUT = """
        replace Y 8000       | PENDING_REPLACE  10000  1000  9000 100
        replace Z 7000       | PENDING_REPLACE  10000  1000  9000 100
"""


def test_d_1_a_one_replace_is_accepted_and_another_one_as_well() -> None:
    matrix = play(f"""{START}
        replace Y 8000       | PENDING_REPLACE  10000  1000  9000 100
        pending replace Y    | PENDING_REPLACE  10000  1000  9000 100
        trade 500 @ 100      | PENDING_REPLACE  10000  1500  8500 100
        replaced Y           | PARTIALLY_FILLED  8000  1500  6500 100
        trade 2000 @ 100     | PARTIALLY_FILLED  8000  3500  4500 100
        replace Z 6000       | PENDING_REPLACE   8000  3500  4500 100
        pending replace Z    | PENDING_REPLACE   8000  3500  4500 100
        replaced Z           | PARTIALLY_FILLED  6000  3500  2500 100
        trade 2500 @ 100     | FILLED            6000  6000     0 100
    """)
    assert matrix.sent_replaces() == [("Y", "X"), ("Z", "Y")]


def test_d_1_b_one_is_rejected_before_it_is_pending_and_another_one_is_accepted() -> None:
    matrix = play(f"""{START}
        replace Y 8000       | PENDING_REPLACE  10000  1000  9000 100
        replace refused Y    | PARTIALLY_FILLED 10000  1000  9000 100
        trade 500 @ 100      | PARTIALLY_FILLED 10000  1500  8500 100
        trade 2000 @ 100     | PARTIALLY_FILLED 10000  3500  6500 100
        replace Z 6000       | PENDING_REPLACE  10000  3500  6500 100
        pending replace Z    | PENDING_REPLACE  10000  3500  6500 100
        replaced Z           | PARTIALLY_FILLED  6000  3500  2500 100
        trade 1500 @ 100     | PARTIALLY_FILLED  6000  5000  1000 100
    """)
    assert matrix.sent_replaces() == [("Y", "X"), ("Z", "X")]


def test_d_1_c_one_is_rejected_after_it_was_pending_and_another_one_is_accepted() -> None:
    play(f"""{START}
        replace Y 8000       | PENDING_REPLACE  10000  1000  9000 100
        pending replace Y    | PENDING_REPLACE  10000  1000  9000 100
        trade 500 @ 100      | PENDING_REPLACE  10000  1500  8500 100
        replace refused Y    | PARTIALLY_FILLED 10000  1500  8500 100
        trade 2000 @ 100     | PARTIALLY_FILLED 10000  3500  6500 100
        replace Z 6000       | PENDING_REPLACE  10000  3500  6500 100
        pending replace Z    | PENDING_REPLACE  10000  3500  6500 100
        replaced Z           | PARTIALLY_FILLED  6000  3500  2500 100
        trade 1500 @ 100     | PARTIALLY_FILLED  6000  5000  1000 100
    """)


def test_d_2_a_two_chained_replaces_are_processed_one_after_the_other() -> None:
    matrix = play(
        f"""{START}{TWO_OUT}
        pending replace Y    | PENDING_REPLACE  10000  1000  9000 100
        replaced Y           | PENDING_REPLACE   8000  1000  7000 100
        pending replace Z    | PENDING_REPLACE   8000  1000  7000 100
        replaced Z           | PARTIALLY_FILLED  7000  1000  6000 100
        trade 6000 @ 100     | FILLED            7000  7000     0 100
        """,
        able=CHAINING,
    )
    assert matrix.sent_replaces() == [("Y", "X"), ("Z", "Y")]


def test_d_2_a_an_execution_comes_between_the_two_answers() -> None:
    play(
        f"""{START}{TWO_OUT}
        trade 500 @ 100      | PENDING_REPLACE  10000  1500  8500 100
        replaced Y           | PENDING_REPLACE   8000  1500  6500 100
        trade 2000 @ 100     | PENDING_REPLACE   8000  3500  4500 100
        replaced Z           | PARTIALLY_FILLED  7000  3500  3500 100
        trade 3500 @ 100     | FILLED            7000  7000     0 100
        """,
        able=CHAINING,
    )


def test_d_2_b_the_broker_makes_both_pending_before_it_replaces() -> None:
    play(
        f"""{START}{TWO_OUT}
        pending replace Y    | PENDING_REPLACE  10000  1000  9000 100
        pending replace Z    | PENDING_REPLACE  10000  1000  9000 100
        replaced Y           | PENDING_REPLACE   8000  1000  7000 100
        replaced Z           | PARTIALLY_FILLED  7000  1000  6000 100
        trade 6000 @ 100     | FILLED            7000  7000     0 100
        """,
        able=CHAINING,
    )


def test_d_2_c_both_of_two_chained_replaces_are_refused() -> None:
    play(
        f"""{START}{TWO_OUT}
        pending replace Y    | PENDING_REPLACE  10000  1000  9000 100
        pending replace Z    | PENDING_REPLACE  10000  1000  9000 100
        replace refused Y    | PENDING_REPLACE  10000  1000  9000 100
        replace refused Z    | PARTIALLY_FILLED 10000  1000  9000 100
        trade 9000 @ 100     | FILLED           10000 10000     0 100
        """,
        able=CHAINING,
    )


def test_d_2_c_both_are_refused_the_second_one_first() -> None:
    play(
        f"""{START}{TWO_OUT}
        replace refused Z    | PENDING_REPLACE  10000  1000  9000 100
        replace refused Y    | PARTIALLY_FILLED 10000  1000  9000 100
        """,
        able=CHAINING,
    )


def test_d_2_d_the_second_is_refused_as_the_order_is_pending_replace() -> None:
    play(
        f"""{START}{TWO_OUT}
        pending replace Y    | PENDING_REPLACE  10000  1000  9000 100
        replace refused Z    | PENDING_REPLACE  10000  1000  9000 100
        replaced Y           | PARTIALLY_FILLED  8000  1000  7000 100
        trade 2000 @ 100     | PARTIALLY_FILLED  8000  3000  5000 100
        """,
        able=CHAINING,
    )


def test_d_2_d_where_the_broker_can_not_chain_we_refuse_the_second_ourselves() -> None:
    matrix = play(f"""{START}
        replace Y 8000       | PENDING_REPLACE  10000  1000  9000 100
        replace Z 7000       | PENDING_REPLACE  10000  1000  9000 100
        replaced Y           | PARTIALLY_FILLED  8000  1000  7000 100
        trade 2000 @ 100     | PARTIALLY_FILLED  8000  3000  5000 100
    """)
    assert matrix.sent_replaces() == [("Y", "X")]


def test_d_2_the_first_is_refused_and_the_second_accepted_all_the_same() -> None:
    play(
        f"""{START}{TWO_OUT}
        replace refused Y    | PENDING_REPLACE  10000  1000  9000 100
        replaced Z           | PARTIALLY_FILLED  7000  1000  6000 100
        """,
        able=CHAINING,
    )


def test_d_2_the_answers_come_in_the_wrong_order() -> None:
    play(
        f"""{START}{TWO_OUT}
        replaced Z           | PARTIALLY_FILLED  7000  1000  6000 100
        replaced Y           | PARTIALLY_FILLED  7000  1000  6000 100
        replace refused Y    | PARTIALLY_FILLED  7000  1000  6000 100
        """,
        able=CHAINING,
    )


def test_d_2_the_worst_of_all_that_are_out_is_reserved() -> None:
    play(
        f"""{START}
        replace Y 15000      | PENDING_REPLACE  10000  1000  9000 100 res 14000
        replace Z 12000      | PENDING_REPLACE  10000  1000  9000 100 res 14000
        replace W 13000      | PENDING_REPLACE  10000  1000  9000 100 res 14000
        replace refused Y    | PENDING_REPLACE  10000  1000  9000 100 res 12000
        replaced Z           | PENDING_REPLACE  12000  1000 11000 100 res 12000
        replace refused W    | PARTIALLY_FILLED 12000  1000 11000 100
        """,
        able=CHAINING,
    )


def test_d_2_a_change_of_price_alone_keeps_the_quantity_that_the_pending_replace_asks_for() -> None:
    matrix = play(
        f"""{START}
        replace Y 8000             | PENDING_REPLACE  10000  1000  9000 100
        replace Z 8000 @ 100.05    | PENDING_REPLACE  10000  1000  9000 100
        replaced Y                 | PENDING_REPLACE   8000  1000  7000 100
        replaced Z                 | PARTIALLY_FILLED  8000  1000  7000 100
        """,
        able=CHAINING,
    )
    assert str(matrix.order.limit_px) == "100.05"


def test_d_2_the_order_is_filled_while_two_replaces_are_out() -> None:
    play(
        f"""{START}{TWO_OUT}
        trade 9000 @ 100     | PENDING_REPLACE  10000 10000     0 100
        replace refused Y    | PENDING_REPLACE  10000 10000     0 100
        replace refused Z    | FILLED           10000 10000     0 100
        """,
        able=CHAINING,
    )


def test_d_2_the_order_is_canceled_while_two_replaces_are_out() -> None:
    play(
        f"""{START}{TWO_OUT}
        cancel               | PENDING_CANCEL   10000  1000  9000 100
        replaced Y           | PENDING_CANCEL    8000  1000  7000 100
        canceled             | CANCELED          8000  1000     0 100
        replace refused Z    | CANCELED          8000  1000     0 100
        """,
        able=CHAINING,
    )


def test_d_2_one_of_two_replaces_was_never_sent() -> None:
    play(
        f"""{START}{TWO_OUT}
        withheld Z           | PENDING_REPLACE  10000  1000  9000 100
        replaced Y           | PARTIALLY_FILLED  8000  1000  7000 100
        """,
        able=CHAINING,
    )


def test_d_2_both_are_asked_about_and_the_broker_works_the_second() -> None:
    matrix = play(
        f"""{START}{TWO_OUT}
        unknown Y            | PENDING_REPLACE  10000  1000  9000 100
        unknown Z            | PENDING_REPLACE  10000  1000  9000 100
        time 20              | PENDING_REPLACE  10000  1000  9000 100
        """,
        able=CHAINING,
    )
    assert {"X", "Y", "Z"} <= set(matrix.questions)
    matrix.row("answer PARTIALLY_FILLED 7000 1000 Z | PARTIALLY_FILLED 7000 1000 6000 100")
    matrix.fold_again()
