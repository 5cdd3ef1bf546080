"""A fill may be lost on its way and its order cancelled: what is not proven unexecuted is not free."""

from __future__ import annotations

from engine import inputs as i
from engine import protocol as p
from tests.engine.dealing import ACCOUNT, BUY, CANCELED, SECOND, SELL, D, Dealing, questions, submits


def test_a_cancelled_order_stays_reserved_until_the_broker_says_how_much_it_filled() -> None:
    desk = Dealing().connect()
    order = desk.place(BUY, "100")
    desk.cancel(order)
    effects = desk.give(p.Canceled(order.cl_ord_id, 0, "cancelled"))
    position = desk.state.positions[(ACCOUNT, "IBM")]
    assert order.status is CANCELED
    assert position.open_buy == 100
    assert questions(effects) == [order.cl_ord_id]
    desk.answer(order.cl_ord_id, desk.shown(order, CANCELED))
    assert position.open_buy == 0


def test_a_cancel_report_that_states_the_count_frees_the_rest_at_once() -> None:
    desk = Dealing().connect()
    order = desk.place(BUY, "100")
    desk.fill(order, "30")
    effects = desk.give(p.Canceled(order.cl_ord_id, 0, "cancelled", D(30)))
    assert desk.state.positions[(ACCOUNT, "IBM")].open_buy == 0
    assert questions(effects) == []


def test_a_count_beyond_ours_keeps_what_is_missing_reserved_until_the_fill_turns_up() -> None:
    desk = Dealing().connect()
    order = desk.place(BUY, "100")
    lost = desk.execution(order, "40")
    desk.give(p.Canceled(order.cl_ord_id, 0, "cancelled", D(40)))
    position = desk.state.positions[(ACCOUNT, "IBM")]
    assert (position.qty, position.open_buy) == (0, 40)
    desk.answer(order.cl_ord_id, desk.shown(order, CANCELED, "40"), lost)
    assert (position.qty, position.open_buy) == (40, 0)


def test_an_algo_sends_the_rest_of_a_cancelled_child_only_when_its_fills_are_known() -> None:
    desk = Dealing().connect()
    start = desk.now.market_ns
    spec = i.AlgoSpec("twap", ACCOUNT, "IBM", BUY, D(100), start, start + 60 * SECOND, slices=1)
    desk.give(i.LaunchAlgo(spec))
    child = list(desk.state.by_id.values())[-1]
    desk.ack(child)
    lost = desk.execution(child, "40")
    effects = desk.give(p.Canceled(child.cl_ord_id, 0, "by the broker"))
    assert submits(effects) == []
    effects = desk.answer(child.cl_ord_id, desk.shown(child, CANCELED, "40"), lost)
    assert submits(effects) == [(BUY, D(60))]


def test_a_liquidation_takes_a_cancelled_orders_rest_for_sold_until_it_is_proven_unsold() -> None:
    desk = Dealing(hold="100").connect()
    desk.give(i.Flatten("IBM"))
    order = list(desk.state.by_id.values())[-1]
    desk.ack(order)
    lost = desk.execution(order, "60")
    desk.pass_s(2.5)
    effects = desk.give(p.Canceled(order.cl_ord_id, 0, "re-price"))
    assert submits(effects) == []
    effects = desk.answer(order.cl_ord_id, desk.shown(order, CANCELED, "60"), lost)
    assert submits(effects) == [(SELL, D(40))]


def test_an_end_that_was_not_proven_is_asked_about_again() -> None:
    desk = Dealing().connect()
    order = desk.place(BUY, "100")
    desk.give(p.Expired(order.cl_ord_id, 0))
    assert order.cl_ord_id in questions(desk.pass_s(20))
