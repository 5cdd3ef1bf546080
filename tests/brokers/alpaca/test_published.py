"""The emulator's answers, held against what the broker publishes of its own, and read by the models of its own SDK."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from brokers.alpaca.adapter import AlpacaBroker
from engine.model.enums import OrdType, Side, TimeInForce
from engine.model.order import BrokerCancel, BrokerGroup, BrokerOrder, BrokerReplace
from engine.model.package import Leg
from engine.protocol import Accepted, Canceled, Filled, Replaced
from tests.conformance.hearing import Reports
from tests.emulators.alpaca.published import ORDER, unlike
from tests.emulators.alpaca.server import AlpacaServer

ACCOUNT = "PA3EMULATED"
OPTION, OTHER = "AAPL270115C00200000", "AAPL270115C00210000"
GTC, DAY = TimeInForce.GTC, TimeInForce.DAY


def order(ident: str, symbol: str, side: Side, qty: str, kind: OrdType, time: TimeInForce, **more: Any) -> BrokerOrder:
    return BrokerOrder(ident, ACCOUNT, symbol, side, Decimal(qty), kind, time, **more)


async def a_day(server: AlpacaServer, broker: AlpacaBroker, heard: Reports) -> None:
    """Something of everything that there is."""
    await server.quote("BTC/USD", Decimal("60000.25"), Decimal("60001.50"))
    for symbol, mid in ((OPTION, 8), (OTHER, 3)):
        await server.quote(symbol, Decimal(mid), Decimal(mid) + Decimal("0.1"), 2)
    legs = (Leg(OPTION, Side.BUY), Leg(OTHER, Side.SELL, 2))
    orders = (
        order("a1", "IBM", Side.BUY, "10.5", OrdType.MARKET, DAY),
        order("a2", "IBM", Side.BUY, "10", OrdType.LIMIT, GTC, limit_px=Decimal("90.00")),
        order("a3", "IBM", Side.SELL, "5", OrdType.STOP, GTC, stop_px=Decimal("80.00")),
        order("a4", "IBM", Side.SELL, "2", OrdType.TRAILING_STOP, GTC, trail_pct=Decimal("0.02")),
        order("a5", "BTCUSD", Side.BUY, "0.01", OrdType.MARKET, GTC),
        order("a6", OPTION, Side.BUY, "1", OrdType.LIMIT, DAY, limit_px=Decimal("9.00")),
        order("a7", "P", Side.BUY, "2", OrdType.LIMIT, DAY, limit_px=Decimal("9.00"), legs=legs),
        order("a8", "IBM", Side.BUY, "1", OrdType.LIMIT, TimeInForce.IOC, limit_px=Decimal("90.00")),
        order("a9", "IBM", Side.BUY, "1", OrdType.LIMIT, DAY, limit_px=Decimal("91.00"), extended=True),
    )
    for each in orders:
        await broker.submit(each)
        await heard.one(Accepted, cl_ord_id=each.cl_ord_id)
    entry = order("b1", "SPY", Side.BUY, "10", OrdType.LIMIT, GTC, limit_px=Decimal("500.00"))
    target = order("b2", "SPY", Side.SELL, "10", OrdType.LIMIT, GTC, limit_px=Decimal("510.00"))
    stop = order("b3", "SPY", Side.SELL, "10", OrdType.STOP, GTC, stop_px=Decimal("490.00"))
    await broker.submit_group(BrokerGroup("bracket", entry, (target, stop)))
    await heard.one(Accepted, cl_ord_id="b3")
    await server.quote("SPY", Decimal("499.90"), Decimal("500.00"))
    await heard.one(Filled, cl_ord_id="b1")
    await broker.replace(BrokerReplace("a2r1", "a2", None, ACCOUNT, "IBM", Decimal(8), Decimal("91.00"), None))
    await heard.one(Replaced)
    await broker.cancel(BrokerCancel("a2r1", None, ACCOUNT, "IBM"))
    await heard.one(Canceled, cl_ord_id="a2r1")
    await broker.open_orders()
    await broker.executions_since(0)
    await broker.positions()
    await broker.account()
    await broker.server_time_ns()
    for symbol in ("IBM", "BTCUSD", OPTION):
        await broker.instrument(symbol)


async def test_every_answer_and_update_is_as_it_is_published(
    server: AlpacaServer, broker: AlpacaBroker, heard: Reports
) -> None:
    server.unlike = []
    await a_day(server, broker, heard)
    await broker._ask("GET", "/calendar", {"start": "2026-11-20", "end": "2026-11-27"})
    await broker._ask("GET", "/orders", {"status": "all", "nested": True})
    await broker.cancel_all()
    assert sorted(set(server.unlike)) == []


async def test_the_brokers_own_models_read_it_all(server: AlpacaServer, broker: AlpacaBroker, heard: Reports) -> None:
    """(But for activities: the SDK's model of those is of another of the broker's services.)"""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from alpaca.trading import models
    told: list[dict[str, Any]] = []
    tell: Callable[[dict[str, Any]], None] = server.books.told
    server.books.told = lambda update: (told.append(update), tell(update))[1]
    await a_day(server, broker, heard)
    for path, model in (
        ("/orders?status=all&nested=true", models.Order),
        ("/positions", models.Position),
        ("/account", models.TradeAccount),
        ("/assets", models.Asset),
        ("/clock", models.Clock),
    ):
        answer = await broker._ask("GET", path)
        rows = answer if isinstance(answer, list) else [answer]
        assert rows, path
        for row in rows:
            model.model_validate(row)
    assert {update["event"] for update in told} >= {"new", "fill", "canceled", "replaced", "held"}
    for update in told:
        models.TradeUpdate.model_validate(update)


@pytest.mark.parametrize("spoiled", [{"qty": 10}, {"status": "brand_new"}, {"id": "1"}, {"created_at": "today"}])
async def test_what_is_not_as_published_is_found(
    server: AlpacaServer, broker: AlpacaBroker, spoiled: dict[str, Any]
) -> None:
    await broker.submit(order("a1", "IBM", Side.BUY, "1", OrdType.MARKET, DAY))
    (made,) = server.books.orders.values()
    assert unlike(ORDER, made.json()) == []
    assert len(unlike(ORDER, {**made.json(), **spoiled})) == 1
    assert unlike(ORDER, {key: value for key, value in made.json().items() if key != "hwm"}) == [".hwm is missing"]
