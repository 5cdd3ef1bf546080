"""Orders that may only reduce: at submit, and while they work."""

from __future__ import annotations

import msgspec

from engine import inputs as i
from engine import protocol as p
from engine.effects import ReplaceOrder
from engine.journal.state_codec import decode, encode
from engine.model.enums import OrdStatus, OrdType
from engine.model.order import OrderRequest
from engine.orders.order import Order
from tests.engine.dealing import ACCOUNT, SELL, D, Dealing, cancels, only


def holding(qty: str = "100") -> Dealing:
    return Dealing(hold=qty).connect()


def stop(desk: Dealing, qty: str) -> Order:
    """A reduce-only stop that protects the position."""
    return desk.place(SELL, qty, None, ord_type=OrdType.STOP, stop_px=D("90.00"), reduce_only=True)


def sold_elsewhere(desk: Dealing, qty: str, *, note: str = "sold at another desk") -> list[object]:
    """The position shrinks by a fill that no order here made."""
    desk.positions["IBM"] -= D(qty)
    desk.cash += D(qty) * 100
    return list(desk.give(i.Book("fill", ACCOUNT, note, "IBM", qty=D(qty), px=D(100), side=SELL)))


def replaced_to(effects: list[object]) -> list[str]:
    return [f"{e.approved.order.qty:f}" for e in effects if isinstance(e, ReplaceOrder)]


def accept_replace(desk: Dealing, order: Order) -> None:
    pending = order.pending_replace
    assert pending is not None
    desk.give(
        p.Replaced(
            pending.cl_ord_id, order.cl_ord_id, order.order_id or "", pending.qty, pending.limit_px, pending.stop_px, 0
        )
    )


def test_an_order_that_would_not_only_reduce_is_denied_at_submit() -> None:
    desk = holding()
    desk.give(i.PlaceOrder(_request("101")))
    order = list(desk.state.by_id.values())[-1]
    assert order.status is OrdStatus.DENIED
    assert "REDUCE_ONLY" in order.text


def _request(qty: str) -> OrderRequest:
    return OrderRequest(ACCOUNT, "IBM", SELL, D(qty), OrdType.LIMIT, D(110), reduce_only=True)


def test_a_position_that_shrinks_below_the_order_cuts_it_to_what_is_left() -> None:
    desk = holding()
    order = stop(desk, "100")
    effects = sold_elsewhere(desk, "40")
    assert replaced_to(effects) == ["60"]
    assert order.status is OrdStatus.PENDING_REPLACE
    accept_replace(desk, order)
    assert (order.qty, order.stop_px) == (60, D("90.00"))


def test_a_position_that_is_gone_cancels_the_order() -> None:
    desk = holding()
    order = stop(desk, "100")
    effects = sold_elsewhere(desk, "100")
    assert cancels(effects) == [order.cl_ord_id]
    assert "REDUCE_ONLY" in desk.codes()


def test_one_request_at_a_time_goes_out_however_often_the_position_shrinks() -> None:
    desk = holding()
    order = stop(desk, "100")
    assert replaced_to(sold_elsewhere(desk, "40")) == ["60"]
    assert not replaced_to(sold_elsewhere(desk, "10"))
    accept_replace(desk, order)
    assert order.pending_replace is not None, "the second cut follows when the first is answered"
    assert order.pending_replace.qty == 50


def test_an_order_the_broker_has_not_acknowledged_is_cut_when_it_has() -> None:
    desk = holding()
    order = desk.place(SELL, "100", "110.00", reduce_only=True, ack=False)
    assert not replaced_to(sold_elsewhere(desk, "40"))
    desk.ack(order)
    assert order.pending_replace is not None
    assert order.pending_replace.qty == 60


def test_stops_keep_their_size_before_other_exits() -> None:
    desk = holding()
    target = desk.place(SELL, "50", "110.00", reduce_only=True)
    guard = stop(desk, "50")
    effects = sold_elsewhere(desk, "30")
    assert replaced_to(effects) == ["20"]
    assert target.pending_replace is not None
    assert guard.pending_replace is None


def test_its_own_fills_never_cut_it() -> None:
    desk = holding()
    order = desk.place(SELL, "100", "100.00", reduce_only=True)
    desk.fill(order, "40")
    assert order.pending_replace is None
    assert not order.pending_cancel


def test_a_busted_exit_leaves_the_others_as_they_are() -> None:
    desk = holding()
    order = desk.place(SELL, "60", "100.00", reduce_only=True)
    fill = desk.fill(order, "60")
    desk.give(p.Busted(ACCOUNT, fill.exec_id, 0))
    assert order.leaves_qty == 60
    assert not order.pending_cancel


def test_a_refused_cut_is_tried_once_more_a_second_later_and_then_the_order_is_cancelled() -> None:
    desk = holding()
    order = stop(desk, "100")
    sold_elsewhere(desk, "40")
    for expected in ("again", "given up"):
        pending = order.pending_replace
        assert pending is not None, expected
        desk.give(p.ReplaceRejected(pending.cl_ord_id, order.cl_ord_id, "not now", 0))
        assert order.pending_replace is None
        desk.pass_s(1.5)
    assert order.pending_cancel


def test_an_order_larger_than_its_position_after_a_crash_is_cut_at_the_start() -> None:
    desk = holding()
    order = stop(desk, "100")
    # The fill is durable, the request was lost with the process.
    sold_elsewhere(desk, "40")
    again = desk.restart()
    after = again.state.orders[order.cl_ord_id]
    again.give(p.Connected("sim", again.now.market_ns))
    pending = after.pending_replace
    assert pending is not None
    again.compare(again.shown(after))
    again.answer(pending.cl_ord_id, None, proof=True)
    again.pass_s(1.5)
    assert after.pending_replace is not None, "what never arrived is asked for again"
    assert after.pending_replace.cl_ord_id != pending.cl_ord_id
    assert after.pending_replace.qty == 60


def test_a_broker_without_replace_gets_a_cancel() -> None:
    desk = holding()
    order = stop(desk, "100")
    capable = desk.desk.surroundings
    no_replace = msgspec.structs.replace(capable.capabilities(ACCOUNT), replace=False)
    desk.desk.surroundings = msgspec.structs.replace(capable, capabilities=lambda account: no_replace)
    effects = sold_elsewhere(desk, "40")
    assert cancels(effects) == [order.cl_ord_id]


def test_the_desk_cuts_orders_while_it_is_halted() -> None:
    desk = holding()
    stop(desk, "100")
    desk.give(i.Halt(user="me"))
    assert replaced_to(sold_elsewhere(desk, "40")) == ["60"]


def test_a_break_that_shows_less_at_the_broker_cuts_the_order_to_that() -> None:
    desk = holding()
    order = stop(desk, "100")
    desk.positions["IBM"] = D(70)
    desk.compare(desk.shown(order))
    desk.pass_s(1.5)
    effects = desk.compare(desk.shown(order))
    assert replaced_to(list(effects)) == ["70"]


def test_a_quiet_desk_asks_for_nothing() -> None:
    desk = holding()
    stop(desk, "60")
    effects = desk.pass_s(5)
    assert not only(effects, ReplaceOrder)
    assert not cancels(effects)


def test_what_is_watched_survives_a_snapshot_of_the_state() -> None:
    desk = holding()
    stop(desk, "60")
    again = decode(encode(desk.state))
    assert list(again.reduce_only) == list(desk.state.reduce_only)
    assert all(again.orders[root] is order for root, order in again.reduce_only.items())
    assert again.digest() == desk.state.digest()
