"""A paper broker under whose cancels things go wrong: some are refused, some are lost, and a fill crosses each."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from brokers.paper.adapter import PaperBroker
from engine.model.market import Quote
from engine.model.order import BrokerCancel, BrokerOrder, BrokerReplace
from engine.protocol import CancelRejected, RefusedError, Report, ReportSink

#: How long a request that is lost stays without an answer: longer than anybody waits.
FOR_EVER_S = 3600.0


class FireBroker:
    """Everything is the real paper broker's, but the fate of cancels. `on_fire`: from now on; `hung`: from now on no
    request of any kind is answered."""

    name = "paper"

    def __init__(self, inner: PaperBroker) -> None:
        self.inner = inner
        self.on_fire = False
        self.hung = False
        self.sent: list[BrokerOrder | BrokerReplace] = []
        """What was handed over."""
        self.refused = self.lost = self.crossed = 0
        self._tries: dict[str, int] = {}
        self._working: dict[str, BrokerOrder] = {}
        self._sink: ReportSink | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    async def connect(self, sink: ReportSink) -> None:
        self._sink = sink
        await self.inner.connect(sink)

    async def submit(self, order: BrokerOrder) -> None:
        self.sent.append(order)
        self._working[order.cl_ord_id] = order
        await self._answers()
        await self.inner.submit(order)

    async def replace(self, replace: BrokerReplace) -> None:
        self.sent.append(replace)
        await self._answers()
        await self.inner.replace(replace)

    async def cancel(self, cancel: BrokerCancel) -> None:
        await self._answers()
        if self.on_fire:
            number, tries = len(self._tries), self._tries.get(cancel.cl_ord_id, 0)
            self._tries[cancel.cl_ord_id] = tries + 1
            if not tries:
                self._cross(cancel.cl_ord_id)
            if tries < 2 and number % 5 == 1:
                self.refused += 1
                raise RefusedError("refused, by the fire")
            if tries < 2 and number % 5 == 2:
                self.refused += 1
                self._report(CancelRejected(cancel.cl_ord_id, "too late, by the fire", 0))
                return
            if tries < 1 and number % 5 == 3:
                self.lost += 1
                await asyncio.sleep(FOR_EVER_S)
        await self.inner.cancel(cancel)

    async def open_orders(self) -> Sequence[Any]:
        await self._answers()
        return await self.inner.open_orders()

    async def positions(self) -> Sequence[Any]:
        await self._answers()
        return await self.inner.positions()

    async def account(self) -> Any:
        await self._answers()
        return await self.inner.account()

    async def _answers(self) -> None:
        if self.hung:
            await asyncio.sleep(FOR_EVER_S)

    def _report(self, report: Report) -> None:
        if self._sink is not None:
            self._sink(report)

    def _cross(self, cl_ord_id: str) -> None:
        """The market trades a little through this order just before its cancel arrives."""
        order = self._working.get(cl_ord_id)
        if order is None or order.limit_px is None:
            return
        self.crossed += 1
        px, tick, one = order.limit_px, Decimal("0.01"), Decimal(1)
        bid, ask = (px - tick, px) if order.side.is_buy else (px, px + tick)
        self.inner.on_market(Quote(order.symbol, bid, ask, one, one, self.inner._now_ns()))
