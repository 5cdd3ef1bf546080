"""The broker's quotes as a DataProvider, on a connection of its own: the desk chooses account and data apart."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Final

from brokers.template import words
from brokers.template.link import Link
from brokers.template.settings import TemplateSettings
from brokers.template.words import Row
from engine.model.market import Quote
from engine.protocol import BrokerError, MarketSink

log = logging.getLogger("tradedesk.brokers.template")
FIRST_WAIT_S: Final = 0.1
LONGEST_WAIT_S: Final = 3.0


class TemplateData:
    """Opens its connection again when it is lost, and subscribes again. Meanwhile quotes grow old, and what is old is
    refused by the desk itself: nothing is made up here."""

    name = "template"

    def __init__(self, settings: TemplateSettings) -> None:
        self._settings = settings
        self._sinks: dict[str, MarketSink] = {}
        self._link: Link | None = None
        self._ended = asyncio.Event()
        self._listens = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def subscribe(self, symbols: Sequence[str], sink: MarketSink) -> None:
        """Deliver their quotes, besides those of earlier calls; returns when the broker has confirmed, or after a
        while without it."""
        self._sinks.update(dict.fromkeys(symbols, sink))
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="template-data")
        elif self._link is not None:
            await self._link.ask("watch", symbols=list(symbols))
        try:
            async with asyncio.timeout(self._settings.timeout_s):
                await self._listens.wait()
        except TimeoutError:
            log.warning("no quotes of %d symbols yet: the connection does not stand", len(symbols))

    async def close(self) -> None:
        """Deliver nothing more."""
        self._sinks.clear()
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
        link, self._link = self._link, None
        if link is not None:
            await link.close()

    async def _run(self) -> None:
        wait_s = FIRST_WAIT_S
        while True:
            self._ended.clear()
            try:
                self._link = link = await Link.open(self._settings, self._on_news, lambda reason: self._ended.set())
                await link.ask("watch", symbols=list(self._sinks))
                self._listens.set()
                wait_s = FIRST_WAIT_S
                await self._ended.wait()
            except BrokerError as error:
                log.warning("no quotes: %s", error)
            self._listens.clear()
            link_, self._link = self._link, None
            if link_ is not None:
                await link_.close()
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, LONGEST_WAIT_S)

    def _on_news(self, row: Row | None) -> None:
        """What can't be read is left out: the next quote says it again."""
        if row is None or row.get("news") != "quote":
            return
        sink = self._sinks.get(str(row.get("symbol")))
        if sink is None:
            return
        try:
            bid, ask = words.number(row["bid"]), words.number(row["ask"])
            sizes = words.price(row["bid_size"]), words.price(row["ask_size"])
            quote = Quote(str(row["symbol"]), bid, ask, *sizes, words.ns_of(row["at"]))
        except (KeyError, ValueError, TypeError) as error:
            log.warning("a quote can't be read: %s: %s", type(error).__name__, error)
            return
        sink(quote)
