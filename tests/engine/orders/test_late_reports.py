"""Reports out of order: each is placed where it belongs, none undoes what is newer."""

from __future__ import annotations

import msgspec

from engine import inputs as i
from engine import protocol as p
from engine.model.enums import AlertLevel, OrdStatus
from engine.model.order import ReplaceRequest
from engine.orders.order import Order
from tests.engine.dealing import ACCOUNT, BUY, D, Dealing, questions


def replaced(order: Order, version: str, orig: str, qty: str) -> p.Replaced:
    return p.Replaced(version, orig, "B1", D(qty), order.limit_px, None, 0)


def test_a_late_report_of_an_older_replace_does_not_undo_a_newer_one() -> None:
    desk = Dealing().connect()
    order = desk.place(BUY, "100")
    for number, qty in ((1, "120"), (2, "150")):
        desk.give(i.ModifyOrder(order.id, ReplaceRequest(qty=D(qty))))
        seen = desk.shown(order, qty=D(qty), cl_ord_id=f"{order.cl_ord_id}r{number}")
        desk.answer(f"{order.cl_ord_id}r{number}", seen)
    desk.give(replaced(order, f"{order.cl_ord_id}r1", order.cl_ord_id, "120"))
    assert order.qty == 150
    assert order.live_id == f"{order.cl_ord_id}r2"


def test_a_correction_takes_the_old_execution_back_also_when_the_new_one_came_first_by_another_way() -> None:
    desk = Dealing().connect()
    order = desk.place(BUY, "100")
    old = desk.fill(order, "100")
    new = msgspec.structs.replace(old, exec_id="X9", last_qty=D(90))
    desk.give(p.Filled(new))
    desk.give(p.Corrected(ACCOUNT, old.exec_id, new))
    assert order.cum_qty == 90
    assert desk.state.position_qty(ACCOUNT, "IBM") == 90


def test_corrections_of_corrections_may_arrive_in_any_order() -> None:
    desk = Dealing().connect()
    order = desk.place(BUY, "100")
    first = desk.fill(order, "100")
    second = msgspec.structs.replace(first, exec_id="X8", last_qty=D(90))
    third = msgspec.structs.replace(first, exec_id="X9", last_qty=D(80))
    desk.give(p.Corrected(ACCOUNT, second.exec_id, third))
    desk.give(p.Corrected(ACCOUNT, first.exec_id, second))
    assert order.cum_qty == 80
    assert desk.state.position_qty(ACCOUNT, "IBM") == 80


def test_an_order_with_fills_is_not_rejected_whatever_a_report_says() -> None:
    desk = Dealing().connect()
    order = desk.place(BUY, "100")
    desk.fill(order, "30")
    effects = desk.give(p.Rejected(order.cl_ord_id, "odd", 0))
    assert order.status is OrdStatus.PARTIALLY_FILLED
    assert questions(effects) == [order.cl_ord_id]


def test_a_fill_that_comes_before_its_account_is_known_is_not_booked_twice() -> None:
    desk = Dealing()
    desk.give(p.Connected("sim", 0))
    elsewhere = Dealing().connect().place(BUY, "10")
    early = desk.execution(elsewhere, "10")
    desk.give(p.Filled(early))
    desk.compare()
    desk.compare()
    assert desk.state.position_qty(ACCOUNT, "IBM") == 10
    assert desk.state.accounts[ACCOUNT].cash == desk.cash


def test_the_rest_of_a_replaced_order_dies_with_its_cancel_though_the_replace_was_never_reported() -> None:
    desk = Dealing().connect()
    order = desk.place(BUY, "100")
    desk.give(i.ModifyOrder(order.id, ReplaceRequest(qty=D(200))))
    desk.fill(order, "100")
    assert order.worst_leaves == 100
    desk.give(p.Canceled(order.cl_ord_id, 0, "by the broker", D(100)))
    assert order.status is OrdStatus.CANCELED
    assert desk.state.positions[(ACCOUNT, "IBM")].open_buy == 0


def test_busting_a_fill_of_yesterdays_order_gives_it_a_number_of_its_own_again() -> None:
    desk = Dealing().connect()
    order = desk.place(BUY, "100")
    execution = desk.fill(order, "100")
    del desk.state.by_id[order.id]
    desk.state.next_id = order.id
    other = desk.place(BUY, "10", "99.90")
    assert other.id == order.id
    desk.give(p.Busted(ACCOUNT, execution.exec_id, 0))
    assert order.leaves_qty == 100
    assert desk.state.find(other.id) is other
    assert desk.state.find(order.id) is order


def test_a_fee_that_is_told_after_its_fill_is_no_alarm_and_another_price_is() -> None:
    desk = Dealing().connect()
    order = desk.place(BUY, "100")
    first = desk.fill(order, "100")
    dearer = msgspec.structs.replace(first, exec_id="X8", fee=D("1.25"))
    moved = msgspec.structs.replace(dearer, exec_id="X9", last_px=first.last_px + 1)
    desk.give(p.Corrected(ACCOUNT, first.exec_id, dearer))
    desk.give(p.Corrected(ACCOUNT, dearer.exec_id, moved))
    levels = [
        (alert.code, alert.level) for alert in desk.state.alerts if alert.code in ("FEE_TOLD_LATE", "TRADE_CORRECT")
    ]
    assert levels == [("FEE_TOLD_LATE", AlertLevel.NOTICE), ("TRADE_CORRECT", AlertLevel.ALARM)]
    assert order.cum_qty == 100
