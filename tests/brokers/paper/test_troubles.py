"""The layer around the adapter on a real loop, against a served paper broker in trouble on its real socket."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest

from brokers.paper.faults import FaultScript
from brokers.paper.remote import RemotePaper
from brokers.paper.server import PaperServer
from engine import inputs as i
from engine.effects import CancelOrder, QueryOrder, SubmitOrder
from engine.model.enums import Side
from engine.protocol import Accepted, Connected, Disconnected, ThrottledError
from engine.resilience.settings import Resilience
from engine.risk.approval import stamp_approved
from engine.risk.gate import Gate
from engine.runtime.gateway import Gateway
from tests.brokers.paper.serving import serving
from tests.brokers.paper.support import ACCOUNT, START_NS, Clock, Reports, cancel, order, quote
from tests.engine.runtime.test_gateway import NoLatch


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short path: a socket's is limited."""
    return tmp_path_factory.mktemp("s")


class Line:
    """A gateway with a client of the served broker; `posted` is what the core would be told."""

    def __init__(self, folder: Path, timeout_s: float = 2) -> None:
        self.posted: list[Any] = []
        self._news = asyncio.Event()
        self.gateway = Gateway(
            RemotePaper(folder / "s", account=ACCOUNT, timeout_s=timeout_s),
            Gate(),
            NoLatch(),  # type: ignore[arg-type]
            self._post,
            time.time_ns,
            timeout_s=timeout_s,
            resilience=Resilience(retry_first_s=0.1, breaker_open_s=0.5, health_every_s=0.2),
            rng=Random(1),
        )

    def _post(self, item: object) -> None:
        self.posted.append(item)
        self._news.set()

    def submit(self, ident: str) -> None:
        wanted = order(ident, Side.BUY, 1, "90.00")
        self.gateway.submit(SubmitOrder(stamp_approved(wanted, 0, reducing=False)))

    def told(self, kind: type) -> list[Any]:
        return [item for item in self.posted if isinstance(item, kind)]

    async def until(self, done: Callable[[], object]) -> None:
        async with asyncio.timeout(60):
            while not done():
                self._news.clear()
                await self._news.wait()


@asynccontextmanager
async def line_to(folder: Path, timeout_s: float = 2) -> AsyncIterator[Line]:
    line = Line(folder, timeout_s)
    running = asyncio.create_task(line.gateway.run())
    try:
        await line.until(lambda: line.told(Connected))
        yield line
    finally:
        running.cancel()
        await line.gateway.close()


@asynccontextmanager
async def at_broker(
    folder: Path, rate: int = 1000, timeout_s: float = 2, **faults: Any
) -> AsyncIterator[tuple[Line, PaperServer]]:
    async with serving(folder, Clock(), faults=FaultScript(**faults), rate=rate) as server:
        server.deliver(quote(START_NS, "100.00", "100.02"))
        async with line_to(folder, timeout_s) as line:
            yield line, server


async def test_whatever_is_asked_the_broker_never_has_to_throttle_us(folder: Path) -> None:
    # Patient: on a busy machine an order that timed out would be in doubt, which is another story.
    async with at_broker(folder, rate=40, timeout_s=30) as (line, server):
        for number in range(100):
            line.submit(f"A{number}")
            line.gateway.query(QueryOrder(ACCOUNT, f"Q{number % 20}"))
        for number in range(0, 100, 3):
            line.gateway.cancel(CancelOrder(cancel(f"A{number}"), urgent=number % 2 == 0))

        def all_done() -> bool:
            ended = {w.cl_ord_id for w in line.told(i.Withheld)} | {a.cl_ord_id for a in line.told(Accepted)}
            return len(ended) == 100 and len({e.cl_ord_id for e in line.told(i.OrderEvidence)}) == 20

        await line.until(all_done)
        assert server.throttled == 0


async def test_a_server_throttles_a_client_that_does_not_keep_to_its_rate(folder: Path) -> None:
    async with serving(folder, Clock(), rate=5) as server:
        client = RemotePaper(folder / "s", account=ACCOUNT)
        await client.connect(Reports())
        assert client.capabilities().max_requests_per_s == 5
        for _ in range(5):
            await client.positions()
        with pytest.raises(ThrottledError, match="more than 5 requests a second") as caught:
            await client.positions()
        wait_s = caught.value.retry_after_s
        assert wait_s is not None
        await asyncio.sleep(wait_s + 0.01)
        assert await client.positions() == []
        assert server.throttled == 1
        await client.disconnect()


async def test_a_throttled_order_is_dead_and_not_sent_again(folder: Path) -> None:
    async with at_broker(folder, next_of={"BrokerOrder": ["throttle"]}) as (line, _):
        line.submit("A")
        line.submit("B")
        await line.until(lambda: line.told(Accepted))

        (failed,) = line.told(i.SubmitFailed)
        assert (failed.cl_ord_id, failed.cause) == ("A", "throttled")
        assert [accepted.cl_ord_id for accepted in line.told(Accepted)] == ["B"]
        line.gateway.query(QueryOrder(ACCOUNT, "A"))
        await line.until(lambda: line.told(i.OrderEvidence))
        assert line.told(i.OrderEvidence)[0].order is None


async def test_five_server_errors_open_the_breaker_and_a_read_closes_it(folder: Path) -> None:
    async with at_broker(folder, next_of={"BrokerOrder": ["error"] * 5}) as (line, _):
        for number in range(5):
            line.submit(f"A{number}")
        await line.until(lambda: line.told(i.BreakerMoved))
        line.submit("withheld")

        assert [(w.cl_ord_id, w.cause) for w in line.told(i.Withheld)] == [("withheld", "breaker")]
        assert len(line.told(i.SubmitUnknown)) == 5
        await line.until(lambda: len(line.told(i.BreakerMoved)) == 3)
        assert [moved.state for moved in line.told(i.BreakerMoved)] == ["open", "half-open", "closed"]
        line.submit("B")
        await line.until(lambda: "B" in {accepted.cl_ord_id for accepted in line.told(Accepted)})


@pytest.mark.parametrize(("off_ms", "level"), [(0, "ok"), (900, "warn"), (-4000, "stop")])
async def test_the_brokers_clock_is_measured_over_the_socket(folder: Path, off_ms: int, level: str) -> None:
    async with at_broker(folder, clock_off_ms=off_ms) as (line, _):
        await line.until(lambda: line.told(i.SkewMoved))

        (moved,) = line.told(i.SkewMoved)
        assert moved.level == level
        assert abs(moved.skew_ns / 1e6 - off_ms) < 300


async def test_a_cancel_whose_answer_never_comes_is_sent_again(folder: Path) -> None:
    async with at_broker(folder, requests={2: "lose"}) as (line, _):
        line.submit("A")
        await line.until(lambda: line.told(Accepted))
        line.gateway.cancel(CancelOrder(cancel("A")))
        await line.until(lambda: [r for r in line.posted if type(r).__name__ == "Canceled"])

        assert [failed.ambiguous for failed in line.told(i.CancelFailed)] == [True]


async def test_a_broker_that_is_started_again_is_used_within_five_seconds(folder: Path) -> None:
    async with serving(folder, Clock()) as server:
        context = line_to(folder)
        line = await context.__aenter__()
        await server.close()
    await line.until(lambda: line.told(Disconnected))
    await asyncio.sleep(2.5)
    async with serving(folder, Clock()):
        began = time.monotonic()
        await line.until(lambda: len(line.told(Connected)) == 2)
        assert time.monotonic() - began < 5
        line.submit("A")
        await line.until(lambda: line.told(Accepted))
        await context.__aexit__(None, None, None)
