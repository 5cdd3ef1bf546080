"""A broker that does less for one class of instruments than for others (at Alpaca: crypto, options)."""

from __future__ import annotations

import msgspec

from engine import inputs as i
from engine.effects import SubmitOrder
from engine.model.enums import AssetClass, OrdStatus, OrdType, TimeInForce
from engine.model.order import OrderRequest
from engine.orders.order import Order
from tests.engine.dealing import ACCOUNT, BROKER, BUY, SECOND, SELL, D, Dealing, only

#: Of equities it takes market and limit orders, until cancelled or at once: as Alpaca of crypto.
LESS = msgspec.structs.replace(
    BROKER,
    ord_types=frozenset({OrdType.MARKET, OrdType.LIMIT}),
    times_in_force=frozenset({TimeInForce.GTC, TimeInForce.IOC}),
)
BY_CLASS = msgspec.structs.replace(BROKER, by_class={AssetClass.EQUITY: LESS})


def place(desk: Dealing, kind: OrdType, time: TimeInForce, **more: object) -> Order:
    request = OrderRequest(ACCOUNT, "IBM", SELL, D("10"), kind, time_in_force=time)
    desk.give(i.PlaceOrder(msgspec.structs.replace(request, **more)))
    return list(desk.state.by_id.values())[-1]


def test_other_classes_have_all_of_it() -> None:
    assert BY_CLASS.of(AssetClass.EQUITY) is LESS
    assert BY_CLASS.of(AssetClass.CRYPTO) is BY_CLASS
    assert BY_CLASS.of(None) is BY_CLASS


def test_a_time_that_this_class_does_not_have_is_denied_before_anything_is_sent() -> None:
    desk = Dealing("100", able=BY_CLASS).connect()
    order = place(desk, OrdType.LIMIT, TimeInForce.DAY, limit_px=D("100"))
    assert order.status is OrdStatus.DENIED
    assert order.text == "NOT_SUPPORTED: value=day limit=gtc,ioc scope=A1"
    assert place(desk, OrdType.LIMIT, TimeInForce.GTC, limit_px=D("100")).status is OrdStatus.PENDING_NEW


def test_a_stop_that_this_class_does_not_have_is_held_here() -> None:
    desk = Dealing("100", able=BY_CLASS).connect()
    assert place(desk, OrdType.STOP, TimeInForce.GTC, stop_px=D("98")).status is OrdStatus.HELD
    everywhere = Dealing("100").connect()
    assert place(everywhere, OrdType.STOP, TimeInForce.GTC, stop_px=D("98")).status is OrdStatus.PENDING_NEW


def test_what_the_desk_sends_by_itself_has_a_time_that_this_class_has() -> None:
    closing = Dealing("100", able=BY_CLASS).connect()
    closing.give(i.Flatten("IBM", user="me"))
    working = Dealing(able=BY_CLASS).connect()
    now = working.now.market_ns
    spec = i.AlgoSpec("twap", ACCOUNT, "IBM", BUY, D(100), now, now + 900 * SECOND, slices=1, user="me")
    working.give(i.LaunchAlgo(spec))
    for desk in (closing, working):
        (sent,) = [effect.approved.order for effect in only(desk.released, SubmitOrder)]
        assert sent.time_in_force is TimeInForce.GTC
