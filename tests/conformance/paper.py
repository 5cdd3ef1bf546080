"""The paper broker, served over its socket."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, closing, contextmanager
from decimal import Decimal
from enum import Enum
from pathlib import Path
from random import Random
from typing import ClassVar

from brokers.paper.faults import FaultScript, FaultyLink, ReportFault, RequestFault
from brokers.paper.keeper import ThreadKeeper
from brokers.paper.link import Latency, Link
from brokers.paper.messages import Answer
from brokers.paper.opening import open_books, restored_exchange
from brokers.paper.remote import RemotePaper
from brokers.paper.server import PaperServer, Wire
from brokers.paper.settings import PaperSettings
from brokers.paper.venue import PaperVenue
from engine.market.matching import FillConfig, TradingHours
from engine.model.instrument import Instrument
from engine.model.market import Quote
from engine.model.order import BrokerCancel, BrokerOrder
from engine.protocol import BrokerAdapter, DataProvider, Report
from tests.conformance.bench import After, Bench, Heard, On, Trouble, TrueOrder, Truth

_START_NS = 1_381_152_600_000_000_000
_DAY_NS = 86_400_000_000_000
_REQUESTS = {
    On.SUBMIT: "BrokerOrder",
    On.CANCEL: "BrokerCancel",
    On.REPLACE: "BrokerReplace",
    On.QUERY: "AskOrder",
    On.EXECUTIONS: "AskExecutions",
    On.OPEN: "AskOpenOrders",
    On.POSITIONS: "AskPositions",
    On.ACCOUNT: "AskAccount",
}
_REPORTS = {
    Heard.ACCEPTED: "Accepted",
    Heard.FILLED: "Filled",
    Heard.CANCELED: "Canceled",
    Heard.REPLACED: "Replaced",
}
_REQUEST_FAULTS: dict[Trouble, RequestFault] = {
    Trouble.LOST: "lose",
    Trouble.UNANSWERED: "mute",
    Trouble.LATE: "late",
    Trouble.RESET_BEFORE: "cut",
    Trouble.RESET_AFTER: "cut_after",
    Trouble.TORN: "tear",
    Trouble.ERROR_AFTER: "error",
    Trouble.UNREADABLE: "garble",
    Trouble.REFUSED: "refuse",
    Trouble.THROTTLED: "throttle",
}
_REPORT_FAULTS: dict[Trouble, ReportFault] = {
    Trouble.DROPPED: "drop",
    Trouble.TWICE: "twice",
    Trouble.SWAPPED: "swap",
    Trouble.DELAYED: "late",
    Trouble.MALFORMED: "garble",
    Trouble.NOVEL: "novel",
}


class PaperBench(Bench):
    """A server in the test's own event loop, on a real socket, with books in a real file."""

    name: ClassVar[str] = "paper"
    troubles: ClassVar[frozenset[Trouble]] = frozenset(Trouble)
    account: ClassVar[str] = "PAPER"
    symbol: ClassVar[str] = "IBM"
    timeout_s: ClassVar[float] = 0.45
    late_s: ClassVar[float] = 0.6
    interferes: ClassVar[bool] = True
    reasons: ClassVar[Mapping[Enum | str, str]] = {
        **dict.fromkeys(On, "both ends of its wire are ours and of one version"),
        "strange_orders": "its books take no order but through its own wire, which has no other kinds",
        After.BUST: "its exchange matches for good, and takes nothing back",
        After.CORRECT: "its exchange matches for good, and takes nothing back",
        After.REJECT: "it says no at once, or never",
    }

    def __init__(self, folder: Path) -> None:
        self._socket, self._books = folder / "s", folder / "b"
        self._script = FaultScript()
        self._skew_ns = 0
        self._now_ns = _START_NS
        self._closes_ns = _START_NS + _DAY_NS
        self._wire: Wire | None = None
        self._server: PaperServer
        self._venue: PaperVenue

    @classmethod
    @asynccontextmanager
    async def running(cls, folder: Path) -> AsyncIterator[Bench]:
        bench = cls(folder)
        fees = FillConfig(commission_per_share=Decimal("0.0035"))
        settings = PaperSettings(account=cls.account, latency_ms=(0, 2), fills=fees)
        books = open_books(bench._books, settings)
        listed = [Instrument(cls.symbol)]
        exchange = restored_exchange(books.load(), books, settings, listed, bench._hours, Random(1))
        keeper = ThreadKeeper(books, asyncio.get_running_loop().call_soon_threadsafe)
        bench._venue = venue = PaperVenue(exchange, keeper, bench.now_ns())
        latency = Latency(settings.latency_ms, Random(1))

        def faulty(
            on_answer: Callable[[int, Answer], None], on_report: Callable[[Report], None], wire: Wire
        ) -> Link[int]:
            bench._wire = wire
            return FaultyLink(
                venue, latency, bench.now_ns, bench._script, on_answer=on_answer, on_report=on_report, wire=wire
            )

        bench._server = PaperServer(venue, latency, bench.now_ns, market="TEST", open_link=faulty)
        try:
            await bench._server.listen(bench._socket)
            yield bench
        finally:
            await bench._server.close()
            venue.close()

    def now_ns(self) -> int:
        """The broker's clock: a millisecond passes with each look at it."""
        self._now_ns += 1_000_000
        return self._now_ns + self._skew_ns

    def adapter(self) -> BrokerAdapter:
        adapter = RemotePaper(self._socket, account=self.account, timeout_s=self.timeout_s)
        adapter.page_size = 3
        return adapter

    def data(self, adapter: BrokerAdapter) -> DataProvider | None:
        return adapter if isinstance(adapter, RemotePaper) else None

    def stranger(self) -> BrokerAdapter:
        return RemotePaper(self._socket, account="SOMEBODY", timeout_s=self.timeout_s)

    async def quote(self, bid: str, ask: str, size: int = 1000) -> None:
        shown = Quote(self.symbol, Decimal(bid), Decimal(ask), Decimal(size), Decimal(size), self.now_ns())
        self._server.deliver(shown)
        booked = asyncio.Event()
        self._venue.settled(booked.set)
        await booked.wait()

    def trouble(self, trouble: Trouble, on: On | Heard) -> None:
        if isinstance(on, On):
            self._script.next_of.setdefault(_REQUESTS[on], []).append(_REQUEST_FAULTS[trouble])
        else:
            self._script.next_reports.setdefault(_REPORTS[on], []).append(_REPORT_FAULTS[trouble])

    def silence(self, silent: bool) -> None:
        self._script.silent = silent

    def drop(self) -> None:
        if self._wire is not None:
            self._wire.cut()

    @contextmanager
    def unreachable(self) -> Iterator[None]:
        away = self._socket.with_name("away")
        os.rename(self._socket, away)
        try:
            yield
        finally:
            os.rename(away, self._socket)

    def skew(self, seconds: float) -> None:
        self._skew_ns = int(seconds * 1_000_000_000)
        self._script.clock_off_ms = int(seconds * 1000)

    async def place_elsewhere(self, order: BrokerOrder) -> None:
        done = asyncio.Event()
        self._venue.handle(order, self.now_ns(), lambda answer: done.set())
        await done.wait()

    def _hours(self, instrument: Instrument, now_ns: int) -> TradingHours:
        """Open day and night; the day changes when `end_day` says so."""
        return TradingHours(True, self._closes_ns)

    def cancel_elsewhere(self, cl_ord_id: str) -> None:
        cancel = BrokerCancel(cl_ord_id, None, self.account, self.symbol)
        self._venue.handle(cancel, self.now_ns(), lambda answer: None)

    def end_day(self) -> None:
        self._now_ns, self._closes_ns = self._closes_ns, self._closes_ns + _DAY_NS
        self._venue.on_time(self.now_ns())

    def truth(self) -> Truth:
        with closing(sqlite3.connect(f"file:{self._books}?mode=ro", uri=True)) as books:
            books.row_factory = sqlite3.Row
            versions: dict[int, list[str]] = {}
            for row in books.execute(
                "SELECT * FROM order_versions WHERE accepted ORDER BY length(cl_ord_id), cl_ord_id"
            ):
                versions.setdefault(row["order_seq"], []).append(row["cl_ord_id"])
            return Truth(
                tuple(
                    TrueOrder(
                        tuple(versions[row["seq"]]),
                        row["status"],
                        Decimal(row["qty"]),
                        Decimal(row["cum_qty"]),
                        None if row["limit_px"] is None else Decimal(row["limit_px"]),
                    )
                    for row in books.execute("SELECT * FROM orders ORDER BY seq")
                ),
                {row["exec_id"]: Decimal(row["last_qty"]) for row in books.execute("SELECT * FROM executions")},
                {r["symbol"]: Decimal(r["qty"]) for r in books.execute("SELECT * FROM positions") if Decimal(r["qty"])},
                Decimal(books.execute("SELECT cash FROM account WHERE currency = 'USD'").fetchone()[0]),
            )
