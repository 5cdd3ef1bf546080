"""Group H: orders that are good for more than a day, over days and through a stock split."""

from __future__ import annotations

from engine import facts as f
from engine.model.enums import TimeInForce
from tests.engine.dealing import ACCOUNT, D
from tests.engine.orders.fix.matrix import Matrix, facts_of, play

GTC = TimeInForce.GTC
DAY_ONE = """
        order 10000                    | PENDING_NEW      10000     0 10000
        accepted                       | NEW              10000     0 10000
        trade 2000 @ 50 as B           | PARTIALLY_FILLED 10000  2000  8000 50
        done for day                   | DONE_FOR_DAY     10000  2000  8000 50
"""
RENEWED = f"""{DAY_ONE}
        restated 10000 renewal         | PARTIALLY_FILLED 10000  2000  8000 50
"""


def gtc(table: str) -> Matrix:
    return play(table, tif=GTC)


def test_h_1_a_partially_filled_renewed_and_partially_filled_the_following_day() -> None:
    gtc(f"""{RENEWED}
        trade 1000 @ 53                | PARTIALLY_FILLED 10000  3000  7000 51
    """)


def test_h_1_a_no_renewal_is_sent_our_own_next_day_brings_it_back() -> None:
    matrix = gtc(f"""{DAY_ONE}
        next day                       | PARTIALLY_FILLED 10000  2000  8000 50
        trade 1000 @ 53                | PARTIALLY_FILLED 10000  3000  7000 51
    """)
    assert facts_of(matrix, f.OrderReinstated) == 1


def test_h_1_a_an_order_without_executions_is_new_again() -> None:
    gtc("""
        order 10000                    | PENDING_NEW      10000     0 10000
        accepted                       | NEW              10000     0 10000
        done for day                   | DONE_FOR_DAY     10000     0 10000
        next day                       | NEW              10000     0 10000
        done for day                   | DONE_FOR_DAY     10000     0 10000
        reinstated                     | NEW              10000     0 10000
    """)


def test_h_1_a_an_acknowledgement_of_the_following_day_brings_it_back() -> None:
    gtc(f"""{DAY_ONE}
        accepted                       | PARTIALLY_FILLED 10000  2000  8000 50
    """)


def test_h_1_a_an_execution_that_is_reported_after_done_for_day() -> None:
    gtc("""
        order 10000                        | PENDING_NEW      10000     0 10000
        accepted                           | NEW              10000     0 10000
        trade 2000 @ 50 as B unreported    | NEW              10000     0 10000
        done for day                       | DONE_FOR_DAY     10000     0 10000
        report B                           | DONE_FOR_DAY     10000  2000  8000 50
        next day                           | PARTIALLY_FILLED 10000  2000  8000 50
    """)


def test_h_1_b_a_two_for_one_split_then_a_partial_fill_and_a_fill() -> None:
    matrix = gtc(f"""{DAY_ONE}
        restated 20000 split cum 4000 @ 25 | PARTIALLY_FILLED 20000  4000 16000 25 pos 2000
        trade 5000 @ 25                | PARTIALLY_FILLED 20000  9000 11000 25 pos 7000
        trade 11000 @ 25               | FILLED           20000 20000     0 25 pos 18000
    """)
    assert matrix.order.limit_px == D(25)


def test_h_1_b_the_reservation_of_a_split_order_is_worth_what_it_was() -> None:
    matrix = gtc(DAY_ONE)
    before = matrix.desk.state.positions[(ACCOUNT, "IBM")].open_buy_notional
    matrix.row("restated 20000 split cum 4000 @ 50 | PARTIALLY_FILLED 20000 4000 16000 25 pos 2000")
    assert matrix.desk.state.positions[(ACCOUNT, "IBM")].open_buy_notional == before == D(800000)
    matrix.fold_again()


def test_h_1_b_the_split_is_reported_twice() -> None:
    gtc(f"""{DAY_ONE}
        restated 20000 split cum 4000 @ 25 | PARTIALLY_FILLED 20000  4000 16000 25 pos 2000
        restated 20000 split cum 4000 @ 25 | PARTIALLY_FILLED 20000  4000 16000 25 pos 2000
    """)


def test_h_1_b_an_execution_of_before_the_split_is_busted_after_it() -> None:
    gtc(f"""{DAY_ONE}
        restated 20000 split cum 4000 @ 25 | PARTIALLY_FILLED 20000  4000 16000 25 pos 2000
        trade 1000 @ 25 as C           | PARTIALLY_FILLED 20000  5000 15000 25 pos 3000
        bust B                         | PARTIALLY_FILLED 20000  1000 19000 25
        bust C                         | NEW              20000     0 20000 0
    """)


def test_h_1_b_a_reverse_split_with_an_odd_rest_balances() -> None:
    gtc("""
        order 9000                     | PENDING_NEW       9000     0  9000
        accepted                       | NEW               9000     0  9000
        trade 1000 @ 10 as B           | PARTIALLY_FILLED  9000  1000  8000 10
        trade 2000 @ 10 as C           | PARTIALLY_FILLED  9000  3000  6000 10
        restated 3000 split cum 1000 @ 30 | PARTIALLY_FILLED 3000 1000  2000 30 pos 3000
        trade 2000 @ 30 as D           | FILLED            3000  3000     0 30 pos 5000
    """)


def test_h_1_b_the_split_of_an_order_without_executions() -> None:
    gtc("""
        order 10000                    | PENDING_NEW      10000     0 10000
        accepted                       | NEW              10000     0 10000
        done for day                   | DONE_FOR_DAY     10000     0 10000
        restated 20000 split cum 0 @ 50 | NEW             20000     0 20000
        trade 20000 @ 50               | FILLED           20000 20000     0 50
    """)


def test_h_1_c_renewed_and_canceled_the_following_day() -> None:
    gtc(f"""{RENEWED}
        cancel                         | PENDING_CANCEL   10000  2000  8000 50
        pending cancel                 | PENDING_CANCEL   10000  2000  8000 50
        canceled                       | CANCELED         10000  2000     0 50
    """)


def test_h_1_c_the_cancel_of_the_following_day_is_refused() -> None:
    gtc(f"""{RENEWED}
        cancel                         | PENDING_CANCEL   10000  2000  8000 50
        cancel refused                 | PARTIALLY_FILLED 10000  2000  8000 50
    """)


def test_h_1_c_canceled_overnight_while_it_is_done_for_day() -> None:
    gtc(f"""{DAY_ONE}
        cancel                         | PENDING_CANCEL   10000  2000  8000 50
        canceled                       | CANCELED         10000  2000     0 50
    """)


def test_h_1_c_a_cancel_refused_overnight_leaves_it_done_for_day() -> None:
    gtc(f"""{DAY_ONE}
        cancel                         | PENDING_CANCEL   10000  2000  8000 50
        cancel refused                 | DONE_FOR_DAY     10000  2000  8000 50
    """)


def test_h_1_d_renewed_and_increased() -> None:
    gtc(f"""{RENEWED}
        replace Y 15000                | PENDING_REPLACE  10000  2000  8000 50 res 13000
        pending replace Y              | PENDING_REPLACE  10000  2000  8000 50 res 13000
        trade 1000 @ 53                | PENDING_REPLACE  10000  3000  7000 51 res 12000
        replaced Y                     | PARTIALLY_FILLED 15000  3000 12000 51
    """)


def test_h_1_d_the_increase_is_refused_before_and_after_it_was_pending() -> None:
    gtc(f"""{RENEWED}
        replace Y 15000                | PENDING_REPLACE  10000  2000  8000 50 res 13000
        replace refused Y              | PARTIALLY_FILLED 10000  2000  8000 50
        replace Z 15000                | PENDING_REPLACE  10000  2000  8000 50 res 13000
        pending replace Z              | PENDING_REPLACE  10000  2000  8000 50 res 13000
        trade 1000 @ 53                | PENDING_REPLACE  10000  3000  7000 51 res 12000
        replace refused Z              | PARTIALLY_FILLED 10000  3000  7000 51
    """)


def test_h_a_gtc_order_expires_at_the_broker_s_last_day() -> None:
    gtc(f"""{RENEWED}
        expired                        | EXPIRED          10000  2000     0 50
    """)
