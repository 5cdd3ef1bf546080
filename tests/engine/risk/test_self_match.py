"""Self-match: no order meets one of our own."""

from __future__ import annotations

import msgspec
import pytest

from engine import facts as f
from engine import inputs as i
from engine.model.enums import TimeInForce
from tests.engine.algos.floor import Floor
from tests.engine.dealing import BUY, SECOND, SELL, START
from tests.engine.risk.seat import D, Seat, buy, sell, short


@pytest.fixture
def seat() -> Seat:
    """Long 500; quoted 99.98 / 100.02, 100 shown on each side."""
    seat = Seat()
    seat.quote("AAPL", "99.98", "100.02")
    seat.hold("AAPL", "500")
    return seat


def test_a_buy_at_the_price_of_an_own_sale_is_refused_and_one_tick_below_passes(seat: Seat) -> None:
    seat.send(sell("100", limit="100.05"))
    found = seat.denial("SELF_MATCH", buy("10", limit="100.05"))
    assert (found.value, found.limit, found.scope) == ("100.05", "<100.05", "AAPL")
    assert "your own order 1 (sell 100 at 100.05)" in found.message
    assert seat.codes(buy("10", limit="100.04")) == []


def test_a_sale_at_the_price_of_an_own_buy_is_refused_and_one_tick_above_passes(seat: Seat) -> None:
    seat.send(buy("100", limit="99.95"))
    found = seat.denial("SELF_MATCH", sell("10", limit="99.95"))
    assert (found.value, found.limit) == ("99.95", ">99.95")
    assert seat.codes(sell("10", limit="99.96")) == []


def test_a_short_sale_meets_an_own_buy_as_well(seat: Seat) -> None:
    seat.quote("MSFT", "99.98", "100.02")
    seat.send(buy("100", "MSFT", limit="99.99"))
    assert seat.codes(short("10", "MSFT", limit="99.99")) == ["SELF_MATCH"]
    assert seat.codes(short("10", "MSFT", limit="100.00")) == []


def test_another_instrument_and_the_same_side_are_nobodys_business(seat: Seat) -> None:
    seat.quote("MSFT", "99.98", "100.02")
    seat.send(sell("100", limit="100.00"))
    assert seat.codes(buy("10", "MSFT", limit="100.05")) == []
    assert seat.codes(sell("10", limit="99.98")) == []


def test_a_market_order_reaches_the_touch_and_what_is_more_than_shown_the_collar(seat: Seat) -> None:
    seat.send(sell("100", limit="100.03"))
    assert seat.codes(buy("100")) == [], "the 100 that are shown lie before it"
    found = seat.denial("SELF_MATCH", buy("101"))
    assert (found.value, found.limit) == ("market", "<100.03")
    seat.send(sell("100", limit="100.02"))
    assert seat.codes(buy("1")) == ["SELF_MATCH"]


def test_what_lies_beyond_the_collar_no_market_order_reaches() -> None:
    seat = Seat(price_collar_pct="0.01")
    seat.hold("AAPL", "500")
    seat.quote("AAPL", "99.00", "100.00")
    resting = seat.send(sell("100", limit="101.00"))
    assert seat.codes(buy("500")) == ["SELF_MATCH"]
    seat.tell(f.OrderCanceled(resting.cl_ord_id, "", D(0)))
    seat.send(sell("100", limit="101.01"))
    assert seat.codes(buy("500")) == []


def test_a_market_order_on_its_way_may_be_met_by_a_limit_but_not_by_another_market_order(seat: Seat) -> None:
    seat.send(sell("50"))
    assert seat.codes(buy("10")) == []
    assert seat.codes(buy("10", limit="99.97")) == []
    assert seat.codes(buy("10", limit="99.98")) == ["SELF_MATCH"]


def test_a_stop_that_waits_rests_nowhere_until_it_is_elected(seat: Seat) -> None:
    waiting = seat.send(sell("100", limit="94.00", stop="95.00"))
    assert seat.codes(buy("10", limit="100.02")) == []
    seat.tell(f.OrderTriggered(waiting.cl_ord_id))
    assert seat.codes(buy("10", limit="94.00")) == ["SELF_MATCH"]
    assert seat.codes(buy("10", limit="93.99")) == []


def test_a_stop_at_the_market_counts_as_elected_before_the_broker_says_so(seat: Seat) -> None:
    seat.send(sell("100", limit="94.00", stop="95.00"))
    seat.quote("AAPL", "95.00", "95.04")
    assert seat.codes(buy("10", limit="95.04")) == ["SELF_MATCH"]
    seat.quote("AAPL", "95.01", "95.05")
    assert seat.codes(buy("10", limit="95.05")) == []


def test_a_new_stop_only_waits_unless_the_market_is_there_already(seat: Seat) -> None:
    seat.send(sell("100", limit="100.03"))
    assert seat.codes(buy("10", limit="100.10", stop="100.05")) == []
    assert seat.codes(buy("10", limit="100.10", stop="100.02")) == ["SELF_MATCH"]


def test_a_replace_is_held_to_it_too_and_one_of_the_quantity_alone_is_not(seat: Seat) -> None:
    seat.send(sell("100", limit="100.05"))
    mine = seat.send(buy("100", limit="99.90"))
    assert seat.codes(buy("100", limit="100.04"), mine) == []
    assert seat.codes(buy("100", limit="100.05"), mine) == ["SELF_MATCH"]
    seat.send(sell("100", limit="99.90"))
    assert seat.codes(buy("50", limit="99.90"), mine) == []


def test_while_a_replace_is_out_the_worse_price_counts(seat: Seat) -> None:
    resting = seat.send(sell("100", limit="100.10"))
    seat.tell(f.ReplaceIntended("x", resting.cl_ord_id, D(100), D("100.05"), None, D("100.05"), ""))
    assert seat.codes(buy("10", limit="100.05")) == ["SELF_MATCH"]
    assert seat.codes(buy("10", limit="100.04")) == []
    seat.tell(f.ReplaceDenied("x", resting.cl_ord_id, "no"))
    assert seat.codes(buy("10", limit="100.09")) == []


def test_what_is_being_cancelled_or_in_doubt_may_still_be_there_and_what_is_dead_is_not(seat: Seat) -> None:
    resting = seat.send(sell("100", limit="100.05"), acked=False)
    seat.tell(f.OrderUnknown(resting.cl_ord_id, "time-out"))
    assert "SELF_MATCH" in seat.codes(buy("10", limit="100.05"))
    seat.tell(f.OrderAccepted(resting.cl_ord_id, "B1"))
    seat.tell(f.CancelIntended(resting.cl_ord_id, "ann", "user"))
    assert seat.codes(buy("10", limit="100.05")) == ["SELF_MATCH"]
    seat.tell(f.OrderCanceled(resting.cl_ord_id, "", D(0)))
    assert seat.codes(buy("10", limit="100.05")) == []


def test_what_is_filled_rests_no_longer(seat: Seat) -> None:
    resting = seat.send(sell("100", limit="100.05"))
    seat.fill(resting, "99", "100.05")
    assert seat.codes(buy("10", limit="100.05")) == ["SELF_MATCH"]
    seat.fill(resting, "1", "100.05")
    assert seat.codes(buy("10", limit="100.05")) == []


def test_an_order_of_another_account_of_the_desk_counts(seat: Seat) -> None:
    seat.tell(f.AccountAdopted("SECOND", "USD", D(1_000_000)), f.Reconciled("SECOND", 0, 0))
    theirs = msgspec.structs.replace(short("100", limit="100.05"), account="SECOND")
    seat.send(theirs)
    assert seat.codes(buy("10", limit="100.05")) == ["SELF_MATCH"]


def test_orders_for_an_auction_meet_each_other_alone(seat: Seat) -> None:
    seat.broker = msgspec.structs.replace(seat.broker, times_in_force=frozenset(TimeInForce))
    seat.send(sell("100", limit="100.00", time_in_force=TimeInForce.CLS))
    assert seat.codes(buy("10", limit="100.02")) == []


def test_an_order_that_the_desk_held_for_the_open_is_one_like_any_other_once_it_is_out() -> None:
    opens = START + 600 * SECOND
    floor = Floor(bounds=(opens, opens + 3600 * SECOND), hold="500").connect()
    held = floor.place(SELL, "100", "100.02", time_in_force=TimeInForce.OPG, ack=False)
    apart = floor.place(BUY, "10", "100.03")
    assert apart.leaves_qty, "they are not in the market together"
    floor.give(i.CancelOrders(i.CancelSelector(ids=(apart.id,)), "me"))
    floor.go(610, step=5)
    assert held.released
    floor.give(i.PlaceOrder(msgspec.structs.replace(apart.request, qty=D(20))))
    assert "SELF_MATCH" in list(floor.state.by_id.values())[-1].text


def test_without_a_fresh_quote_a_market_order_is_thought_to_reach_anything(seat: Seat) -> None:
    seat.send(sell("100", limit="104.00"))
    seat.pass_ns(10**12)
    codes = seat.codes(buy("10"))
    assert "STALE_PRICE" in codes
    assert "SELF_MATCH" in codes
