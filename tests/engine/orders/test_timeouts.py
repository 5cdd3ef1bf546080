"""Order time-outs: which orders have one, and what it does."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from engine import facts as f
from engine import inputs as i
from engine import protocol as p
from engine.model.enums import OrdType, TimeInForce
from engine.model.order import OrderRequest
from engine.orders.timeouts import timeout_ns
from engine.resilience.settings import OrderTimeouts
from tests.engine.dealing import ACCOUNT, BUY, SECOND, D, Dealing, cancels, questions, submits

ALL = OrderTimeouts(1, 2, 3, 4, 5, 6)


def request(**more: Any) -> OrderRequest:
    return msgspec.structs.replace(OrderRequest(ACCOUNT, "IBM", BUY, D(100), OrdType.LIMIT, D(100)), **more)


def dealing(timeouts: OrderTimeouts) -> Dealing:
    """A desk with these time-outs."""
    deal = Dealing().connect()
    deal.desk.surroundings = msgspec.structs.replace(deal.desk.surroundings, order_timeouts=timeouts)
    deal.desk.times_manual = timeouts.any_manual()
    return deal


@pytest.mark.parametrize(
    ("wanted", "ns"),
    [
        (request(), 1),
        (request(time_in_force=TimeInForce.GTC), 2),
        (request(ord_type=OrdType.STOP, stop_px=D(99), limit_px=None), 3),
        (request(ord_type=OrdType.STOP_LIMIT, stop_px=D(99), origin="strategy"), 3),
        (request(origin="algo", parent=1), 5),
        (request(origin="strategy"), 6),
        (request(origin="strategy", reduce_only=True), 0),
        (request(origin="algo", parent=1, time_in_force=TimeInForce.GTC), 2),
    ],
)
def test_what_an_order_is_comes_before_who_made_it(wanted: OrderRequest, ns: int) -> None:
    assert timeout_ns(ALL, wanted) == ns


def test_by_default_only_entries_of_algos_and_strategies_have_one() -> None:
    timeouts = OrderTimeouts()

    assert timeout_ns(timeouts, request()) == 0
    assert timeout_ns(timeouts, request(time_in_force=TimeInForce.GTC)) == 0
    assert timeout_ns(timeouts, request(ord_type=OrdType.STOP, stop_px=D(99), limit_px=None)) == 0
    assert timeout_ns(timeouts, request(origin="algo", parent=1)) == 300 * SECOND
    assert timeout_ns(timeouts, request(origin="strategy")) == 300 * SECOND


def test_an_order_that_is_not_done_in_time_is_cancelled_by_timeout() -> None:
    deal = dealing(OrderTimeouts(manual_ns=20 * SECOND))
    order = deal.place(BUY, "100", "98.00")

    assert cancels(deal.pass_s(19)) == []
    assert cancels(deal.pass_s(2)) == [order.cl_ord_id]
    assert "ORDER_TIMEOUT" in deal.codes()
    deal.give(p.Canceled(order.cl_ord_id, 0, cum_qty=D(0)))
    assert cancels(deal.pass_s(60)) == []


def test_an_order_without_an_acknowledgement_is_asked_about_and_not_cancelled() -> None:
    deal = dealing(OrderTimeouts(manual_ns=20 * SECOND))
    order = deal.place(BUY, "100", "98.00", ack=False)
    effects = deal.pass_s(50)

    assert cancels(effects) == []
    assert order.cl_ord_id in questions(effects)
    deal.ack(order)
    assert cancels(deal.pass_s(15)) == [order.cl_ord_id]


def test_an_order_that_is_done_in_time_is_left_alone() -> None:
    deal = dealing(OrderTimeouts(manual_ns=20 * SECOND))
    order = deal.place(BUY, "100")
    deal.fill(order, "100")

    assert cancels(deal.pass_s(60)) == []
    assert "ORDER_TIMEOUT" not in deal.codes()


def test_a_restart_does_not_give_an_order_more_time() -> None:
    deal = Dealing().connect()
    now = deal.now.market_ns
    spec = i.AlgoSpec("twap", ACCOUNT, "IBM", BUY, D(100), now, now + 900 * SECOND, slices=1, user="me")
    deal.give(i.LaunchAlgo(spec))
    (child,) = deal.state.open_orders.values()
    deal.ack(child)
    deal.now = msgspec.structs.replace(deal.now, wall_ns=deal.now.wall_ns + 290 * SECOND)
    deal.give(i.AckAlerts(1, "me"))

    again = deal.restart().connect()
    again.compare(again.shown(child))
    assert _cancelled_by(again, 5) == []
    assert _cancelled_by(again, 10) == ["timeout"]


def _cancelled_by(deal: Dealing, seconds: float) -> list[str]:
    """Who cancels within this time."""
    before = len(deal.recorded)
    deal.pass_s(seconds)
    return [fact.by for fact in deal.recorded[before:] if isinstance(fact, f.CancelIntended)]


def test_an_algo_hears_that_its_child_timed_out_and_sends_the_rest_anew() -> None:
    deal = dealing(OrderTimeouts(algo_ns=20 * SECOND))
    now = deal.now.market_ns
    spec = i.AlgoSpec("twap", ACCOUNT, "IBM", BUY, D(100), now, now + 400 * SECOND, slices=1, user="me")
    deal.give(i.LaunchAlgo(spec))
    (child,) = deal.state.open_orders.values()
    deal.ack(child)
    deal.fill(child, "30")
    assert cancels(deal.pass_s(3 * 20)) != []
    effects = deal.give(p.Canceled(child.cl_ord_id, 0, cum_qty=D(30)))

    assert submits(effects) == [(BUY, 70)]
