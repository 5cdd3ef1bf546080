"""Native stops: what elects them and what they do then."""

from __future__ import annotations

import pytest

from tests.engine.market.matching.desk import Desk, fills, kinds


def test_a_sell_stop_is_elected_by_the_bid_and_sells_at_market() -> None:
    desk = Desk()
    desk.quote("100.00", "100.02")
    assert kinds(desk.sell(100, stop="99.95")) == ["Accepted"]
    assert desk.quote("99.96", "99.97") == []
    reports = desk.quote("99.95", "99.97")
    assert kinds(reports) == ["Triggered", "Filled"]
    assert fills(reports) == [("100", "99.95")]


def test_a_buy_stop_is_elected_by_the_ask() -> None:
    desk = Desk()
    desk.quote("100.00", "100.02")
    desk.buy(100, stop="100.10")
    assert desk.quote("100.10", "100.11") != []


def test_a_print_elects_and_the_order_takes_at_the_standing_quote() -> None:
    desk = Desk()
    desk.quote("100.00", "100.02")
    desk.buy(100, stop="100.10")
    desk.sell(100, stop="99.90")
    assert fills(desk.trade("100.10", 1)) == [("100", "100.02")]
    assert fills(desk.trade("99.90", 1)) == [("100", "100.00")]


def test_locked_quotes_and_ineligible_prints_elect_nothing() -> None:
    desk = Desk()
    desk.quote("100.00", "100.02")
    desk.sell(100, stop="99.95")
    assert desk.quote("99.00", "99.00") == []
    assert desk.quote("99.01", "99.00") == []
    assert desk.trade("99.00", 100, eligible=False) == []


def test_a_print_during_a_locked_quote_elects_but_fills_with_the_next_regular_quote() -> None:
    desk = Desk()
    desk.quote("99.00", "99.00")
    desk.sell(100, stop="99.95")
    assert kinds(desk.trade("99.90", 5)) == ["Triggered"]
    assert fills(desk.quote("98.00", "99.00")) == [("100", "98.00")]


def test_an_elected_stop_limit_rests_at_its_limit() -> None:
    desk = Desk()
    desk.quote("100.00", "100.02")
    desk.sell(100, limit="99.94", stop="99.95")
    assert kinds(desk.quote("99.90", "99.96", ask_size=300)) == ["Triggered"]
    assert fills(desk.trade("99.95", 50)) == [("50", "99.94")], "the print went through its limit"
    assert fills(desk.quote("99.94", "99.98")) == [("50", "99.94")]


def test_a_stop_that_is_already_through_is_elected_at_arrival() -> None:
    desk = Desk()
    desk.quote("100.00", "100.02")
    assert kinds(desk.sell(100, stop="100.00")) == ["Accepted", "Triggered", "Filled"]


def test_stops_are_elected_nearest_first() -> None:
    desk = Desk()
    desk.quote("100.00", "100.02")
    desk.sell(100, stop="99.80")
    desk.sell(100, stop="99.90")
    reports = desk.quote("99.70", "99.71", bid_size=150)
    assert kinds(reports) == ["Triggered", "Filled", "Triggered", "Filled"]
    assert [e.cl_ord_id for e in desk.executions] == ["c2", "c1"]
    assert fills(reports) == [("100", "99.70"), ("50", "99.70")]


@pytest.mark.parametrize("qty", [100, 700])
def test_orders_that_waited_are_served_before_stops_elected_by_the_same_quote(qty: int) -> None:
    desk = Desk()
    desk.quote("100.00", "100.02", bid_size=0)
    desk.sell(100, stop="99.90")
    desk.sell(qty)
    desk.quote("99.90", "99.92", bid_size=qty)
    assert [e.cl_ord_id for e in desk.executions] == ["c2"]
