"""The market of a served paper broker: simulated or recorded, brought to the venue when it is due."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Final, Protocol

from engine.market.calendar import Calendar
from engine.market.clock import ReplayClock, WallMarketClock
from engine.market.matching import HoursAt, hours_by_calendar
from engine.market.replay import Replay, known_ns
from engine.market.sim_names import ALL_NAMES
from engine.market.simulated import SimulatedMarket
from engine.market.tape import SessionRules, open_tapes
from engine.model.instrument import Instrument
from engine.model.market import MarketEvent

_SECOND_NS: Final = 1_000_000_000
#: Events between two looks at the event loop.
_TOGETHER: Final = 200

Deliver = Callable[[MarketEvent], None]


class ServedMarket(Protocol):
    """A market that runs. `awake` is cleared to hold it."""

    label: str
    instruments: tuple[Instrument, ...]
    hours: HoursAt

    def now_ns(self) -> int: ...

    def wall_per_market(self) -> float: ...

    def want(self, symbols: Iterable[str]) -> None:
        """Somebody trades these or wants their prices: options among them are quoted from now on."""
        ...

    async def run(self, deliver: Deliver, awake: asyncio.Event) -> None: ...


class SimulatedRun:
    """The simulated market, by the wall clock. Its day ends at midnight in New York, as in the desk."""

    def __init__(self, seed: int, symbols: Sequence[str] | None = None) -> None:
        """Raises ValueError for a symbol that the market doesn't have."""
        self._market = SimulatedMarket(seed, symbols, names=ALL_NAMES)
        self._clock = WallMarketClock(time.time_ns)
        self._quoted = self._market.symbols
        self.label = "SIM"
        self.instruments = self._market.instruments()
        self.hours = hours_by_calendar(lambda name: Calendar.always_open("SIM", zone="America/New_York"))

    def now_ns(self) -> int:
        return self._clock.now_ns()

    def wall_per_market(self) -> float:
        return 1.0

    def want(self, symbols: Iterable[str]) -> None:
        more = [symbol for symbol in symbols if symbol not in self._quoted and self._market.has(symbol)]
        self._quoted = (*self._quoted, *dict.fromkeys(more))

    async def run(self, deliver: Deliver, awake: asyncio.Event) -> None:
        await awake.wait()
        from_ns = self._open(deliver)
        while True:
            to_ns = (from_ns // _SECOND_NS + 1) * _SECOND_NS
            for event in self._market.events(from_ns, to_ns, self._quoted):
                await self._until(event.ts_ns)
                if awake.is_set():
                    deliver(event)
            await self._until(to_ns)
            from_ns = to_ns
            if not awake.is_set() or self.now_ns() - to_ns > _SECOND_NS:
                await awake.wait()
                from_ns = self._open(deliver)

    def _open(self, deliver: Deliver) -> int:
        """Begin now, with the quotes in force."""
        now_ns = self.now_ns()
        for symbol in self._quoted:
            deliver(self._market.quote_at(symbol, now_ns))
        return now_ns

    async def _until(self, ts_ns: int) -> None:
        wait_ns = ts_ns - self.now_ns()
        if wait_ns > 0:
            await asyncio.sleep(wait_ns / _SECOND_NS)


class ReplayedRun:
    """Recorded tapes at a speed (0: as fast as possible). Sessions by the calendar named for all symbols."""

    def __init__(self, files: Sequence[Path], speed: Decimal, calendar: str = "XNYS") -> None:
        """Raises TapeError, CalendarError, StartTimeError and, for the speed, ValueError: one line each."""
        sessions = Calendar.load(calendar)
        self._replay = Replay(open_tapes(files, SessionRules(lambda symbol: sessions)))
        self._clock = ReplayClock(self._replay.start_ns(sessions), speed, time.monotonic_ns)
        self._wall_per_market = float(1 / speed) if speed else 0.0
        self.label = "REPLAY"
        self.instruments = tuple(Instrument(symbol, calendar=calendar) for symbol in self._replay.symbols)
        self.hours = hours_by_calendar()

    def now_ns(self) -> int:
        return self._clock.now_ns()

    def wall_per_market(self) -> float:
        return self._wall_per_market

    def want(self, symbols: Iterable[str]) -> None:
        """A tape has what was recorded."""

    async def run(self, deliver: Deliver, awake: asyncio.Event) -> None:
        clock, together = self._clock, 0
        for batch in self._replay.play(clock.now_ns()):
            for event in batch:
                if not awake.is_set():
                    clock.pause()
                    await awake.wait()
                    clock.resume()
                ts_ns = known_ns(event)
                clock.allow(ts_ns)
                wait_ns = clock.wait_ns(ts_ns)
                if wait_ns:
                    await asyncio.sleep(wait_ns / _SECOND_NS)
                deliver(event)
                together += 1
                if together % _TOGETHER == 0:
                    await asyncio.sleep(0)
