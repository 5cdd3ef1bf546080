"""Alpaca's adapter, through alpaca-py, against the emulator in the test's own event loop."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

from msgspec.structs import replace

from brokers.alpaca.adapter import AlpacaBroker
from brokers.alpaca.data import AlpacaData
from brokers.alpaca.groups import is_stop, legs_of
from brokers.alpaca.reports import execution_key
from brokers.alpaca.settings import AlpacaSettings
from brokers.alpaca.words import body_of
from engine.model.instrument import Instrument
from engine.model.order import BrokerOrder
from engine.model.secret import Secret
from engine.protocol import BrokerAdapter, DataProvider
from tests.conformance.bench import After, Bench, Heard, On, Trouble, TrueOrder, Truth
from tests.emulators.alpaca import afterwards
from tests.emulators.alpaca.books import Fill
from tests.emulators.alpaca.orders import Order
from tests.emulators.alpaca.server import AlpacaServer

EAGER = 100_000
"""Requests a minute that both sides allow here: the suite asks more often than a day's work does."""
_START_NS = 1_381_152_600_000_000_000


class AlpacaBench(Bench):
    """REST and stream are connections of their own: a reset of a request ends no session."""

    name: ClassVar[str] = "alpaca"
    troubles: ClassVar[frozenset[Trouble]] = frozenset(Trouble)
    account: ClassVar[str] = "PA3EMULATED"
    symbol: ClassVar[str] = "IBM"
    timeout_s: ClassVar[float] = 0.5
    one_connection: ClassVar[bool] = False
    starts_parts: ClassVar[bool] = False
    charges: ClassVar[bool] = False
    nameless: ClassVar[bool] = False
    novel_answers: ClassVar[frozenset[On]] = frozenset({On.QUERY, On.EXECUTIONS, On.OPEN, On.POSITIONS, On.ACCOUNT})
    interferes: ClassVar[bool] = True
    strange_orders: ClassVar[bool] = True
    afterwards: ClassVar[frozenset[After]] = frozenset(After)
    per_minute: ClassVar[int] = EAGER

    def __init__(self) -> None:
        self._skew_ns = 0
        self._now_ns = _START_NS
        self._feeds: list[AlpacaData] = []
        self._made_here: list[AlpacaBroker] = []
        self._server = AlpacaServer(now_ns=self.now_ns, wall_ns=self._wall_ns, per_minute=self.per_minute)

    @classmethod
    @asynccontextmanager
    async def running(cls, folder: Path) -> AsyncIterator[Bench]:
        bench = cls()
        await bench._server.start()
        try:
            yield bench
        finally:
            for feed in bench._feeds:
                await feed.close()
            await bench._server.stop()

    def now_ns(self) -> int:
        """The broker's clock: a millisecond passes with each look at it."""
        self._now_ns += 1_000_000
        return self._now_ns + self._skew_ns

    def _wall_ns(self) -> int:
        return time.time_ns() + self._skew_ns

    def adapter(self) -> BrokerAdapter:
        return self._made(self._server.secret)

    def data(self, adapter: BrokerAdapter) -> DataProvider | None:
        settings = self._settings(self._server.secret)
        self._feeds.append(AlpacaData(settings, {self.symbol: Instrument(self.symbol)}))
        return self._feeds[-1]

    def stranger(self) -> BrokerAdapter:
        return self._made("wrong")

    def _settings(self, secret: str) -> AlpacaSettings:
        return AlpacaSettings(Secret(self._server.key), Secret(secret), data_stream_url=self._server.data_url)

    def _made(self, secret: str) -> BrokerAdapter:
        url = self._server.url
        settings = replace(
            self._settings(secret),
            base_url=url,
            timeout_s=self.timeout_s,
            page_size=3,
            open_page=4,
            per_minute=self.per_minute,
        )
        broker = AlpacaBroker(settings, account=self.account, instruments={self.symbol: Instrument(self.symbol)})
        self._made_here.append(broker)
        return broker

    async def quote(self, bid: str, ask: str, size: int = 1000) -> None:
        await self._server.quote(self.symbol, Decimal(bid), Decimal(ask), size)

    def trouble(self, trouble: Trouble, on: On | Heard) -> None:
        faults = self._server.faults
        (faults.requests if isinstance(on, On) else faults.updates)[on.value].append(trouble.value)

    def silence(self, silent: bool) -> None:
        self._server.faults.silent = silent

    def drop(self) -> None:
        self._server.cut()

    @contextmanager
    def unreachable(self) -> Iterator[None]:
        self._server.faults.unreachable = True
        try:
            yield
        finally:
            self._server.faults.unreachable = False

    def skew(self, seconds: float) -> None:
        self._skew_ns = int(seconds * 1_000_000_000)

    async def place_elsewhere(self, order: BrokerOrder) -> None:
        body = body_of(order, order.symbol)
        if not order.cl_ord_id:
            del body["client_order_id"]
        self._server.submit(body)

    async def place_strange(self, order: BrokerOrder) -> None:
        made = self._server.submit(body_of(order, order.symbol))
        strange = self._server.books.orders[made["id"]]
        strange.type, strange.time_in_force = "helix", "moon"

    def cancel_elsewhere(self, cl_ord_id: str) -> None:
        self._server.books.cancel(self._server.books.by_client[cl_ord_id])

    def end_day(self) -> None:
        self._server.books.end_of_day()

    def bust(self, exec_id: str) -> None:
        afterwards.bust(self._server.books, self._executed(exec_id))

    def correct(self, exec_id: str, px: str) -> None:
        afterwards.correct(self._server.books, self._executed(exec_id), Decimal(px))

    def reject_late(self, cl_ord_id: str, why: str) -> None:
        afterwards.reject(self._server.books, self._server.books.by_client[cl_ord_id], why)

    def _executed(self, exec_id: str) -> Fill:
        return next(fill for fill in self._server.books.fills if _key(fill) == exec_id)

    def truth(self) -> Truth:
        books = self._server.books
        firsts = [order for order in books.orders.values() if order.replaces is None]
        return Truth(
            tuple(self._whole(order) for order in firsts),
            {_key(fill): fill.qty for fill in books.fills},
            dict(books.positions),
            books.cash,
        )

    def _whole(self, order: Order) -> TrueOrder:
        versions = [order]
        while (following := versions[-1].replaced_by) is not None:
            versions.append(self._server.books.orders[following])
        last = versions[-1]
        before = sum((one.filled_qty for one in versions[:-1]), Decimal(0))
        status = "new" if last.status == "held" else last.status
        if status == "new" and before:
            status = "partially_filled"
        ids = [one.client_order_id for one in versions]
        if order.parent is not None:
            ids[0] = self._called(order, order.parent) or ids[0]
        return TrueOrder(
            tuple(ids),
            status.upper(),
            before + last.qty,
            before + last.filled_qty,
            last.limit_price,
        )

    def _called(self, leg: Order, parent: Order) -> str:
        """What whoever handed its group over calls a leg, whose id Alpaca makes up."""
        top = parent
        while top.replaces is not None:
            top = self._server.books.orders[top.replaces]
        for broker in self._made_here:
            group = broker._legs.group(top.client_order_id)
            if group is not None:
                stops = leg.group_role == "stop_loss"
                return next(each.cl_ord_id for each in legs_of(group) if is_stop(each) is stops)
        return ""


def _key(fill: Fill) -> str:
    key = execution_key(fill.order.id, fill.cum_qty)
    return key if fill.version == 1 else f"{key}/{fill.version}"
