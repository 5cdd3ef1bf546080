"""One client's connection: the greeting, the frames in both directions, the count of messages."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tests.emulators.ibkr.wire import NEWEST, OLDEST, WireError, fields_of, frame, split, versions

if TYPE_CHECKING:
    from tests.emulators.ibkr.server import IbGateway

PREFIX = b"API\0"
STRIKES = 3
"""So many messages too many, and the connection ends."""


class Session(asyncio.Protocol):
    """`client_id`: None until the client has said it. `captured`: where frames go instead of the socket."""

    def __init__(self, gateway: IbGateway) -> None:
        self.gateway = gateway
        self.version = 0
        self.client_id: int | None = None
        self.positions = False
        self.account = ""
        """Whose values it is subscribed to."""
        self.data_type = 1
        self.deaf_to: set[int] = set()
        """Numbers of orders that it hears nothing more of."""
        self.fates: dict[int, str] = {}
        """What became of orders that did not arrive in time: their children, behind them on the wire, share it."""
        self.captured: list[list[object]] | None = None
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._greeted = False
        self._recent: deque[float] = deque()
        self._strikes = 0

    # -- the socket -----------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.gateway.opened(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self.gateway.closed(self)

    def data_received(self, data: bytes) -> None:
        if self.gateway.faults.mute:
            return
        self._buffer += data
        try:
            if not self._greeted and not self._take_prefix():
                return
            bodies, self._buffer = split(self._buffer)
            for body in bodies:
                if self._transport is None or self._transport.is_closing():
                    return
                self._take(body)
        except WireError as error:
            self.say([4, 2, -1, 507, f"Bad Message Length: {error}"])
            self.close()

    def _take_prefix(self) -> bool:
        if len(self._buffer) < len(PREFIX):
            return False
        if not self._buffer.startswith(PREFIX):
            raise WireError("no greeting")
        self._buffer, self._greeted = self._buffer[len(PREFIX) :], True
        return True

    def _take(self, body: bytes) -> None:
        if not self.version:
            self._greet(*versions(body))
            return
        if not self._counts():
            return
        self.gateway.heard(self, fields_of(body))

    def _greet(self, oldest: int, newest: int) -> None:
        """The newest version that both sides know."""
        self.version = min(newest, self.gateway.version, NEWEST)
        if self.version < max(oldest, OLDEST) or self.gateway.weathers():
            self.close()
            return
        self.say([self.version, self.gateway.login_time()])

    def _counts(self) -> bool:
        """Whether this message is within the pace that the gateway allows."""
        now, recent = time.monotonic(), self._recent
        while recent and recent[0] <= now - 1:
            recent.popleft()
        recent.append(now)
        if len(recent) <= self.gateway.per_second:
            return True
        self._strikes += 1
        most = self.gateway.per_second
        self.error(
            -1, 100, f"Max rate of messages per second has been exceeded:max={most} rec={len(recent)} ({self._strikes})"
        )  # fmt: skip
        if self._strikes >= STRIKES:
            self.close()
        return False

    # -- what it hears --------------------------------------------------------------------------------------------

    def say(self, fields: Sequence[object]) -> None:
        if self.captured is not None:
            self.captured.append(list(fields))
            return
        self.write(frame(fields))

    def error(self, about: int, code: int, words: str) -> None:
        self.say([4, 2, about, code, words, *([""] if self.version >= 166 else [])])

    def write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def close(self) -> None:
        """In order: what was said arrives."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """A reset."""
        if self._transport is not None:
            self._transport.abort()

    @property
    def ready(self) -> bool:
        return self.client_id is not None and self._transport is not None
