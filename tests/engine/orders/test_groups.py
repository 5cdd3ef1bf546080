"""Orders that hang together: oco, oto, bracket. One leg's fill shrinks or ends its partner, whatever crosses."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from engine import facts as f
from engine import inputs as i
from engine import protocol as p
from engine.effects import ReplaceOrder, SubmitOrder
from engine.model.enums import OrdStatus, OrdType, Side, TimeInForce
from engine.model.order import OrderRequest, ReplaceRequest
from engine.orders.order import Order
from tests.engine.dealing import (
    ACCOUNT,
    BROKER,
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
from tests.engine.orders.test_held import PLAIN

S = OrdStatus
GTC = TimeInForce.GTC


def limit(side: Side, qty: str, px: str, **more: object) -> OrderRequest:
    request = OrderRequest(ACCOUNT, "IBM", side, D(qty), OrdType.LIMIT, D(px), time_in_force=GTC)
    return msgspec.structs.replace(request, **more)


def stop(side: Side, qty: str, px: str, **more: object) -> OrderRequest:
    request = OrderRequest(ACCOUNT, "IBM", side, D(qty), OrdType.STOP, stop_px=D(px), time_in_force=GTC)
    return msgspec.structs.replace(request, **more)


class Group:
    """A desk with one group placed; `orders` are in the order of the requests."""

    def __init__(self, desk: Dealing, contingency: str, *requests: OrderRequest, partial: bool = True) -> None:
        self.desk = desk
        before = len(desk.state.by_id)
        desk.give(i.PlaceGroup(contingency, requests, partial))  # type: ignore[arg-type]
        self.orders: list[Order] = list(desk.state.by_id.values())[before:]

    @property
    def reserved(self) -> Decimal:
        return self.desk.state.positions[ACCOUNT, "IBM"].open_sell


def bracket(desk: Dealing, qty: str = "100", partial: bool = True) -> Group:
    return Group(
        desk, "bracket", limit(BUY, qty, "100"), limit(SELL, qty, "105"), stop(SELL, qty, "97"), partial=partial
    )


def oco(desk: Dealing) -> Group:
    return Group(desk, "oco", limit(SELL, "100", "105"), stop(SELL, "100", "97"))


def folds_alike(desk: Dealing) -> None:
    assert desk.refolded().digest() == desk.state.digest()


def names(orders: list[Order]) -> list[OrdStatus]:
    return [order.status for order in orders]


# --- oco ------------------------------------------------------------------------------------------------------------


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


# --- bracket --------------------------------------------------------------------------------------------------------


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


# --- oto ------------------------------------------------------------------------------------------------------------


def test_an_oto_starts_its_child_in_another_symbol_for_the_share_that_filled() -> None:
    desk = Dealing("0").connect()
    child = msgspec.structs.replace(limit(BUY, "50", "99"), symbol="AAPL")
    group = Group(desk, "oto", limit(BUY, "100", "100"), child)
    entry, second = group.orders
    assert second.status is S.HELD
    assert desk.state.positions[ACCOUNT, "AAPL"].open_buy == 0
    desk.ack(entry)
    desk.fill(entry, "50")
    assert submits(desk.released)[-1] == (BUY, D(25))
    desk.ack(second)
    before = len(desk.released)
    desk.fill(entry, "50")
    assert [e.approved.order.qty for e in only(desk.released[before:], ReplaceOrder)] == [D(50)]


def test_an_oto_child_is_checked_again_when_it_starts() -> None:
    desk = Dealing("0", risk__max_portfolio_positions="1").connect()
    child = msgspec.structs.replace(limit(BUY, "50", "99"), symbol="AAPL")
    group = Group(desk, "oto", limit(BUY, "100", "100"), child, partial=False)
    desk.ack(group.orders[0])
    desk.fill(group.orders[0], "100")
    assert group.orders[1].status is S.DENIED
    assert "TRIGGER_DENIED" in desk.codes()


def test_a_reversal_shorts_what_was_long_when_all_of_it_is_sold() -> None:
    desk = Dealing("100").connect()
    turn = Group(desk, "oto", limit(SELL, "100", "99"), limit(SHORT, "100", "100"), partial=False)
    sale, short = turn.orders
    assert (sale.status, short.status) == (S.PENDING_NEW, S.HELD)
    desk.ack(sale)
    desk.fill(sale, "40")
    assert short.status is S.HELD
    desk.fill(sale, "60")
    assert short.status is S.PENDING_NEW
    folds_alike(desk)


def test_a_short_that_would_start_while_part_of_the_position_is_held_is_refused() -> None:
    desk = Dealing("100").connect()
    assert names(Group(desk, "oto", limit(SELL, "60", "99"), limit(SHORT, "60", "99"), partial=False).orders) == [
        S.DENIED,
        S.DENIED,
    ]
    assert names(Group(desk, "oto", limit(SELL, "100", "99"), limit(SHORT, "100", "99")).orders) == [S.DENIED] * 2


def test_a_broker_without_replace_gets_its_exits_when_the_entry_is_whole() -> None:
    desk = Dealing(able=msgspec.structs.replace(BROKER, replace=False)).connect()
    group = bracket(desk)
    entry, profit, loss = group.orders
    desk.ack(entry)
    desk.fill(entry, "40")
    assert names([profit, loss]) == [S.HELD, S.HELD]
    desk.fill(entry, "60")
    assert submits(desk.released)[-1] == (SELL, D(100))


def test_the_same_key_gives_the_same_group_back() -> None:
    desk = Dealing("100").connect()
    requests = (limit(SELL, "100", "105", client_key="K1"), stop(SELL, "100", "97"))
    first = Group(desk, "oco", *requests)
    count = len(desk.state.orders)
    desk.give(i.PlaceGroup("oco", requests))
    assert len(desk.state.orders) == count
    assert len(first.orders) == 2
