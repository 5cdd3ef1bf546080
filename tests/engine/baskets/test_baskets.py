"""Baskets in the core: checked as one, released line by line, ended for every reason that there is."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from engine import facts as f
from engine import inputs as i
from engine import protocol as p
from engine.effects import Reply
from engine.journal.state_codec import decode, encode
from engine.model.basket import BasketItem, digest_of
from engine.model.enums import OrdStatus, OrdType, Side
from engine.model.order import OrderRequest
from engine.views import BasketCheck, CommandResult
from tests.engine.dealing import ACCOUNT, BUY, SELL, Dealing, cancels, only, submits

D = Decimal


def line(row: int, side: Side, qty: str, limit: str = "100.00", symbol: str = "IBM", **more: Any) -> BasketItem:
    request = OrderRequest(ACCOUNT, symbol, side, D(qty), OrdType.LIMIT, D(limit))
    return BasketItem(row, f"{side.value} {qty} {symbol}", (msgspec.structs.replace(request, **more),))


def buys(*limits: str) -> tuple[BasketItem, ...]:
    """Purchases of 100 IBM, each at another price, so that none is like the one before."""
    return tuple(line(no, BUY, "100", limit) for no, limit in enumerate(limits, 1))


def stage(floor: Dealing, items: tuple[BasketItem, ...], name: str = "morning") -> int:
    floor.give(i.StageBasket(name, items, "me"))
    return max(floor.state.baskets)


def release(floor: Dealing, number: int, **more: Any) -> CommandResult:
    effects = floor.give(i.ReleaseBasket(number, "me", cmd_id=7, **more))
    (reply,) = only(effects, Reply)
    assert isinstance(reply.result, CommandResult)
    return reply.result


def checked(floor: Dealing, items: tuple[BasketItem, ...]) -> BasketCheck:
    found = floor.desk.check_basket(items, floor.now)
    assert isinstance(found, BasketCheck)
    return found


def verdicts(found: BasketCheck) -> list[str]:
    return [each.verdict for each in found.lines]


# --- checked as one -------------------------------------------------------------------------------------------------


def test_a_limit_holds_over_the_sum_of_the_lines() -> None:
    floor = Dealing(risk__max_position_pct="0.025").connect()
    # 10,000 each: two are within 25,000 of a million, the third would not be, a smaller one behind it is.
    items = (*buys("100.00", "100.01", "100.02"), line(4, BUY, "40", "100.03"))
    found = checked(floor, items)
    assert verdicts(found) == ["green", "green", "red", "green"]
    assert {denial.code for denial in found.lines[2].denials} == {"MAX_POSITION_PCT"}
    assert found.lines[3].position_after == D(240)
    assert found.passing == 3
    assert checked(floor, items[2:3]).verdict == "green", "by itself it is"


def test_what_is_sold_twice_is_held_once() -> None:
    floor = Dealing(hold="100").connect()
    found = checked(floor, (line(1, SELL, "60"), line(2, SELL, "60", "100.01")))
    assert verdicts(found) == ["green", "red"]
    assert [denial.code for denial in found.lines[1].denials] == ["SELL_EXCEEDS_POSITION"]


def test_a_check_leaves_no_trace() -> None:
    floor = Dealing(hold="100").connect()
    before = floor.state.digest(), set(floor.quotes.moved)
    found = checked(floor, (*buys("100.00", "100.01"), line(3, SELL, "50", "100.02")))
    assert (found.bought, found.sold) == (D("20001.00"), D("5001.00"))
    assert (floor.state.digest(), set(floor.quotes.moved)) == before
    assert not floor.desk.take()[0]


def test_the_same_line_twice_is_one_too_many() -> None:
    floor = Dealing().connect()
    found = checked(floor, (line(1, BUY, "10"), line(2, BUY, "10")))
    assert [denial.code for denial in found.lines[1].denials] == ["DUPLICATE_INTENT"]


def test_throttles_make_it_slow_and_not_refused() -> None:
    floor = Dealing(risk__max_orders_per_s="4").connect()
    items = tuple(line(no, BUY, "10", f"99.{no}") for no in range(50, 62))
    found = checked(floor, items)
    assert (found.verdict, found.duration_s) == ("green", 3)
    number = stage(floor, items)
    release(floor, number)
    rates = []
    while floor.state.baskets[number].status == "RELEASING":
        floor.pass_s(0.1)
        rates.append(sum(1 for ns in floor.state.sent_ns if ns > floor.now.wall_ns - 1_000_000_000))
    assert floor.state.baskets[number].status == "DONE"
    assert max(rates) == 3, "a quarter is left to orders by hand"
    assert not [o for o in floor.state.by_id.values() if o.base is OrdStatus.DENIED]


def test_more_than_a_single_order_may_be_asks_for_a_word() -> None:
    floor = Dealing(risk__max_order_notional="15000").connect()
    assert not checked(floor, buys("100.00")).word_for
    assert checked(floor, buys("100.00", "100.01")).word_for
    assert checked(floor, tuple(line(no, BUY, "1", f"99.{no}") for no in range(10, 31))).word_for == "21 orders at once"


# --- released -------------------------------------------------------------------------------------------------------


def test_every_order_carries_its_basket_and_the_trail_has_all_of_it() -> None:
    floor = Dealing().connect()
    number = stage(floor, buys("100.00", "100.01"))
    assert release(floor, number).message == "basket morning released: 2 orders"
    orders = [o for o in floor.state.by_id.values() if o.request.basket == number]
    assert [o.request.basket_row for o in orders] == [1, 2]
    assert {o.request.user for o in orders} == {"me"}
    kinds = [type(fact) for fact in floor.recorded]
    wanted = [f.BasketStaged, f.BasketReleased, f.OrderIntended, f.OrderIntended, f.BasketEnded]
    assert [kind for kind in kinds if kind in set(wanted)] == wanted
    assert floor.state.baskets[number].status == "DONE"
    assert floor.refolded().digest() == floor.state.digest()
    assert decode(encode(floor.state)).digest() == floor.state.digest(), "a snapshot has all of it"


def test_a_refused_line_keeps_all_back_unless_it_may_be_left_out() -> None:
    floor = Dealing().connect()
    items = (*buys("100.00"), line(2, SELL, "5", "100.05"))
    number = stage(floor, items)
    answer = release(floor, number)
    assert (answer.ok, [denial.code for denial in answer.denials]) == (False, ["SELL_EXCEEDS_POSITION"])
    assert "row 2" in answer.message
    assert floor.state.baskets[number].status == "STAGED"
    assert not floor.state.open_orders
    assert release(floor, number, skip_refused=True).message.endswith("1 order, 1 line left out")
    assert [o.side for o in floor.state.open_orders.values()] == [BUY]


def test_a_soft_limit_needs_a_word_of_its_own() -> None:
    floor = Dealing(risk__warn_order_notional="5000").connect()
    number = stage(floor, buys("100.00"))
    answer = release(floor, number)
    assert (answer.ok, answer.amber) == (False, True)
    assert release(floor, number, accept_soft=True).ok
    assert len(floor.state.open_orders) == 1


def test_a_line_refused_on_its_way_leaves_the_others_alone() -> None:
    floor = Dealing(risk__max_orders_per_s="4").connect()
    number = stage(floor, buys(*(f"99.{no}" for no in range(50, 56))))
    release(floor, number)
    assert len(floor.state.open_orders) == 3
    # What its release passed is too much now: the rest is refused, each by itself.
    floor.give(i.SetLimit("risk.max_order_qty", "50", "less", "me"))
    floor.pass_s(3)
    basket = floor.state.baskets[number]
    assert basket.status == "DONE"
    statuses = [floor.state.orders[root].base for root in basket.orders.values()]
    assert statuses.count(OrdStatus.DENIED) == 3
    ended = [fact for fact in floor.recorded if isinstance(fact, f.BasketEnded)]
    assert (ended[-1].sent, ended[-1].refused, ended[-1].unsent) == (3, 3, 0)


def test_strict_stops_at_the_first_refusal() -> None:
    floor = Dealing(risk__max_orders_per_s="4").connect()
    number = stage(floor, buys(*(f"99.{no}" for no in range(50, 56))))
    release(floor, number, strict=True)
    floor.give(i.SetLimit("risk.max_order_qty", "50", "less", "me"))
    floor.pass_s(3)
    basket = floor.state.baskets[number]
    assert (basket.status, len(list(basket.left))) == ("STOPPED", 2)
    assert "row 4 was refused" in basket.reason


def test_the_same_orders_go_out_once_a_day() -> None:
    floor = Dealing(risk__duplicate_window_s="1").connect()
    items = buys("100.00", "100.01")
    release(floor, stage(floor, items))
    floor.pass_s(3)
    # Another name, another order of the lines, another tag: the same basket.
    again = stage(floor, tuple(reversed([line(9 - no, BUY, "100", f"100.0{no}", tag="x") for no in (0, 1)])), "other")
    assert checked(floor, floor.state.baskets[again].items).twin == "morning"
    answer = release(floor, again)
    assert (answer.ok, answer.denials[0].code) == (False, "BASKET_TWICE")
    assert release(floor, again, again=True).ok
    assert len(floor.state.open_orders) == 4


def test_a_key_releases_once() -> None:
    floor = Dealing().connect()
    number = stage(floor, buys("100.00"))
    assert release(floor, number, client_key="k").ok
    assert "before" in release(floor, number, client_key="k").message
    assert len(floor.state.open_orders) == 1


# --- ended before its end ---------------------------------------------------------------------------------------------


def slow() -> tuple[Dealing, int]:
    """A basket of six of which three are out."""
    floor = Dealing(risk__max_orders_per_s="4").connect()
    number = stage(floor, buys(*(f"99.{no}" for no in range(50, 56))))
    release(floor, number)
    assert len(floor.state.open_orders) == 3
    return floor, number


def test_a_kill_stops_it() -> None:
    floor, number = slow()
    floor.give(i.Kill("me", "enough", "no"))
    effects = floor.pass_s(5)
    basket = floor.state.baskets[number]
    assert (basket.status, len(basket.orders)) == ("STOPPED", 3)
    assert "HALTED" in basket.reason
    assert not submits(effects)
    assert "BASKET_STOPPED" in floor.codes()


def test_a_halt_of_one_of_its_instruments_stops_it() -> None:
    floor, number = slow()
    floor.give(i.Halt("IBM", "me", "news"))
    floor.pass_s(5)
    assert floor.state.baskets[number].reason == "instrument:IBM is HALTED"
    assert len(floor.state.baskets[number].orders) == 3


def test_a_broker_that_is_gone_stops_it() -> None:
    floor, number = slow()
    floor.give(p.Disconnected("sim", "gone", floor.now.market_ns))
    floor.pass_s(5)
    assert floor.state.baskets[number].status == "STOPPED"
    assert len(floor.state.baskets[number].orders) == 3


def test_it_is_cancelled_as_one_and_the_rest_is_not_sent() -> None:
    floor, number = slow()
    mine = floor.place(BUY, "1", "98.00")
    out = [root for root in floor.state.open_orders if root != mine.cl_ord_id]
    effects = floor.give(i.CancelOrders(i.CancelSelector(basket=number), "me"))
    assert sorted(cancels(effects)) == sorted(out)
    floor.pass_s(5)
    assert len(floor.state.baskets[number].orders) == 3
    assert not mine.pending_cancel


def test_cancel_all_and_a_cancel_by_what_is_to_come_stop_it() -> None:
    for selector in (i.CancelSelector(all=True), i.CancelSelector(symbol="IBM"), i.CancelSelector(buys=True)):
        floor, number = slow()
        floor.give(i.CancelOrders(selector, "me"))
        assert floor.state.baskets[number].status == "STOPPED"
    floor, number = slow()
    floor.give(i.CancelOrders(i.CancelSelector(last=True), "me"))
    assert floor.state.baskets[number].status == "RELEASING"


def test_flat_stops_what_would_still_trade_in_it() -> None:
    for symbol, status in (("IBM", "STOPPED"), (None, "STOPPED"), ("AAPL", "RELEASING")):
        floor, number = slow()
        floor.give(i.Flatten(symbol, "me"))
        assert floor.state.baskets[number].status == status


def test_a_restart_in_the_middle_sends_nothing_again_and_shows_the_rest() -> None:
    floor, number = slow()
    again = floor.restart()
    assert (again.state.baskets[number].status, len(list(again.state.baskets[number].left))) == ("STOPPED", 3)
    again.connect()
    effects = again.pass_s(5)
    assert not submits(effects)
    assert len(again.state.baskets[number].orders) == 3


def test_it_is_stopped_by_hand_or_dropped() -> None:
    floor, number = slow()
    floor.give(i.ControlBasket(number, "stop", "me"))
    floor.pass_s(5)
    assert (floor.state.baskets[number].status, len(floor.state.open_orders)) == ("STOPPED", 3)
    other = stage(floor, buys("90.00"), "other")
    floor.give(i.ControlBasket(other, "drop", "me"))
    assert floor.state.baskets[other].status == "DROPPED"
    assert not release(floor, other).ok


def test_orders_of_a_tag_are_cancelled_together() -> None:
    floor = Dealing().connect()
    one, two, three = (floor.place(BUY, "1", f"98.0{no}", tag=tag) for no, tag in enumerate(("a", "b", "a")))
    effects = floor.give(i.CancelOrders(i.CancelSelector(tag="a"), "me"))
    assert cancels(effects) == [one.cl_ord_id, three.cl_ord_id]
    assert not two.pending_cancel
    floor.give(i.CancelOrders(i.CancelSelector(tag="nothing"), "me"))
    refused = floor.recorded[-1]
    assert isinstance(refused, f.CommandRefused)
    assert "tagged 'nothing'" in refused.reason


def test_what_is_the_same_basket_is_in_its_orders_alone() -> None:
    items = buys("100.00", "100.01")
    assert digest_of(items) == digest_of(tuple(reversed(items)))
    assert digest_of(items) != digest_of(buys("100.00", "100.02"))
    assert digest_of(items) != digest_of(items[:1])
