"""The template adapter, against the emulator of its broker. A bench to copy: docs/adapters.md."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

from brokers.template import words
from brokers.template.adapter import TemplateBroker
from brokers.template.data import TemplateData
from brokers.template.settings import TemplateSettings
from engine.model.order import BrokerOrder
from engine.protocol import BrokerAdapter, DataProvider
from tests.conformance.bench import After, Bench, Heard, On, Trouble, TrueOrder, Truth
from tests.emulators.template.books import Order
from tests.emulators.template.server import TemplateServer

_START_US = 1_381_152_600_000_000
_REQUESTS = {
    On.SUBMIT: "place",
    On.CANCEL: "cancel",
    On.REPLACE: "change",
    On.QUERY: "order",
    On.EXECUTIONS: "executions",
    On.OPEN: "orders",
    On.POSITIONS: "positions",
    On.ACCOUNT: "account",
}
_NEWS = {Heard.ACCEPTED: "accepted", Heard.FILLED: "fill", Heard.CANCELED: "cancelled", Heard.REPLACED: "changed"}


class TemplateBench(Bench):
    name: ClassVar[str] = "template"
    troubles: ClassVar[frozenset[Trouble]] = frozenset(Trouble)
    account: ClassVar[str] = "T-PAPER"
    symbol: ClassVar[str] = "IBM"
    timeout_s: ClassVar[float] = 0.3
    late_s: ClassVar[float] = 0.45
    novel_answers: ClassVar[frozenset[On]] = frozenset({On.QUERY, On.EXECUTIONS, On.OPEN, On.POSITIONS, On.ACCOUNT})
    interferes: ClassVar[bool] = True
    strange_orders: ClassVar[bool] = True
    afterwards: ClassVar[frozenset[After]] = frozenset(After)

    def __init__(self) -> None:
        self._skew_us = 0
        self._now_us = _START_US
        self._feeds: list[TemplateData] = []
        self._server = TemplateServer(account=self.account, now_us=self._now, wall_us=self._wall, late_s=self.late_s)

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

    def _now(self) -> int:
        """The broker's clock: a millisecond passes with each look at it."""
        self._now_us += 1000
        return self._now_us + self._skew_us

    def _wall(self) -> int:
        return time.time_ns() // 1000 + self._skew_us

    def adapter(self) -> BrokerAdapter:
        return TemplateBroker(self._settings(self._server.token), account=self.account)

    def data(self, adapter: BrokerAdapter) -> DataProvider | None:
        self._feeds.append(TemplateData(self._settings(self._server.token)))
        return self._feeds[-1]

    def stranger(self) -> BrokerAdapter:
        return TemplateBroker(self._settings("wrong"), account=self.account)

    def _settings(self, token: str) -> TemplateSettings:
        return TemplateSettings("127.0.0.1", self._server.port, "me", token, timeout_s=self.timeout_s, page_size=3)

    async def quote(self, bid: str, ask: str, size: int = 1000) -> None:
        self._server.quote(self.symbol, Decimal(bid), Decimal(ask), size)

    def trouble(self, trouble: Trouble, on: On | Heard) -> None:
        if isinstance(on, On):
            self._server.requests[_REQUESTS[on]].append(trouble.value)
        else:
            self._server.news[_NEWS[on]].append(trouble.value)

    def silence(self, silent: bool) -> None:
        self._server.silent = silent

    def drop(self) -> None:
        self._server.cut()

    @contextmanager
    def unreachable(self) -> Iterator[None]:
        self._server.unreachable = True
        try:
            yield
        finally:
            self._server.unreachable = False

    def skew(self, seconds: float) -> None:
        self._skew_us = int(seconds * 1_000_000)

    async def place_elsewhere(self, order: BrokerOrder) -> None:
        self._server.books.place(**words.body_of(order))

    async def place_strange(self, order: BrokerOrder) -> None:
        made = self._server.books.place(**words.body_of(order))
        made.kind, made.until = "PEG", "MOON"

    def cancel_elsewhere(self, cl_ord_id: str) -> None:
        self._server.books.cancel(cl_ord_id)

    def end_day(self) -> None:
        self._server.books.end_of_day()

    def bust(self, exec_id: str) -> None:
        self._server.books.bust(exec_id)

    def correct(self, exec_id: str, px: str) -> None:
        self._server.books.correct(exec_id, Decimal(px))

    def reject_late(self, cl_ord_id: str, why: str) -> None:
        self._server.books.reject(cl_ord_id, why)

    def truth(self) -> Truth:
        books = self._server.books
        return Truth(
            tuple(_true(order) for order in books.orders),
            {row["id"]: Decimal(row["qty"]) for row in books.executions},
            dict(books.positions),
            books.cash,
        )


def _true(order: Order) -> TrueOrder:
    status = words.STATES[order.state].value
    if status == "NEW" and order.done:
        status = "PARTIALLY_FILLED"
    return TrueOrder(tuple(order.refs), status, order.qty, order.done, order.px)
