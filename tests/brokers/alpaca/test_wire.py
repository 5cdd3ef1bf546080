"""What goes over the wire, seen from the emulator: one request each, exact numbers, one stream."""

from __future__ import annotations

import asyncio
import re
import sys
import traceback
from collections.abc import Awaitable, Callable
from decimal import Decimal

import msgpack
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from brokers.alpaca import sdk
from brokers.alpaca.adapter import AlpacaBroker
from brokers.alpaca.settings import AlpacaSettings
from engine.model.enums import OrdStatus, OrdType, Side, TimeInForce
from engine.model.order import BrokerOrder, BrokerReplace
from engine.model.secret import Secret
from engine.protocol import (
    AmbiguousError,
    AuthError,
    BrokerError,
    Filled,
    NotConnectedError,
    RefusedError,
    Replaced,
    ThrottledError,
)
from tests.brokers.alpaca.conftest import broker_of
from tests.conformance.hearing import Reports
from tests.emulators.alpaca.server import AlpacaServer


def order(ident: str, qty: str = "100", limit: str = "99.00") -> BrokerOrder:
    return BrokerOrder(
        ident, "PA3EMULATED", "IBM", Side.BUY, Decimal(qty), OrdType.LIMIT, TimeInForce.DAY, Decimal(limit)
    )


def posts(server: AlpacaServer) -> int:
    return server.seen.count(("POST", "/v2/orders"))


@pytest.mark.parametrize(("fault", "error"), [("throttled", ThrottledError), ("error_after", AmbiguousError)])
async def test_the_sdk_repeats_nothing_behind_our_back(
    server: AlpacaServer, broker: AlpacaBroker, fault: str, error: type[Exception]
) -> None:
    server.faults.requests["submit"].append(fault)
    with pytest.raises(error):
        await broker.submit(order("a1"))
    assert posts(server) == 1


@pytest.mark.parametrize("fault", ["unauthorized", "forbidden"])
async def test_a_key_that_is_turned_away_in_mid_session_is_no_doubt_about_the_order(
    server: AlpacaServer, broker: AlpacaBroker, fault: str
) -> None:
    server.faults.requests["submit"].append(fault)
    with pytest.raises(AuthError):
        await broker.submit(order("a1"))
    assert server.seen[-1] == ("POST", "/v2/orders")
    assert server.books.orders == {}


async def test_what_the_account_may_not_do_is_a_refusal_and_no_matter_of_the_key(
    server: AlpacaServer, broker: AlpacaBroker
) -> None:
    for message, fault in (
        ("insufficient buying power", "refused"),
        ("account is not authorized to trade options", "refused"),
        ("insufficient buying power", "refused without a code"),
    ):
        server.faults.messages["submit"] = message
        server.faults.requests["submit"].append(fault)
        with pytest.raises(RefusedError, match=message) as refused:
            await broker.submit(order("a1"))
        assert type(refused.value) is RefusedError


async def test_a_fraction_arrives_to_the_last_digit(server: AlpacaServer, broker: AlpacaBroker) -> None:
    await broker.submit(order("a1", qty="0.300000001", limit="99.01"))
    (made,) = server.books.orders.values()
    assert (made.qty, made.limit_price) == (Decimal("0.300000001"), Decimal("99.01"))


async def test_a_second_stream_of_one_key_is_turned_away_and_the_reason_is_said(
    server: AlpacaServer, broker: AlpacaBroker
) -> None:
    with pytest.raises(NotConnectedError, match="another connection of this key is open"):
        await broker_of(server).connect(Reports())


async def test_what_was_executed_before_a_replace_is_not_asked_for_again(
    server: AlpacaServer, broker: AlpacaBroker, heard: Reports
) -> None:
    await broker.submit(order("a1"))
    await server.quote("IBM", Decimal("98.90"), Decimal("98.95"), 30)
    await heard.one(Filled)
    await broker.replace(BrokerReplace("a1r1", "a1", None, "PA3EMULATED", "IBM", Decimal(80), Decimal("98.50"), None))
    assert (await heard.one(Replaced)).qty == 80
    assert [o.qty for o in server.books.open_orders()] == [50]
    await server.quote("IBM", Decimal("98.40"), Decimal("98.45"), 1000)
    await heard.until(lambda reports: len(reports.executions) == 2)
    assert sum(e.last_qty for e in heard.executions) == 80
    # A process that never saw the first version puts the order together from the books.
    await broker.disconnect()
    later = broker_of(server)
    await later.connect(Reports())
    found = await later.order_by_cl_ord_id("a1")
    assert found is not None
    assert (found.cl_ord_id, found.root_cl_ord_id, found.qty, found.cum_qty) == ("a1r1", "a1", 80, 80)
    assert found.status is OrdStatus.FILLED
    await later.disconnect()


async def test_a_request_that_waits_behind_others_till_its_time_is_up_is_never_sent(
    server: AlpacaServer, broker: AlpacaBroker
) -> None:
    broker._settings = AlpacaSettings(Secret(server.key), Secret(server.secret), server.url, timeout_s=0.3)
    server.faults.requests["submit"].extend(["lost"] * 4)
    sent = [asyncio.ensure_future(broker.submit(order(f"a{n}"))) for n in range(8)]
    ends = await asyncio.gather(*sent, return_exceptions=True)
    kinds = [type(end).__name__ for end in ends]
    assert sorted(kinds) == ["AmbiguousError"] * 4 + ["NotConnectedError"] * 4
    await asyncio.sleep(1.0)
    assert posts(server) == 4


def test_importing_the_package_loads_no_sdk() -> None:
    code = (
        "import sys, brokers.alpaca.adapter; print([m for m in ('alpaca', 'requests', 'pandas') if m in sys.modules])"
    )
    import subprocess

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


async def test_a_broker_that_repeats_what_it_was_sent_shows_no_key() -> None:
    """The answer of a proxy with an itch to explain, by REST and on both streams."""

    async def repeat(request: web.Request) -> web.Response:
        return web.json_response({"message": f"what are {dict(request.headers)}?"}, status=400)

    async def frames(request: web.Request) -> web.WebSocketResponse:
        stream = web.WebSocketResponse()
        await stream.prepare(request)
        await stream.send_bytes(msgpack.packb([{"T": "success", "msg": "connected"}]))
        said = msgpack.unpackb((await stream.receive()).data)
        await stream.send_bytes(msgpack.packb([{"T": "error", "code": 402, "msg": f"auth failed: {said}"}]))
        return stream

    app = web.Application()
    app.router.add_get("/v2/account", repeat)
    app.router.add_get("/v2/iex", frames)
    async with TestServer(app) as theirs:
        url = str(theirs.make_url("")).rstrip("/")
        settings = AlpacaSettings(Secret("PKSECRET"), Secret("open-sesame"), url, data_url=url)
        with pytest.raises(RefusedError) as refused:
            await asyncio.to_thread(sdk.Client(settings).ask, "GET", "/account")
        with pytest.raises(AuthError) as turned_away:
            await sdk.MarketFrames(settings).open()
    for error in (refused, turned_away):
        told = "".join(traceback.format_exception(error.value))
        assert "***" in told
        assert not re.search("PKSECRET|open-sesame", told + repr(error.value))


@pytest.mark.parametrize(
    ("status", "body", "error", "said"),
    [
        (429, "", ThrottledError, "too many requests (HTTP 429)"),
        (429, "<html><h1>Slow down</h1></html>", ThrottledError, "too many requests (HTTP 429)"),
        (502, "<html><h1>Bad Gateway</h1></html>", AmbiguousError, "a page and no answer, as of a proxy in between"),
        (422, "unprocessable", RefusedError, "unprocessable (HTTP 422)"),
        (403, '{"message": "insufficient buying power"}', RefusedError, "insufficient buying power (HTTP 403)"),
    ],
)
async def test_an_answer_that_is_no_json_is_told_in_plain_words(
    status: int, body: str, error: type[BrokerError], said: str
) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=status, text=body, content_type="text/html")

    with pytest.raises(error) as caught:
        await asked_of(answer)
    assert said in str(caught.value)
    assert "<" not in str(caught.value)


async def test_a_connection_that_is_closed_without_an_answer_is_told_in_plain_words() -> None:
    async def cut(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    with pytest.raises(AmbiguousError, match=r"^the connection to Alpaca broke: it was closed without an answer$"):
        await asked_of(cut)


async def asked_of(handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> None:
    """One order, posted to a server that answers everything with this."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    server = TestServer(app)
    await server.start_server()
    try:
        settings = AlpacaSettings(Secret("K"), Secret("S"), str(server.make_url("")).rstrip("/"))
        await asyncio.to_thread(sdk.Client(settings).ask, "POST", "/orders", {"qty": "1"})
    finally:
        await server.close()
