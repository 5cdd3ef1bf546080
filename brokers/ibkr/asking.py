"""Questions to TWS: rows until the message that ends them.

Some listings have no number, so that a late answer could be taken for the next one's: when one of these stays
unanswered its session is of no use any more, and `sick` is called. No answer is never an empty one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from brokers.ibkr.codes import Meaning, meaning_of
from brokers.ibkr.messages import (
    DetailsSeen,
    Ended,
    ErrorSeen,
    ExecutionSeen,
    Message,
    OrderSeen,
    PositionSeen,
    StatusSeen,
    TimeSeen,
    Unreadable,
    ValueSeen,
)
from brokers.ibkr.pacing import Lane, Pacer
from engine.protocol import AmbiguousError, BrokerError, RefusedError, ThrottledError

SPOILT: Final = ("orders", "positions")
"""Of these a late answer would be taken for the next one's."""
#: Which message number of the wire belongs to which unnumbered listing.
_ROWS_OF: Final = {"orders": ("5", "3"), "completed": ("101",), "positions": ("61",), "executions": ("11",)}


class NoSuchError(RefusedError):
    """TWS knows no such thing."""


class _Question:
    """One that is under way."""

    __slots__ = ("done", "rows")

    def __init__(self) -> None:
        self.rows: list[Message] = []
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def end(self, error: BrokerError | None = None) -> None:
        if self.done.done():
            return
        if error is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(error)
            self.done.exception()  # seen, should nobody wait any more


class Asking:
    """Of one session."""

    def __init__(self, pacer: Pacer, timeout_s: float, sick: Callable[[str], None]) -> None:
        self._pacer = pacer
        self._timeout_s = timeout_s
        self._sick = sick
        self._open: dict[tuple[str, int], _Question] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self.silent_about: set[str] = set()
        """What was asked for in this session and not answered: some gateways know fewer questions than others."""
        self._times: list[asyncio.Future[int]] = []

    async def unnumbered(self, what: str, send: Callable[[], None]) -> list[Message]:
        """The rows of a listing of which there is one at a time."""
        async with self._locks.setdefault(what, asyncio.Lock()):
            return await self._ask((what, -1), send)

    async def numbered(self, what: str, req_id: int, send: Callable[[], None]) -> list[Message]:
        """The rows of the question with this number. Raises NoSuchError where TWS knows nothing of that kind."""
        return await self._ask((what, req_id), send)

    async def _ask(self, key: tuple[str, int], send: Callable[[], None]) -> list[Message]:
        await self._pacer.turn(Lane.QUESTION)
        question = self._open[key] = _Question()
        try:
            send()
            done, _ = await asyncio.wait((question.done,), timeout=self._timeout_s)
            if not done:
                why = f"TWS did not answer within {self._timeout_s:g} s when asked for {key[0]}"
                self._unanswered(key[0], why)
                raise AmbiguousError(why)
            question.done.result()
            return question.rows
        except asyncio.CancelledError:
            if not question.done.done():
                self._unanswered(key[0], f"nobody waited for the answer when TWS was asked for {key[0]}")
            raise
        finally:
            if self._open.get(key) is question:
                del self._open[key]

    def _unanswered(self, what: str, why: str) -> None:
        self.silent_about.add(what)
        if what in SPOILT:
            self._sick(why)

    async def time(self, send: Callable[[], None]) -> int:
        """TWS's clock, in whole seconds."""
        await self._pacer.turn(Lane.QUESTION)
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._times.append(answer)
        try:
            send()
            done, _ = await asyncio.wait((answer,), timeout=self._timeout_s)
            if not done:
                self.silent_about.add("time")
                raise AmbiguousError(f"TWS did not tell the time within {self._timeout_s:g} s")
            return answer.result()
        finally:
            self._times.remove(answer)

    def hear(self, message: Message) -> None:
        """Give a message to the question that it answers."""
        match message:
            case OrderSeen(completed=True):
                self._row(("completed", -1), message)
            case OrderSeen() | StatusSeen():
                self._row(("orders", -1), message)
            case ExecutionSeen():
                self._row(("executions", message.req_id), message)
            case PositionSeen():
                self._row(("positions", -1), message)
            case ValueSeen():
                self._row(("summary" if message.req_id >= 0 else "values", message.req_id), message)
            case DetailsSeen():
                self._row(("details", message.req_id), message)
            case Ended():
                question = self._open.get((message.what, message.req_id))
                if question is not None:
                    question.end()
            case TimeSeen():
                for answer in self._times:
                    if not answer.done():
                        answer.set_result(message.epoch_s)
            case ErrorSeen():
                self._error(message)
            case Unreadable():
                # A listing with a row that can't be read is not the whole list.
                for (what, _), question in list(self._open.items()):
                    if message.kind in _ROWS_OF.get(what, ()):
                        question.end(AmbiguousError(f"TWS's answer can't be read: {message.why}"))
            case _:
                pass

    def _row(self, key: tuple[str, int], message: Message) -> None:
        question = self._open.get(key)
        if question is not None:
            question.rows.append(message)

    def _error(self, seen: ErrorSeen) -> None:
        if seen.ident < 0:
            return
        for (_, req_id), question in list(self._open.items()):
            if req_id != seen.ident:
                continue
            text = f"{seen.text} ({seen.code})"
            match meaning_of(seen.code):
                case Meaning.INFO | Meaning.DATA:
                    pass
                case Meaning.THROTTLED:
                    question.end(ThrottledError(text))
                case Meaning.REFUSED:
                    question.end(NoSuchError(text))
                case _:
                    question.end(AmbiguousError(text))

    def end(self, why: BrokerError) -> None:
        """The session is over."""
        for question in self._open.values():
            question.end(why)
        for answer in self._times:
            if not answer.done():
                answer.set_exception(why)
                answer.exception()
