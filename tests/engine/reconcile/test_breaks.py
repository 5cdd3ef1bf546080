"""Breaks of every kind: found by two looks, explained, cleared by evidence, booking or the operator."""

from __future__ import annotations

import msgspec

from engine import inputs as i
from engine import protocol as p
from engine.model.enums import OrdStatus, OrdType, TimeInForce, TradingState
from engine.model.snapshot import Execution, OrderSnapshot
from engine.orders.order import Order
from engine.state import Break
from tests.engine.dealing import ACCOUNT, BUY, D, Dealing, cancels, questions, snapshots
from tests.engine.reconcile.test_booking import book


def look_twice(desk: Dealing, *orders: OrderSnapshot) -> None:
    """Two looks, far enough apart."""
    desk.pass_s(2.5)
    desk.compare(*orders)
    desk.pass_s(1.5)
    desk.compare(*orders)


def breaks(desk: Dealing) -> list[Break]:
    return list(desk.state.breaks.values())


def only_break(desk: Dealing) -> Break:
    assert len(desk.state.breaks) == 1, breaks(desk)
    return breaks(desk)[0]


# --- positions and cash ---------------------------------------------------------------------------------------------


def test_a_position_break_reduces_its_instrument_alarms_and_goes_when_the_difference_is_booked() -> None:
    desk = Dealing(hold="100").connect()
    desk.positions["IBM"] = D(137)
    look_twice(desk)
    found = only_break(desk)
    assert (found.kind, found.key, found.ours, found.theirs) == ("position", "IBM", "100", "137")
    assert desk.state.trading["instrument:IBM"] is TradingState.REDUCING
    assert "BREAK" in desk.codes()
    assert found.remedies[0] == "book transfer in 37 IBM at PX reason TEXT"
    effects = desk.give(i.Book("in", ACCOUNT, "from the old account", "IBM", qty=D(37), px=D(100)))
    assert snapshots([*effects, *desk.pass_s(0.2)]) == ["booked"], "compared at once"
    desk.compare()
    assert not desk.state.breaks
    assert "instrument:IBM" not in desk.state.trading


def test_a_fill_that_no_report_brought_is_named_by_side_size_and_price() -> None:
    desk = Dealing(hold="100").connect()
    desk.positions["IBM"] = D(140)
    desk.cash -= D("4001.20")
    look_twice(desk)
    position = next(b for b in breaks(desk) if b.kind == "position")
    assert "buy 40 IBM 100.03" in position.why
    assert position.remedies[0] == "book fill buy 40 IBM 100.03 reason TEXT"
    money = next(b for b in breaks(desk) if b.kind == "cash")
    assert "money of the IBM fill" in money.why
    book(desk, "fill", side=BUY, qty=D(40), symbol="IBM", px=D("100.03"))
    desk.pass_s(3)
    desk.compare()
    assert not desk.state.breaks


def test_money_that_came_without_a_trade_says_how_it_can_be_booked() -> None:
    desk = Dealing().connect()
    desk.cash += D("24.50")
    look_twice(desk)
    found = only_break(desk)
    assert found.kind == "cash"
    assert "book dividend 24.50 reason TEXT" in found.remedies
    book(desk, "dividend", amount=D("24.50"))
    desk.compare()
    assert not desk.state.breaks


def test_money_that_left_can_be_a_fee() -> None:
    desk = Dealing().connect()
    desk.cash -= D(3)
    look_twice(desk)
    assert "book fee 3 reason TEXT" in only_break(desk).remedies


def test_a_wrong_booking_leaves_the_break_and_taking_it_back_restores_it() -> None:
    desk = Dealing().connect()
    desk.cash += D(10)
    look_twice(desk)
    book(desk, "deposit", amount=D(1))
    look_twice(desk)
    assert (only_break(desk).ours, only_break(desk).theirs) == ("1000001", "1000010")
    desk.give(i.ReverseBooking(1, "typed wrongly", "me"))
    look_twice(desk)
    assert only_break(desk).ours == "1000000"


# --- orders ---------------------------------------------------------------------------------------------------------


def doubted(desk: Dealing) -> Order:
    """An UNKNOWN order of which the broker has said that it knows nothing, without being able to prove it."""
    order = desk.place(BUY, "100", ack=False)
    desk.give(i.SubmitUnknown(order.cl_ord_id, "timeout"))
    desk.answer(order.cl_ord_id, None)
    look_twice(desk)
    return order


def test_an_order_that_the_broker_neither_has_nor_disproves_is_a_break_and_stays_reserved() -> None:
    desk = Dealing().connect()
    order = doubted(desk)
    found = only_break(desk)
    assert (found.kind, found.key, found.ours, found.theirs) == ("order", order.cl_ord_id, "100", "0")
    assert f"order {order.id}" in found.why
    assert any(remedy.startswith(f"resolve {order.id} ") for remedy in found.remedies)
    assert order.status is OrdStatus.UNKNOWN
    assert desk.state.positions[(ACCOUNT, "IBM")].open_buy == 100


def test_an_order_break_goes_with_the_answer_that_settles_it() -> None:
    desk = Dealing().connect()
    order = doubted(desk)
    desk.answer(order.cl_ord_id, desk.shown(order))
    assert not desk.state.breaks
    assert order.status is OrdStatus.NEW


def test_an_order_break_goes_with_the_operators_decision() -> None:
    desk = Dealing().connect()
    order = doubted(desk)
    desk.give(i.ResolveOrder(order.id, "the broker says so on the phone", "me"))
    assert not desk.state.breaks


def test_an_order_break_outlives_a_restart() -> None:
    desk = Dealing().connect()
    doubted(desk)
    again = desk.restart()
    again.give(p.Connected("sim", 0))
    again.compare()
    assert [b.kind for b in breaks(again)] == ["order"]


def test_a_working_order_that_the_broker_lists_no_more_and_does_not_know_is_a_break() -> None:
    desk = Dealing().connect()
    order = desk.place(BUY, "100")
    desk.pass_s(3)
    assert questions(desk.compare()) == [order.cl_ord_id]
    desk.answer(order.cl_ord_id, None)
    look_twice(desk)
    assert only_break(desk).kind == "order"


def test_an_order_of_which_the_broker_counts_fills_that_it_does_not_list_is_a_break() -> None:
    desk = Dealing().connect()
    order = desk.place(BUY, "100")
    desk.pass_s(3)
    desk.compare(desk.shown(order, OrdStatus.PARTIALLY_FILLED, "40"))
    look_twice(desk, desk.shown(order, OrdStatus.PARTIALLY_FILLED, "40"))
    found = only_break(desk)
    assert (found.kind, found.ours, found.theirs) == ("order", "0", "40")
    assert found.remedies[-1] == f"book fill buy 40 IBM PX order {order.id} reason TEXT"
    asked = len(snapshots(desk.pass_s(10)))
    assert asked <= 1, "a break that stands is no reason to ask in circles"
    desk.fill(order, "40")
    desk.pass_s(2.5)
    desk.compare(desk.shown(order, OrdStatus.PARTIALLY_FILLED, "40"))
    assert not desk.state.breaks


# --- executions -----------------------------------------------------------------------------------------------------


def test_a_fill_lost_on_a_healthy_stream_is_found_by_the_timer_and_booked_once() -> None:
    desk = Dealing().connect()
    order = desk.place(BUY, "100")
    lost = desk.execution(order, "40")
    asked = snapshots(desk.pass_s(61))
    assert "timer" in asked, "nobody asked for it"
    desk.compare(desk.shown(order, OrdStatus.PARTIALLY_FILLED, "40"))
    desk.compare(desk.shown(order, OrdStatus.PARTIALLY_FILLED, "40"))
    desk.give(p.Filled(lost))
    assert (order.cum_qty, desk.state.position_qty(ACCOUNT, "IBM")) == (40, 40)
    assert "FILLS_RECOVERED" in desk.codes()
    assert not desk.state.breaks


def orphan(desk: Dealing) -> Execution:
    """A fill of an order that nobody here knows, and that can't be asked about."""
    fill = Execution("X77", "", "B77", ACCOUNT, "IBM", BUY, D(10), D(100), desk.now.market_ns)
    desk.executions.append(fill)
    desk.positions["IBM"] += 10
    desk.cash -= 1000
    desk.give(p.Filled(fill))
    return fill


def test_an_execution_that_the_broker_lists_no_more_is_a_break_even_where_positions_agree() -> None:
    desk = Dealing().connect()
    orphan(desk)
    desk.executions.clear()
    look_twice(desk)
    found = only_break(desk)
    assert (found.kind, found.key, found.ours, found.theirs) == ("execution", "X77", "10", "0")
    assert "buy 10 IBM at 100" in found.why
    assert any(remedy.startswith("book bust X77 ") for remedy in found.remedies)
    desk.positions["IBM"] -= 10
    desk.cash += 1000
    book(desk, "bust", exec_id="X77")
    desk.pass_s(3)
    desk.compare()
    assert not desk.state.breaks


def test_an_execution_that_both_have_on_other_terms_is_a_break() -> None:
    desk = Dealing().connect()
    orphan(desk)
    desk.executions[0] = msgspec.structs.replace(desk.executions[0], last_px=D(101))
    look_twice(desk)
    found = only_break(desk)
    assert (found.kind, found.ours, found.theirs) == ("execution", "100", "101")
    assert "price" in found.why


def test_a_fill_booked_by_hand_is_no_execution_that_the_broker_should_list() -> None:
    desk = Dealing().connect()
    desk.positions["IBM"] = D(10)
    desk.cash -= 1000
    book(desk, "fill", side=BUY, qty=D(10), symbol="IBM", px=D(100))
    look_twice(desk)
    assert not desk.state.breaks


# --- what was compared ----------------------------------------------------------------------------------------------


def test_a_comparison_says_what_it_looked_at_and_whether_anything_is_left_to_confirm() -> None:
    desk = Dealing(hold="100").connect()
    order = desk.place(BUY, "10", "99.00")
    desk.pass_s(3)
    desk.compare(desk.shown(order))
    seen = desk.desk.comparison
    assert seen is not None
    assert (seen.orders, seen.executions, seen.positions, seen.settled, seen.cash) == (1, 0, 1, True, True)
    desk.cash += 5
    desk.compare(desk.shown(order))
    assert desk.desk.comparison is not None
    assert not desk.desk.comparison.settled


def test_reconcile_is_refused_while_the_broker_is_away() -> None:
    desk = Dealing().connect()
    desk.give(p.Disconnected("sim", "reset", 0))
    assert snapshots(desk.give(i.Reconcile(ACCOUNT, "me"))) == []
    assert type(desk.recorded[-1]).__name__ == "CommandRefused"


# --- orders placed elsewhere ------------------------------------------------------------------------------------------


def elsewhere(qty: str = "100", ident: str = "EXT", px: str = "100", root: str = "", cum: str = "0") -> OrderSnapshot:
    return OrderSnapshot(
        "B77", ident, ACCOUNT, "IBM", BUY, OrdType.LIMIT, TimeInForce.GTC, D(qty), D(cum), OrdStatus.NEW, D(px),
        root_cl_ord_id=root,
    )  # fmt: skip


def test_an_order_changed_elsewhere_under_a_new_id_is_followed_reserved_anew_and_can_be_cancelled() -> None:
    desk = Dealing().connect()
    desk.compare(elsewhere())
    order = desk.state.orders["EXT"]
    desk.pass_s(1)
    desk.compare(elsewhere("150", "EXT2", "101", "EXT"))
    assert (order.qty, order.limit_px) == (150, 101)
    assert desk.state.positions[(ACCOUNT, "IBM")].open_buy_notional == 150 * 101
    effects = desk.give(i.CancelOrders(i.CancelSelector(ids=(order.id,)), "me"))
    assert cancels(effects) == ["EXT2"]
    desk.give(p.Canceled("EXT2", desk.now.market_ns, cum_qty=D(0)))
    assert order.status is OrdStatus.CANCELED


def test_an_order_without_an_id_that_is_changed_elsewhere_is_followed() -> None:
    desk = Dealing().connect()
    desk.compare(elsewhere(ident=""))
    order = next(o for o in desk.state.by_id.values() if o.external)
    desk.pass_s(1)
    desk.compare(elsewhere("60", "", "99"))
    assert (order.qty, order.limit_px) == (60, 99)


def test_fills_of_an_order_placed_elsewhere_are_booked_and_its_end_is_seen() -> None:
    desk = Dealing().connect()
    desk.compare(elsewhere())
    order = desk.state.orders["EXT"]
    fill = Execution("X1", "EXT", "B77", ACCOUNT, "IBM", BUY, D(40), D(100), desk.now.market_ns)
    desk.executions.append(fill)
    desk.positions["IBM"] += 40
    desk.cash -= 4000
    desk.give(p.Filled(fill))
    assert (order.cum_qty, desk.state.position_qty(ACCOUNT, "IBM")) == (40, 40)
    desk.give(p.Canceled("EXT", desk.now.market_ns, cum_qty=D(40)))
    assert order.status is OrdStatus.CANCELED
    assert desk.state.positions[(ACCOUNT, "IBM")].open_buy == 0


def test_what_a_look_leaves_out_because_it_has_just_moved_is_looked_at_again_soon() -> None:
    desk = Dealing().connect()
    order = desk.place(BUY, "100")
    desk.fill(order, "100")
    desk.positions["IBM"] = D(700)
    desk.give(p.Disconnected("sim", "reset", 0))
    desk.give(p.Connected("sim", 0))
    desk.compare(reason="connect")
    assert not desk.state.breaks
    assert snapshots(desk.pass_s(5)) == ["left out before"], "not only in a minute"
