"""An emulator in the test's own event loop, and an adapter that is connected to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from brokers.alpaca.adapter import AlpacaBroker
from brokers.alpaca.settings import AlpacaSettings
from engine.model.enums import AssetClass
from engine.model.instrument import Instrument
from engine.model.secret import Secret
from tests.conformance.hearing import Reports
from tests.emulators.alpaca.server import AlpacaServer

KNOWN = {
    "IBM": Instrument("IBM"),
    "SPY": Instrument("SPY", AssetClass.ETF),
    "BTCUSD": Instrument("BTCUSD", AssetClass.CRYPTO, lot=Decimal("0.0001"), calendar="24x7", base="BTC"),
}


@pytest.fixture
async def server() -> AsyncIterator[AlpacaServer]:
    server = AlpacaServer(per_minute=100_000)
    await server.start()
    await server.quote("IBM", Decimal("99.98"), Decimal("100.02"))
    yield server
    await server.stop()


def broker_of(server: AlpacaServer) -> AlpacaBroker:
    """An adapter, as a new process would make it."""
    settings = AlpacaSettings(Secret(server.key), Secret(server.secret), server.url, timeout_s=2.0)
    return AlpacaBroker(settings, account=server.account_number, instruments=KNOWN)


@pytest.fixture
async def heard() -> Reports:
    """What the broker of the test reported."""
    return Reports()


@pytest.fixture
async def broker(server: AlpacaServer, heard: Reports) -> AsyncIterator[AlpacaBroker]:
    broker = broker_of(server)
    await broker.connect(heard)
    yield broker
    await broker.disconnect()
