"""A fresh price, and an order near it: stale price and price collar."""

from __future__ import annotations

import pytest

from engine import facts as f
from engine.model.market import Quote
from engine.model.order import OrderRequest
from tests.engine.risk.seat import ACCOUNT, SECOND, D, Seat, buy, sell, short

BID, ASK = "99.98", "100.02"
"""Mid 100.00; with the default collar of 5 % the band is 95.00 to 105.00."""


@pytest.fixture
def seat() -> Seat:
    seat = Seat()
    seat.quote("AAPL", BID, ASK)
    return seat


# --- stale price ------------------------------------------------------------------------------------------------------


def test_without_any_quote_nothing_goes_out() -> None:
    found = Seat().denial("STALE_PRICE", buy("1", limit="100"))
    assert (found.value, found.limit, found.scope) == ("no quote yet", "fresh", "AAPL")


def test_a_quote_as_old_as_its_class_allows_passes_and_a_nanosecond_more_does_not(seat: Seat) -> None:
    seat.pass_ns(15 * SECOND)
    assert seat.codes(buy("1", limit="100")) == []
    seat.pass_ns(1)
    assert seat.denial("STALE_PRICE", buy("1", limit="100")).value == "stale, 15.0 s old"


@pytest.mark.parametrize(("bid", "ask"), [("100", "100"), ("100.01", "100"), ("0", "100"), ("-1", "100")])
def test_a_locked_crossed_or_empty_quote_is_no_price(seat: Seat, bid: str, ask: str) -> None:
    seat.quote("AAPL", bid, ask)
    assert seat.denial("STALE_PRICE", buy("1", limit="100")).value == "locked or crossed"
    seat.quote("AAPL", BID, ASK)
    assert seat.codes(buy("1", limit="100")) == []


def test_a_silent_feed_makes_every_quote_stale_even_where_its_own_age_would_do() -> None:
    seat = Seat(max_quote_age_s__equity="60")
    seat.quote("AAPL", BID, ASK)
    seat.pass_ns(30 * SECOND)
    assert seat.codes(buy("1", limit="100")) == []
    seat.pass_ns(1)
    assert seat.denial("STALE_PRICE", buy("1", limit="100")).value == "feed silent"
    seat.quote("MSFT", BID, ASK)
    assert seat.codes(buy("1", limit="100")) == []


def test_sampled_data_is_fresh_for_one_and_a_half_of_its_intervals(seat: Seat) -> None:
    minute = 60 * SECOND
    seat.quotes.on_quote(Quote("AAPL", D(BID), D(ASK), None, None, seat.market_ns, interval_ns=minute))
    seat.pass_ns(minute * 3 // 2)
    assert seat.codes(buy("1", limit="100")) == []
    seat.pass_ns(1)
    assert seat.codes(buy("1", limit="100")) == ["STALE_PRICE"]


def test_a_stale_price_refuses_exits_too_since_no_collar_can_be_drawn(seat: Seat) -> None:
    seat.hold("AAPL", "100")
    seat.pass_ns(16 * SECOND)
    assert seat.codes(sell("100", limit="100")) == ["STALE_PRICE"]


def test_delayed_quotes_are_good_enough_for_paper_money_only(seat: Seat) -> None:
    seat.quote("AAPL", BID, ASK, delayed=True)
    assert seat.codes(buy("1", limit="100")) == []
    seat.tell(f.DeskOpened("desk001", "live", ACCOUNT, "x", "USD", "average", "", "", "test"))
    seat.tell(f.Reconciled(ACCOUNT, 0, 0))
    assert seat.denial("DELAYED_PRICE", buy("1", limit="100")).limit == "real time"


# --- collar -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "request_",
    [
        buy("10", limit="105.00"),
        buy("10", limit="0.01"),
        short("10", limit="95.00"),
        short("10", limit="900.00"),
        buy("10"),
        short("10"),
    ],
    ids=["buy at the bound", "passive buy", "sale at the bound", "passive sale", "market buy", "market sale"],
)
def test_prices_up_to_the_collar_and_any_passive_price_pass(seat: Seat, request_: OrderRequest) -> None:
    assert seat.codes(request_) == []


@pytest.mark.parametrize(
    ("request_", "value", "limit"),
    [(buy("10", limit="105.01"), "105.01", "105"), (short("10", limit="94.99"), "94.99", "95")],
)
def test_one_tick_beyond_the_collar_is_refused(seat: Seat, request_: OrderRequest, value: str, limit: str) -> None:
    found = seat.denial("PRICE_COLLAR", request_)
    assert (found.value, D(found.limit), found.scope) == (value, D(limit), "AAPL")
    assert value in found.message


def test_the_bound_shown_is_the_last_price_that_passes() -> None:
    seat = Seat(price_collar_pct="0.033")
    seat.quote("NICKEL", "19.95", "20.05")
    # 20.00 x 1.033 = 20.66, and the tick is 0.05.
    assert D(seat.denial("PRICE_COLLAR", buy("20", "NICKEL", limit="20.70")).limit) == D("20.65")
    assert seat.codes(buy("20", "NICKEL", limit="20.65")) == []
    # 20.00 x 0.967 = 19.34
    assert D(seat.denial("PRICE_COLLAR", short("20", "NICKEL", limit="19.30")).limit) == D("19.35")
    assert seat.codes(short("20", "NICKEL", limit="19.35")) == []


def test_the_reference_is_the_exact_mid_not_a_rounded_one() -> None:
    seat = Seat(price_collar_pct="0.01")
    seat.quote("AAPL", "10.00", "10.01")
    # mid 10.005, bound 10.10505: 10.10 passes, 10.11 does not
    assert seat.codes(buy("1", limit="10.10")) == []
    assert seat.codes(buy("1", limit="10.11")) == ["PRICE_COLLAR"]


def test_a_spread_wider_than_the_collar_refuses_market_orders_on_both_sides(seat: Seat) -> None:
    seat.quote("AAPL", "94.00", "106.00")
    assert seat.denial("PRICE_COLLAR", buy("1")).value == "106.00"
    assert seat.denial("PRICE_COLLAR", short("1")).value == "94.00"
    assert seat.codes(buy("1", limit="100")) == []


def test_a_protective_stop_may_lie_as_far_away_as_wanted(seat: Seat) -> None:
    seat.hold("AAPL", "100")
    assert seat.codes(sell("100", stop="70.00")) == []
    assert seat.codes(buy("1", stop="180.00")) == []


def test_a_stop_that_would_trigger_at_once_beyond_the_collar_is_a_slipped_digit(seat: Seat) -> None:
    seat.hold("AAPL", "100")
    assert seat.codes(sell("100", stop="105.00")) == []
    assert seat.denial("PRICE_COLLAR", sell("100", stop="1000.00")).value == "1000.00"
    assert seat.codes(buy("1", stop="95.00")) == []
    assert seat.denial("PRICE_COLLAR", buy("1", stop="94.99")).value == "94.99"


def test_a_stop_limits_limit_is_held_against_its_own_trigger(seat: Seat) -> None:
    seat.hold("AAPL", "100")
    assert seat.codes(buy("1", limit="126.00", stop="120.00")) == []
    assert seat.denial("PRICE_COLLAR", buy("1", limit="126.01", stop="120.00")).value == "126.01"
    assert seat.codes(sell("100", limit="76.00", stop="80.00")) == []
    assert seat.denial("PRICE_COLLAR", sell("100", limit="75.99", stop="80.00")).value == "75.99"


def test_a_collar_that_is_off_refuses_no_price() -> None:
    seat = Seat(price_collar_pct="off", max_order_notional="off")
    seat.quote("AAPL", BID, ASK)
    assert seat.codes(buy("1", limit="5000.00")) == []


def test_a_replace_is_held_to_the_collar_at_its_new_price(seat: Seat) -> None:
    working = seat.send(buy("10", limit="99"))
    assert seat.codes(buy("10", limit="105.00"), working) == []
    assert seat.codes(buy("10", limit="105.01"), working) == ["PRICE_COLLAR"]
