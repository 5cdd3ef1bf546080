"""What a restart must not repeat, and what it must not forget."""

from __future__ import annotations

from engine import protocol as p
from engine.ids import CRASH_GAP
from tests.engine.dealing import BUY, Dealing, cancels


def test_after_a_crash_no_id_is_used_again_that_an_intent_lost_with_it_may_have_used() -> None:
    first = Dealing().connect()
    last = first.place(BUY, "10")
    desk = first.restart().connect()
    order = desk.place(BUY, "20")
    assert desk.state.order_seq == first.state.order_seq
    assert int(order.cl_ord_id[7:], 36) == int(last.cl_ord_id[7:], 36) + CRASH_GAP + 1


def test_after_a_clean_stop_ids_simply_go_on() -> None:
    first = Dealing().connect()
    last = first.place(BUY, "10")
    first.desk.close("done", first.now)
    desk = first.restart().connect()
    order = desk.place(BUY, "20")
    assert int(order.cl_ord_id[7:], 36) == int(last.cl_ord_id[7:], 36) + 1


def test_a_desk_that_books_first_in_first_out_has_a_digest_too() -> None:
    desk = Dealing(pnl_method="fifo").connect()
    flat = desk.state.digest()
    desk.fill(desk.place(BUY, "10"), "10")
    assert desk.state.positions[("A1", "IBM")].lots
    assert desk.state.digest() != flat


def test_a_cancel_that_died_with_its_session_is_repeated_as_soon_as_the_order_is_seen_working() -> None:
    first = Dealing().connect()
    order = first.place(BUY, "10")
    first.cancel(order)
    desk = first.restart()
    desk.give(p.Connected("sim", desk.now.market_ns))
    assert cancels(desk.compare(desk.shown(order))) == [order.cl_ord_id]
    assert cancels(desk.compare(desk.shown(order))) == [], "this session's own cancel is on its way"
