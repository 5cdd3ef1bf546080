"""Fat finger: quantity and notional, hard and soft."""

from __future__ import annotations

import pytest

from tests.engine.risk.seat import Seat, buy, sell, short


@pytest.fixture
def seat() -> Seat:
    seat = Seat(
        cash="100000000", max_position_pct="1", max_order_qty="500", max_order_notional="30000", price_collar_pct="0.05"
    )
    seat.quote("AAPL", "99.98", "100.02")
    seat.quote("ESZ3", "4000.00", "4000.25")
    return seat


def test_quantity_passes_at_the_limit_and_not_one_share_above(seat: Seat) -> None:
    assert seat.codes(buy("500", limit="50.00")) == []
    found = seat.denial("MAX_ORDER_QTY", buy("501", limit="50.00"))
    assert (found.value, found.limit, found.scope) == ("501", "500", "AAPL")
    assert str(found) == "MAX_ORDER_QTY: value=501 limit=500 scope=AAPL"


def test_notional_passes_at_the_limit_and_not_one_tick_above(seat: Seat) -> None:
    assert seat.codes(buy("300", limit="100.00")) == []
    found = seat.denial("MAX_ORDER_NOTIONAL", buy("300", limit="100.01"))
    assert (found.value, found.limit) == ("30003", "30000")


def test_a_market_buy_counts_at_the_ask_plus_the_collar(seat: Seat) -> None:
    # 100.02 x 1.05 = 105.021: 285 shares are 29,930.985, 286 are 30,036.006
    assert seat.codes(buy("285")) == []
    assert seat.denial("MAX_ORDER_NOTIONAL", buy("286")).value == "30036.006"


def test_a_sale_counts_at_the_bid_or_its_own_higher_limit(seat: Seat) -> None:
    assert seat.codes(short("300")) == []
    assert seat.denial("MAX_ORDER_NOTIONAL", short("301")).value == "30093.98"
    assert seat.codes(short("300", limit="95.00")) == []
    assert seat.denial("MAX_ORDER_NOTIONAL", short("300", limit="100.01")).value == "30003"


def test_a_buy_stop_counts_at_its_trigger_plus_the_collar(seat: Seat) -> None:
    # 120 x 1.05 = 126: 238 shares are 29,988, 239 are 30,114
    assert seat.codes(buy("238", stop="120.00")) == []
    assert seat.denial("MAX_ORDER_NOTIONAL", buy("239", stop="120.00")).value == "30114"


def test_the_multiplier_counts(seat: Seat) -> None:
    assert seat.denial("MAX_ORDER_NOTIONAL", buy("1", "ESZ3", limit="4000.00")).value == "200000"


def test_an_exit_is_held_to_the_fat_finger_limits_too(seat: Seat) -> None:
    seat.hold("AAPL", "1000")
    assert seat.codes(sell("600", limit="100.00")) == ["MAX_ORDER_QTY", "MAX_ORDER_NOTIONAL"]


def test_a_replace_is_held_to_its_new_total_with_what_is_filled_counted_in(seat: Seat) -> None:
    working = seat.send(buy("400", limit="50.00"))
    seat.fill(working, "300", "50.00")
    assert seat.codes(buy("500", limit="50.00"), working) == []
    assert seat.denial("MAX_ORDER_QTY", buy("501", limit="50.00"), working).value == "501"


def test_a_soft_limit_asks_for_a_y_and_takes_it() -> None:
    seat = Seat(warn_order_notional="10000")
    seat.quote("AAPL", "99.98", "100.02")
    assert seat.codes(buy("100", limit="100.00")) == []
    found = seat.denial("WARN_ORDER_NOTIONAL", buy("101", limit="100.00"))
    assert found.soft
    assert (found.value, found.limit) == ("10100", "10000")
    assert seat.codes(buy("101", limit="100.00", accept_soft=True)) == []


def test_a_y_does_not_move_a_hard_limit() -> None:
    seat = Seat(max_order_notional="10000", warn_order_notional="5000")
    seat.quote("AAPL", "99.98", "100.02")
    found = seat.denials(buy("101", limit="100.00", accept_soft=True))
    assert [(d.code, d.soft) for d in found] == [("MAX_ORDER_NOTIONAL", False)]


def test_a_limit_of_a_user_refuses_that_user_alone_and_is_named() -> None:
    seat = Seat(**{"user:alice/max_order_qty": "100"})
    seat.quote("AAPL", "99.99", "100.00")
    assert seat.codes(buy("100", limit="100.00", user="alice")) == []
    found = seat.denial("MAX_ORDER_QTY", buy("101", limit="100.00", user="alice"))
    assert (found.limit, found.scope) == ("100", "user:alice")
    assert seat.codes(buy("101", limit="100.00", user="bob")) == []


def test_a_limit_of_an_instrument_holds_for_it_alone() -> None:
    seat = Seat(**{"instrument:AAPL/price_collar_pct": "0.01", "instrument:AAPL/max_order_notional": "5000"})
    for symbol in ("AAPL", "MSFT"):
        seat.quote(symbol, "99.99", "100.00")
    assert seat.codes(buy("49", limit="100.90")) == []
    assert seat.denial("PRICE_COLLAR", buy("10", limit="101.10")).scope == "instrument:AAPL"
    assert seat.denial("MAX_ORDER_NOTIONAL", buy("51", limit="100.00")).scope == "instrument:AAPL"
    assert seat.codes(buy("51", "MSFT", limit="101.10")) == []
