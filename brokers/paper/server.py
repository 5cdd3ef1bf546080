"""Serves a paper venue on a Unix socket, so that the broker outlives the desk.

One session at a time: a new one ends the old one. That a not-found answer on a new session proves absence
(AbsenceProof.NEW_SESSION) stands on this order of events when a new client says hello:
1. the old session's reading task is ended: from now on no request of it can be read; what was sent but not
read dies with its socket; 2. every request that it had read is processed and committed (`Link.drained`),
answered or not; 3. only then the new client is welcomed. So what the venue doesn't know after a welcome, it
will never get to know.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
import time
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, Protocol, get_args

from brokers.paper import wire
from brokers.paper.link import Latency, Link
from brokers.paper.messages import Answer, Failed, FailureKind, Request
from brokers.paper.venue import PaperVenue
from engine.model.market import MarketEvent
from engine.model.order import BrokerOrder
from engine.protocol import Report

_REQUESTS: Final = get_args(Request)
_HELLO_TIMEOUT_S: Final = 5.0
#: Bytes that a client may leave unread before it misses quotes, and before it is cut off.
_SLOW: Final = 1 << 20
_STUCK: Final = 1 << 26


class Wire(Protocol):
    """One client's connection below the protocol, for links that break it on purpose."""

    def raw(self, line: bytes) -> None:
        """Send bytes as they are."""
        ...

    def hang_up(self) -> None:
        """End the connection after what was sent."""
        ...

    def cut(self) -> None:
        """Drop the connection as a broken network does: what was not sent yet is lost."""
        ...


OpenLink = Callable[[Callable[[int, Answer], None], Callable[[Report], None], Wire], Link[int]]
"""Makes the link of a session from what takes answers, what takes reports, and the connection itself."""


class SocketError(Exception):
    """The socket can't be listened on. One line that names it and what was expected."""


class _Client:
    """One connection, from its welcome on."""

    def __init__(self, writer: asyncio.StreamWriter, task: asyncio.Task[None]) -> None:
        self.symbols: set[str] = set()
        self.task = task
        self.link: Link[int] | None = None
        self._writer = writer
        self._taken: deque[float] = deque()

    def send(self, no: int, body: wire.Body) -> None:
        """Send a line; a client that reads nothing for too long is cut off."""
        if not self._writer.is_closing():
            self._writer.write(wire.encode(no, body))
            if self._writer.transport.get_write_buffer_size() > _STUCK:
                self.cut()

    def over_rate(self, rate: int) -> float:
        """Count a request; 0, or after how many seconds the next one is taken."""
        now, taken = time.monotonic(), self._taken
        while taken and taken[0] <= now - 1.0:
            taken.popleft()
        if len(taken) >= rate:
            return taken[0] + 1.0 - now
        taken.append(now)
        return 0.0

    def show(self, event: MarketEvent) -> None:
        """Send a market event to a client that wants it and keeps up."""
        if event.symbol in self.symbols and self._writer.transport.get_write_buffer_size() < _SLOW:
            self.send(0, event)

    def on_report(self, report: Report) -> None:
        """Send a report."""
        self.send(0, report)

    def raw(self, line: bytes) -> None:
        """Send bytes as they are."""
        if not self._writer.is_closing():
            self._writer.write(line)

    def hang_up(self) -> None:
        """End the connection after what was sent."""
        self._writer.close()

    def cut(self) -> None:
        """Drop the connection as a broken network does: what was not sent yet is lost."""
        self._writer.transport.abort()


class PaperServer:
    """`venue` on the socket `path` (0600). Raises SocketError when another server listens there."""

    def __init__(
        self,
        venue: PaperVenue,
        latency: Latency,
        now_ns: Callable[[], int],
        *,
        market: str,
        open_link: OpenLink | None = None,
        rate: int = 1000,
        want: Callable[[Iterable[str]], None] | None = None,
    ) -> None:
        """`market` is shown to clients; `open_link` replaces the plain link (faults). `rate`: requests of one session
        in any second; more are throttled. `want` hears which symbols a client watches or trades."""
        self.throttled = 0
        """Requests refused for their rate."""
        self._rate = rate
        self.occupied = asyncio.Event()
        """Set while a client is connected."""
        self._venue = venue
        self._latency = latency
        self._now_ns = now_ns
        self._market = market
        self._open_link = open_link or self._plain_link
        self._want = want
        self._server: asyncio.Server | None = None
        self._path: Path | None = None
        self._sessions = 0
        self._newest: _Client | None = None
        self._turn = asyncio.Lock()

    async def listen(self, path: Path) -> None:
        """Start to accept clients."""
        _remove_stale(path)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            # The mode is set before anybody can connect: nothing accepts until the server listens.
            listener.bind(str(path))
            os.chmod(path, 0o600)
        except OSError as error:
            listener.close()
            raise SocketError(f"socket {path}: {error.strerror or error}") from None
        self._path = path
        self._server = await asyncio.start_unix_server(self._on_connection, sock=listener, limit=wire.REQUEST_LIMIT)

    async def close(self, reason: str = "the paper broker is shutting down") -> None:
        """Accept nobody, end the session after what it had sent was processed, remove the socket."""
        if self._server is not None:
            self._server.close()
        if self._path is not None:
            self._path.unlink(missing_ok=True)
        async with self._turn:
            await self._end_newest(reason)

    def deliver(self, event: MarketEvent) -> None:
        """A market event: to the client first, as a real feed would, then to the venue."""
        client = self._newest
        if client is not None and client.symbols:
            client.show(event)
        self._venue.on_market(event)

    # --- sessions -------------------------------------------------------------------------------------------

    async def _on_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a connection is served by a task")
        client = _Client(writer, task)
        try:
            async with asyncio.timeout(_HELLO_TIMEOUT_S):
                _, hello = wire.decode(await reader.readline())
            refusal = self._refuse(hello)
            if refusal is not None:
                client.send(0, wire.Goodbye(refusal))
                return
            async with self._turn:
                await self._end_newest("a newer session was opened")
                self._welcome(client)
            await self._read(reader, client)
        except wire.WireError as error:
            client.send(0, wire.Goodbye(str(error)))
        except (OSError, TimeoutError, ValueError):
            client.send(0, wire.Goodbye("not a client of this protocol"))
        finally:
            if client.link is not None:
                client.link.close()
            if self._newest is client:
                self.occupied.clear()
            writer.close()

    def _refuse(self, hello: wire.Body) -> str | None:
        account = self._venue.exchange.account
        if not isinstance(hello, wire.Hello) or hello.protocol != wire.PROTOCOL:
            return f"expected a hello of protocol {wire.PROTOCOL}"
        if hello.account != account:
            return f"this is account {account}, not {hello.account}"
        return None

    def _welcome(self, client: _Client) -> None:
        self._sessions += 1
        client.send(
            0,
            wire.Welcome(
                wire.PROTOCOL,
                self._venue.exchange.account,
                self._sessions,
                self._market,
                self._rate,
                self._venue.exchange.fees,
            ),
        )
        client.link = self._open_link(client.send, client.on_report, client)
        self._newest = client
        self.occupied.set()

    async def _read(self, reader: asyncio.StreamReader, client: _Client) -> None:
        while line := await reader.readline():
            no, body = wire.decode(line)
            if isinstance(body, _REQUESTS):
                wait_s = client.over_rate(self._rate)
                if wait_s:
                    self.throttled += 1
                    client.send(no, Failed(FailureKind.THROTTLED, f"more than {self._rate} requests a second", wait_s))
                elif client.link is not None:
                    if self._want is not None and isinstance(body, BrokerOrder):
                        self._want((body.symbol, *(leg.symbol for leg in body.legs)))
                    client.link.send(no, body)
            elif isinstance(body, wire.Subscribe):
                client.symbols.update(body.symbols)
                if self._want is not None:
                    self._want(body.symbols)
            else:
                raise wire.WireError(f"{type(body).__name__} is not a request")

    async def _end_newest(self, reason: str) -> None:
        client = self._newest
        if client is None:
            return
        self._newest = None
        if not client.task.done():
            client.send(0, wire.Goodbye(reason))
            client.task.cancel()
            await asyncio.wait([client.task])
        if client.link is not None:
            await client.link.drained()

    def _plain_link(
        self,
        on_answer: Callable[[int, Answer], None],
        on_report: Callable[[Report], None],
        wire: Wire,
    ) -> Link[int]:
        return Link(self._venue, self._latency, self._now_ns, on_answer=on_answer, on_report=on_report)


def _remove_stale(path: Path) -> None:
    """Remove a socket that nobody listens on; one that somebody does is not ours to take."""
    if not path.is_socket():
        if path.exists():
            raise SocketError(f"socket {path}: there is a file that is no socket; expected a free path")
        return
    with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as probe:
        refused = probe.connect_ex(str(path))
    if refused != errno.ECONNREFUSED:
        raise SocketError(f"socket {path}: another paper broker listens there")
    path.unlink(missing_ok=True)
