"""An emulated Alpaca beside a test that uses the product: a loop in a thread, whose books the test sees."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from tests.desk.product import Product
from tests.emulators.alpaca.server import AlpacaServer

EVERY_S: Final = 0.2
CENT: Final = Decimal("0.01")


class Alpaca:
    """`prices`: the middle of each symbol's market, quoted again and again; a cent to each side, 10,000 shares."""

    def __init__(self, prices: dict[str, str]) -> None:
        self.server = AlpacaServer(per_minute=100_000)
        self._prices = {symbol: Decimal(price) for symbol, price in prices.items()}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="alpaca", daemon=True)
        self._thread.start()
        self._call(self.server.start())
        self._quoting = asyncio.run_coroutine_threadsafe(self._quote(), self._loop)

    def close(self) -> None:
        self._quoting.cancel()
        self._call(self.server.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    @property
    def environment(self) -> dict[str, str]:
        """Where it is; the keys are the test's to hand over."""
        url = self.server.url
        return {
            "ALPACA_BASE_URL": url,
            "ALPACA_STREAM_URL": f"ws://127.0.0.1:{self.server.port}/stream",
            "ALPACA_DATA_URL": url,
        }

    @property
    def positions(self) -> dict[str, str]:
        return {symbol: str(qty) for symbol, qty in sorted(self.server.books.positions.items())}

    @property
    def working(self) -> list[tuple[str, str, str]]:
        """(symbol, quantity, limit) of what works."""
        return [(order.symbol, str(order.qty), str(order.limit_price)) for order in self.server.books.open_orders()]

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _quote(self) -> None:
        while True:
            for symbol, price in self._prices.items():
                await self.server.quote(symbol, price - CENT, price + CENT, 10_000)
            await asyncio.sleep(EVERY_S)


ACCOUNT: Final = "PA3EMULATED"
DESK: Final = f"""\
default_profile: alpaca
profiles:
  ours: {{data: alpaca, account: PAPER}}
  alpaca:
    {{broker: alpaca, account: {ACCOUNT}, data: alpaca, kill: {{flatten_grace: 1}}, resilience: {{check_orders: 1}}}}
"""
UNIVERSE: Final = """\
instruments:
  IBM: {sector: Technology, calendar: 24x7}
  BAC: {sector: Financials, calendar: 24x7}
"""


class AtAlpaca(Product):
    """Its key is in a file, so that nothing of it stands in an environment."""

    def __init__(self, home: Path, broker: Alpaca) -> None:
        super().__init__(home)
        self.broker = broker
        self.state = self.paths.state_of("paper", ACCOUNT, None, "alpaca")
        self.paths.config.mkdir(parents=True)
        self.paths.desk_file.write_text(DESK)
        self.paths.universe_file.write_text(UNIVERSE)
        self.paths.secrets_file.touch(0o600)
        self.paths.secrets_file.write_text(
            f"ALPACA_API_KEY: {broker.server.key}\nALPACA_SECRET_KEY: {broker.server.secret}\n"
        )

    def _environment(self) -> dict[str, str]:
        return {**super()._environment(), **self.broker.environment}

    def held(self) -> dict[str, str]:
        return {row["symbol"]: row["qty"] for row in self.look("positions") if row["qty"] != "0"}
