"""Feeds as tasks: they bring events of a tape or of the simulated market to the engine when they are due.

A feed works a few milliseconds at a time and then lets the loop go on. It never dies silently: what ends it
is told, the end of a tape as well as an error in the middle of it or in whoever takes the events.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final

from engine.market.clock import MarketClock, ReplayClock
from engine.market.replay import Replay, known_ns
from engine.market.simulated import SimEvent, SimulatedMarket
from engine.model.market import Quote
from engine.protocol import MarketSink

#: Loop time that a feed takes at a time, besides reading one piece of a tape (about as long again).
_SLICE_S: Final = 0.0025
#: How long a feed sleeps at most before it looks whether the clock was paused or its speed changed.
_LONGEST_SLEEP_S: Final = 0.05
#: Simulated events that are due within this time of each other are delivered together.
_TOGETHER_S: Final = 0.005
_SECOND_NS: Final = 1_000_000_000
#: A simulated market that is further behind (the machine slept) goes on from now.
_LONGEST_LAG_NS: Final = 5 * _SECOND_NS


class _Feed(ABC):
    """What feeds share: who gets which symbol, the task, its slices, its end."""

    name: str

    def __init__(self, on_error: Callable[[Exception], None]) -> None:
        self._sinks: dict[str, MarketSink] = {}
        self._on_error = on_error
        self._task: asyncio.Task[None] | None = None
        self._slice_end_s = 0.0

    async def subscribe(self, symbols: Sequence[str], sink: MarketSink) -> None:
        """Deliver events of these symbols to `sink`, besides what is subscribed to. The first call starts it.

        A symbol that comes later begins with the quote in force. Symbols that the feed doesn't have stay
        silent.
        """
        fresh = [symbol for symbol in symbols if symbol not in self._sinks]
        self._sinks.update(dict.fromkeys(symbols, sink))
        if self._task is None:
            self._task = asyncio.create_task(self._guard(), name=self.name)
        else:
            self._catch_up(fresh)

    async def close(self) -> None:
        """Stop delivering. Returns when the task is gone."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    @abstractmethod
    async def _run(self) -> None:
        """Deliver until there is nothing left."""

    @abstractmethod
    def _catch_up(self, symbols: Iterable[str]) -> None:
        """Deliver the quotes in force of these symbols."""

    async def _guard(self) -> None:
        try:
            await self._run()
        except Exception as error:  # whatever it is: the desk must hear that its prices have stopped
            self._on_error(error)

    def _used_up(self) -> bool:
        """Whether it is time to let the loop go on."""
        return asyncio.get_running_loop().time() >= self._slice_end_s

    async def _sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self._slice_end_s = asyncio.get_running_loop().time() + _SLICE_S


class ReplayFeed(_Feed):
    """Plays tapes at the pace of a replay clock, which it leads from event to event."""

    name = "replay"

    def __init__(
        self,
        replay: Replay,
        clock: ReplayClock,
        on_end: Callable[[], None],
        on_error: Callable[[Exception], None],
        drained: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Starts at the clock's time. `on_end` is called after the last event.

        `drained` is awaited after each slice: it returns when the engine has worked off what it was given,
        so that a replay as fast as possible is as fast as the engine.
        """
        super().__init__(on_error)
        self._replay = replay
        self._clock = clock
        self._on_end = on_end
        self._drained = drained
        self._passed: dict[str, Quote] = {}
        """Newest quote of the symbols that nobody has subscribed to."""

    async def _run(self) -> None:
        clock, sinks = self._clock, self._sinks
        for batch in self._replay.play(clock.now_ns()):
            if self._used_up():
                await self._let_go_on()
            for event in batch:
                ts_ns = known_ns(event)
                clock.allow(ts_ns)
                if clock.wait_ns(ts_ns) != 0:
                    await self._until(ts_ns)
                sink = sinks.get(event.symbol)
                if sink is not None:
                    sink(event)
                elif isinstance(event, Quote):
                    self._passed[event.symbol] = event
                if self._used_up():
                    await self._let_go_on()
        self._on_end()

    async def _until(self, ts_ns: int) -> None:
        while (wait_ns := self._clock.wait_ns(ts_ns)) != 0:
            wait_s = _LONGEST_SLEEP_S if wait_ns is None else wait_ns / _SECOND_NS
            await self._sleep(min(wait_s, _LONGEST_SLEEP_S))

    async def _let_go_on(self) -> None:
        if self._drained is not None:
            await self._drained()
        await self._sleep(0)

    def _catch_up(self, symbols: Iterable[str]) -> None:
        for symbol in symbols:
            quote = self._passed.pop(symbol, None)
            if quote is not None:
                self._sinks[symbol](quote)


class SimulatedFeed(_Feed):
    """The simulated market as it happens, by a clock that runs on wall time."""

    name = "simulated"

    def __init__(
        self,
        market: SimulatedMarket,
        clock: MarketClock,
        on_error: Callable[[Exception], None],
        on_gap: Callable[[int, int], None] | None = None,
    ) -> None:
        """`on_gap(from_ns, to_ns)`: the machine slept or stalled, and the events between are left out."""
        super().__init__(on_error)
        self._market = market
        self._clock = clock
        self._on_gap = on_gap

    async def _run(self) -> None:
        from_ns = self._clock.now_ns()
        self._catch_up(tuple(self._sinks))
        while True:
            to_ns = (from_ns // _SECOND_NS + 1) * _SECOND_NS
            for event in await self._make(from_ns, to_ns):
                await self._until(event.ts_ns)
                self._sinks[event.symbol](event)
            await self._until(to_ns)
            from_ns = to_ns
            now_ns = self._clock.now_ns()
            if now_ns - from_ns > _LONGEST_LAG_NS:
                if self._on_gap is not None:
                    self._on_gap(from_ns, now_ns)
                from_ns = now_ns
                self._catch_up(tuple(self._sinks))

    async def _make(self, from_ns: int, to_ns: int) -> list[SimEvent]:
        events: list[SimEvent] = []
        for symbol in tuple(self._sinks):
            if self._market.has(symbol):
                events += self._market.events(from_ns, to_ns, (symbol,))
            if self._used_up():
                await self._sleep(0)
        events.sort(key=known_ns)
        return events

    async def _until(self, ts_ns: int) -> None:
        """Returns when the market's time is `ts_ns`; lets the loop go on when it has waited long enough."""
        while (wait_ns := ts_ns - self._clock.now_ns()) > 0:
            await self._sleep(min(max(wait_ns / _SECOND_NS, _TOGETHER_S), _LONGEST_SLEEP_S))
        if self._used_up():
            await self._sleep(0)

    def _catch_up(self, symbols: Iterable[str]) -> None:
        now_ns = self._clock.now_ns()
        for symbol in symbols:
            if self._market.has(symbol):
                self._sinks[symbol](self._market.quote_at(symbol, now_ns))
