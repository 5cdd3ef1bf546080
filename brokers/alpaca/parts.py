"""What a part of a target's fill takes off the stop beside it.

How Alpaca tells that is not documented. So the stop is asked for a moment after each such fill, once for all that come
in that moment, and beside the stream: it waits for nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from brokers.alpaca.chain import Version
from brokers.alpaca.legs import Legs
from brokers.alpaca.trouble import readable
from engine.protocol import BrokerError, Gap, Report

WAIT_S: Final = 0.2


class Parts:
    """`told`: what there is to report of an order that may have been resized; `tell` reports."""

    def __init__(
        self,
        name: str,
        legs: Legs,
        told: Callable[[Version], Awaitable[list[Report]]],
        tell: Callable[[Report], None],
    ) -> None:
        self._name = name
        self._legs, self._told, self._tell = legs, told, tell
        self._filled: dict[str, Version] = {}
        self._task: asyncio.Task[None] | None = None

    def filled(self, version: Version) -> None:
        """A part of it has filled."""
        if not self._legs.has_beside(version):
            return
        self._filled[version.root] = version
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look(), name="alpaca-parts")

    def stop(self) -> None:
        """The session is over: the next one compares all."""
        self._filled.clear()
        if self._task is not None:
            self._task.cancel()

    async def _look(self) -> None:
        while self._filled:
            await asyncio.sleep(WAIT_S)
            filled, self._filled = self._filled, {}
            for version in filled.values():
                try:
                    with readable():
                        for other in await self._legs.beside(version):
                            for report in await self._told(other):
                                self._tell(report)
                except BrokerError as error:
                    words = f"what hangs together with {version.cl_ord_id} can't be asked for: {error}"
                    self._tell(Gap(self._name, words[:160], 0))
