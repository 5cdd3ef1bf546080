"""What is listed, and how it may be traded."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from brokers.alpaca.adapter import AlpacaBroker
from engine.model.enums import AssetClass, OrdType, Side, TimeInForce
from engine.model.order import BrokerOrder
from engine.protocol import Filled, NotSupportedError, RefusedError
from tests.conformance.hearing import Reports
from tests.emulators.alpaca.server import AlpacaServer

FRACTION = BrokerOrder("f1", "PA3EMULATED", "IBM", Side.BUY, Decimal("0.5"), OrdType.MARKET, TimeInForce.DAY)
SHORT = msgspec.structs.replace(FRACTION, side=Side.SELL_SHORT, qty=Decimal(5))
POSTED = ("POST", "/v2/orders")


@pytest.mark.parametrize(
    ("order", "flag", "words"),
    [
        (FRACTION, "fractionable", "traded in whole shares at Alpaca"),
        (FRACTION, "tradable", "not traded at Alpaca now"),
        (SHORT, "shortable", "can't be sold short"),
    ],
)
async def test_what_the_listing_forbids_is_not_sent(
    server: AlpacaServer, broker: AlpacaBroker, order: BrokerOrder, flag: str, words: str
) -> None:
    server.flags["IBM"] = {flag: False}
    for number in range(2):
        with pytest.raises(NotSupportedError, match=words):
            await broker.submit(msgspec.structs.replace(order, cl_ord_id=f"f{number}"))
    assert POSTED not in server.seen
    assert server.seen.count(("GET", "/v2/assets/IBM")) == 1, "asked once"


async def test_a_whole_order_asks_nothing_before_and_the_brokers_own_no_is_said(
    server: AlpacaServer, broker: AlpacaBroker
) -> None:
    server.flags["IBM"] = {"tradable": False}
    with pytest.raises(RefusedError, match='asset "IBM" is not tradable'):
        await broker.submit(msgspec.structs.replace(FRACTION, qty=Decimal(1)))
    assert POSTED in server.seen
    assert await broker.instrument("IBM") is None


async def test_a_part_of_a_coin_is_bought_at_any_hour_and_described_as_it_trades(
    server: AlpacaServer, broker: AlpacaBroker, heard: Reports
) -> None:
    await server.quote("BTC/USD", Decimal("60000.25"), Decimal("60001.50"))
    found = await broker.instrument("BTCUSD")
    assert found is not None
    assert (found.symbol, found.asset_class, found.base, found.currency) == ("BTCUSD", AssetClass.CRYPTO, "BTC", "USD")
    assert (found.lot, found.calendar) == (Decimal("0.0001"), "24x7")
    order = msgspec.structs.replace(
        FRACTION, symbol="BTCUSD", qty=Decimal("0.0125"), time_in_force=TimeInForce.GTC
    )  # fmt: skip
    await broker.submit(order)
    bought = (await heard.one(Filled)).execution
    assert (bought.symbol, bought.last_qty, bought.last_px) == ("BTCUSD", Decimal("0.0125"), Decimal("60001.50"))
    assert [(p.symbol, p.qty) for p in await broker.positions()] == [("BTCUSD", Decimal("0.0125"))]
