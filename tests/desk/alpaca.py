"""An emulated Alpaca beside a test, and a desk that trades there."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import ClassVar, Final

from tests.desk.emulated import AtBroker, Emulated
from tests.emulators.alpaca.server import AlpacaServer

ACCOUNT: Final = "PA3EMULATED"
LATE_S: Final = 3600


class Alpaca(Emulated):
    def __init__(self) -> None:
        self.server = AlpacaServer(per_minute=100_000)
        super().__init__()

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
        orders = self.server.books.open_orders()
        return [(order.symbol, str(order.qty), str(order.limit_price or order.stop_price)) for order in orders]

    def lose_every(self, number: int) -> None:
        self.server.faults.drop_fills = number

    def hold_back_executions(self, held: bool) -> None:
        self.server.faults.late_activities_s = LATE_S if held else 0

    async def _start(self) -> None:
        await self.server.start()

    async def _stop(self) -> None:
        await self.server.stop()

    async def _quote(self, symbol: str, bid: Decimal, ask: Decimal, size: int) -> None:
        await self.server.quote(symbol, bid, ask, size)


class AtAlpaca(AtBroker[Alpaca]):
    """Its key is in a file, so that nothing of it stands in an environment."""

    account: ClassVar[str] = ACCOUNT
    kind: ClassVar[str] = "alpaca"
    profiles: ClassVar[str] = f"""\
default_profile: alpaca
profiles:
  ours: {{data: alpaca, account: PAPER}}
  alpaca:
    {{broker: alpaca, account: {ACCOUNT}, data: alpaca, kill: {{flatten_grace: 1}}, resilience: {{check_orders: 1}}}}
"""

    def __init__(self, home: Path, broker: Alpaca) -> None:
        super().__init__(home, broker)
        self.paths.secrets_file.touch(0o600)
        self.paths.secrets_file.write_text(
            f"ALPACA_API_KEY: {broker.server.key}\nALPACA_SECRET_KEY: {broker.server.secret}\n"
        )
