from __future__ import annotations

from engine import inputs as i
from engine.model.enums import OrdType, TradingState
from engine.model.order import OrderRequest
from engine.runtime.clock import WallClock
from tests.engine.dealing import ACCOUNT, BUY, D, Dealing

HOUR_NS = 3_600_000_000_000


def test_a_clock_that_was_set_back_goes_on_from_the_last_fact_and_runs() -> None:
    clock = WallClock()
    last = clock.wall_ns() + HOUR_NS
    behind = clock.go_on_from(last)
    assert HOUR_NS - 1_000_000_000 < behind <= HOUR_NS
    first = clock.wall_ns()
    assert first > last
    while clock.wall_ns() == first:
        pass
    assert clock.wall_ns() > first
    assert clock.skew_ns() < 1_000_000_000 - HOUR_NS


def test_a_clock_that_is_right_is_left_alone() -> None:
    clock = WallClock()
    assert clock.go_on_from(clock.wall_ns() - HOUR_NS) == 0
    assert abs(clock.skew_ns()) < 1_000_000_000


def test_a_clock_set_back_stops_new_orders_plainly_until_somebody_says_that_it_is_right() -> None:
    desk = Dealing(hold="100")
    desk.give(i.ClockBehind(HOUR_NS))
    desk.connect()
    assert desk.state.desk_state[0] is TradingState.REDUCING
    (alarm,) = [alert for alert in desk.state.alerts if alert.code == "CLOCK_BACK"]
    assert "3600.0 s behind the journal's last fact" in alarm.text
    desk.give(i.PlaceOrder(OrderRequest(ACCOUNT, "IBM", BUY, D(10), OrdType.LIMIT, D(100))))
    assert "REDUCING" in list(desk.state.by_id.values())[-1].text
    desk.give(i.Resume("looked at it", user="me"))
    assert desk.place(BUY, "10").cum_qty == D(0)
