"""Bracket: the entry's fills start its exits, and one exit's fill ends the other."""

from __future__ import annotations

import pytest

from engine import facts as f
from engine import inputs as i
from engine import protocol as p
from engine.effects import ReplaceOrder
from engine.model.enums import OrdType
from engine.model.order import OrderRequest, ReplaceRequest
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
from tests.engine.orders.grouping import GTC, Group, S, bracket, folds_alike, limit, names, stop
from tests.engine.orders.test_held import PLAIN


def test_the_exits_of_a_bracket_wait_for_the_entry_and_reserve_nothing() -> None:
    group = bracket(Dealing().connect())
    assert names(group.orders) == [S.PENDING_NEW, S.HELD, S.HELD]
    assert group.reserved == 0
    folds_alike(group.desk)


def test_the_entrys_fill_sends_the_stop_and_holds_the_profit() -> None:
    group = bracket(Dealing().connect())
    desk, (entry, _profit, _loss) = group.desk, group.orders
    desk.ack(entry)
    desk.fill(entry, "100", "100")
    assert submits(desk.released)[-1] == (SELL, D(100))
    assert names(group.orders) == [FILLED, S.HELD, S.PENDING_NEW]
    assert group.reserved == 100
    folds_alike(desk)


def test_the_stop_grows_with_the_entrys_part_fills() -> None:
    group = bracket(Dealing().connect())
    desk, (entry, _profit, loss) = group.desk, group.orders
    desk.ack(entry)
    desk.fill(entry, "30")
    assert submits(desk.released)[-1] == (SELL, D(30))
    desk.ack(loss)
    before = len(desk.released)
    desk.fill(entry, "50")
    changes = only(desk.released[before:], ReplaceOrder)
    assert [e.approved.order.qty for e in changes] == [D(80)]
    change = changes[0].approved.order
    desk.fill(entry, "20")
    desk.give(
        p.Replaced(
            change.cl_ord_id, change.orig_cl_ord_id, loss.order_id or "", D(80), None, D("97"), desk.now.market_ns
        )
    )
    assert [e.approved.order.qty for e in only(desk.released[before:], ReplaceOrder)] == [D(80), D(100)]
    folds_alike(desk)


def test_a_bracket_that_waits_for_the_whole_entry_starts_when_the_rest_of_it_is_dead() -> None:
    group = bracket(Dealing().connect(), partial=False)
    desk, (entry, _profit, _loss) = group.desk, group.orders
    desk.ack(entry)
    desk.fill(entry, "30")
    assert names(group.orders)[1:] == [S.HELD, S.HELD]
    desk.cancel(entry)
    sent = desk.give(p.Canceled(entry.cl_ord_id, desk.now.market_ns, "", D(30)))
    assert submits(sent) == [(SELL, D(30))]


def test_an_entry_that_comes_to_nothing_ends_its_exits() -> None:
    group = bracket(Dealing().connect())
    desk, (entry, _profit, _loss) = group.desk, group.orders
    desk.ack(entry)
    desk.cancel(entry)
    desk.give(p.Canceled(entry.cl_ord_id, desk.now.market_ns, "", D(0)))
    assert names(group.orders) == [CANCELED, CANCELED, CANCELED]


def test_a_rejected_entry_ends_its_exits() -> None:
    group = bracket(Dealing().connect())
    group.desk.give(p.Rejected(group.orders[0].cl_ord_id, "no", group.desk.now.market_ns))
    assert names(group.orders) == [S.REJECTED, CANCELED, CANCELED]


def test_a_profit_taken_ends_the_stop_and_leaves_nothing_behind() -> None:
    group = bracket(Dealing().connect())
    desk, (entry, profit, loss) = group.desk, group.orders
    desk.ack(entry)
    desk.fill(entry, "100")
    desk.ack(loss)
    assert cancels(desk.see("105", "105.10", times=2)) == [loss.cl_ord_id]
    desk.give(p.Canceled(loss.cl_ord_id, desk.now.market_ns, "", D(0)))
    desk.ack(profit)
    desk.fill(profit, "100", "105")
    assert names(group.orders) == [FILLED, FILLED, CANCELED]
    position = desk.state.positions[ACCOUNT, "IBM"]
    assert (position.qty, position.open_sell, position.open_buy) == (0, 0, 0)
    folds_alike(desk)


def test_a_busted_entry_shrinks_the_stop() -> None:
    group = bracket(Dealing().connect())
    desk, (entry, _profit, loss) = group.desk, group.orders
    desk.ack(entry)
    desk.fill(entry, "60")
    second = desk.fill(entry, "40")
    desk.ack(loss)
    change = only(desk.released, ReplaceOrder)[-1].approved.order
    desk.give(
        p.Replaced(
            change.cl_ord_id, change.orig_cl_ord_id, loss.order_id or "", D(100), None, D("97"), desk.now.market_ns
        )
    )
    assert loss.qty == 100
    before = len(desk.released)
    desk.give(p.Busted(ACCOUNT, second.exec_id, desk.now.market_ns))
    assert [e.approved.order.qty for e in only(desk.released[before:], ReplaceOrder)] == [D(60)]


def test_an_entry_made_larger_leaves_what_was_filled_protected_in_full() -> None:
    group = bracket(Dealing().connect())
    desk, (entry, _profit, loss) = group.desk, group.orders
    desk.ack(entry)
    desk.fill(entry, "80")
    desk.ack(loss)
    before = len(desk.released)
    desk.give(i.ModifyOrder(entry.id, ReplaceRequest(qty=D(160), user="me")))
    (change,) = only(desk.released[before:], ReplaceOrder)
    assert change.approved.order.orig_cl_ord_id == entry.cl_ord_id
    desk.give(
        p.Replaced(
            change.approved.order.cl_ord_id,
            entry.cl_ord_id,
            entry.order_id or "",
            D(160),
            D(100),
            None,
            desk.now.market_ns,
        )
    )
    assert (entry.qty, loss.qty) == (160, 80)
    desk.fill(entry, "80")
    assert only(desk.released[before:], ReplaceOrder)[-1].approved.order.qty == 160
    folds_alike(desk)


def test_a_leg_that_its_owner_made_smaller_stays_smaller() -> None:
    group = bracket(Dealing().connect())
    desk, (entry, _profit, loss) = group.desk, group.orders
    desk.ack(entry)
    desk.fill(entry, "100")
    desk.ack(loss)
    desk.give(i.ModifyOrder(loss.id, ReplaceRequest(qty=D(40), user="me")))
    change = only(desk.released, ReplaceOrder)[-1].approved.order
    before = len(desk.released)
    desk.give(
        p.Replaced(
            change.cl_ord_id, change.orig_cl_ord_id, loss.order_id or "", D(40), None, D("97"), desk.now.market_ns
        )
    )
    assert loss.qty == 40
    assert not only(desk.released[before:], ReplaceOrder)


def test_a_leg_that_is_changed_after_its_partner_did_a_part_is_for_what_was_asked() -> None:
    group = bracket(Dealing().connect())
    desk, (entry, _profit, loss) = group.desk, group.orders
    desk.ack(entry)
    desk.fill(entry, "100")
    desk.ack(loss)
    desk.fill(loss, "30")
    desk.give(i.ModifyOrder(loss.id, ReplaceRequest(qty=D(60), user="me")))
    change = only(desk.released, ReplaceOrder)[-1].approved.order
    before = len(desk.released)
    desk.give(
        p.Replaced(
            change.cl_ord_id, change.orig_cl_ord_id, loss.order_id or "", D(60), None, D("97"), desk.now.market_ns
        )
    )
    assert (loss.qty, loss.cum_qty) == (60, 30)
    assert not only(desk.released[before:], ReplaceOrder)
    folds_alike(desk)


def test_a_trailing_stop_of_a_bracket_trails_from_the_entrys_fill() -> None:
    desk = Dealing(able=PLAIN).connect()
    trailing = OrderRequest(ACCOUNT, "IBM", SELL, D(100), OrdType.TRAILING_STOP, time_in_force=GTC, trail_amount=D("2"))
    group = Group(desk, "bracket", limit(BUY, "100", "100"), trailing)
    entry, loss = group.orders
    desk.see("110", "110.10", times=3)
    assert loss.stop_px != D("108")
    desk.ack(entry)
    desk.fill(entry, "100")
    desk.see("101", "101.10")
    assert loss.stop_px == D("99")
    assert submits(desk.see("98.90", "99.00", times=2)) == [(SELL, D(100))]


def test_the_bracket_of_a_short_covers_with_buys() -> None:
    desk = Dealing().connect()
    group = Group(desk, "bracket", limit(SHORT, "100", "100"), limit(BUY, "100", "95"), stop(BUY, "100", "103"))
    entry, _profit, _loss = group.orders
    desk.ack(entry)
    desk.fill(entry, "100")
    assert submits(desk.released)[-1] == (BUY, D(100))
    assert names(group.orders) == [FILLED, S.HELD, S.PENDING_NEW]
    position = desk.state.positions[ACCOUNT, "IBM"]
    assert (position.open_buy, position.open_sell) == (100, 0)


@pytest.mark.parametrize(
    "requests",
    [
        (limit(BUY, "100", "100"), limit(SELL, "100", "99"), stop(SELL, "100", "97")),
        (limit(BUY, "100", "100"), limit(SELL, "100", "105"), stop(SELL, "100", "101")),
        (limit(BUY, "100", "100"), limit(SELL, "50", "105")),
        (limit(BUY, "100", "100"), limit(BUY, "100", "105")),
        (limit(BUY, "100", "100"), limit(SELL, "100", "105"), limit(SELL, "100", "106")),
        (limit(BUY, "100", "100"),),
    ],
)
def test_a_bracket_that_makes_no_sense_is_refused_with_a_reason(requests: tuple[OrderRequest, ...]) -> None:
    desk = Dealing().connect()
    desk.give(i.PlaceGroup("bracket", requests, cmd_id=7))
    assert not desk.state.open_orders
    refused = only_refused(desk)
    assert refused
    assert not submits(desk.released)


@pytest.mark.parametrize(("profit", "loss"), [("99", "97"), ("105", "101")])
def test_the_exits_of_a_market_entry_lie_on_the_two_sides_of_the_market(profit: str, loss: str) -> None:
    desk = Dealing().connect()
    entry = OrderRequest(ACCOUNT, "IBM", BUY, D(100), time_in_force=GTC)
    group = Group(desk, "bracket", entry, limit(SELL, "100", profit), stop(SELL, "100", loss))
    assert {order.status for order in group.orders} == {S.DENIED}
    assert "BRACKET_PRICE" in " ".join(order.text for order in group.orders)


def only_refused(desk: Dealing) -> list[str]:
    return [fact.reason for fact in desk.recorded if isinstance(fact, f.CommandRefused)]


def test_one_refused_leg_refuses_the_whole_group_visibly() -> None:
    desk = Dealing().connect()
    group = Group(desk, "bracket", limit(BUY, "100", "100"), limit(SELL, "100", "105.001"))
    assert names(group.orders) == [S.DENIED, S.DENIED]
    assert "GROUP_DENIED" in group.orders[0].text
    assert "TICK_SIZE" in group.orders[1].text
    assert not submits(desk.released)
