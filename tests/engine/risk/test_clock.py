"""CLOCK_SKEW: with a clock that is off nothing increases risk, and everything reduces it."""

from __future__ import annotations

import pytest

from engine import facts as f
from engine import inputs as i
from engine.model.order import ReplaceRequest
from tests.engine.dealing import BUY, SECOND, SELL, D, Dealing


def off(deal: Dealing, level: str = "stop", ns: int = 2_341_000_000) -> None:
    deal.give(i.SkewMoved("sim", level, ns, 2 * SECOND))


def denials(deal: Dealing) -> list[str]:
    fact = deal.recorded[-1]
    assert isinstance(fact, f.OrderDenied | f.ReplaceRefused), fact
    return [str(denial) for denial in fact.denials]


def test_beyond_the_bound_no_order_that_increases_risk_goes_out() -> None:
    deal = Dealing().connect()
    off(deal, ns=-2_341_000_000)

    with pytest.raises(AssertionError, match="CLOCK_SKEW"):
        deal.place(BUY, "100")
    assert denials(deal) == [
        "TRADING_STATE: value=REDUCING limit=ACTIVE scope=desk",
        "CLOCK_SKEW: value=-2.341 limit=2 scope=sim",
    ]


def test_what_reduces_passes() -> None:
    deal = Dealing(hold="300").connect()
    off(deal)

    assert deal.place(SELL, "300").leaves_qty == 300


def test_a_change_to_less_passes_and_one_to_more_does_not() -> None:
    deal = Dealing().connect()
    order = deal.place(BUY, "100")
    off(deal)

    deal.give(i.ModifyOrder(order.id, ReplaceRequest(D(200), user="me")))
    assert denials(deal)[-1] == "CLOCK_SKEW: value=2.341 limit=2 scope=sim"
    deal.give(i.ModifyOrder(order.id, ReplaceRequest(D(50), user="me")))
    assert order.pending_replace is not None


def test_a_warning_stops_nothing_and_a_clock_that_is_right_again_lets_orders_out() -> None:
    deal = Dealing().connect()
    off(deal, "warn", 700_000_000)
    deal.place(BUY, "100")
    off(deal)
    off(deal, "ok", 0)
    deal.place(BUY, "200")

    assert [alert.text for alert in deal.state.alerts if alert.code == "CLOCK_SKEW"] == [
        "the clock of sim is 0.700 s ahead",
        "the clock of sim is 2.341 s ahead: no order that increases risk goes out",
        "the clock of sim agrees with ours again",
    ]


def test_an_algo_waits_for_the_clock_instead_of_pausing() -> None:
    deal = Dealing().connect()
    off(deal)
    now = deal.now.market_ns
    off(deal, "ok", 0)
    deal.give(i.LaunchAlgo(i.AlgoSpec("twap", "A1", "IBM", BUY, D(100), now + 2 * SECOND, now + 60 * SECOND, slices=2)))
    off(deal)
    deal.pass_s(5)
    assert deal.state.algos[1].status == "RUNNING"
    assert not deal.state.open_orders
    off(deal, "ok", 0)
    deal.pass_s(2)
    assert [order.qty for order in deal.state.open_orders.values()] == [50]
