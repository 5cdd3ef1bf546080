"""A gateway in virtual time, and a broker that fails as it is told to."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from engine.effects import CancelAll, CancelOrder, ReplaceOrder, SubmitOrder
from engine.model.enums import AssetClass, OrdType, Side, TimeInForce
from engine.model.order import BrokerCancel, BrokerOrder, BrokerReplace
from engine.model.snapshot import AccountSnapshot, Execution, OrderSnapshot, PositionSnapshot
from engine.protocol import (
    AmbiguousError,
    Capabilities,
    ReportSink,
)
from engine.resilience.settings import Resilience
from engine.risk.approval import stamp_approved
from engine.risk.gate import Gate
from engine.runtime.gateway import Gateway
from tests.engine.dealing import D
from tests.engine.runtime.test_gateway import NoLatch
from tests.simulation.loop import SECOND_NS, VirtualLoop

SUBMIT, REPLACE, CANCEL, ASK, TIME = "submit", "replace", "cancel", "ask", "time"
CANCEL_ALL = "cancel all"


class Broker:
    """Takes everything at once, but for the errors that wait for a method."""

    name = "sim"

    def __init__(self, loop: VirtualLoop, rate: int) -> None:
        self.loop = loop
        self.rate = rate
        self.errors: dict[str, list[Exception]] = {}
        self.always: dict[str, Exception] = {}
        self.got: list[tuple[float, str, str]] = []
        self.connects: list[float] = []
        self.refuses: Exception | None = None
        self.clock_off_ns = 0
        self.sink: ReportSink = lambda report: None

    def _take(self, method: str, ident: str = "") -> None:
        self.got.append((round(self.loop.time(), 3), method, ident))
        if method in self.always:
            raise self.always[method]
        waiting = self.errors.get(method)
        if waiting:
            raise waiting.pop(0)

    def times(self, method: str, ident: str = "") -> list[float]:
        """When it was asked."""
        return [at for at, what, who in self.got if what == method and (not ident or who == ident)]

    def capabilities(self) -> Capabilities:
        return Capabilities(
            frozenset(OrdType),
            frozenset(TimeInForce),
            frozenset(AssetClass),
            replace=True,
            max_requests_per_s=self.rate,
        )

    async def connect(self, sink: ReportSink) -> None:
        self.connects.append(round(self.loop.time(), 3))
        if self.refuses is not None:
            raise self.refuses
        self.sink = sink

    async def disconnect(self) -> None:
        """Nothing to close."""

    async def submit(self, order: BrokerOrder) -> None:
        self._take(SUBMIT, order.cl_ord_id)

    async def replace(self, replace: BrokerReplace) -> None:
        self._take(REPLACE, replace.cl_ord_id)

    async def cancel(self, cancel: BrokerCancel) -> None:
        self._take(CANCEL, cancel.cl_ord_id)

    async def cancel_all(self) -> None:
        self._take(CANCEL_ALL)

    async def order_by_cl_ord_id(self, cl_ord_id: str) -> OrderSnapshot | None:
        self._take(ASK, cl_ord_id)
        return None

    async def open_orders(self) -> Sequence[OrderSnapshot]:
        self._take("open orders")
        return ()

    async def executions_since(self, since_ns: int) -> Sequence[Execution]:
        return ()

    async def positions(self) -> Sequence[PositionSnapshot]:
        return ()

    async def account(self) -> AccountSnapshot:
        return AccountSnapshot("A1", False, "USD", {})

    async def server_time_ns(self) -> int | None:
        self._take(TIME)
        return self.loop.now_ns + self.clock_off_ns


class Desk:
    """A gateway and its broker; `posted` is what the core would be told."""

    def __init__(self, loop: VirtualLoop, rate: int = 50) -> None:
        self.loop = loop
        self.broker = Broker(loop, rate)
        self.posted: list[Any] = []
        self.gate = Gate()
        self.gateway = Gateway(
            self.broker,  # type: ignore[arg-type]
            self.gate,
            NoLatch(),  # type: ignore[arg-type]
            self.posted.append,
            lambda: loop.now_ns,
            resilience=Resilience(retry_jitter=0, rate_margin_s=0),
            rng=Random(1),
        )
        self.running = loop.create_task(self.gateway.run())

    def run(self, seconds: float = 0.0) -> None:
        """Let time pass."""
        self.loop.run_until(self.loop.now_ns + int(seconds * SECOND_NS))

    def submit(self, ident: str, *, liquidation: bool = False) -> None:
        wanted = BrokerOrder(ident, "A1", "IBM", Side.BUY, D(1), OrdType.MARKET, TimeInForce.DAY)
        self.gateway.submit(SubmitOrder(stamp_approved(wanted, 0, reducing=liquidation), liquidation))
        self.run()

    def replace(self, ident: str, orig: str) -> None:
        wanted = BrokerReplace(ident, orig, None, "A1", "IBM", D(2), None, None)
        self.gateway.submit(ReplaceOrder(stamp_approved(wanted, 0, reducing=False)))
        self.run()

    def cancel(self, ident: str, *, urgent: bool = False) -> None:
        self.gateway.cancel(CancelOrder(BrokerCancel(ident, None, "A1", "IBM"), urgent))
        self.run()

    def cancel_all(self, *idents: str) -> None:
        each = tuple(CancelOrder(BrokerCancel(ident, None, "A1", "IBM"), True) for ident in idents)
        self.gateway.cancel_all(CancelAll("A1", each))
        self.run()

    def told(self, kind: type) -> list[Any]:
        return [item for item in self.posted if isinstance(item, kind)]

    def break_it(self) -> None:
        """Five orders in a row end with a 5xx."""
        self.broker.always[SUBMIT] = AmbiguousError("502")
        for number in range(5):
            self.submit(f"broken{number}")
        del self.broker.always[SUBMIT]
        assert self.gateway.row().breaker == "open"
