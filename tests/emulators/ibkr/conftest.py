from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from ib_insync import IB

from tests.emulators.ibkr.raw import Lab
from tests.emulators.ibkr.server import IbGateway


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    lab = Lab()
    yield lab
    await lab.close()


@pytest.fixture
async def gateway(lab: Lab) -> IbGateway:
    gateway = await lab.gateway()
    await gateway.quote("IBM", Decimal("99.98"), Decimal("100.02"))
    return gateway


@pytest.fixture
async def ib(gateway: IbGateway) -> AsyncIterator[IB]:
    """The broker's usual library, connected as client 7."""
    ib = IB()  # type: ignore[no-untyped-call]
    ib.client.MaxRequests = 0
    await ib.connectAsync("127.0.0.1", gateway.port, clientId=7)
    yield ib
    ib.disconnect()  # type: ignore[no-untyped-call]
