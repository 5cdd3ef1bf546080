"""A paper account to trade on in tests: quotes and orders in a line each, reports collected."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from brokers.paper.adapter import PaperBroker
from brokers.paper.settings import PaperSettings
from engine.market.matching import HoursAt, never_closes
from engine.model.enums import OrdType, Side, TimeInForce
from engine.model.instrument import Instrument
from engine.model.market import Quote, Trade
from engine.model.order import BrokerCancel, BrokerOrder, BrokerReplace
from engine.model.snapshot import Execution
from engine.protocol import Filled, Report

ACCOUNT = "PAPER"
IBM = Instrument("IBM")
BAC = Instrument("BAC")
START_NS = 1_381_152_600_000_000_000
"""2013-10-07 13:30 UTC, a regular open."""
FAST = PaperSettings(latency_ms=(0, 0))


class Clock:
    """Market time as the test sets it."""

    def __init__(self, now_ns: int = START_NS) -> None:
        self.ns = now_ns

    def __call__(self) -> int:
        return self.ns

    def tick(self) -> int:
        """A millisecond later."""
        self.ns += 1_000_000
        return self.ns


def order(
    cl_ord_id: str,
    side: Side = Side.BUY,
    qty: int = 100,
    limit: str | None = None,
    stop: str | None = None,
    tif: TimeInForce = TimeInForce.GTC,
    symbol: str = "IBM",
) -> BrokerOrder:
    if stop is not None:
        ord_type = OrdType.STOP if limit is None else OrdType.STOP_LIMIT
    else:
        ord_type = OrdType.MARKET if limit is None else OrdType.LIMIT
    return BrokerOrder(
        cl_ord_id,
        ACCOUNT,
        symbol,
        side,
        Decimal(qty),
        ord_type,
        tif,
        None if limit is None else Decimal(limit),
        None if stop is None else Decimal(stop),
    )


def cancel(cl_ord_id: str) -> BrokerCancel:
    return BrokerCancel(cl_ord_id, None, ACCOUNT, "IBM")


def replace(orig: str, new: str, qty: int, limit: str | None = None) -> BrokerReplace:
    return BrokerReplace(new, orig, None, ACCOUNT, "IBM", Decimal(qty), None if limit is None else Decimal(limit), None)


def quote(ts_ns: int, bid: str, ask: str, bid_size: int = 1000, ask_size: int = 1000, symbol: str = "IBM") -> Quote:
    return Quote(symbol, Decimal(bid), Decimal(ask), Decimal(bid_size), Decimal(ask_size), ts_ns)


def trade(ts_ns: int, price: str, size: int) -> Trade:
    return Trade("IBM", Decimal(price), Decimal(size), ts_ns)


class Reports:
    """A report sink that can be waited on."""

    def __init__(self) -> None:
        self.all: list[Report] = []
        self._more = asyncio.Event()

    def __call__(self, report: Report) -> None:
        self.all.append(report)
        self._more.set()

    @property
    def kinds(self) -> list[str]:
        return [type(report).__name__ for report in self.all]

    @property
    def executions(self) -> list[Execution]:
        return [report.execution for report in self.all if isinstance(report, Filled)]

    async def until(self, enough: Callable[[Reports], bool]) -> None:
        """Wait until what was reported is enough."""
        async with asyncio.timeout(20):
            while not enough(self):
                self._more.clear()
                await self._more.wait()

    async def count(self, number: int) -> list[Report]:
        """Wait for that many reports in all."""
        await self.until(lambda reports: len(reports.all) >= number)
        return self.all


def paper_broker(
    path: Path,
    clock: Clock,
    settings: PaperSettings = FAST,
    hours: HoursAt = never_closes,
    instruments: tuple[Instrument, ...] = (IBM, BAC),
) -> PaperBroker:
    return PaperBroker(path, settings, instruments, now_ns=clock, hours=hours)
