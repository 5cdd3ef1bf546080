"""One connection: lines of JSON on a socket. A request has a number that its answer repeats; news has none.

What each end of a request proves is decided here, once:
* no session, or the socket is closed: NotConnectedError, nothing was handed over;
* no answer in time, the connection broke, an answer that can't be read, an error that says nothing: AmbiguousError;
* the broker said no: RefusedError or one of its kin.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from typing import Any, Final

from brokers.template.settings import TemplateSettings
from brokers.template.words import Row
from engine.protocol import AmbiguousError, AuthError, BrokerError, NotConnectedError, RefusedError, ThrottledError


class UnknownOrderError(RefusedError):
    """The broker has nothing of that name."""


ERRORS: Final[dict[str, type[BrokerError]]] = {
    "LOGIN": AuthError,
    "REFUSED": RefusedError,
    "NOT_FOUND": UnknownOrderError,
    # Refused is only the second copy of the id: the first one may live, so that this is no refusal of the order.
    "ID_USED": AmbiguousError,
    "INTERNAL": AmbiguousError,
}


class Link:
    """`on_news`: told of every line that is no answer, in order; None for one that can't be read. `on_end`: told once
    why the connection ended, unless `close` ended it."""

    def __init__(
        self,
        settings: TemplateSettings,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        on_news: Callable[[Row | None], None],
        on_end: Callable[[str], None],
    ) -> None:
        self._settings = settings
        self._reader, self._writer = reader, writer
        self._on_news, self._on_end = on_news, on_end
        self._waiting: dict[int, asyncio.Future[Row]] = {}
        self._numbers = 0
        self._task = asyncio.create_task(self._read(), name="template-link")

    @classmethod
    async def open(
        cls, settings: TemplateSettings, on_news: Callable[[Row | None], None], on_end: Callable[[str], None]
    ) -> Link:
        """Connect and log in. Raises NotConnectedError, or AuthError when the broker does not know us."""
        try:
            async with asyncio.timeout(settings.connect_s):
                reader, writer = await asyncio.open_connection(settings.host, settings.port)
        except (OSError, TimeoutError) as error:
            raise NotConnectedError(f"no broker at {settings.host}:{settings.port}: {error}") from None
        link = cls(settings, reader, writer, on_news, on_end)
        try:
            await link.ask("login", user=settings.user, token=settings.token)
        except BaseException as error:
            await link.close()
            if isinstance(error, AmbiguousError):
                raise NotConnectedError(f"the broker gave no welcome: {error}") from None
            raise
        return link

    @property
    def ended(self) -> bool:
        return self._task.done() or self._writer.is_closing()

    async def ask(self, do: str, **fields: Any) -> Any:
        """Make a request; what the broker answered."""
        if self.ended:
            raise NotConnectedError("the connection to the broker is closed")
        self._numbers += 1
        number = self._numbers
        # From here on the bytes are handed over: whatever happens but a clear answer is ambiguous.
        self._writer.write(json.dumps({"n": number, "do": do, **fields}).encode() + b"\n")
        waiting = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(self._settings.timeout_s):
                return _outcome(await waiting)
        except TimeoutError:
            raise AmbiguousError(f"the broker gave no answer within {self._settings.timeout_s:g} s") from None
        finally:
            del self._waiting[number]

    async def close(self) -> None:
        """End it; whoever waits for an answer is in doubt."""
        self._task.cancel()
        await asyncio.wait([self._task])
        self._end("the connection was closed before the answer")
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    def _end(self, reason: str) -> None:
        self._writer.close()
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(AmbiguousError(reason))

    async def _read(self) -> None:
        reason = "the broker closed the connection"
        try:
            while line := await self._reader.readline():
                self._take(line)
        except (OSError, ValueError) as error:
            reason = f"the connection to the broker broke: {error}"
        self._end(reason)
        self._on_end(reason)

    def _take(self, line: bytes) -> None:
        """One line. Nothing in it may end the stream."""
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        if not isinstance(row, dict):
            self._on_news(None)
        elif "n" not in row:
            self._on_news(row)
        elif (waiting := self._waiting.get(row["n"])) is not None and not waiting.done():
            waiting.set_result(row)


def _outcome(answer: Row) -> Any:
    """What was answered, or the error that it stands for."""
    if "ok" in answer:
        return answer["ok"]
    code, text = str(answer.get("error")), str(answer.get("text", ""))
    if code == "BUSY":
        wait_s = answer.get("wait_s")
        raise ThrottledError(text, retry_after_s=float(wait_s) if isinstance(wait_s, int | float) else None)
    # A code that nobody knows proves nothing.
    raise ERRORS.get(code, AmbiguousError)(f"{code}: {text}")
