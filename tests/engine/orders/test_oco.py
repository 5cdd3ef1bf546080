"""Oco: one leg's fill shrinks or ends its partner, whatever crosses."""

from __future__ import annotations

from engine import facts as f
from engine import inputs as i
from engine import protocol as p
from engine.effects import SubmitOrder
from engine.model.enums import OrdType
from tests.engine.dealing import (
    ACCOUNT,
    BUY,
    CANCELED,
    FILLED,
    SELL,
    SHORT,
    D,
    Dealing,
    cancels,
    only,
    submits,
)
from tests.engine.orders.grouping import Group, S, folds_alike, names, oco, stop
from tests.engine.orders.test_held import PLAIN


def test_of_an_oco_the_stop_works_at_the_broker_and_the_profit_waits_here() -> None:
    group = oco(Dealing("100").connect())
    profit, loss = group.orders
    assert (profit.status, loss.status) == (S.HELD, S.PENDING_NEW)
    assert group.reserved == 100
    folds_alike(group.desk)


def test_the_stops_fill_ends_the_profit_in_the_same_step() -> None:
    group = oco(Dealing("100").connect())
    _profit, loss = group.orders
    group.desk.ack(loss)
    group.desk.fill(loss, "100", "97")
    assert names(group.orders) == [CANCELED, FILLED]
    assert group.reserved == 0
    folds_alike(group.desk)


def test_a_part_fill_of_the_stop_shrinks_the_profit() -> None:
    group = oco(Dealing("100").connect())
    desk, (profit, loss) = group.desk, group.orders
    desk.ack(loss)
    desk.fill(loss, "30", "97")
    assert group.reserved == 70
    # The market turns: the profit is reached, the stop dies first, and only what it left is sold.
    assert cancels(desk.see("105", "105.10", times=2)) == [loss.cl_ord_id]
    sent = desk.give(p.Canceled(loss.cl_ord_id, desk.now.market_ns, "", D(30)))
    assert submits(sent) == [(SELL, D(70))]
    desk.ack(profit)
    desk.fill(profit, "70", "105")
    assert desk.state.position_qty(ACCOUNT, "IBM") == 0
    folds_alike(desk)


def test_the_profit_never_goes_out_before_the_stop_is_proven_dead() -> None:
    group = oco(Dealing("100").connect())
    desk, (profit, loss) = group.desk, group.orders
    desk.ack(loss)
    desk.see("105", "105.10", times=2)
    assert not submits(desk.see("105.50", "105.60", times=20))
    # The broker's cancel says nothing of fills: still not free.
    sent = desk.give(p.Canceled(loss.cl_ord_id, desk.now.market_ns))
    assert not submits(sent)
    assert submits(desk.answer(loss.cl_ord_id, desk.shown(loss, CANCELED, "0"))) == [(SELL, D(100))]
    assert profit.released


def test_a_fill_of_the_stop_that_crosses_its_cancel_is_not_sold_twice() -> None:
    group = oco(Dealing("100").connect())
    desk, (profit, loss) = group.desk, group.orders
    desk.ack(loss)
    desk.see("105", "105.10", times=2)
    desk.fill(loss, "100", "97")
    assert profit.status is CANCELED
    assert not submits(desk.see("105", "105.10", times=5))
    folds_alike(desk)


def test_a_crash_between_the_fill_and_its_consequence_loses_nothing() -> None:
    group = oco(Dealing("100").connect())
    desk, (profit, loss) = group.desk, group.orders
    desk.ack(loss)
    # The fill is booked by its fact alone, as a journal has it that ends right behind it.
    execution = desk.execution(loss, "100", "97")
    desk.desk.emit(f.OrderFilled(execution))
    desk._take()
    assert profit.status is S.HELD
    again = desk.restart()
    assert again.state.positions[ACCOUNT, "IBM"].open_sell == 0
    again.connect()
    assert profit.status is CANCELED


def test_where_the_broker_has_no_stops_the_profit_works_there_and_the_stop_waits_here() -> None:
    group = oco(Dealing("100", able=PLAIN).connect())
    desk, (profit, loss) = group.desk, group.orders
    assert names(group.orders) == [S.PENDING_NEW, S.HELD]
    desk.ack(profit)
    assert cancels(desk.see("96.90", "97.00", times=2)) == [profit.cl_ord_id]
    sent = only(desk.give(p.Canceled(profit.cl_ord_id, desk.now.market_ns, "", D(0))), SubmitOrder)
    assert [(e.approved.order.ord_type, e.approved.order.qty) for e in sent] == [(OrdType.MARKET, D(100))]
    assert loss.released


def test_when_one_leg_is_cancelled_by_hand_the_other_goes_on_alone() -> None:
    group = oco(Dealing("100").connect())
    desk, (profit, loss) = group.desk, group.orders
    desk.ack(loss)
    desk.cancel(loss)
    sent = desk.give(p.Canceled(loss.cl_ord_id, desk.now.market_ns, "", D(0)))
    assert submits(sent) == [(SELL, D(100))]
    assert profit.status is S.PENDING_NEW


def test_the_kill_ends_every_leg_and_starts_none() -> None:
    group = oco(Dealing("100").connect())
    desk, (profit, loss) = group.desk, group.orders
    desk.ack(loss)
    out = desk.give(i.Kill("me", "test"))
    assert cancels(out) == [loss.cl_ord_id]
    assert profit.status is CANCELED
    assert not submits(desk.give(p.Canceled(loss.cl_ord_id, desk.now.market_ns, "", D(0))))


def test_an_oco_of_entries_on_both_sides_counts_the_worse_one() -> None:
    desk = Dealing("0").connect()
    group = Group(desk, "oco", stop(BUY, "100", "103"), stop(SHORT, "100", "96"))
    position = desk.state.positions[ACCOUNT, "IBM"]
    assert names(group.orders) == [S.PENDING_NEW, S.HELD]
    assert (position.open_buy, position.open_sell) == (100, 100)
    desk.ack(group.orders[0])
    desk.fill(group.orders[0], "100", "103")
    assert names(group.orders) == [FILLED, CANCELED]
    assert position.open_sell == 0
