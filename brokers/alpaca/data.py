"""Alpaca's quotes and trades of stocks as a DataProvider.

A connection that is lost is opened again and subscribed again; meanwhile quotes grow old, and what is old is refused by
the desk itself. Prices are binary fractions on this wire: their shortest decimal form is the price that was meant.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from brokers.alpaca import words
from brokers.alpaca.settings import AlpacaSettings
from engine.model.instrument import Instrument
from engine.model.market import MarketEvent, Quote, Trade
from engine.protocol import AuthError, BrokerError, MarketSink

log = logging.getLogger("tradedesk.brokers.alpaca")
FIRST_WAIT_S, LONGEST_WAIT_S = 0.25, 3.0
ACK_S: Final = 5.0
HALTED: Final = frozenset({"H", "P", "2"})
"""Trading statuses (UTP and CTA) in which nothing trades."""
RESUMED: Final = frozenset({"T", "3", "5"})
#: Sale conditions (CTA, UTP) that set no last price: odd lots, average price, cash, next day, out of sequence ...
NOT_ELIGIBLE: Final = frozenset("BCGHIMNPQRTUVWZ479")


class AlpacaData:
    """`instruments`: what may be subscribed to, by the desk's symbol. `on_trouble`: told of every loss, in words."""

    name = "alpaca"

    def __init__(
        self,
        settings: AlpacaSettings,
        instruments: Mapping[str, Instrument],
        on_trouble: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._settings = settings
        self._wire = {symbol: words.wire_symbol(known, symbol) for symbol, known in instruments.items()}
        self._sinks: dict[str, tuple[str, MarketSink]] = {}
        self._halted: set[str] = set()
        self._frames: Any = None
        self._task: asyncio.Task[None] | None = None
        self._acknowledged = asyncio.Event()
        self._on_trouble = on_trouble

    async def subscribe(self, symbols: Sequence[str], sink: MarketSink) -> None:
        """Deliver events of these symbols besides what is subscribed to; returns when the broker has confirmed, or
        after some seconds without it (it is asked for again in each new connection)."""
        for symbol in symbols:
            self._sinks[self._wire.get(symbol, symbol)] = (symbol, sink)
        self._acknowledged.clear()
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="alpaca-data")
        elif self._frames is not None:
            await self._frames.listen([self._wire.get(symbol, symbol) for symbol in symbols])
        try:
            async with asyncio.timeout(ACK_S):
                await self._acknowledged.wait()
        except TimeoutError:
            log.warning("Alpaca has not confirmed the subscription of %d symbols yet", len(symbols))

    async def close(self) -> None:
        """Deliver nothing more."""
        self._sinks.clear()
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
            frames = sdk.MarketFrames(self._settings)
            try:
                await frames.open()
                self._frames = frames
                await frames.listen(list(self._sinks))
                async for row in frames.rows():
                    if self._take(row):
                        wait_s = FIRST_WAIT_S
            except asyncio.CancelledError:
                await frames.close()
                raise
            except AuthError as error:
                self._on_trouble(str(error))
                wait_s = LONGEST_WAIT_S * 10
            except BrokerError as error:
                self._on_trouble(str(error))
            except Exception as error:  # whatever ends the connection: it is said, and opened again
                self._on_trouble(f"Alpaca's market data broke: {type(error).__name__}: {error}"[:200])
            self._frames = None
            await frames.close()
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, LONGEST_WAIT_S) if wait_s < LONGEST_WAIT_S else wait_s

    def _take(self, row: dict[str, Any]) -> bool:
        """Deliver one row; True when it was market data. What can't be read is logged and left out."""
        kind = row.get("T")
        if kind == "subscription":
            self._acknowledged.set()
            return False
        if kind == "error":
            self._on_trouble(f"Alpaca's market data: {row.get('msg')} ({row.get('code')})")
            return False
        known = self._sinks.get(str(row.get("S")))
        if known is None:
            return False
        symbol, sink = known
        try:
            event = self._event(row, symbol)
        except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError) as error:
            log.warning("a row of Alpaca's market data can't be read: %s: %s", type(error).__name__, error)
            return False
        if event is not None:
            sink(event)
        return True

    def _event(self, row: dict[str, Any], symbol: str) -> MarketEvent | None:
        kind = row["T"]
        if kind == "q":
            return Quote(
                symbol,
                _price(row["bp"]),
                _price(row["ap"]),
                Decimal(row["bs"]),
                Decimal(row["as"]),
                row["t"].to_unix_nano(),
                halted=symbol in self._halted,
            )
        if kind == "t":
            conditions = {str(word).strip() for word in row.get("c") or ()}
            eligible = not conditions & NOT_ELIGIBLE
            return Trade(symbol, _price(row["p"]), _price(row["s"]), row["t"].to_unix_nano(), eligible=eligible)
        if kind == "s":
            code = str(row.get("sc"))
            if code in HALTED:
                self._halted.add(symbol)
            elif code in RESUMED:
                self._halted.discard(symbol)
        return None


def _price(value: float) -> Decimal:
    """The shortest decimal that is this binary fraction."""
    return Decimal(repr(value))
