"""Orders that the desk holds itself: what fires them, what doesn't, what a restart does to them."""

from __future__ import annotations

import msgspec
import pytest

from engine import inputs as i
from engine import protocol as p
from engine.effects import SubmitOrder
from engine.model.enums import OrdStatus, OrdType, TimeInForce
from engine.model.market import Trade
from engine.model.order import OrderRequest, ReplaceRequest
from engine.orders.order import Order
from tests.engine.dealing import ACCOUNT, BROKER, BUY, CANCELED, SECOND, SELL, D, Dealing, cancels, only, submits

S = OrdStatus
#: A broker that takes market and limit orders for the day or until cancelled, and nothing else.
PLAIN = msgspec.structs.replace(
    BROKER,
    ord_types=frozenset({OrdType.MARKET, OrdType.LIMIT}),
    times_in_force=frozenset({TimeInForce.DAY, TimeInForce.GTC}),
)


def dealing(hold: str = "100", **more: object) -> Dealing:
    return Dealing(hold, able=PLAIN, **more).connect()  # type: ignore[arg-type]


def place(desk: Dealing, request: OrderRequest) -> Order:
    desk.give(i.PlaceOrder(request))
    return list(desk.state.by_id.values())[-1]


def stop(side: object = SELL, px: str = "98", qty: str = "100", **more: object) -> OrderRequest:
    request = OrderRequest(ACCOUNT, "IBM", side, D(qty), OrdType.STOP, stop_px=D(px), time_in_force=TimeInForce.GTC)  # type: ignore[arg-type]
    return msgspec.structs.replace(request, **more)


def folds_alike(desk: Dealing) -> None:
    assert desk.refolded().digest() == desk.state.digest()


def test_a_stop_that_the_broker_lacks_is_held_here_and_reserves_what_it_would_sell() -> None:
    desk = dealing()
    order = place(desk, stop())
    assert order.status is S.HELD
    assert not submits(desk.released)
    assert desk.state.positions[ACCOUNT, "IBM"].open_sell == 100
    again = place(desk, OrderRequest(ACCOUNT, "IBM", SELL, D(1), OrdType.LIMIT, D("100")))
    assert again.status is S.DENIED
    assert "SELL_EXCEEDS_POSITION" in again.text


def test_a_stop_goes_out_as_a_market_order_on_the_second_valid_quote_beyond_it() -> None:
    desk = dealing()
    order = place(desk, stop())
    assert not desk.see("98.05", "98.15")
    assert not desk.see("98.00", "98.10")
    sent = only(desk.see("97.99", "98.09"), SubmitOrder)
    assert [(e.approved.order.ord_type, e.approved.order.qty) for e in sent] == [(OrdType.MARKET, D(100))]
    assert sent[0].approved.reducing
    assert order.status is S.PENDING_NEW
    desk.ack(order)
    desk.fill(order, "100", "97.9")
    assert desk.state.position_qty(ACCOUNT, "IBM") == 0
    folds_alike(desk)


def test_one_bad_print_between_good_quotes_does_not_fire_a_stop() -> None:
    desk = dealing()
    place(desk, stop())
    for _ in range(5):
        assert not desk.see("97", "97.10")
        assert not desk.see("99.95", "100.05")


@pytest.mark.parametrize(("bid", "ask"), [("97.00", "97.00"), ("97.10", "97.00")])
def test_a_locked_or_crossed_quote_never_fires_a_stop(bid: str, ask: str) -> None:
    desk = dealing()
    place(desk, stop())
    assert not desk.see(bid, ask, times=10)


def test_a_buy_stop_looks_at_the_ask() -> None:
    desk = dealing("0")
    order = place(desk, stop(BUY, "101"))
    assert not desk.see("100.95", "100.99", times=3)
    assert submits(desk.see("100.90", "101.00", times=2)) == [(BUY, D(100))]
    assert order.status is S.PENDING_NEW


def test_a_stop_on_the_last_price_ignores_quotes_and_prints_that_set_no_price() -> None:
    desk = dealing()
    order = place(desk, stop(trigger="last"))
    assert not desk.see("97.00", "97.10", times=5)
    odd = Trade("IBM", D("97"), D(1), desk.now.market_ns, eligible=False)
    for _ in range(3):
        assert not desk.give(odd)
    print_ = Trade("IBM", D("97.99"), D(100), desk.now.market_ns)
    assert not desk.give(print_)
    assert submits(desk.give(print_)) == [(SELL, D(100))]
    assert order.released


def test_a_stop_limit_goes_out_with_its_limit() -> None:
    desk = dealing()
    place(desk, stop(ord_type=OrdType.STOP_LIMIT, limit_px=D("97.50")))
    sent = only(desk.see("97.90", "98.00", times=2), SubmitOrder)
    assert [(e.approved.order.ord_type, e.approved.order.limit_px) for e in sent] == [(OrdType.LIMIT, D("97.50"))]


@pytest.mark.parametrize("trail", [{"trail_amount": D("1.00")}, {"trail_pct": D("0.01")}])
def test_a_trailing_stop_follows_the_market_up_and_never_down(trail: dict[str, object]) -> None:
    desk = dealing()
    request = OrderRequest(ACCOUNT, "IBM", SELL, D(100), OrdType.TRAILING_STOP, time_in_force=TimeInForce.GTC)
    order = place(desk, msgspec.structs.replace(request, **trail))
    begin = order.stop_px
    assert begin is not None
    assert D("98.94") <= begin <= D("98.95")
    desk.see("105", "105.10")
    high = order.stop_px
    assert high in (D("104"), D("103.95"))
    desk.see("104.50", "104.60")
    assert order.stop_px == high
    sent = only(desk.see("103.90", "104.00", times=2), SubmitOrder)
    assert [e.approved.order.ord_type for e in sent] == [OrdType.MARKET]
    folds_alike(desk)


def test_a_trailing_buy_follows_down_and_needs_exactly_one_distance() -> None:
    desk = dealing("0")
    base = OrderRequest(ACCOUNT, "IBM", BUY, D(10), OrdType.TRAILING_STOP, trail_amount=D("0.50"))
    order = place(desk, base)
    assert order.stop_px == D("100.55")
    desk.see("98", "98.10")
    assert order.stop_px == D("98.60")
    both = place(desk, msgspec.structs.replace(base, trail_pct=D("0.01"), qty=D(11)))
    neither = place(desk, msgspec.structs.replace(base, trail_amount=None, qty=D(12)))
    assert (both.status, neither.status) == (S.DENIED, S.DENIED)


def test_a_held_order_is_cancelled_here_without_asking_any_broker() -> None:
    desk = dealing()
    order = place(desk, stop())
    desk.cancel(order)
    assert order.status is CANCELED
    assert not cancels(desk.released)
    assert desk.state.positions[ACCOUNT, "IBM"].open_sell == 0
    assert not desk.see("90", "90.10", times=5)


def test_a_held_order_is_changed_here_and_fires_at_its_new_stop() -> None:
    desk = dealing()
    order = place(desk, stop())
    desk.give(i.ModifyOrder(order.id, ReplaceRequest(stop_px=D("95"), qty=D(60), user="me")))
    assert (order.stop_px, order.qty) == (D("95"), D(60))
    assert not desk.see("97", "97.10", times=5)
    assert submits(desk.see("94.90", "95.00", times=2)) == [(SELL, D(60))]


def test_a_stop_for_more_than_is_left_closes_what_is_left_and_no_more() -> None:
    desk = dealing()
    order = place(desk, stop())
    desk.execution(order, "40", exec_id="ELSEWHERE")
    desk.positions["IBM"] = D(60)
    outside = msgspec.structs.replace(desk.executions[-1], cl_ord_id="", order_id="Z9")
    desk.give(p.Filled(outside))
    assert desk.state.position_qty(ACCOUNT, "IBM") == 60
    assert submits(desk.see("97", "97.10", times=2)) == [(SELL, D(60))]


def test_a_stop_reached_with_nothing_left_to_close_ends_itself() -> None:
    desk = dealing()
    order = place(desk, stop())
    outside = msgspec.structs.replace(desk.execution(order, "100", exec_id="E9"), cl_ord_id="", order_id="Z9")
    desk.give(p.Filled(outside))
    assert not submits(desk.see("97", "97.10", times=2))
    assert order.status is CANCELED


def test_an_entry_is_checked_again_at_its_trigger_and_denied_when_it_no_longer_passes() -> None:
    desk = dealing("0", risk__max_position_pct="0.02")
    order = place(desk, stop(BUY, "101", "100"))
    assert order.status is S.HELD
    outside = msgspec.structs.replace(desk.execution(order, "150", exec_id="E9"), cl_ord_id="", order_id="Z9")
    desk.give(p.Filled(outside))
    assert not submits(desk.see("101", "101.10", times=3))
    assert order.status is S.DENIED
    assert "MAX_POSITION_PCT" in order.text
    assert "TRIGGER_DENIED" in desk.codes()


def test_a_stale_feed_is_said_once_and_so_is_its_return() -> None:
    desk = dealing()
    place(desk, stop())
    desk.now = i.Now(desk.now.wall_ns + 60 * SECOND, desk.now.market_ns + 60 * SECOND)
    for _ in range(3):
        desk.now = i.Now(desk.now.wall_ns + SECOND, desk.now.market_ns + SECOND)
        desk.desk.advance(desk.now)
    assert desk.codes().count("STOP_NOT_WATCHED") == 1
    desk.pass_s(2)
    assert desk.codes().count("STOP_WATCHED") == 1


def test_after_a_restart_past_the_trigger_a_protective_stop_fires_on_the_first_fresh_quote() -> None:
    desk = dealing()
    place(desk, stop())
    again = desk.restart().connect()
    assert submits(again.see("97", "97.10")) == [(SELL, D(100))]


def test_after_a_restart_past_the_trigger_an_entry_waits_for_the_operator() -> None:
    desk = dealing("0")
    order = place(desk, stop(BUY, "101"))
    again = desk.restart().connect()
    assert not submits(again.see("102", "102.10", times=5))
    assert order.parked
    assert "TRIGGER_MISSED" in again.codes()
    assert submits(again.give(i.ReleaseHeld(order.id, "me"))) == [(BUY, D(100))]


def test_a_stop_that_could_not_be_sent_waits_on_instead_of_being_gone() -> None:
    desk = dealing()
    order = place(desk, stop())
    desk.see("97", "97.10", times=2)
    assert order.status is S.PENDING_NEW
    desk.give(i.Withheld(order.cl_ord_id, "gate closed"))
    assert order.status is S.HELD
    assert desk.state.positions[ACCOUNT, "IBM"].open_sell == 100
    folds_alike(desk)


def test_a_stop_that_the_broker_refused_unread_waits_on_and_goes_out_again() -> None:
    desk = dealing()
    order = place(desk, stop())
    desk.see("97", "97.10", times=2)
    desk.give(i.SubmitFailed(order.cl_ord_id, "too many requests", "throttled"))
    assert order.status is S.HELD
    desk.pass_s(2)
    assert submits(desk.see("97", "97.10", times=2)) == [(SELL, D(100))]
    folds_alike(desk)


def test_a_rejected_stop_alarms_that_its_position_is_without_it() -> None:
    desk = dealing()
    order = place(desk, stop())
    desk.see("97", "97.10", times=2)
    desk.give(p.Rejected(order.cl_ord_id, "no shorts today", desk.now.market_ns))
    assert order.status is S.REJECTED
    assert "STOP_LOST" in desk.codes()


def test_nothing_fires_before_the_desk_was_compared_with_its_broker() -> None:
    desk = dealing()
    place(desk, stop())
    again = desk.restart()
    assert not submits(again.see("97", "97.10", times=5))
    again.connect()
    assert submits(again.see("97", "97.10", times=2)) == [(SELL, D(100))]


def test_the_kill_switch_ends_held_orders_at_once() -> None:
    desk = dealing()
    order = place(desk, stop())
    desk.give(i.Kill("me", "test"))
    assert order.status is CANCELED
    assert not submits(desk.see("90", "90.10", times=5))


def test_a_protective_stop_fires_while_the_desk_is_halted() -> None:
    desk = dealing()
    place(desk, stop())
    desk.give(i.Halt(user="me", reason="news"))
    assert submits(desk.see("97", "97.10", times=2)) == [(SELL, D(100))]


def test_gtd_is_ended_by_the_desk_where_the_broker_has_none() -> None:
    desk = dealing("0")
    end = desk.now.market_ns + 30 * SECOND
    request = OrderRequest(
        ACCOUNT, "IBM", BUY, D(10), OrdType.LIMIT, D("99"), time_in_force=TimeInForce.GTD, expire_ns=end
    )
    order = place(desk, request)
    sent = only(desk.released, SubmitOrder)
    assert [e.approved.order.time_in_force for e in sent] == [TimeInForce.GTC]
    desk.ack(order)
    assert cancels(desk.pass_s(31)) == [order.cl_ord_id]


def test_gtd_without_an_end_or_with_one_in_the_past_is_refused() -> None:
    desk = dealing("0")
    base = OrderRequest(ACCOUNT, "IBM", BUY, D(10), OrdType.LIMIT, D("99"), time_in_force=TimeInForce.GTD)
    assert place(desk, base).status is S.DENIED
    assert place(desk, msgspec.structs.replace(base, expire_ns=desk.now.market_ns - 1)).status is S.DENIED


def test_a_held_gtd_stop_expires_here() -> None:
    desk = dealing()
    order = place(desk, stop(time_in_force=TimeInForce.GTD, expire_ns=desk.now.market_ns + 10 * SECOND))
    desk.pass_s(11)
    assert order.status is S.EXPIRED


def test_market_on_close_goes_out_before_the_close_and_market_on_open_at_the_open() -> None:
    start = Dealing().now.market_ns
    desk = dealing("100", bounds=(start - SECOND, start + 60 * SECOND))
    order = place(desk, OrderRequest(ACCOUNT, "IBM", SELL, D(50), time_in_force=TimeInForce.CLS))
    assert order.status is S.HELD
    assert not submits(desk.pass_s(40))
    assert submits(desk.pass_s(12)) == [(SELL, D(50))]
    late = place(desk, OrderRequest(ACCOUNT, "IBM", SELL, D(50), time_in_force=TimeInForce.CLS))
    assert late.status is S.DENIED
    opening = dealing("100", bounds=(start + 20 * SECOND, start + 60 * SECOND))
    place(opening, OrderRequest(ACCOUNT, "IBM", SELL, D(50), time_in_force=TimeInForce.OPG))
    assert not submits(opening.pass_s(15))
    assert submits(opening.pass_s(6)) == [(SELL, D(50))]


def test_a_market_that_never_opens_takes_no_auction_orders() -> None:
    desk = dealing()
    order = place(desk, OrderRequest(ACCOUNT, "IBM", SELL, D(50), time_in_force=TimeInForce.OPG))
    assert order.status is S.DENIED
