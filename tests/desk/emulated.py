"""An emulated broker beside a test that uses the product: a loop in a thread, whose books the test sees."""

from __future__ import annotations

import asyncio
import itertools
import threading
from abc import ABC, abstractmethod
from collections.abc import Coroutine
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, Final, Generic, TypeVar

from tests.desk.product import Product

EVERY_S: Final = 0.2
CENT: Final = Decimal("0.01")
MARKET: Final = {"IBM": "185.00", "BAC": "38.00", "SPY": "540.00"}
"""The middle of each symbol's market at the start, quoted again and again; a cent to each side, about 10,000 shares."""
UNIVERSE: Final = """\
instruments:
  IBM: {sector: Technology, calendar: 24x7}
  BAC: {sector: Financials, calendar: 24x7}
"""


class Emulated(ABC):
    """A broker whose emulator runs. Attributes of its script of faults may be set from the test's thread."""

    def __init__(self) -> None:
        self.market = dict(MARKET)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="broker", daemon=True)
        self._thread.start()
        self._call(self._start())
        self._quoting = asyncio.run_coroutine_threadsafe(self._walk(), self._loop)

    def close(self) -> None:
        self._quoting.cancel()
        self._call(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    @property
    @abstractmethod
    def environment(self) -> dict[str, str]:
        """Where it is."""

    @property
    @abstractmethod
    def positions(self) -> dict[str, str]:
        """Quantity by symbol, of what is held."""

    @property
    @abstractmethod
    def working(self) -> list[tuple[str, str, str]]:
        """(symbol, quantity, limit) of what works."""

    @abstractmethod
    def lose_every(self, number: int) -> None:
        """Of so many fills one never reaches the stream."""

    @abstractmethod
    def hold_back_executions(self, held: bool) -> None:
        """Executions come late into the list of executions; positions and cash have them at once."""

    @abstractmethod
    async def _start(self) -> None: ...

    @abstractmethod
    async def _stop(self) -> None: ...

    @abstractmethod
    async def _quote(self, symbol: str, bid: Decimal, ask: Decimal, size: int) -> None: ...

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _walk(self) -> None:
        # Sizes that change: a broker that tells changes alone says nothing of a market that stands still.
        for size in itertools.cycle((10_000, 10_100)):
            for symbol, price in self.market.items():
                await self._quote(symbol, Decimal(price) - CENT, Decimal(price) + CENT, size)
            await asyncio.sleep(EVERY_S)


B = TypeVar("B", bound=Emulated)


class AtBroker(Product, Generic[B]):
    """A desk whose default profile is at an emulated broker."""

    account: ClassVar[str]
    kind: ClassVar[str]
    """What a profile calls the broker."""
    profiles: ClassVar[str]
    """The desk's settings."""

    def __init__(self, home: Path, broker: B) -> None:
        super().__init__(home)
        self.broker = broker
        self.state = self.paths.state_of("paper", self.account, None, self.kind)
        self.paths.config.mkdir(parents=True)
        self.paths.desk_file.write_text(self.profiles)
        self.paths.universe_file.write_text(UNIVERSE)

    def _environment(self) -> dict[str, str]:
        return {**super()._environment(), **self.broker.environment}

    def held(self) -> dict[str, str]:
        return {row["symbol"]: row["qty"] for row in self.look("positions") if row["qty"] != "0"}
