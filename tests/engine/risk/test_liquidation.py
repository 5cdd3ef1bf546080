"""Closing positions: reducing only, at a pace, and never from knowledge that may be old."""

from __future__ import annotations

from engine import inputs as i
from engine import protocol as p
from tests.engine.dealing import ACCOUNT, BUY, CANCELED, SELL, D, Dealing, cancels, submits


def test_after_a_restart_a_liquidation_waits_for_the_brokers_books() -> None:
    first = Dealing(hold="100").connect()
    first.give(i.Flatten("IBM"))
    order = list(first.state.by_id.values())[-1]
    desk = first.restart()
    sold = desk.execution(order, "60")
    desk.give(p.Canceled(order.cl_ord_id, 0, "", D(60)))
    assert submits(desk.pass_s(5)) == []
    desk.connect()
    assert order.cum_qty == sold.last_qty
    assert submits(desk.released) == [(SELL, D(40))]


def test_a_lost_connection_does_not_use_up_a_liquidations_attempts() -> None:
    desk = Dealing(hold="100").connect()
    desk.give(p.Disconnected("sim", "reset", 0))
    effects = [*desk.give(i.Flatten("IBM")), *desk.pass_s(10)]
    assert submits(effects) == []
    assert desk.state.liquidations[(ACCOUNT, "IBM")].attempts == 0


def test_a_broker_that_refuses_is_asked_again_at_a_pace_not_as_fast_as_it_refuses() -> None:
    desk = Dealing(hold="100").connect()
    sent = submits(desk.give(i.Flatten("IBM")))
    for _ in range(10):
        order = list(desk.state.by_id.values())[-1]
        sent += submits(desk.give(p.Rejected(order.cl_ord_id, "no", 0)))
    assert len(sent) == 1
    assert submits(desk.pass_s(2.5)) == [(SELL, D(100))]


def test_an_order_that_can_not_be_cancelled_does_not_hold_up_the_rest() -> None:
    desk = Dealing(hold="100").connect()
    stuck = desk.place(SELL, "30", "101.00")
    effects = desk.give(i.Flatten("IBM"))
    assert cancels(effects) == [stuck.cl_ord_id]
    assert submits(effects) == []
    desk.give(p.CancelRejected(stuck.cl_ord_id, "busy", 0))
    assert submits(desk.pass_s(2.5)) == [(SELL, D(70))]


def test_a_liquidation_that_gives_up_leaves_no_order_of_its_own_working() -> None:
    desk = Dealing(hold="100", flatten__max_attempts="2").connect()
    desk.give(i.Flatten("IBM"))
    seen: list[str] = []
    for _ in range(3):
        order = list(desk.state.by_id.values())[-1]
        if order.order_id is None:
            desk.ack(order)
        desk.pass_s(2.5)
        seen += cancels(desk.give(p.Canceled(order.cl_ord_id, 0, "", D(0))))
    assert not desk.state.liquidations
    assert not [o for o in desk.state.open_orders.values() if not o.pending_cancel]
    assert "NOT_FLAT" in desk.codes()


def test_a_cancel_that_is_refused_is_repeated_once_a_second_at_most() -> None:
    desk = Dealing(hold="100").connect()
    stuck = desk.place(BUY, "30", "99.00")
    sent = cancels(desk.give(i.Flatten("IBM")))
    for _ in range(10):
        sent += cancels(desk.give(p.CancelRejected(stuck.cl_ord_id, "busy", 0)))
    assert sent == [stuck.cl_ord_id]


def test_flat_waits_until_a_dead_order_is_proven_to_have_filled_nothing_more() -> None:
    desk = Dealing(hold="100").connect()
    order = desk.place(BUY, "50", "99.00")
    desk.give(i.Flatten("IBM"))
    desk.give(p.Canceled(order.cl_ord_id, 0, ""))
    sale = list(desk.state.by_id.values())[-1]
    if sale is order:
        desk.answer(order.cl_ord_id, desk.shown(order, CANCELED))
        sale = list(desk.state.by_id.values())[-1]
    desk.ack(sale)
    desk.fill(sale, "100")
    desk.answer(order.cl_ord_id, desk.shown(order, CANCELED))
    assert not desk.state.liquidations
