"""Gateways over a broker that fails as it is told to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.protocol import (
    Connected,
)
from tests.engine.runtime.resilient import Desk
from tests.simulation.loop import VirtualLoop


@pytest.fixture
def desk() -> Iterator[Desk]:
    yield from _desk(50)


@pytest.fixture
def slow_desk() -> Iterator[Desk]:
    """At a broker that takes five requests a second."""
    yield from _desk(5)


def _desk(rate: int) -> Iterator[Desk]:
    with VirtualLoop() as loop:
        desk = Desk(loop, rate)
        desk.run(0.1)
        assert desk.told(Connected)
        yield desk
        desk.running.cancel()
        desk.gateway.stop()
        desk.run()
        assert not loop.errors
