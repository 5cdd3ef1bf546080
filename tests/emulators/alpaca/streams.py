"""The two streams: trade updates (JSON in text or binary frames) and market data (msgpack)."""

from __future__ import annotations

import asyncio
import contextlib
import json
from datetime import UTC, datetime
from typing import Any

import msgpack
from aiohttp import WSMsgType, web

from tests.emulators.alpaca.faults import Faults, scrambled

HEARD = {"new": "accepted", "held": "accepted", "fill": "filled", "partial_fill": "filled", "canceled": "canceled"}


def heard_as(update: dict[str, Any]) -> str:
    """The kind of update, as the script of faults calls it."""
    if update["event"] in ("new", "held") and update["order"]["replaces"]:
        return "replaced"
    return HEARD.get(update["event"], "")


class TradeUpdates:
    """One connection a key; a second is turned away at the handshake."""

    def __init__(self, key: str, secret: str, faults: Faults) -> None:
        self._key, self._secret = key, secret
        self._faults = faults
        self._socket: web.WebSocketResponse | None = None
        self._listens = False
        self._held: list[str] = []
        self._queue: asyncio.Queue[str] = asyncio.Queue()
        self._request: web.Request | None = None

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if self._socket is not None and not self._socket.closed:
            return web.Response(status=429)
        socket = web.WebSocketResponse(heartbeat=None)
        await socket.prepare(request)
        self._socket, self._request, self._listens = socket, request, False
        self._queue = asyncio.Queue()
        sender = asyncio.ensure_future(self._send_all(socket, self._queue))
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await self._answer(socket, json.loads(message.data))
        finally:
            sender.cancel()
            if self._socket is socket:
                self._socket = None
        return socket

    async def _answer(self, socket: web.WebSocketResponse, said: dict[str, Any]) -> None:
        data = said.get("data") or said
        if said.get("action") in ("authenticate", "auth"):
            known = (data.get("key_id", data.get("key")), data.get("secret_key", data.get("secret")))
            status = "authorized" if known == (self._key, self._secret) else "unauthorized"
            reply = {"stream": "authorization", "data": {"status": status, "action": "authenticate"}}
            await socket.send_json(reply)
        elif said.get("action") == "listen":
            self._listens = "trade_updates" in data.get("streams", [])
            await socket.send_json({"stream": "listening", "data": {"streams": data.get("streams", [])}})

    async def _send_all(self, socket: web.WebSocketResponse, queue: asyncio.Queue[str]) -> None:
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            while True:
                # In binary frames, as the real server does.
                await socket.send_bytes((await queue.get()).encode())

    def tell(self, update: dict[str, Any]) -> None:
        """Send an update on, in whatever state the script has for it."""
        if self._faults.silent:
            return
        kind = heard_as(update)
        fault = self._faults.next_update(kind) if kind else ""
        frame = json.dumps({"stream": "trade_updates", "data": update})
        if fault == "dropped":
            return
        if fault == "malformed":
            frame = frame[: len(frame) // 2]
        if fault == "novel":
            frame = json.dumps({"stream": "trade_updates", "data": scrambled(update, kind)})
        if fault == "delayed":
            asyncio.get_running_loop().call_later(0.2, self._put, frame)
            return
        if fault == "swapped":
            self._held.append(frame)
            asyncio.get_running_loop().call_later(0.3, self._flush)
            return
        self._put(frame)
        if fault == "twice":
            self._put(frame)
        self._flush()

    def _flush(self) -> None:
        held, self._held = self._held, []
        for frame in held:
            self._put(frame)

    def _put(self, frame: str) -> None:
        if self._listens:
            self._queue.put_nowait(frame)

    def cut(self) -> None:
        """Break the connection."""
        if self._request is not None and self._request.transport is not None:
            self._request.transport.abort()
        self._socket = None


class MarketData:
    """Quotes and trades of what was subscribed, in lists, with msgpack timestamps."""

    def __init__(self, key: str, secret: str) -> None:
        self._key, self._secret = key, secret
        self._open: dict[web.WebSocketResponse, set[str]] = {}
        self.refuses: tuple[int, str] | None = None
        """What a right key is told instead of a welcome, like (406, "connection limit exceeded")."""
        self.not_subscribed: set[str] = set()
        """Feeds that the account has no right to, like "sip"."""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await self._send(socket, [{"T": "success", "msg": "connected"}])
        authenticated = False
        try:
            async for message in socket:
                data = message.data
                said = msgpack.unpackb(data) if message.type is WSMsgType.BINARY else json.loads(data)
                if said.get("action") == "auth":
                    authenticated = (said.get("key"), said.get("secret")) == (self._key, self._secret)
                    if not authenticated:
                        await self._send(socket, [{"T": "error", "code": 402, "msg": "auth failed"}])
                        break
                    refuses = self.refuses
                    if request.path.rpartition("/")[2] in self.not_subscribed:
                        refuses = (409, "insufficient subscription")
                    if refuses is not None:
                        code, words = refuses
                        await self._send(socket, [{"T": "error", "code": code, "msg": words}])
                        break
                    self._open[socket] = set()
                    await self._send(socket, [{"T": "success", "msg": "authenticated"}])
                elif not authenticated:
                    await self._send(socket, [{"T": "error", "code": 401, "msg": "not authenticated"}])
                elif said.get("action") in ("subscribe", "unsubscribe"):
                    symbols = {*said.get("quotes", ()), *said.get("trades", ())}
                    if said["action"] == "subscribe":
                        self._open[socket] |= symbols
                    else:
                        self._open[socket] -= symbols
                    now = sorted(self._open[socket])
                    await self._send(socket, [{"T": "subscription", "quotes": now, "trades": now, "bars": []}])
        finally:
            self._open.pop(socket, None)
        return socket

    async def quote(self, symbol: str, bid: float, ask: float, bid_size: int, ask_size: int, ts_ns: int) -> None:
        """Publish one quote. Prices are floats on this wire."""
        at = msgpack.Timestamp(ts_ns // 1_000_000_000, ts_ns % 1_000_000_000)
        row = {"T": "q", "S": symbol, "bx": "V", "bp": bid, "bs": bid_size, "ax": "V", "ap": ask, "as": ask_size}
        await self._publish(symbol, {**row, "c": ["R"], "z": "C", "t": at})

    async def trade(self, symbol: str, px: float, size: int, ts_ns: int) -> None:
        """Publish one print."""
        at = msgpack.Timestamp(ts_ns // 1_000_000_000, ts_ns % 1_000_000_000)
        row = {"T": "t", "S": symbol, "i": ts_ns % 10**9, "x": "V", "p": px, "s": size, "c": ["@"], "z": "C", "t": at}
        await self._publish(symbol, row)

    async def _publish(self, symbol: str, row: dict[str, Any]) -> None:
        for socket, symbols in list(self._open.items()):
            if symbol in symbols or "*" in symbols:
                with contextlib.suppress(ConnectionError):
                    await self._send(socket, [row])

    async def _send(self, socket: web.WebSocketResponse, rows: list[dict[str, Any]]) -> None:
        await socket.send_bytes(msgpack.packb(rows))

    def cut(self) -> None:
        for socket in list(self._open):
            transport = socket._req.transport if socket._req is not None else None
            if transport is not None:
                transport.abort()

    @property
    def connected(self) -> int:
        return len(self._open)


def utc(ns: int) -> datetime:
    return datetime.fromtimestamp(ns / 1e9, UTC)
