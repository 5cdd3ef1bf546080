"""Group E: what the broker does of its own accord, and orders that reached it by another way."""

from __future__ import annotations

import pytest

from engine import inputs as i
from engine import protocol as p
from engine.effects import QueryOrder, ReplaceOrder
from engine.model.enums import OrdStatus, OrdType, Side, TimeInForce
from engine.model.order import ReplaceRequest
from engine.model.snapshot import Execution, OrderSnapshot
from tests.engine.dealing import ACCOUNT, D, Dealing, only, snapshots
from tests.engine.orders.fix.matrix import play


def test_e_1_a_a_telephoned_order_is_booked_as_it_fills_and_adopted_when_it_is_seen() -> None:
    desk = Dealing().connect()
    asked = desk.give(p.Accepted("", "PHONE-1", desk.now.market_ns))
    assert snapshots(asked) == ["report of an unknown order"]
    fill = Execution("P1", "", "PHONE-1", ACCOUNT, "IBM", Side.BUY, D(20), D(100), desk.now.market_ns)
    desk.executions.append(fill)
    desk.positions["IBM"] += 20
    desk.cash -= 2000
    desk.give(p.Filled(fill))
    assert desk.state.position_qty(ACCOUNT, "IBM") == 20
    part = OrdStatus.PARTIALLY_FILLED
    phoned = OrderSnapshot(
        "PHONE-1", "", ACCOUNT, "IBM", Side.BUY, OrdType.LIMIT, TimeInForce.DAY, D(100), D(20), part, D(100)
    )
    desk.compare(phoned)
    order = desk.state.order_at(ACCOUNT, "PHONE-1")
    assert order is not None
    assert order.external
    assert (order.status, order.cum_qty, order.leaves_qty) == (OrdStatus.PARTIALLY_FILLED, 20, 80)
    assert desk.state.positions[(ACCOUNT, "IBM")].open_buy == 80
    assert {"ORPHAN_FILL", "EXTERNAL_ORDER"} <= set(desk.codes())


def test_e_1_a_a_bust_of_a_telephoned_order_that_was_never_told_is_read_off_the_list_of_executions() -> None:
    """It has no id to be asked for; all of it was executed when it was first heard of, and one trade is gone since."""
    desk = Dealing().connect()
    fills = [
        Execution(f"P{n}", "", "PHONE-1", ACCOUNT, "IBM", Side.BUY, D(qty), D(100), desk.now.market_ns)
        for n, qty in ((1, 80), (2, 20))
    ]
    for fill in fills:
        desk.give(p.Filled(fill))
    assert desk.state.position_qty(ACCOUNT, "IBM") == 100
    desk.pass_s(30)
    desk.executions.append(fills[1])
    desk.positions["IBM"] += 20
    desk.cash -= 2000
    part = OrdStatus.PARTIALLY_FILLED
    phoned = OrderSnapshot(
        "PHONE-1", "", ACCOUNT, "IBM", Side.BUY, OrdType.LIMIT, TimeInForce.DAY, D(100), D(20), part, D(100)
    )
    desk.compare(phoned)
    order = desk.state.order_at(ACCOUNT, "PHONE-1")
    assert order is not None
    assert desk.state.position_qty(ACCOUNT, "IBM") == 100, "the broker's lists may lag behind what it told"
    desk.pass_s(5)
    desk.compare(phoned)
    assert (order.status, order.cum_qty, order.leaves_qty) == (part, 20, 80)
    assert desk.state.position_qty(ACCOUNT, "IBM") == 20
    assert "TRADE_BUST" in desk.codes()


@pytest.mark.parametrize("ident", ["", "THEIRS-1"], ids=["without an id", "with an id of theirs"])
def test_e_1_a_a_fill_reported_after_the_order_was_adopted_with_it_counts_once(ident: str) -> None:
    """The broker's list of orders was ahead of its list of executions and of its reports."""
    desk = Dealing().connect()
    desk.pass_s(30)
    fill = Execution("P1", ident, "PHONE-1", ACCOUNT, "IBM", Side.BUY, D(20), D(100), desk.now.market_ns)
    part = OrdStatus.PARTIALLY_FILLED
    phoned = OrderSnapshot(
        "PHONE-1", ident, ACCOUNT, "IBM", Side.BUY, OrdType.LIMIT, TimeInForce.DAY, D(40), D(20), part, D(100)
    )
    desk.compare(phoned)
    desk.executions.append(fill)
    desk.positions["IBM"] += 20
    desk.cash -= 2000
    desk.give(p.Filled(fill))
    order = desk.state.order_at(ACCOUNT, "PHONE-1")
    assert order is not None
    desk.pass_s(5)
    asked = only(desk.compare(phoned), QueryOrder)
    for question in asked:
        desk.give(i.OrderEvidence(question.cl_ord_id, phoned, (fill,), False, desk.now.wall_ns))
    assert bool(asked) is bool(ident), "what has an id is asked for by it"
    assert (order.status, order.cum_qty, order.leaves_qty) == (part, 20, 20)
    assert (order.adopted_qty, desk.state.position_qty(ACCOUNT, "IBM")) == (0, 20)


def test_e_1_b_unsolicited_cancel_of_a_part_filled_order() -> None:
    matrix = play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        trade 1000 @ 100     | PARTIALLY_FILLED 10000  1000  9000 100
        canceled             | CANCELED         10000  1000     0 100
    """)
    assert "ORDER_CANCELED" in matrix.alerts


def test_e_1_b_unsolicited_cancel_of_an_order_without_executions() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        canceled             | CANCELED         10000     0     0
    """)


def test_e_1_b_unsolicited_cancel_before_the_acknowledgement() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        canceled             | CANCELED         10000     0     0
        accepted             | CANCELED         10000     0     0
    """)


def test_e_1_b_a_pending_cancel_that_nobody_here_asked_for_is_asked_about() -> None:
    matrix = play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        pending cancel       | NEW              10000     0 10000
    """)
    assert matrix.questions == ["X"]


def test_e_1_c_unsolicited_replacement_of_a_part_filled_order() -> None:
    matrix = play("""
        order 10000           | PENDING_NEW      10000     0 10000
        accepted              | NEW              10000     0 10000
        restated 11000 verbal | NEW              11000     0 11000
        trade 1000 @ 100      | PARTIALLY_FILLED 11000  1000 10000 100
        restated 12000 verbal | PARTIALLY_FILLED 12000  1000 11000 100
    """)
    assert matrix.alerts.count("ORDER_RESTATED") == 2


def test_e_1_c_unsolicited_replacement_under_an_id_of_the_broker_s() -> None:
    play("""
        order 10000                        | PENDING_NEW      10000     0 10000
        accepted                           | NEW              10000     0 10000
        trade 1000 @ 100                   | PARTIALLY_FILLED 10000  1000  9000 100
        changed by the broker 12000 @ 101  | PARTIALLY_FILLED 12000  1000 11000 100
        trade 11000 @ 100                  | FILLED           12000 12000     0 100
    """)


def test_e_1_c_unsolicited_increase_of_a_filled_order_makes_it_live_again() -> None:
    play("""
        order 10000                  | PENDING_NEW      10000     0 10000
        accepted                     | NEW              10000     0 10000
        trade 10000 @ 100            | FILLED           10000 10000     0 100
        changed by the broker 12000  | PARTIALLY_FILLED 12000 10000  2000 100
        trade 2000 @ 100             | FILLED           12000 12000     0 100
    """)


def test_e_1_c_unsolicited_replacement_while_ours_is_out() -> None:
    play("""
        order 10000           | PENDING_NEW      10000     0 10000
        accepted              | NEW              10000     0 10000
        replace Y 12000       | PENDING_REPLACE  10000     0 10000 0 res 12000
        restated 11000 verbal | PENDING_REPLACE  11000     0 11000 0 res 12000
        replaced Y            | NEW              12000     0 12000
    """)


def test_e_1_d_unsolicited_reduction_of_the_quantity() -> None:
    play("""
        order 10000            | PENDING_NEW      10000     0 10000
        accepted               | NEW              10000     0 10000
        restated 9000 decline  | NEW               9000     0  9000
        trade 9000 @ 100       | FILLED            9000  9000     0 100
    """)


def test_e_1_d_a_reduction_to_what_is_executed_fills_the_order() -> None:
    play("""
        order 10000            | PENDING_NEW      10000     0 10000
        accepted               | NEW              10000     0 10000
        trade 4000 @ 100       | PARTIALLY_FILLED 10000  4000  6000 100
        restated 4000 decline  | FILLED            4000  4000     0 100
    """)


def test_e_1_d_a_reduction_that_counts_more_than_we_know_asks_for_the_executions() -> None:
    matrix = play("""
        order 10000                       | PENDING_NEW      10000     0 10000
        accepted                          | NEW              10000     0 10000
        trade 1000 @ 100 as B unreported  | NEW              10000     0 10000
        restated 9000 decline cum 1000    | NEW               9000     0  9000
    """)
    assert matrix.questions == ["X"]
    matrix.row("answer PARTIALLY_FILLED 9000 1000 | PARTIALLY_FILLED 9000 1000 8000 100")
    matrix.fold_again()


def test_e_1_d_the_same_reduction_reported_twice_reduces_once() -> None:
    matrix = play("""
        order 10000            | PENDING_NEW      10000     0 10000
        accepted               | NEW              10000     0 10000
        restated 9000 decline  | NEW               9000     0  9000
        restated 9000 decline  | NEW               9000     0  9000
    """)
    assert matrix.alerts.count("ORDER_RESTATED") == 1


def test_e_1_d_an_older_restatement_that_comes_late_is_asked_about() -> None:
    matrix = play("""
        order 10000                  | PENDING_NEW      10000     0 10000
        accepted                     | NEW              10000     0 10000
        restated 8000 decline        | NEW               8000     0  8000
        restated 9000 decline early  | NEW               8000     0  8000
    """)
    assert matrix.questions == ["X"]


def test_e_1_e_unsolicited_cancel_of_an_order_that_is_not_best_any_more() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        trade 1000 @ 100     | PARTIALLY_FILLED 10000  1000  9000 100
        canceled             | CANCELED         10000  1000     0 100
        canceled             | CANCELED         10000  1000     0 100
    """)


def test_e_1_f_an_order_is_held_at_the_exchange_and_then_activated() -> None:
    play("""
        order 10000          | PENDING_NEW      10000     0 10000
        accepted             | NEW              10000     0 10000
        suspended            | SUSPENDED        10000     0 10000
        triggered            | NEW              10000     0 10000
        trade 10000 @ 100    | FILLED           10000 10000     0 100
    """)


def test_e_repricing_changes_what_is_reserved() -> None:
    matrix = play("""
        order 10000                       | PENDING_NEW      10000     0 10000
        accepted                          | NEW              10000     0 10000
        restated 10000 repricing @ 99.50  | NEW              10000     0 10000
    """)
    assert matrix.order.limit_px == D("99.50")
    assert matrix.desk.state.positions[(ACCOUNT, "IBM")].open_buy_notional == D("995000")


def test_e_a_restatement_proves_that_an_unacknowledged_order_was_accepted() -> None:
    play("""
        order 10000            | PENDING_NEW      10000     0 10000
        unknown                | UNKNOWN          10000     0 10000
        restated 9000 decline  | NEW               9000     0  9000
        accepted               | NEW               9000     0  9000
    """)


def test_e_a_restatement_of_an_order_that_is_over_is_not_believed() -> None:
    matrix = play("""
        order 10000            | PENDING_NEW      10000     0 10000
        accepted               | NEW              10000     0 10000
        cancel                 | PENDING_CANCEL   10000     0 10000
        canceled               | CANCELED         10000     0     0
        restated 9000 decline  | CANCELED         10000     0     0
    """)
    assert (matrix.questions, "ODD_REPORT" in matrix.alerts) == (["X"], True)


def test_e_a_restatement_as_canceled_ends_the_order() -> None:
    play("""
        order 10000                                        | PENDING_NEW      10000     0 10000
        accepted                                           | NEW              10000     0 10000
        trade 1000 @ 100                                   | PARTIALLY_FILLED 10000  1000  9000 100
        restated 10000 verbal status CANCELED cum 1000     | CANCELED         10000  1000     0 100
    """)


def test_e_an_order_of_another_terminal_is_adopted_and_canceled_like_ours() -> None:
    desk = Dealing().connect()
    other = OrderSnapshot(
        "B77", "THEIRS", ACCOUNT, "IBM", Side.SELL, OrdType.LIMIT, TimeInForce.GTC, D(50), D(0), OrdStatus.NEW, D(101)
    )
    desk.positions["IBM"] = D(0)
    desk.compare(other)
    order = desk.state.orders["THEIRS"]
    desk.give(i.CancelOrders(i.CancelSelector(ids=(order.id,)), "me"))
    assert order.status is OrdStatus.PENDING_CANCEL
    desk.give(p.Canceled("THEIRS", desk.now.market_ns, "", D(0)))
    assert order.status is OrdStatus.CANCELED
    assert desk.state.positions[(ACCOUNT, "IBM")].open_sell == 0


def test_e_what_was_placed_elsewhere_is_changed_there() -> None:
    desk = Dealing().connect()
    desk.compare(
        OrderSnapshot(
            "B77", "THEIRS", ACCOUNT, "IBM", Side.BUY, OrdType.LIMIT, TimeInForce.GTC, D(50), D(0), OrdStatus.NEW, D(99)
        )
    )
    order = desk.state.orders["THEIRS"]
    desk.give(p.Restated("THEIRS", D(40), None, None, desk.now.market_ns))
    assert (order.qty, desk.state.positions[(ACCOUNT, "IBM")].open_buy) == (40, 40)
    refused = desk.give(i.ModifyOrder(order.id, ReplaceRequest(qty=D(30))))
    assert only(refused, ReplaceOrder) == []
