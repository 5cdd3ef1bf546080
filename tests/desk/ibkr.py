"""An emulated IB gateway beside a test, and a desk that trades there."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar, Final

from tests.desk.emulated import AtBroker, Emulated
from tests.emulators.ibkr.server import IbGateway

ACCOUNT: Final = "DU1234567"


class Ibkr(Emulated):
    def __init__(self) -> None:
        self.gateway = IbGateway(accounts=(ACCOUNT,))
        super().__init__()

    @property
    def environment(self) -> dict[str, str]:
        return {"IBKR_HOST": "127.0.0.1", "IBKR_PORT": str(self.gateway.port)}

    @property
    def positions(self) -> dict[str, str]:
        held = self.gateway.books.accounts[ACCOUNT].open()
        return {place.listed.symbol: f"{place.qty:f}" for place in sorted(held, key=lambda one: one.listed.symbol)}

    @property
    def working(self) -> list[tuple[str, str, str]]:
        return [
            (order.listed.symbol, f"{order.qty:f}", "" if order.limit is None else f"{order.limit.normalize():f}")
            for order in self.gateway.books.open_orders()
        ]

    def lose_every(self, number: int) -> None:
        self.gateway.faults.drop_fills = number

    def hold_back_executions(self, held: bool) -> None:
        self.gateway.faults.unlisted_since_ns = self.gateway.now_ns() if held else 0

    async def _start(self) -> None:
        await self.gateway.start()

    async def _stop(self) -> None:
        await self.gateway.stop()

    async def _quote(self, symbol: str, bid: Decimal, ask: Decimal, size: int) -> None:
        await self.gateway.quote(symbol, bid, ask, size)


class AtIbkr(AtBroker[Ibkr]):
    account: ClassVar[str] = ACCOUNT
    kind: ClassVar[str] = "ibkr"
    profiles: ClassVar[str] = f"""\
default_profile: ibkr
profiles:
  ibkr:
    {{broker: ibkr, account: {ACCOUNT}, data: ibkr, kill: {{flatten_grace: 1}}, resilience: {{check_orders: 1}}}}
  other: {{broker: ibkr, account: DU7654321, data: ibkr}}
"""
