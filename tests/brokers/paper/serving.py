"""A paper broker served on a real socket, in the test's own loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

from brokers.paper.faults import FaultScript, FaultyLink
from brokers.paper.keeper import ThreadKeeper
from brokers.paper.link import Latency, Link
from brokers.paper.messages import Answer
from brokers.paper.opening import open_books, restored_exchange
from brokers.paper.server import PaperServer, Wire
from brokers.paper.settings import PaperSettings
from brokers.paper.venue import PaperVenue
from engine.market.matching import never_closes
from engine.protocol import Report
from tests.brokers.paper.support import BAC, FAST, IBM, Clock


@asynccontextmanager
async def serving(
    folder: Path, clock: Clock, settings: PaperSettings = FAST, faults: FaultScript | None = None, rate: int = 1000
) -> AsyncIterator[PaperServer]:
    """A server on `folder`/s with books in `folder`/b."""
    books = open_books(folder / "b", settings)
    exchange = restored_exchange(books.load(), books, settings, [IBM, BAC], never_closes, Random(settings.seed))
    venue = PaperVenue(exchange, ThreadKeeper(books, asyncio.get_running_loop().call_soon_threadsafe), clock())
    latency = Latency(settings.latency_ms, Random(settings.seed))

    def faulty(on_answer: Callable[[int, Answer], None], on_report: Callable[[Report], None], wire: Wire) -> Link[int]:
        script = faults or FaultScript()
        return FaultyLink(venue, latency, clock, script, on_answer=on_answer, on_report=on_report, wire=wire)

    server = PaperServer(venue, latency, clock, market="TEST", open_link=None if faults is None else faulty, rate=rate)
    try:
        await server.listen(folder / "s")
        yield server
    finally:
        await server.close()
        venue.close()
