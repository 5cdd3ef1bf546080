"""The paper broker in the desk's own process, as a BrokerAdapter.

Its venue runs in the engine's event loop, its commits in a thread of their own. It fills on the market events
that the desk passes on. While the desk is down nothing fills: the venue lives from `connect` to `disconnect`.

Absence (AbsenceProof.NEW_SESSION): a request exists only in this process until it is in the books. A new
process finds the books released by the end of the old one, so nothing of the old session can still be
processed; within one process `connect` first waits until everything sent before was processed. So what a new
session doesn't find never will be.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import msgspec

from brokers.paper.books import BooksError, SqliteBooks
from brokers.paper.calls import PaperCalls
from brokers.paper.keeper import ThreadKeeper
from brokers.paper.link import Latency, Link
from brokers.paper.messages import Answer, Request
from brokers.paper.opening import open_books, restored_exchange
from brokers.paper.settings import PaperSettings
from brokers.paper.venue import PaperVenue
from engine.market.matching import HoursAt
from engine.model.instrument import Instrument
from engine.model.market import MarketEvent
from engine.protocol import AmbiguousError, Capabilities, Disconnected, NotConnectedError, Report, ReportSink

_Waiting = asyncio.Future[Answer]


class _Session:
    """One connection: who waits for an answer, and where the reports go."""

    def __init__(self, venue: PaperVenue, latency: Latency, now_ns: Callable[[], int], sink: ReportSink) -> None:
        self.sink = sink
        self.link: Link[_Waiting] = Link(venue, latency, now_ns, on_answer=self._on_answer, on_report=self._on_report)
        self._waiting: set[_Waiting] = set()

    async def ask(self, request: Request) -> Answer:
        """Whoever stops waiting stops only waiting: the request is on its way."""
        waiting: _Waiting = asyncio.get_running_loop().create_future()
        self._waiting.add(waiting)
        try:
            self.link.send(waiting, request)
            return await waiting
        finally:
            self._waiting.discard(waiting)

    def end(self, reason: str) -> None:
        """Nothing comes back any more: what was asked is ambiguous now."""
        self.link.close()
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_exception(AmbiguousError(reason))

    def _on_answer(self, waiting: _Waiting, answer: Answer) -> None:
        if not waiting.done():
            waiting.set_result(answer)

    def _on_report(self, report: Report) -> None:
        self.sink(report)


class PaperBroker(PaperCalls):
    """An account with its books in `path`. Raises BooksError when they can't be opened.

    now_ns is market time, wall_per_market how many wall seconds a market second takes (for the latency),
    hours the sessions by which day orders expire.
    """

    name = "paper"

    def __init__(
        self,
        path: Path,
        settings: PaperSettings,
        instruments: Sequence[Instrument],
        *,
        now_ns: Callable[[], int],
        hours: HoursAt,
        wall_per_market: Callable[[], float] = lambda: 1.0,
    ) -> None:
        self._path = path
        self._settings = settings
        self._capabilities = msgspec.structs.replace(super().capabilities(), fees=settings.fills.fees)
        self._instruments = tuple(instruments)
        self._now_ns = now_ns
        self._hours = hours
        # Apart from each other, so that the number of requests doesn't change which orders fill.
        self._luck = Random(settings.seed)
        self._latency = Latency(settings.latency_ms, Random(f"latency {settings.seed}"), wall_per_market)
        # Opened and read now, so that damaged books stop the start, and not the first order.
        self._books: SqliteBooks | None = open_books(path, settings)
        try:
            self._books.load()
        except BooksError:
            self._books.close()
            raise
        self._venue: PaperVenue | None = None
        self._session: _Session | None = None
        self._ended: _Session | None = None

    def capabilities(self) -> Capabilities:
        return self._capabilities

    # --- session --------------------------------------------------------------------------------------------

    async def connect(self, sink: ReportSink) -> None:
        """Open the account, or go on with it. Raises NotConnectedError when its books can't be opened."""
        self._end_session("a new session was opened")
        venue = self._venue
        if venue is not None and venue.failure is not None:
            self._release()
            venue = None
        if venue is not None and self._ended is not None:
            await self._ended.link.drained()
            self._ended = None
        if venue is None:
            try:
                venue = self._venue = self._open_venue()
            except BooksError as error:
                raise NotConnectedError(str(error)) from error
        self._session = _Session(venue, self._latency, self._now_ns, sink)

    async def disconnect(self) -> None:
        """End the session, let what was sent arrive, close the books."""
        self._end_session("disconnected")
        if self._ended is not None:
            await self._ended.link.drained()
            self._ended = None
        self._release()

    def drop(self, reason: str) -> None:
        """Lose the connection as a network does: answers and reports under way are lost, the broker goes on."""
        session = self._session
        if session is not None:
            self._end_session(reason)
            session.sink(Disconnected(self.name, reason, self._now_ns()))

    # --- market ---------------------------------------------------------------------------------------------

    def on_market(self, event: MarketEvent) -> None:
        """A market event, after the desk has seen it. Without an open account it passes by."""
        if self._venue is not None:
            self._venue.on_market(event)

    def on_time(self, now_ns: int) -> None:
        """Market time passed without an event; day orders may expire."""
        if self._venue is not None:
            self._venue.on_time(now_ns)

    # --- inside ---------------------------------------------------------------------------------------------

    async def _ask(self, request: Request) -> Answer:
        if self._session is None:
            raise NotConnectedError("not connected to the paper broker")
        return await self._session.ask(request)

    def _open_venue(self) -> PaperVenue:
        books = self._books
        if books is None:
            books = self._books = open_books(self._path, self._settings)
        exchange = restored_exchange(books.load(), books, self._settings, self._instruments, self._hours, self._luck)
        keeper = ThreadKeeper(books, asyncio.get_running_loop().call_soon_threadsafe)
        venue = PaperVenue(exchange, keeper, self._now_ns())
        venue.on_failure = self._on_failure
        return venue

    def _on_failure(self, error: BooksError) -> None:
        self.drop(str(error))

    def _end_session(self, reason: str) -> None:
        if self._session is not None:
            self._session.end(reason)
            self._ended, self._session = self._session, None

    def _release(self) -> None:
        if self._venue is not None:
            self._venue.close()
        elif self._books is not None:
            self._books.close()
        self._venue = self._books = self._ended = None
