"""Group J: executions that are taken back or corrected, early, late and twice; fills after the end; overfills."""

from __future__ import annotations

from engine.model.enums import Side, TimeInForce, TradingState
from tests.engine.orders.fix.matrix import RAISING, play

WORKING = """
        order 10000                    | PENDING_NEW      10000     0 10000
        accepted                       | NEW              10000     0 10000
"""


def test_j_1_a_a_filled_order_is_corrected_busted_increased_and_corrected_again() -> None:
    play(
        f"""{WORKING}
        trade 1000 @ 100 as C          | PARTIALLY_FILLED 10000  1000  9000 100
        trade 9000 @ 110 as D          | FILLED           10000 10000     0 109
        bust C                         | PARTIALLY_FILLED 10000  9000  1000 110
        correct D to 9000 @ 100 as F   | PARTIALLY_FILLED 10000  9000  1000 100
        trade 1000 @ 120 as G          | FILLED           10000 10000     0 102
        correct F to 9000 @ 120 as H   | FILLED           10000 10000     0 120
        replace Y 12000                | PENDING_REPLACE  10000 10000     0 120 res 2000
        pending replace Y              | PENDING_REPLACE  10000 10000     0 120 res 2000
        replaced Y                     | PARTIALLY_FILLED 12000 10000  2000 120
        correct H to 9500 @ 120 as K   | PARTIALLY_FILLED 12000 10500  1500 120
        """,
        able=RAISING,
    )


def test_j_1_a_a_filled_order_whose_only_execution_is_busted_is_new_again() -> None:
    matrix = play(f"""{WORKING}
        trade 10000 @ 100 as B         | FILLED           10000 10000     0 100
        bust B                         | NEW              10000     0 10000 0
        cancel                         | PENDING_CANCEL   10000     0 10000
        canceled                       | CANCELED         10000     0     0
    """)
    assert "TRADE_BUST" in matrix.alerts


def test_j_1_a_a_bust_is_reported_twice() -> None:
    play(f"""{WORKING}
        trade 4000 @ 100 as B          | PARTIALLY_FILLED 10000  4000  6000 100
        trade 1000 @ 100 as C          | PARTIALLY_FILLED 10000  5000  5000 100
        bust B                         | PARTIALLY_FILLED 10000  1000  9000 100
        bust B                         | PARTIALLY_FILLED 10000  1000  9000 100
    """)


def test_j_1_a_a_bust_arrives_before_the_execution_that_it_names() -> None:
    play(f"""{WORKING}
        trade 1000 @ 100 as C          | PARTIALLY_FILLED 10000  1000  9000 100
        bust B                         | PARTIALLY_FILLED 10000  1000  9000 100
        late B 4000 @ 100              | PARTIALLY_FILLED 10000  1000  9000 100
        late B 4000 @ 100              | PARTIALLY_FILLED 10000  1000  9000 100
    """)


def test_j_1_a_a_busted_execution_that_comes_late_is_no_overfill() -> None:
    matrix = play(f"""{WORKING}
        bust B                         | NEW              10000     0 10000
        trade 10000 @ 100 as C         | FILLED           10000 10000     0 100
        late B 10000 @ 100             | FILLED           10000 10000     0 100
    """)
    assert "OVERFILL" not in matrix.alerts
    assert not matrix.desk.state.trading


def test_j_1_a_a_correction_is_reported_twice() -> None:
    play(f"""{WORKING}
        trade 4000 @ 100 as B          | PARTIALLY_FILLED 10000  4000  6000 100
        correct B to 3000 @ 101 as C   | PARTIALLY_FILLED 10000  3000  7000 101
        correct B to 3000 @ 101 as C   | PARTIALLY_FILLED 10000  3000  7000 101
        report C                       | PARTIALLY_FILLED 10000  3000  7000 101
    """)


def test_j_1_a_a_correction_of_a_correction() -> None:
    play(f"""{WORKING}
        trade 4000 @ 100 as B          | PARTIALLY_FILLED 10000  4000  6000 100
        correct B to 3000 @ 101 as C   | PARTIALLY_FILLED 10000  3000  7000 101
        correct C to 3500 @ 102 as D   | PARTIALLY_FILLED 10000  3500  6500 102
        bust D                         | NEW              10000     0 10000 0
    """)


def test_j_1_a_a_correction_of_a_correction_comes_before_the_first_one() -> None:
    play(f"""{WORKING}
        trade 4000 @ 100 as B               | PARTIALLY_FILLED 10000  4000  6000 100
        correct C to 3500 @ 102 as D        | PARTIALLY_FILLED 10000  7500  2500
        correct late B to 3000 @ 101 as C   | PARTIALLY_FILLED 10000  3500  6500 102
    """)


def test_j_1_a_a_correction_arrives_before_the_execution_that_it_names() -> None:
    play(f"""{WORKING}
        correct B to 3000 @ 101 as C   | PARTIALLY_FILLED 10000  3000  7000 101
        late B 4000 @ 100              | PARTIALLY_FILLED 10000  3000  7000 101
    """)


def test_j_1_a_a_correction_beyond_the_order_is_an_overfill() -> None:
    matrix = play(f"""{WORKING}
        trade 10000 @ 100 as B          | FILLED           10000 10000     0 100
        correct B to 10500 @ 100 as C   | FILLED           10000 10500     0 100
    """)
    assert "OVERFILL" in matrix.alerts


def test_j_1_a_a_bust_while_a_cancel_is_out() -> None:
    play(f"""{WORKING}
        trade 4000 @ 100 as B          | PARTIALLY_FILLED 10000  4000  6000 100
        cancel                         | PENDING_CANCEL   10000  4000  6000 100
        bust B                         | PENDING_CANCEL   10000     0 10000 0
        cancel refused                 | NEW              10000     0 10000
    """)


def test_j_1_a_a_bust_of_a_filled_and_calculated_order() -> None:
    play(f"""{WORKING}
        trade 10000 @ 100 as B         | FILLED           10000 10000     0 100
        calculated                     | CALCULATED       10000 10000     0 100
        bust B                         | NEW              10000     0 10000 0
    """)


def test_j_1_a_a_sale_that_is_busted_gives_the_position_back() -> None:
    play(
        f"""{WORKING}
        trade 10000 @ 100 as B         | FILLED           10000 10000     0 100
        bust B                         | NEW              10000     0 10000 0
        """,
        side=Side.SELL,
        hold="10000",
    )


def test_j_1_b_a_canceled_order_its_bust_and_a_new_execution() -> None:
    matrix = play(f"""{WORKING}
        trade 5000 @ 50 as B           | PARTIALLY_FILLED 10000  5000  5000 50
        cancel                         | PENDING_CANCEL   10000  5000  5000 50
        pending cancel                 | PENDING_CANCEL   10000  5000  5000 50
        canceled                       | CANCELED         10000  5000     0 50
        bust B                         | CANCELED         10000     0     0 0
        trade 4000 @ 51 as F           | CANCELED         10000  4000     0 51
    """)
    assert "FILL_AFTER_END" in matrix.alerts


def test_j_1_b_a_fill_after_the_cancel_is_corrected() -> None:
    play(f"""{WORKING}
        cancel                         | PENDING_CANCEL   10000     0 10000
        canceled                       | CANCELED         10000     0     0
        trade 4000 @ 51 as F           | CANCELED         10000  4000     0 51
        correct F to 3000 @ 52 as G    | CANCELED         10000  3000     0 52
    """)


def test_j_1_b_a_fill_after_the_cancel_completes_the_order() -> None:
    play(f"""{WORKING}
        cancel                         | PENDING_CANCEL   10000     0 10000
        canceled                       | CANCELED         10000     0     0
        trade 10000 @ 51 as F          | CANCELED         10000 10000     0 51
    """)


def test_j_1_b_a_fill_and_a_bust_after_the_expiry() -> None:
    play(f"""{WORKING}
        expired                        | EXPIRED          10000     0     0
        trade 1000 @ 51 as F           | EXPIRED          10000  1000     0 51
        bust F                         | EXPIRED          10000     0     0 0
    """)


def test_j_1_c_gtc_over_days_with_corrections_of_both_executions() -> None:
    play(
        f"""{WORKING}
        trade 2000 @ 50 as B           | PARTIALLY_FILLED 10000  2000  8000 50
        done for day                   | DONE_FOR_DAY     10000  2000  8000 50
        restated 10000 renewal         | PARTIALLY_FILLED 10000  2000  8000 50
        trade 1000 @ 50 as E           | PARTIALLY_FILLED 10000  3000  7000 50
        correct B to 1500 @ 50 as F    | PARTIALLY_FILLED 10000  2500  7500 50
        correct E to 500 @ 50 as G     | PARTIALLY_FILLED 10000  2000  8000 50
        """,
        tif=TimeInForce.GTC,
    )


def test_j_1_d_a_part_filled_order_that_is_done_for_day_is_corrected_and_busted() -> None:
    play(f"""{WORKING}
        trade 1000 @ 50 as B           | PARTIALLY_FILLED 10000  1000  9000 50
        trade 2000 @ 50 as C           | PARTIALLY_FILLED 10000  3000  7000 50
        done for day count             | DONE_FOR_DAY     10000  3000     0 50
        correct B to 1500 @ 50 as D    | DONE_FOR_DAY     10000  3500     0 50
        bust C                         | DONE_FOR_DAY     10000  1500     0 50
    """)


def test_j_1_d_a_gtc_order_that_is_done_for_day_is_busted_and_has_its_leaves() -> None:
    play(
        f"""{WORKING}
        trade 3000 @ 50 as B           | PARTIALLY_FILLED 10000  3000  7000 50
        done for day                   | DONE_FOR_DAY     10000  3000  7000 50
        bust B                         | DONE_FOR_DAY     10000     0 10000 0
        next day                       | NEW              10000     0 10000
        """,
        tif=TimeInForce.GTC,
    )


def test_j_an_overfill_is_booked_and_the_instrument_may_only_reduce() -> None:
    matrix = play(f"""{WORKING}
        trade 9000 @ 100 as B          | PARTIALLY_FILLED 10000  9000  1000 100
        trade 1500 @ 100 as C          | FILLED           10000 10500     0 100
    """)
    assert "OVERFILL" in matrix.alerts
    assert matrix.desk.state.trading["instrument:IBM"] is TradingState.REDUCING


def test_j_the_overfill_is_busted() -> None:
    play(f"""{WORKING}
        trade 9000 @ 100 as B          | PARTIALLY_FILLED 10000  9000  1000 100
        trade 1500 @ 100 as C          | FILLED           10000 10500     0 100
        bust C                         | PARTIALLY_FILLED 10000  9000  1000 100
    """)


def test_j_an_execution_that_comes_twice_with_other_terms_is_booked_once_and_alarmed() -> None:
    matrix = play(f"""{WORKING}
        trade 1000 @ 100 as B          | PARTIALLY_FILLED 10000  1000  9000 100
        late B 2000 @ 100              | PARTIALLY_FILLED 10000  1000  9000 100
    """)
    assert "EXECUTION_CONFLICT" in matrix.alerts


def test_j_a_bust_that_names_what_was_corrected_since_is_asked_about() -> None:
    matrix = play(f"""{WORKING}
        trade 1000 @ 100 as B          | PARTIALLY_FILLED 10000  1000  9000 100
        correct B to 900 @ 100 as C    | PARTIALLY_FILLED 10000   900  9100 100
        bust B                         | PARTIALLY_FILLED 10000   900  9100 100
    """)
    assert matrix.questions == ["X"]
