"""Brackets, oto and oco held by Alpaca: what goes out, whose the legs are, and how they are told of."""

from __future__ import annotations

import asyncio
import warnings
from collections import deque
from decimal import Decimal
from typing import Any, Literal

import msgspec
import pytest

from brokers.alpaca import groups
from brokers.alpaca.adapter import AlpacaBroker
from engine.model.enums import OrdStatus, OrdType, Side, TimeInForce
from engine.model.order import BrokerCancel, BrokerGroup, BrokerOrder, BrokerReplace
from engine.protocol import (
    Accepted,
    AmbiguousError,
    Canceled,
    CancelRejected,
    Filled,
    Gap,
    NotSupportedError,
    RefusedError,
    Replaced,
    ReplaceRejected,
    Restated,
)
from tests.brokers.alpaca.conftest import broker_of
from tests.conformance.hearing import Reports, until
from tests.emulators.alpaca.server import AlpacaServer

ACCOUNT = "PA3EMULATED"
D = Decimal


def order(
    name: str, side: Side, limit: str | None = None, stop: str | None = None, qty: str = "100", **more: Any
) -> BrokerOrder:
    kind = (
        (OrdType.STOP_LIMIT if limit else OrdType.STOP) if stop else OrdType.LIMIT if limit else OrdType.MARKET
    )  # fmt: skip
    prices = (D(limit) if limit else None, D(stop) if stop else None)
    made = BrokerOrder(name, ACCOUNT, "IBM", side, D(qty), kind, TimeInForce.GTC, *prices)
    return msgspec.structs.replace(made, **more)


TARGET, STOP = order("t1", Side.SELL, "105.00"), order("s1", Side.SELL, stop="95.00")


def bracket(entry: str | None = "99.00", legs: tuple[BrokerOrder, ...] = (TARGET, STOP)) -> BrokerGroup:
    return BrokerGroup("bracket", order("e1", Side.BUY, entry), legs)


def oco() -> BrokerGroup:
    return BrokerGroup("oco", None, (TARGET, STOP))


async def accepted(heard: Reports, *names: str) -> None:
    for name in names:
        await heard.one(Accepted, cl_ord_id=name)


def names(heard: Reports) -> set[str]:
    """Every id that was reported."""
    told = {getattr(report, "cl_ord_id", "") for report in heard.all}
    return {name for name in told | {each.cl_ord_id for each in heard.executions} if name}


# -- what goes out ------------------------------------------------------------------------------------------------


def test_a_group_is_posted_as_one_order_to_the_last_digit() -> None:
    guarded = order("s1", Side.SELL, "94.90", "95.00")
    assert groups.body_of(bracket(legs=(TARGET, guarded)), "IBM") == {
        "client_order_id": "e1", "symbol": "IBM", "side": "buy", "qty": "100", "type": "limit", "time_in_force": "gtc",
        "limit_price": "99.00", "order_class": "bracket", "take_profit": {"limit_price": "105.00"},
        "stop_loss": {"stop_price": "95.00", "limit_price": "94.90"},
    }  # fmt: skip
    assert groups.body_of(oco(), "IBM") == {
        "client_order_id": "t1", "symbol": "IBM", "side": "sell", "qty": "100", "type": "limit", "time_in_force": "gtc",
        "order_class": "oco", "take_profit": {"limit_price": "105.00"}, "stop_loss": {"stop_price": "95.00"},
    }  # fmt: skip
    body = groups.body_of(BrokerGroup("oto", order("e1", Side.BUY), (STOP,)), "IBM")
    assert (body["order_class"], body["type"], body["stop_loss"]) == ("oto", "market", {"stop_price": "95.00"})
    assert "take_profit" not in body


@pytest.mark.parametrize("group", [bracket(), bracket(None), oco(), BrokerGroup("oto", bracket().entry, (TARGET,))])
def test_the_brokers_own_models_take_what_is_posted(group: BrokerGroup) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from alpaca.trading.requests import LimitOrderRequest, MarketOrderRequest
    body = groups.body_of(group, "IBM")
    model = LimitOrderRequest if body["type"] == "limit" else MarketOrderRequest
    read = model.model_validate(body).to_request_fields()
    assert {key: str(value.value if hasattr(value, "value") else value) for key, value in read.items()}.keys() == set(
        body
    )


def entry(**more: Any) -> BrokerOrder:
    return msgspec.structs.replace(order("e1", Side.BUY, "99.00"), **more)


WRONG: list[tuple[str, BrokerGroup]] = [
    ("no bracket", BrokerGroup("bracket", None, (TARGET, STOP))),
    ("no oto", BrokerGroup("oto", entry(), (TARGET, STOP))),
    ("market or limit", BrokerGroup("bracket", order("e1", Side.BUY, stop="99.00"), (TARGET, STOP))),
    ("trails", bracket(legs=(TARGET, msgspec.structs.replace(STOP, ord_type=OrdType.TRAILING_STOP, stop_px=None)))),
    ("target of a bracket", bracket(legs=(STOP, STOP))),
    ("stop of a bracket", bracket(legs=(TARGET, TARGET))),
    ("stocks alone", BrokerGroup("oco", None, tuple(msgspec.structs.replace(o, symbol="BTCUSD") for o in oco().legs))),
    ("stocks alone", BrokerGroup("oco", None, tuple(msgspec.structs.replace(o, symbol="XYZ") for o in oco().legs))),
    ("one quantity", bracket(legs=(TARGET, msgspec.structs.replace(STOP, qty=D(50))))),
    ("whole shares", BrokerGroup("oco", None, tuple(msgspec.structs.replace(o, qty=D("1.5")) for o in oco().legs))),
    ("one time in force", bracket(legs=(TARGET, msgspec.structs.replace(STOP, time_in_force=TimeInForce.DAY)))),
    ("day or gtc", BrokerGroup(
        "oco", None, tuple(msgspec.structs.replace(o, time_in_force=TimeInForce.IOC) for o in oco().legs)
    )),
    ("regular hours", BrokerGroup("bracket", entry(extended=True), (TARGET, STOP))),
    ("other side", bracket(legs=(TARGET, order("s1", Side.BUY, stop="95.00")))),
    ("target of a group at Alpaca is at least 0.01 better than its entry", bracket("105.00")),
    ("stop of a group at Alpaca is at least 0.01 worse than its entry", bracket("95.00")),
    ("better than its stop", bracket(None, (order("t1", Side.SELL, "94.00"), STOP))),
    ("not before its trigger", bracket(legs=(TARGET, order("s1", Side.SELL, "95.10", "95.00")))),
    ("between two ticks", bracket("99.001")),
]  # fmt: skip


@pytest.mark.parametrize(("words", "group"), WRONG)
async def test_a_group_that_alpaca_does_not_hold_is_the_desks_and_is_not_sent(
    server: AlpacaServer, broker: AlpacaBroker, words: str, group: BrokerGroup
) -> None:
    assert words in broker.group_refusal(group)
    with pytest.raises(NotSupportedError, match="nothing was sent"):
        await broker.submit_group(group)
    assert ("POST", "/v2/orders") not in server.seen


@pytest.mark.parametrize("side", [Side.BUY, Side.SELL_SHORT])
def test_a_group_of_a_short_position_stands_on_its_head(side: Side, server: AlpacaServer) -> None:
    exits = (order("t1", Side.BUY, "95.00"), order("s1", Side.BUY, stop="105.00"))
    group = BrokerGroup("bracket", order("e1", side, "99.00"), exits)
    assert (broker_of(server).group_refusal(group) == "") is (side is Side.SELL_SHORT)


# -- whose the legs are ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("roles", [True, False], ids=["roles", "no roles"])
@pytest.mark.parametrize("answers", [True, False], ids=["legs answered", "not answered"])
async def test_a_group_that_trades_before_its_submit_is_answered_is_told_under_our_ids(
    server: AlpacaServer, broker: AlpacaBroker, heard: Reports, roles: bool, answers: bool
) -> None:
    server.books.tells_roles, server.answers_exits = roles, answers
    server.faults.requests["submit"].append("unanswered")  # the answer would have come 0.65 s later
    sent = asyncio.ensure_future(broker.submit_group(bracket(None)))
    await heard.one(Filled, cl_ord_id="e1")
    await server.quote("IBM", D("105.00"), D("105.02"))
    await heard.one(Filled, cl_ord_id="t1")
    await heard.one(Canceled, cl_ord_id="s1")
    assert not sent.done()
    with pytest.raises(AmbiguousError):
        await sent
    assert names(heard) == {"e1", "t1", "s1"}
    assert len(heard.executions) == 2
    for name in ("e1", "t1", "s1"):
        assert len(heard.of(Accepted, name)) == 1


async def test_a_leg_whose_parent_is_not_to_be_found_yet_waits_for_the_answer_to_its_submit(
    server: AlpacaServer, broker: AlpacaBroker, heard: Reports
) -> None:
    server.faults.requests["submit"].append("slow")
    server.faults.requests["query"].append("absent")
    await broker.submit_group(bracket(None))
    await server.quote("IBM", D("105.00"), D("105.02"))
    await heard.one(Filled, cl_ord_id="t1")
    await heard.one(Canceled, cl_ord_id="s1")
    assert server.faults.requests["query"] == deque()
    assert names(heard) == {"e1", "t1", "s1"}
    assert [len(heard.of(Accepted, name)) for name in ("e1", "t1", "s1")] == [1, 1, 1]
    assert not heard.of(Gap)


async def test_a_leg_whose_parent_can_t_be_asked_for_is_a_gap_and_no_strangers_order(
    server: AlpacaServer, broker: AlpacaBroker, heard: Reports
) -> None:
    server.faults.requests["submit"].append("slow")
    server.faults.requests["query"].extend(["error_after"] * 2)
    await broker.submit_group(bracket())
    await heard.until(lambda told: len(told.of(Gap)) == 2)
    await accepted(heard, "e1", "t1", "s1")
    assert names(heard) == {"e1", "t1", "s1"}


@pytest.mark.parametrize("listed", [True, False], ids=["held is listed", "held is not listed"])
@pytest.mark.parametrize("roles", [True, False], ids=["roles", "no roles"])
async def test_a_new_process_finds_the_legs_by_their_parent(
    server: AlpacaServer, broker: AlpacaBroker, heard: Reports, listed: bool, roles: bool
) -> None:
    server.books.tells_roles, server.lists_held = roles, listed
    await broker.submit_group(bracket())
    await accepted(heard, "e1", "t1", "s1")
    await broker.replace(BrokerReplace("s1r1", "s1", None, ACCOUNT, "IBM", D(100), None, D("96.00")))
    await heard.one(Replaced, cl_ord_id="s1r1")
    await broker.disconnect()
    await server.quote("IBM", D("98.95"), D("99.00"))
    later, news = broker_of(server), Reports()
    later.remember_groups([bracket()])
    await later.connect(news)
    try:
        assert {o.cl_ord_id: o.root_cl_ord_id for o in await later.open_orders()} == {"t1": "t1", "s1r1": "s1"}
        for asked, found in (("s1", "s1r1"), ("s1r1", "s1r1"), ("t1", "t1"), ("e1", "e1")):
            one = await later.order_by_cl_ord_id(asked)
            assert one is not None
            assert (one.cl_ord_id, one.status is OrdStatus.FILLED) == (found, found == "e1")
        await server.quote("IBM", D("96.00"), D("96.02"))
        await news.one(Filled, cl_ord_id="s1r1")
        await news.one(Canceled, cl_ord_id="t1")
        assert names(news) == {"t1", "s1r1"}
        assert [e.cl_ord_id for e in await later.executions_since(0)] == ["e1", "s1r1"]
    finally:
        await later.disconnect()


async def test_a_bracket_of_somebody_else_keeps_the_brokers_ids(
    server: AlpacaServer, broker: AlpacaBroker, heard: Reports
) -> None:
    await broker.submit_group(bracket())
    await accepted(heard, "e1", "t1", "s1")
    body = groups.body_of(bracket("98.00"), "IBM")
    theirs = server.submit({**body, "client_order_id": "somebody-elses"})
    await heard.until(lambda told: len(told.of(Accepted)) == 6)
    ids = {leg["client_order_id"] for leg in theirs["legs"]} | {"somebody-elses"}
    assert names(heard) == {"e1", "t1", "s1"} | ids
    assert {o.cl_ord_id for o in await broker.open_orders()} == {"e1", "t1", "s1"} | ids


async def test_a_leg_of_a_group_that_never_was_is_not_there(server: AlpacaServer, broker: AlpacaBroker) -> None:
    server.faults.requests["submit"].append("refused")
    with pytest.raises(RefusedError):
        await broker.submit_group(bracket())
    for name in ("e1", "t1", "s1"):
        assert await broker.order_by_cl_ord_id(name) is None
    broker.remember_groups([bracket()])
    assert await broker.order_by_cl_ord_id("s1") is None
    assert await broker.open_orders() == []


# -- what becomes of them -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["silently", "restated", "replaced"])
@pytest.mark.parametrize("kind", ["bracket", "oco"])
async def test_a_part_of_the_target_takes_as_much_off_the_stop_and_is_told_however_alpaca_tells_it(
    server: AlpacaServer,
    broker: AlpacaBroker,
    heard: Reports,
    how: Literal["silently", "restated", "replaced"],
    kind: str,
) -> None:
    server.books.groups.shrinks = how
    if kind == "oco":
        await broker.submit(order("p1", Side.BUY))
        await heard.one(Filled)
    await broker.submit_group(oco() if kind == "oco" else bracket(None))
    await accepted(heard, "t1", "s1")
    await server.quote("IBM", D("105.00"), D("105.02"), 40)
    await heard.one(Filled, cl_ord_id="t1")
    assert (await heard.one(Restated, cl_ord_id="s1")).qty == 60
    assert {o.cl_ord_id: o.qty for o in await broker.open_orders()} == {"t1": 100, "s1": 60}
    await server.quote("IBM", D("94.00"), D("94.02"))
    await heard.one(Filled, cl_ord_id="s1")
    assert (await heard.one(Canceled, cl_ord_id="t1")).cum_qty == 40
    assert server.books.positions == {}
    assert {r.qty for r in heard.of(Restated)} == {60}
    assert not heard.of(Gap)
    found = await broker.order_by_cl_ord_id("s1")
    assert found is not None
    assert (found.qty, found.cum_qty, found.status) == (60, 60, OrdStatus.FILLED)


async def test_a_leg_that_alpaca_has_replaced_is_cancelled_and_changed_under_its_id(
    server: AlpacaServer, broker: AlpacaBroker, heard: Reports
) -> None:
    server.books.groups.shrinks = "replaced"
    await broker.submit_group(bracket(None))
    await accepted(heard, "e1", "t1", "s1")
    first = (await heard.one(Accepted, cl_ord_id="s1")).order_id
    await server.quote("IBM", D("105.00"), D("105.02"), 40)
    await heard.one(Restated, cl_ord_id="s1")
    await broker.replace(BrokerReplace("s1r1", "s1", first, ACCOUNT, "IBM", D(60), None, D("96.00")))
    changed = await heard.one(Replaced, ReplaceRejected)
    assert isinstance(changed, Replaced), changed
    assert (changed.orig_cl_ord_id, changed.qty, changed.stop_px) == ("s1", 60, D("96.00"))
    await broker.cancel(BrokerCancel("s1r1", first, ACCOUNT, "IBM"))
    await heard.one(Canceled, cl_ord_id="s1r1")
    await heard.one(Canceled, cl_ord_id="t1")
    assert not heard.of(CancelRejected)


async def test_of_an_order_in_a_group_prices_are_changed_and_quantities_are_not(
    server: AlpacaServer, broker: AlpacaBroker, heard: Reports
) -> None:
    await broker.submit_group(bracket())
    await accepted(heard, "e1", "t1", "s1")
    await broker.replace(BrokerReplace("e1r1", "e1", None, ACCOUNT, "IBM", D(50), D("99.00"), None))
    refused = await heard.one(ReplaceRejected)
    assert (refused.cl_ord_id, refused.orig_cl_ord_id) == ("e1r1", "e1")
    await broker.replace(BrokerReplace("e1r2", "e1", None, ACCOUNT, "IBM", D(100), D("99.50"), None))
    assert (await heard.one(Replaced)).limit_px == D("99.50")
    # The legs hang on the new entry.
    await server.quote("IBM", D("99.48"), D("99.50"))
    await heard.one(Filled, cl_ord_id="e1r2")
    await server.quote("IBM", D("94.00"), D("94.02"))
    await heard.one(Filled, cl_ord_id="s1")
    assert names(heard) == {"e1", "e1r1", "e1r2", "t1", "s1"}
    found = await broker.order_by_cl_ord_id("t1")
    assert found is not None
    assert found.status is OrdStatus.CANCELED


async def test_a_part_of_the_entry_does_not_start_the_legs_and_a_cancel_of_one_ends_the_group(
    server: AlpacaServer, broker: AlpacaBroker, heard: Reports
) -> None:
    await broker.submit_group(bracket())
    await accepted(heard, "e1", "t1", "s1")
    await server.quote("IBM", D("98.95"), D("99.00"), 30)
    await heard.one(Filled, cl_ord_id="e1")
    await server.quote("IBM", D("94.00"), D("99.02"))
    await broker.cancel(BrokerCancel("t1", None, ACCOUNT, "IBM"))
    for name, part in (("t1", 0), ("s1", 0), ("e1", 30)):
        assert (await heard.one(Canceled, cl_ord_id=name)).cum_qty == part
    assert server.books.positions == {"IBM": 30}
    await until(lambda: not server.books.open_orders(), "the end")
