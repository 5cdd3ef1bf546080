"""A served paper broker as a BrokerAdapter and, with its market, as a DataProvider.

Whatever happens after a request's bytes were handed to the socket (a reset, a time-out, the server's end) is
ambiguous. Absence (AbsenceProof.NEW_SESSION): the server welcomes a new session after it has processed or
thrown away all that it will ever process of the old one; see brokers.paper.server.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import msgspec

from brokers.paper import wire
from brokers.paper.calls import PaperCalls
from brokers.paper.messages import Answer, AskTime, Failed, Request, ServerTime
from engine.model.market import Bar, MarketEvent
from engine.protocol import (
    AmbiguousError,
    AuthError,
    Capabilities,
    Disconnected,
    Gap,
    MarketSink,
    NotConnectedError,
    Report,
    ReportSink,
)

_ANSWERS = get_args(Answer)
_EVENTS = get_args(MarketEvent)
_REPORTS = get_args(Report)
log = logging.getLogger("tradedesk.brokers.paper")


class _Session:
    """One open socket and whoever waits for an answer on it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.waiting: dict[int, asyncio.Future[Answer]] = {}
        self.numbers = 0
        self.task: asyncio.Task[None] | None = None

    def send(self, body: wire.Body) -> int:
        """Hand a line to the socket; returns its number. Raises NotConnectedError when it can't take any."""
        if self.writer.is_closing():
            raise NotConnectedError("the connection to the paper broker is closed")
        self.numbers += 1
        self.writer.write(wire.encode(self.numbers, body))
        return self.numbers

    def end(self, reason: str) -> None:
        """Nothing comes back any more: what was asked is ambiguous now."""
        self.writer.close()
        for waiting in self.waiting.values():
            if not waiting.done():
                waiting.set_exception(AmbiguousError(reason))


class RemotePaper(PaperCalls):
    """The account served at `path`. A request without an answer within `timeout_s` wall seconds is ambiguous."""

    name = "paper"
    page_size = 5_000

    def __init__(self, path: Path, *, account: str, timeout_s: float = 5.0) -> None:
        self._path = path
        self._account = account
        self._timeout_s = timeout_s
        self._session: _Session | None = None
        self._sinks: dict[str, MarketSink] = {}
        self._newest_ns = 0
        self._capabilities = super().capabilities()

    async def connect(self, sink: ReportSink) -> None:
        """Open a new session. Raises NotConnectedError, or AuthError for another account or protocol."""
        await self.disconnect()
        try:
            reader, writer = await asyncio.open_unix_connection(self._path, limit=wire.ANSWER_LIMIT)
        except OSError as error:
            raise NotConnectedError(f"no paper broker at {self._path}: {error.strerror or error}") from None
        session = _Session(reader, writer)
        try:
            async with asyncio.timeout(self._timeout_s):
                session.send(wire.Hello(wire.PROTOCOL, self._account))
                _, body = wire.decode(await reader.readline())
        except (OSError, TimeoutError, wire.WireError) as error:
            writer.close()
            raise NotConnectedError(f"the paper broker at {self._path} gave no welcome: {error}") from None
        except BaseException:  # whoever stops waiting leaves no open socket behind
            writer.close()
            raise
        if not isinstance(body, wire.Welcome):
            writer.close()
            reason = body.reason if isinstance(body, wire.Goodbye | Failed) else type(body).__name__
            raise AuthError(f"the paper broker at {self._path} refused: {reason}")
        self._session = session
        self._capabilities = msgspec.structs.replace(
            self._capabilities, max_requests_per_s=body.max_requests_per_s, fees=body.fees
        )
        self._send_subscription()
        session.task = asyncio.create_task(self._read(session, sink), name="paper-remote")

    async def disconnect(self) -> None:
        """Close the session; without one, nothing."""
        session, self._session = self._session, None
        if session is None:
            return
        session.end("disconnected")
        if session.task is not None:
            session.task.cancel()
            await asyncio.wait([session.task])
        with contextlib.suppress(OSError):
            await session.writer.wait_closed()

    def capabilities(self) -> Capabilities:
        """With the rate and the fees that the server published in its newest welcome."""
        return self._capabilities

    async def server_time_ns(self) -> int | None:
        """The server's wall clock."""
        return (await self._expect(AskTime(), ServerTime)).now_ns

    async def subscribe(self, symbols: Sequence[str], sink: MarketSink) -> None:
        """Deliver the server's quotes and prints of these symbols, in this session and the next ones."""
        self._sinks.update(dict.fromkeys(symbols, sink))
        self._send_subscription()

    async def close(self) -> None:
        """Deliver no more market events."""
        self._sinks.clear()

    # --- inside ---------------------------------------------------------------------------------------------

    async def _ask(self, request: Request) -> Answer:
        session = self._session
        if session is None:
            raise NotConnectedError("not connected to the paper broker")
        number = session.send(request)
        waiting = session.waiting[number] = asyncio.get_running_loop().create_future()
        try:
            return await asyncio.wait_for(waiting, self._timeout_s)
        except TimeoutError:
            raise AmbiguousError(f"the paper broker gave no answer within {self._timeout_s:g} s") from None
        finally:
            del session.waiting[number]

    async def _read(self, session: _Session, sink: ReportSink) -> None:
        reason = "the paper broker closed the connection"
        try:
            while line := await session.reader.readline():
                try:
                    number, body = wire.decode(line)
                except wire.WireError as error:
                    if not line.endswith(b"\n"):
                        raise  # the connection broke within it
                    self._unreadable(session, line, error, sink)
                    continue
                if isinstance(body, _ANSWERS):
                    waiting = session.waiting.get(number)
                    if waiting is not None and not waiting.done():
                        waiting.set_result(body)
                elif isinstance(body, _REPORTS):
                    sink(body)
                elif isinstance(body, _EVENTS):
                    self._deliver(body)
                elif isinstance(body, wire.Goodbye):
                    reason = f"the paper broker closed the connection: {body.reason}"
        except (OSError, ValueError, wire.WireError) as error:
            reason = f"the connection to the paper broker broke: {error}"
        session.end(reason)
        if self._session is session:
            self._session = None
            sink(Disconnected(self.name, reason, self._newest_ns))

    def _unreadable(self, session: _Session, line: bytes, error: wire.WireError, sink: ReportSink) -> None:
        """One line that can't be read ends neither the stream nor what it may have told: the books have that."""
        log.warning("the paper broker sent a line that can't be read: %s", error)
        waiting = session.waiting.get(wire.number_of(line))
        if waiting is None:
            sink(Gap(self.name, f"a line that can't be read: {error}", self._newest_ns))
        elif not waiting.done():
            waiting.set_exception(AmbiguousError(f"the paper broker's answer can't be read: {error}"))

    def _send_subscription(self) -> None:
        session = self._session
        if session is not None and self._sinks and not session.writer.is_closing():
            session.send(wire.Subscribe(tuple(self._sinks)))

    def _deliver(self, event: MarketEvent) -> None:
        self._newest_ns = event.end_ns if isinstance(event, Bar) else event.ts_ns
        sink = self._sinks.get(event.symbol)
        if sink is not None:
            sink(event)
