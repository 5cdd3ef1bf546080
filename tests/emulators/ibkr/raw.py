"""A client that knows nothing but frames: it sends fields and keeps what it hears."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.emulators.ibkr.server import IbGateway
from tests.emulators.ibkr.wire import fields_of, frame, split


class RawClient:
    """`heard`: every message so far, by its fields."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._buffer = b""
        self.heard: list[list[str]] = []

    @classmethod
    async def connect(cls, port: int, span: str = "v157..176") -> RawClient:
        client = cls(*await asyncio.open_connection("127.0.0.1", port))
        body = span.encode()
        client._writer.write(b"API\0" + len(body).to_bytes(4, "big") + body)
        return client

    def send(self, *fields: object) -> None:
        self._writer.write(frame(fields))

    async def next(self) -> list[str]:
        """The next message; empty at the end of the connection."""
        while True:
            bodies, _ = split(self._buffer)
            if bodies:
                self._buffer = self._buffer[4 + len(bodies[0]) :]
                self.heard.append(fields_of(bodies[0]))
                return self.heard[-1]
            try:
                data = await asyncio.wait_for(self._reader.read(65536), 5)
            except ConnectionError:
                return []
            if not data:
                return []
            self._buffer += data

    async def until(self, number: int) -> list[str]:
        """The next message with this number."""
        while True:
            fields = await self.next()
            if not fields or fields[0] == str(number):
                return fields

    async def all(self) -> list[list[str]]:
        """Everything up to now: the answer to a question for the time ends it."""
        self.send(49, 1)
        start = len(self.heard)
        await self.until(49)
        return self.heard[start:-1]

    async def close(self) -> None:
        self._writer.close()
        try:
            await self._writer.wait_closed()
        except ConnectionError:
            return


class Lab:
    """Gateways and clients of one test, ended with it."""

    def __init__(self) -> None:
        self._gateways: list[IbGateway] = []
        self._clients: list[RawClient] = []

    async def gateway(self, *, version: int = 176, **more: Any) -> IbGateway:
        gateway = IbGateway(version=version, **{"per_second": 100_000, **more})
        self._gateways.append(gateway)
        await gateway.start()
        return gateway

    async def connect(self, gateway: IbGateway, span: str = "v157..176") -> RawClient:
        """Connected, with the greeting under way."""
        return await self.connect_to(gateway.port, span)

    async def connect_to(self, port: int, span: str = "v157..176") -> RawClient:
        client = await RawClient.connect(port, span)
        self._clients.append(client)
        return client

    async def login(self, gateway: IbGateway, client_id: int = 1, span: str = "v157..176") -> RawClient:
        """Connected, and past the messages of the beginning."""
        client = await self.connect(gateway, span)
        await client.next()
        client.send(71, 2, client_id, "")
        for _ in range(3):
            await client.until(4)
        client.heard.clear()
        return client

    async def close(self) -> None:
        for client in self._clients:
            await client.close()
        for gateway in self._gateways:
            await gateway.stop()
