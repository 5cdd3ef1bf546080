"""What an answer about one order proves, and what it does not."""

from __future__ import annotations

from engine import inputs as i
from engine import protocol as p
from engine.model.enums import OrdStatus
from engine.model.order import ReplaceRequest
from engine.orders.order import Order
from tests.engine.dealing import BUY, CANCELED, FILLED, D, Dealing, cancels


def with_replace(qty: str = "200") -> tuple[Dealing, Order, str]:
    """A working order for 100 whose replace is unanswered."""
    desk = Dealing().connect()
    order = desk.place(BUY, "100")
    desk.give(i.ModifyOrder(order.id, ReplaceRequest(qty=D(qty))))
    return desk, order, f"{order.cl_ord_id}r1"


def test_that_a_refused_replace_is_not_found_says_nothing_of_its_order() -> None:
    desk, order, replace = with_replace()
    desk.give(p.ReplaceRejected(replace, order.cl_ord_id, "busy", 0))
    desk.answer(replace, None, proof=True)
    assert order.status is OrdStatus.NEW


def test_the_old_terms_in_an_answer_do_not_deny_a_replace_that_is_still_on_its_way() -> None:
    desk, order, _ = with_replace()
    desk.answer(order.cl_ord_id, desk.shown(order), proof=True)
    assert order.status is OrdStatus.PENDING_REPLACE
    assert order.worst_leaves == 200


def test_a_replace_proven_absent_leaves_the_order_as_it_was() -> None:
    desk, order, replace = with_replace()
    desk.answer(replace, None, proof=True)
    assert (order.status, order.qty, order.worst_leaves) == (OrdStatus.NEW, 100, 100)


def test_what_is_filled_can_not_be_replaced_any_more() -> None:
    desk, order, _ = with_replace()
    last = desk.execution(order, "100")
    desk.answer(order.cl_ord_id, desk.shown(order, FILLED, "100"), last)
    assert order.status is FILLED
    assert order.cl_ord_id not in desk.state.open_orders


def test_a_newer_version_at_the_broker_is_followed_though_we_took_the_replace_for_denied() -> None:
    desk, order, replace = with_replace()
    desk.give(p.ReplaceRejected(replace, order.cl_ord_id, "busy", 0))
    desk.answer(order.cl_ord_id, desk.shown(order, qty=D(200), cl_ord_id=replace))
    assert (order.qty, order.live_id) == (200, replace)


def test_a_cancel_without_an_answer_is_repeated_while_the_order_still_works() -> None:
    desk = Dealing().connect()
    order = desk.place(BUY, "100")
    desk.cancel(order)
    assert cancels(desk.answer(order.cl_ord_id, desk.shown(order))) == []
    desk.pass_s(6)
    assert cancels(desk.answer(order.cl_ord_id, desk.shown(order))) == [order.cl_ord_id]


def test_an_order_that_we_took_for_dead_and_the_broker_works_is_shown_again_and_alarmed() -> None:
    desk = Dealing().connect()
    order = desk.place(BUY, "100")
    desk.give(p.Canceled(order.cl_ord_id, 0, "by mistake", D(0)))
    desk.pass_s(3)
    effects = desk.compare(desk.shown(order))
    assert effects
    desk.answer(order.cl_ord_id, desk.shown(order))
    assert order.leaves_qty == 100
    assert order.cl_ord_id in desk.state.open_orders
    assert "ORDER_ALIVE" in desk.codes()


def test_an_answer_from_before_a_cancel_does_not_bring_its_order_back() -> None:
    desk = Dealing().connect()
    order = desk.place(BUY, "100")
    asked_ns = desk.now.wall_ns
    desk.give(p.Canceled(order.cl_ord_id, 0, "", D(0)))
    desk.give(i.OrderEvidence(order.cl_ord_id, desk.shown(order), (), False, asked_ns))
    assert order.status is CANCELED


def test_a_bust_that_never_came_is_taken_from_the_orders_own_books() -> None:
    desk = Dealing().connect()
    order = desk.place(BUY, "100")
    kept, gone = desk.fill(order, "60"), desk.fill(order, "40")
    desk.pass_s(3)
    desk.answer(order.cl_ord_id, desk.shown(order, cum="60"), kept)
    assert (order.cum_qty, order.leaves_qty) == (60, 40)
    assert (gone.account, gone.exec_id) in desk.state.busted


def test_books_that_may_lag_or_contradict_themselves_take_no_fill_back() -> None:
    desk = Dealing().connect()
    order = desk.place(BUY, "100")
    kept, _ = desk.fill(order, "60"), desk.fill(order, "40")
    desk.answer(order.cl_ord_id, desk.shown(order, cum="60"), kept)  # too soon after the fill
    desk.pass_s(3)
    desk.answer(order.cl_ord_id, desk.shown(order, cum="60"))  # its count and its list differ
    assert order.cum_qty == 100


def test_a_kill_that_repeats_a_refused_cancel_does_not_fill_the_alarms() -> None:
    desk = Dealing().connect()
    order = desk.place(BUY, "100")
    desk.give(i.Kill("me", "enough", "no"))
    for _ in range(20):
        desk.give(p.CancelRejected(order.cl_ord_id, "busy", 0))
        desk.pass_s(1.1)
    assert desk.codes().count("CANCEL_REJECTED") == 5
    assert order.cancel_attempts > 15


def test_an_answer_that_lags_behind_the_brokers_own_restatement_does_not_undo_it() -> None:
    desk = Dealing().connect()
    order = desk.place(BUY, "100")
    desk.ack(order)
    before = desk.shown(order)
    desk.give(p.Restated(order.cl_ord_id, D(90), None, None, desk.now.market_ns))
    desk.pass_s(1)
    desk.answer(order.cl_ord_id, before)
    assert order.qty == 90
    desk.pass_s(2)
    desk.answer(order.cl_ord_id, before)
    assert order.qty == 100, "told long after it, the broker's books are right"
