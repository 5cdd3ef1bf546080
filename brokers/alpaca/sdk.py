"""The only import of alpaca-py, and what is set right in it.

* REST: no retries of its own (it would send a POST again, and sleep in between), a time-out for every request, numbers
  as the strings that the wire has (`raw_data`), no proxy from the environment for the loopback.
* Streams: its connect, log-in and subscription are used, its endless loop is not: that would hide a lost connection,
  and every report that was missed meanwhile, from the desk.
"""

from __future__ import annotations

import functools
import json
import re
import warnings
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from requests.exceptions import ConnectionError as RequestsConnectionError
from requests.exceptions import ConnectTimeout, RequestException

with warnings.catch_warnings():
    # alpaca-py 0.44 uses a part of websockets that is going to be taken out; the lock holds one that has it.
    warnings.simplefilter("ignore", DeprecationWarning)
    import msgpack  # type: ignore[import-untyped]
    import websockets
    from alpaca.common.exceptions import APIError
    from alpaca.common.rest import RESTClient
    from alpaca.data.historical.crypto import CryptoHistoricalDataClient
    from alpaca.data.historical.stock import StockHistoricalDataClient
    from alpaca.data.live.stock import StockDataStream
    from alpaca.trading.client import TradingClient
    from alpaca.trading.stream import TradingStream
    from websockets.exceptions import InvalidStatus, WebSocketException
    from websockets.legacy.exceptions import InvalidStatusCode

from brokers.alpaca.board import trouble_in_words
from brokers.alpaca.settings import AlpacaSettings, Board
from brokers.alpaca.trouble import in_words
from engine.protocol import (
    AmbiguousError,
    AuthError,
    BrokerError,
    NotConnectedError,
    RefusedError,
    ThrottledError,
)

LOOPBACK = ("127.0.0.1", "localhost", "::1")
UNSENT = ("NewConnectionError", "Failed to establish", "NameResolutionError", "CERTIFICATE_VERIFY_FAILED")
"""Of the words of an error: no connection came about, so nothing was sent."""
BUSINESS = ("403", "422")
"""How the codes of what an account may not do begin (buying power, shares held, short sales ...)."""
TOO_MANY: Final = 429
"""The status of an answer that asks for patience; it often has no body."""
OF_THE_KEY = re.compile("forbidden|authori|access|key|credential|no reason given", re.IGNORECASE)
__all__ = [
    "Client",
    "CryptoDataClient",
    "DataClient",
    "MarketFrames",
    "NotFoundError",
    "Updates",
    "WebSocketException",
    "websockets",
]


class NotFoundError(RefusedError):
    """The broker answers that there is no such thing (HTTP 404)."""


class Rest:
    """A client of the SDK, for one thread, that makes one request when it is asked for one."""

    def __init__(self, client: RESTClient, url: str, settings: AlpacaSettings) -> None:
        self._client = client
        self._settings, self._url = settings, url
        client._retry = 0
        session = client._session
        if urlsplit(url).hostname in LOOPBACK:
            session.trust_env = False
        session.request = functools.partial(session.request, timeout=settings.timeout_s)  # type: ignore[method-assign]

    def ask(self, method: str, path: str, data: dict[str, Any] | None = None) -> Any:
        """One request; `path` after the version. Raises a BrokerError that says what is known of its fate."""
        try:
            return self._asked(method, path, data)
        except BrokerError as error:
            error.args = (self._settings.without_secrets(str(error)),)
            raise

    def _asked(self, method: str, path: str, data: dict[str, Any] | None) -> Any:
        try:
            return self._client._request(method, path, data)
        except APIError as error:
            raise _said(error) from None
        except RequestsConnectionError as error:
            text = f"{error!r} {error}"
            if isinstance(error, ConnectTimeout) or any(word in text for word in UNSENT):
                raise NotConnectedError(f"Alpaca can't be reached at {self._url}: {in_words(error)}") from None
            raise AmbiguousError(f"the connection to Alpaca broke: {in_words(error)}") from None
        except (RequestException, ValueError) as error:
            # Also an answer of success that is no JSON: it was taken, and what became of it is not known.
            raise AmbiguousError(f"Alpaca's answer can't be read: {in_words(error)}") from None


class Client(Rest):
    """The trading side."""

    def __init__(self, settings: AlpacaSettings) -> None:
        key, secret = settings.key.reveal(), settings.secret.reveal()
        client = TradingClient(key, secret, paper=True, raw_data=True, url_override=settings.base_url)
        super().__init__(client, settings.base_url, settings)


class DataClient(Rest):
    """Market data of stocks."""

    def __init__(self, settings: AlpacaSettings) -> None:
        url = settings.data_rest_url
        key, secret = settings.key.reveal(), settings.secret.reveal()
        client = StockHistoricalDataClient(key, secret, raw_data=True, url_override=url)
        super().__init__(client, url, settings)


class CryptoDataClient(Rest):
    """Market data of crypto."""

    def __init__(self, settings: AlpacaSettings) -> None:
        url = settings.data_rest_url
        key, secret = settings.key.reveal(), settings.secret.reveal()
        client = CryptoHistoricalDataClient(key, secret, raw_data=True, url_override=url)
        super().__init__(client, url, settings)


def _said(error: APIError) -> BrokerError:
    """What an HTTP error proves. The body may be JSON with or without a code, HTML, or empty."""
    response = getattr(error, "response", None)
    status = response.status_code if response is not None else None
    words, code = str(error).strip(), 0
    try:
        body = json.loads(words)
        words, code = str(body.get("message", words)), body.get("code") or 0
    except (ValueError, AttributeError):
        words = _no_json(words, status)
    text = f"Alpaca: {words} (HTTP {status})"
    match status:
        case 401:
            return AuthError(text)
        case 403 if not str(code).startswith(BUSINESS) and OF_THE_KEY.search(words):
            # Of a key there is no code; what the account may not do comes with one, whatever the words.
            return AuthError(text)
        case 404:
            return NotFoundError(text)
        case 429:
            return ThrottledError(text, retry_after_s=_retry_after(response))
        case 422 if "client_order_id must be unique" in words:
            return AmbiguousError(f"{text}: an order with this id is there already")
        case None:
            return AmbiguousError(text)
        case _ if 400 <= status < 500:
            return RefusedError(text)
        case _:
            return AmbiguousError(text)


def _no_json(body: str, status: int | None) -> str:
    """What is told of an answer that is no JSON. A page of a proxy in between says nothing that its status doesn't."""
    if body and not body.startswith("<"):
        return body[:120]
    if status == TOO_MANY:
        return "too many requests"
    return "a page and no answer, as of a proxy in between" if body else "no reason given"


def _retry_after(response: requests.Response | None) -> float | None:
    try:
        return float(response.headers["Retry-After"]) if response is not None else None
    except (KeyError, ValueError):
        return None


class Updates:
    """The stream of trade updates: one connection, frames as they come."""

    def __init__(self, settings: AlpacaSettings) -> None:
        key, secret = settings.key.reveal(), settings.secret.reveal()
        self._stream = TradingStream(key, secret, paper=True, raw_data=True, url_override=settings.updates_url)

    async def open(self) -> None:
        """Connect, log in, listen. Raises AuthError or NotConnectedError."""

        async def handler(update: object) -> None:
            """The SDK subscribes for whoever has a handler; frames are read by `frames`."""

        self._stream.subscribe_trade_updates(handler)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                await self._stream._connect()  # type: ignore[no-untyped-call]
            await self._stream._auth()  # type: ignore[no-untyped-call]
            await self._stream._subscribe_trade_updates()
        except ValueError as error:
            await self.close()
            raise AuthError(f"Alpaca's stream of trade updates refused the key: {error}") from None
        except (InvalidStatusCode, InvalidStatus) as error:
            status = getattr(error, "status_code", None)
            await self.close()
            if status == 429:
                words = "another connection of this key is open: one is all that Alpaca allows"
                raise NotConnectedError(f"Alpaca's stream of trade updates: {words}") from None
            raise NotConnectedError(f"Alpaca's stream of trade updates: {in_words(error)}") from None
        except (OSError, WebSocketException, AttributeError, TypeError) as error:
            await self.close()
            raise NotConnectedError(f"Alpaca's stream of trade updates: {in_words(error)}") from None

    async def frames(self) -> AsyncIterator[str | bytes]:
        """Each frame, until the connection ends. Raises OSError or WebSocketException when it breaks."""
        socket: Any = self._stream._ws
        while socket is not None:
            yield await socket.recv()

    async def close(self) -> None:
        try:
            await self._stream.close()
        except (OSError, WebSocketException):
            self._stream._ws = None


class MarketFrames:
    """One stream of market data: quotes, trades and, of stocks, trading statuses; rows as they come. (The SDK's class
    for stocks speaks to all of them: they differ in address and in what there is to subscribe to.)"""

    def __init__(self, settings: AlpacaSettings, board: Board = "stocks") -> None:
        key, secret = settings.key.reveal(), settings.secret.reveal()
        self._board: Board = board
        self._without_secrets = settings.without_secrets
        self._in_words = functools.partial(trouble_in_words, board=board, settings=settings)
        self._stream = StockDataStream(key, secret, raw_data=True, url_override=settings.market_url(board))

    async def open(self) -> None:
        """Connect and log in. Raises AuthError or NotConnectedError."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                await self._stream._start_ws()
        except ValueError as error:
            await self.close()
            words = self._without_secrets(str(error))
            kind = AuthError if "auth" in words or "subscription" in words else NotConnectedError
            raise kind(self._in_words(words)) from None
        except (OSError, WebSocketException, KeyError, IndexError, TypeError) as error:
            await self.close()
            raise NotConnectedError(f"Alpaca's market data: {in_words(error)}") from None

    async def listen(self, symbols: Sequence[str]) -> None:
        """Ask for quotes, trades and statuses of these, besides what was asked for. Raises OSError and the like."""
        socket: Any = self._stream._ws
        if socket is not None and symbols:
            wanted = list(symbols)
            request = {"action": "subscribe", "quotes": wanted, "trades": wanted}
            if self._board == "stocks":
                request["statuses"] = wanted
            await socket.send(msgpack.packb(request))

    async def rows(self) -> AsyncIterator[dict[str, Any]]:
        """Each row, until the connection ends. A frame that can't be read raises ValueError."""
        socket: Any = self._stream._ws
        while socket is not None:
            for row in msgpack.unpackb(await socket.recv()):
                yield row

    async def close(self) -> None:
        try:
            await self._stream.close()
        except (OSError, WebSocketException):
            self._stream._ws = None
