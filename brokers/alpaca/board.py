"""One of Alpaca's streams of market data: of stocks, of options or of crypto. Each has a connection of its own, and a
key gets one of each.

A connection that is lost is opened again and subscribed again; meanwhile quotes grow old, and what is old is refused by
the desk itself.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import Callable, Sequence
from typing import Any, Final

from brokers.alpaca.settings import AlpacaSettings, Board
from engine.model.option import looks_like_option
from engine.protocol import AuthError, BrokerError

log = logging.getLogger("tradedesk.brokers.alpaca")
FIRST_WAIT_S, LONGEST_WAIT_S, TURNED_AWAY_S = 0.25, 3.0, 30.0
ACK_S: Final = 5.0


class BoardStream:
    """`take`: gets each row, and says whether it was market data; `on_trouble`: is told of every loss, in words."""

    def __init__(
        self,
        settings: AlpacaSettings,
        board: Board,
        take: Callable[[dict[str, Any]], bool],
        on_trouble: Callable[[str], None],
    ) -> None:
        self._settings, self._board = settings, board
        self._take, self._on_trouble = take, on_trouble
        self._symbols: dict[str, None] = {}
        self._frames: Any = None
        self._acknowledged = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._said = ""

    async def listen(self, symbols: Sequence[str]) -> None:
        """Subscribe to these besides what is subscribed to; returns when the broker has confirmed, or after some
        seconds without it (it is asked for again in each new connection)."""
        self._symbols.update(dict.fromkeys(symbols))
        self._acknowledged.clear()
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name=f"alpaca-{self._board}")
        elif self._frames is not None:
            await self._frames.listen(symbols)
        try:
            async with asyncio.timeout(ACK_S):
                await self._acknowledged.wait()
        except TimeoutError:
            log.warning("Alpaca has not confirmed the subscription of %d symbols yet", len(symbols))

    async def close(self) -> None:
        """Deliver nothing more."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
        if self._frames is not None:
            await self._frames.close()

    async def _run(self) -> None:
        sdk = await asyncio.to_thread(importlib.import_module, "brokers.alpaca.sdk")
        wait_s = FIRST_WAIT_S
        while True:
            frames = sdk.MarketFrames(self._settings, self._board)
            try:
                await frames.open()
                self._frames = frames
                await frames.listen(list(self._symbols))
                async for row in frames.rows():
                    if self._heard(row):
                        wait_s, self._said = FIRST_WAIT_S, ""
            except asyncio.CancelledError:
                await frames.close()
                raise
            except AuthError as error:
                self._tell(str(error))
                self._acknowledged.set()  # nobody waits for what this key does not get
                wait_s = TURNED_AWAY_S
            except BrokerError as error:
                self._tell(str(error))
            except Exception as error:  # whatever ends the connection: it is said, and opened again
                log.warning("Alpaca's market data (%s) broke: %s: %s", self._board, type(error).__name__, error)
                self._tell(f"Alpaca's market data ({self._board}): the connection was lost; it is opened again")
            self._frames = None
            await frames.close()
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, LONGEST_WAIT_S) if wait_s < LONGEST_WAIT_S else wait_s

    def _heard(self, row: dict[str, Any]) -> bool:
        kind = row.get("T")
        if kind == "subscription":
            self._acknowledged.set()
            return False
        if kind == "error":
            self._tell(trouble_in_words(str(row.get("msg")), self._board, self._settings))
            self._acknowledged.set()
            return False
        return self._take(row)

    def _tell(self, words: str) -> None:
        """Once for each trouble: one that stays is no news at every attempt."""
        if words != self._said:
            self._said = words
            self._on_trouble(words)


def board_of(wire: str) -> Board:
    """The stream that has this symbol."""
    if "/" in wire:
        return "crypto"
    return "options" if looks_like_option(wire) else "stocks"


def trouble_in_words(said: str, board: Board, settings: AlpacaSettings) -> str:
    """An error of the stream as somebody can act on it."""
    head = f"Alpaca's market data ({board})"
    if "insufficient subscription" in said:
        feed = settings.feed_of(board)
        free = {"stocks": "ALPACA_FEED=iex is everybody's", "options": "ALPACA_OPTION_FEED=indicative is everybody's"}
        return f"{head}: this key's subscription has no right to feed {feed}; {free.get(board, 'ask Alpaca for it')}"
    if "connection limit" in said:
        return f"{head}: another program has the one connection that this key gets; it is tried again"
    if "symbol limit" in said:
        return f"{head}: more symbols than this key's subscription allows; take some out of universe.yaml"
    if "auth" in said:
        return f"{head}: the key is refused: {said}"
    return f"{head}: {said}"
