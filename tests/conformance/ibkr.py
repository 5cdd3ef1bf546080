"""Interactive Brokers' adapter, through ib_insync, against the emulated gateway in the test's own event loop."""

from __future__ import annotations

import itertools
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import ClassVar

from brokers.ibkr.adapter import IbkrBroker
from brokers.ibkr.data import IbkrData
from brokers.ibkr.settings import IbkrSettings
from brokers.ibkr.words import execution_key
from engine.model.instrument import Instrument
from engine.model.order import BrokerOrder
from engine.protocol import BrokerAdapter, DataProvider
from tests.conformance.bench import After, Bench, Heard, On, Trouble, TrueOrder, Truth
from tests.emulators.ibkr.orders import Execution, Order
from tests.emulators.ibkr.server import IbGateway

_START_NS = 1_381_152_600_000_000_000
_STATUSES = {
    "PreSubmitted": "NEW", "Submitted": "NEW", "PendingSubmit": "PENDING_NEW", "Filled": "FILLED",
    "Cancelled": "CANCELED", "ApiCancelled": "CANCELED", "Inactive": "REJECTED",
}  # fmt: skip


class IbkrBench(Bench):
    """One socket for everything; the first report of an order is the answer to whoever sent it."""

    name: ClassVar[str] = "ibkr"
    troubles: ClassVar[frozenset[Trouble]] = frozenset(Trouble) - {Trouble.THROTTLED}
    reasons: ClassVar[Mapping[Enum | str, str]] = {
        Trouble.THROTTLED: "error 100 names no request: whatever is without an answer then is in doubt",
        "ids": "IB lets any number of orders have one reference",
    }
    afterwards: ClassVar[frozenset[After]] = frozenset(After)
    afterwards_listed: ClassVar[bool] = True
    account: ClassVar[str] = "DU1234567"
    symbol: ClassVar[str] = "IBM"
    timeout_s: ClassVar[float] = 0.35
    answers_are_reports: ClassVar[bool] = True
    interferes: ClassVar[bool] = True
    strange_orders: ClassVar[bool] = True
    forgets_at_night: ClassVar[bool] = True
    novel_answers: ClassVar[frozenset[On]] = frozenset({On.QUERY, On.EXECUTIONS, On.OPEN, On.POSITIONS, On.ACCOUNT})

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files = itertools.count()
        self._skew_ns = 0
        self._now_ns = _START_NS
        self._feeds: list[DataProvider] = []
        self._gateway = IbGateway(now_ns=self.now_ns, wall_ns=self._wall_ns, per_second=100_000)

    @classmethod
    @asynccontextmanager
    async def running(cls, folder: Path) -> AsyncIterator[Bench]:
        bench = cls(folder)
        await bench._gateway.start()
        try:
            yield bench
        finally:
            for feed in bench._feeds:
                await feed.close()
            await bench._gateway.stop()

    def now_ns(self) -> int:
        """The broker's clock: a second passes with each look at it, which is as fine as this wire tells time."""
        self._now_ns += 1_000_000_000
        return self._now_ns + self._skew_ns

    def _wall_ns(self) -> int:
        return time.time_ns() + self._skew_ns

    def settings(self) -> IbkrSettings:
        return IbkrSettings(
            port=self._gateway.port,
            timeout_s=self.timeout_s,
            connect_timeout_s=2.0,
            commission_wait_s=0.1,
            messages_per_s=10_000,
            memory=self._folder / "ids",
        )

    def adapter(self) -> BrokerAdapter:
        return self._made(self.account)

    def data(self, adapter: BrokerAdapter) -> DataProvider | None:
        self._feeds.append(IbkrData(self.settings().beside(1), {self.symbol: Instrument(self.symbol)}))
        return self._feeds[-1]

    def _made(self, account: str) -> BrokerAdapter:
        return IbkrBroker(self.settings(), account=account, instruments={self.symbol: Instrument(self.symbol)})

    def stranger(self) -> BrokerAdapter:
        return self._made("DU7654321")

    async def quote(self, bid: str, ask: str, size: int = 1000) -> None:
        await self._gateway.quote(self.symbol, Decimal(bid), Decimal(ask), size)

    def trouble(self, trouble: Trouble, on: On | Heard) -> None:
        faults = self._gateway.faults
        kind = "query" if on is On.OPEN else on.value  # one request asks for all open orders, whoever wants to know
        if (trouble, on) == (Trouble.UNREADABLE, On.QUERY):
            kind = "completed"  # a list that is empty has nothing that could be spoilt
        (faults.requests if isinstance(on, On) else faults.updates)[kind].append(trouble.value)

    def silence(self, silent: bool) -> None:
        self._gateway.faults.silent = silent

    def drop(self) -> None:
        self._gateway.cut()

    @contextmanager
    def unreachable(self) -> Iterator[None]:
        self._gateway.faults.unreachable = True
        try:
            yield
        finally:
            self._gateway.faults.unreachable = False

    def skew(self, seconds: float) -> None:
        self._skew_ns = int(seconds * 1_000_000_000)

    async def place_elsewhere(self, order: BrokerOrder) -> None:
        action = "BUY" if order.side.is_buy else "SELL"
        self._gateway.place_by_hand(order.symbol, action, order.qty, limit=order.limit_px, ref=order.cl_ord_id)

    async def place_strange(self, order: BrokerOrder) -> None:
        action = "BUY" if order.side.is_buy else "SELL"
        hand = self._gateway.place_by_hand(order.symbol, action, order.qty, limit=order.limit_px, ref=order.cl_ord_id)
        hand.values["orderType"], hand.values["tif"] = "REL", "AUC"

    def cancel_elsewhere(self, cl_ord_id: str) -> None:
        books = self._gateway.books
        books.cancel(next(order for order in books.orders.values() if order.ref == cl_ord_id))

    def end_day(self) -> None:
        self._gateway.end_day()
        self._gateway.roll_back()

    def bust(self, exec_id: str) -> None:
        """IB has no word for it: a correction to nothing."""
        execution = self._executed(exec_id)
        self._gateway.correct(execution, Decimal(0), execution.px)

    def correct(self, exec_id: str, px: str) -> None:
        execution = self._executed(exec_id)
        self._gateway.correct(execution, execution.qty, Decimal(px))

    def reject_late(self, cl_ord_id: str, why: str) -> None:
        books = self._gateway.books
        books.refuse(next(order for order in books.orders.values() if order.ref == cl_ord_id), why)

    def _executed(self, exec_id: str) -> Execution:
        return next(one for one in self._gateway.books.executions if execution_key(one.exec_id) == exec_id)

    def truth(self) -> Truth:
        books = self._gateway.books
        account = books.accounts[self.account]
        taken = [order for order in books.orders.values() if order.status != "Inactive"]
        return Truth(
            tuple(_true(order) for order in taken),
            {execution_key(one.exec_id): one.qty for one in books.executions if one.qty},
            {books.catalogue.listed[con_id].symbol: at.qty for con_id, at in account.positions.items() if at.qty},
            account.cash["USD"],
        )


def _true(order: Order) -> TrueOrder:
    """IB has one reference for an order in all its life: the ids of its versions are ours, by the suite's habit."""
    ids = (order.ref, *(f"{order.ref}r{number}" for number in range(1, len(order.terms))))
    status = _STATUSES.get(order.status, order.status)
    if status == "NEW" and order.filled:
        status = "PARTIALLY_FILLED"
    return TrueOrder(ids, status, order.qty, order.filled, order.limit)
