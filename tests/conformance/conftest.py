"""The suite runs once for each adapter under test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from engine.protocol import BrokerAdapter
from tests.conformance.bench import Bench
from tests.conformance.benches import BENCHES
from tests.conformance.hearing import Reports


@pytest.fixture(params=BENCHES, ids=lambda bench: bench.name)
async def bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bench]:
    kind: type[Bench] = request.param
    async with kind.running(tmp_path_factory.mktemp("c")) as running:
        await running.quote("100.00", "100.02")
        yield running


@pytest.fixture
def reports() -> Reports:
    return Reports()


@pytest.fixture
async def adapter(bench: Bench, reports: Reports) -> AsyncIterator[BrokerAdapter]:
    """Connected."""
    adapter = bench.adapter()
    await adapter.connect(reports)
    yield adapter
    await adapter.disconnect()
