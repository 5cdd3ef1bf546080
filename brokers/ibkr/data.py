"""IB's quotes and trades as a DataProvider, over a connection (and a client id) of its own.

A connection that is lost is opened again and subscribed again; so is everything after 1101 (the link came back without
the subscriptions). Meanwhile quotes grow old, and what is old is refused by the desk itself. TWS stamps no quote: the
time of its arrival is taken. Delayed and frozen quotes say so.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import msgspec

from brokers.ibkr.codes import Meaning, meaning_of
from brokers.ibkr.contracts import Names
from brokers.ibkr.messages import Arrived, DataKindSeen, ErrorSeen, Lost, Message, TickSeen
from brokers.ibkr.pacing import Lane, Pacer
from brokers.ibkr.settings import IbkrSettings
from engine.model.instrument import Instrument
from engine.model.market import Quote, Trade
from engine.protocol import BrokerError, MarketSink, NotSupportedError

if TYPE_CHECKING:
    from brokers.ibkr.sdk import Link

log = logging.getLogger("tradedesk.brokers.ibkr")
FIRST_WAIT_S, LONGEST_WAIT_S = 0.25, 3.0
ACK_S: Final = 5.0
#: Kinds of ticks; the second ones are delayed.
BID, ASK, LAST = (1, 66), (2, 67), (4, 68)
BID_SIZE, ASK_SIZE = (0, 69), (3, 70)
HALTED: Final = 49
DELAYED_KIND: Final = 3
LIVE_KIND: Final = 1


class _Line(msgspec.Struct):
    """One subscription, and what stands there."""

    symbol: str
    sink: MarketSink
    bid: Decimal | None = None
    ask: Decimal | None = None
    bid_size: Decimal | None = None
    ask_size: Decimal | None = None
    halted: bool | msgspec.UnsetType = msgspec.UNSET
    kind: int = LIVE_KIND
    delayed: bool = False
    told: tuple[object, ...] = ()
    moved: set[int] = set()
    """Prices that have ticked since the last quote."""


class IbkrData:
    """`instruments`: what may be subscribed to, by the desk's symbol. `on_trouble`: told of every loss, in words."""

    name = "ibkr"

    def __init__(
        self,
        settings: IbkrSettings,
        instruments: Mapping[str, Instrument],
        on_trouble: Callable[[str], None] = lambda text: None,
    ) -> None:
        self._settings = settings
        self._names = Names(instruments)
        self._sinks: dict[str, MarketSink] = {}
        self._lines: dict[int, _Line] = {}
        self._link: Link | None = None
        self._task: asyncio.Task[None] | None = None
        self._on_trouble = on_trouble
        self._again = asyncio.Event()
        self._why = ""
        self._next = 1
        self._asked: set[str] = set()
        self._pacer: Pacer | None = None
        self._heard = asyncio.Event()
        self._moved: dict[int, _Line] = {}

    async def subscribe(self, symbols: Sequence[str], sink: MarketSink) -> None:
        """Deliver events of these symbols besides what is subscribed to; returns when TWS has said something of one,
        or after some seconds without it (it is asked for again in each new connection)."""
        for symbol in symbols:
            self._sinks[symbol] = sink
        self._heard.clear()
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="ibkr-data")
        elif self._link is not None:
            await self._ask(self._link, symbols)
        try:
            async with asyncio.timeout(ACK_S):
                await self._heard.wait()
        except TimeoutError:
            log.warning("TWS has not answered the subscription of %d symbols yet", len(symbols))

    async def close(self) -> None:
        """Deliver nothing more."""
        self._sinks.clear()
        self._lines.clear()
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    async def _run(self) -> None:
        sdk = await asyncio.to_thread(importlib.import_module, "brokers.ibkr.sdk")
        wait_s = FIRST_WAIT_S
        while True:
            began = asyncio.get_running_loop().time()
            try:
                await self._session(sdk)
            except BrokerError as error:
                self._on_trouble(f"IB's market data: {error}"[:200])
            except Exception as error:  # whatever ends the connection: it is said, and opened again
                log.exception("IB's market data broke")
                self._on_trouble(f"IB's market data broke: {type(error).__name__}: {error}"[:200])
            lasted_s = asyncio.get_running_loop().time() - began
            wait_s = FIRST_WAIT_S if lasted_s > LONGEST_WAIT_S else min(wait_s * 2, LONGEST_WAIT_S)
            await asyncio.sleep(wait_s)

    async def _session(self, sdk: Any) -> None:
        link: Link = sdk.Link(self._settings, self._take)
        self._again.clear()
        try:
            await link.open()
            self._next = max(self._next, link.next_valid_id)
            self._pacer = Pacer(self._settings.messages_per_s, self._settings.reserved, asyncio.get_running_loop().time)
            if self._settings.delayed_data:
                link.data_kind(DELAYED_KIND)  # who pays gets live ones all the same
            self._link = link
            while True:
                self._why = ""
                self._lines.clear()
                self._asked.clear()
                await self._ask(link, list(self._sinks))
                await self._again.wait()
                self._again.clear()
                self._on_trouble(f"IB's market data: {self._why}"[:200])
                if not link.is_up:
                    return
        finally:
            self._link = None
            link.close()

    async def _ask(self, link: Link, symbols: Sequence[str]) -> None:
        for symbol in symbols:
            sink = self._sinks.get(symbol)
            if sink is None or symbol in self._asked or self._pacer is None:
                continue
            try:
                contract = self._names.contract(symbol)
            except NotSupportedError as error:
                log.info("no quotes of %s: %s", symbol, error)  # an order in it is refused, and says why
                continue
            self._asked.add(symbol)
            await self._pacer.turn(Lane.QUESTION)
            req_id, self._next = self._next, self._next + 1
            self._lines[req_id] = _Line(symbol, sink)
            link.subscribe(req_id, contract)

    # -- what comes ---------------------------------------------------------------------------------------------------

    def _take(self, message: Message) -> None:
        match message:
            case TickSeen():
                line = self._lines.get(message.req_id)
                if line is not None:
                    self._heard.set()
                    self._tick(line, message)
            case DataKindSeen():
                line = self._lines.get(message.req_id)
                if line is not None:
                    self._heard.set()
                    line.kind = message.kind
            case ErrorSeen():
                self._error(message)
            case Arrived():
                self._quotes()
            case Lost():
                self._end(message.why)
            case _:
                pass

    def _error(self, seen: ErrorSeen) -> None:
        line = self._lines.get(seen.ident)
        text = f"{seen.text} ({seen.code})"
        if line is not None:
            self._heard.set()
            self._on_trouble(f"IB's market data of {line.symbol}: {text}"[:200])
            return
        match meaning_of(seen.code):
            case Meaning.LINK_BACK_EMPTY | Meaning.RESET:
                self._end(text)
            case Meaning.LINK_LOST | Meaning.LINK_BACK | Meaning.THROTTLED:
                self._on_trouble(f"IB's market data: {text}"[:200])
            case _:
                log.debug("TWS, of market data: %s", text)

    def _end(self, why: str) -> None:
        self._why = self._why or why
        self._again.set()

    def _tick(self, line: _Line, tick: TickSeen) -> None:
        kind = tick.kind
        if kind == HALTED and tick.price is not None:
            line.halted = tick.price > 0
            self._moved[tick.req_id] = line
            return
        if kind in LAST:
            if tick.price is not None and tick.price > 0 and tick.size:
                line.sink(Trade(line.symbol, tick.price, tick.size, time.time_ns()))
            return
        if kind in line.moved:
            self._quotes()  # this side has moved before: what stood between was a quote
        if kind in BID + ASK:
            line.moved.add(kind)
        if kind in BID:
            line.bid, line.bid_size = _there(tick)
        elif kind in ASK:
            line.ask, line.ask_size = _there(tick)
        elif kind in BID_SIZE:
            line.bid_size = tick.size
        elif kind in ASK_SIZE:
            line.ask_size = tick.size
        else:
            return
        line.delayed = line.kind != LIVE_KIND or kind >= BID[1]
        self._moved[tick.req_id] = line

    def _quotes(self) -> None:
        """Both sides of a quote come one after the other, mostly in one piece: what lies between them is no quote."""
        moved, self._moved = self._moved, {}
        for line in moved.values():
            line.moved.clear()
            stands = (line.bid, line.ask, line.bid_size, line.ask_size, line.halted, line.delayed)
            if line.bid is None or line.ask is None or stands == line.told:
                continue
            line.told = stands
            sizes = line.bid_size, line.ask_size
            now_ns = time.time_ns()
            line.sink(Quote(line.symbol, line.bid, line.ask, *sizes, now_ns, delayed=line.delayed, halted=line.halted))


def _there(tick: TickSeen) -> tuple[Decimal | None, Decimal | None]:
    """Price and size of one side; -1 (and 0, but for a size) means that there is none."""
    if tick.price is None or tick.price <= 0:
        return None, None
    return tick.price, tick.size
