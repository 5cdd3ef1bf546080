"""Asks the desk for what no view holds, while its pane is looked at: once a second, and never twice at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final, Generic, TypeVar

AnswerT = TypeVar("AnswerT")

EVERY_NS: Final = 1_000_000_000


class AskedFeed(Generic[AnswerT]):
    """Belongs to one screen."""

    def __init__(
        self,
        ask: Callable[[], Future[AnswerT]],
        tell: Callable[[AnswerT], None],
        sorry: Callable[[str], None],
        clock: Callable[[], int],
    ) -> None:
        """`tell` gets each answer, `sorry` why there is none. `clock`: monotonic ns."""
        self._ask = ask
        self._tell = tell
        self._sorry = sorry
        self._clock = clock
        self._asking: asyncio.Task[None] | None = None
        self._next_ns = 0

    def look(self) -> None:
        """The pane is on the screen: ask when it is time."""
        if (self._asking is None or self._asking.done()) and self._clock() >= self._next_ns:
            self._next_ns = self._clock() + EVERY_NS
            self._asking = asyncio.ensure_future(self._read())

    async def _read(self) -> None:
        try:
            answer = await asyncio.wrap_future(self._ask())
        except Exception as error:  # what a desk can't answer is told in the pane; the console must stay
            self._sorry(str(error) or type(error).__name__)
        else:
            self._tell(answer)

    def close(self) -> None:
        """Ask nothing more."""
        if self._asking is not None:
            self._asking.cancel()
