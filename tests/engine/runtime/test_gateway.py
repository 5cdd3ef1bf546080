"""The gateway's promises: the gate is read right before the bytes, and "not found" is proof only when it is."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from engine import inputs as i
from engine.effects import QueryOrder, SubmitOrder
from engine.journal.latch import Latch
from engine.model.enums import AssetClass, OrdType, Side, TimeInForce
from engine.model.order import BrokerCancel, BrokerOrder
from engine.model.snapshot import AccountSnapshot, Execution, OrderSnapshot
from engine.protocol import AbsenceProof, Capabilities, Connected, Disconnected, ReportSink
from engine.risk.approval import stamp_approved
from engine.risk.gate import Gate
from engine.runtime.gateway import Gateway
from tests.engine.dealing import D


class NoLatch:
    """No kill latch is on the disk."""

    def exists(self) -> bool:
        return False

    def closes(self, approved: object) -> str:
        return ""

    def read(self) -> Latch | None:
        return None


class Wire:
    """A broker at the end of a wire: takes everything, knows no order, answers when it is let."""

    name = "sim"

    def __init__(self, rate: int = 50) -> None:
        self.got: list[str] = []
        self.rate = rate
        self.sink: ReportSink = lambda report: None
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    def capabilities(self) -> Capabilities:
        return Capabilities(
            frozenset(OrdType),
            frozenset(TimeInForce),
            frozenset(AssetClass),
            replace=True,
            absence_proof=AbsenceProof.NEW_SESSION,
            max_requests_per_s=self.rate,
        )

    async def connect(self, sink: ReportSink) -> None:
        self.sink = sink

    async def disconnect(self) -> None:
        """Nothing to close."""

    async def submit(self, order: BrokerOrder) -> None:
        self.got.append(order.cl_ord_id)

    async def cancel(self, cancel: BrokerCancel) -> None:
        self.got.append(f"cancel {cancel.cl_ord_id}")

    async def order_by_cl_ord_id(self, cl_ord_id: str) -> OrderSnapshot | None:
        await self.may_answer.wait()
        return None

    async def account(self) -> AccountSnapshot:
        return AccountSnapshot("A1", False, "USD", {})

    async def executions_since(self, since_ns: int) -> Sequence[Execution]:
        return ()


def order(cl_ord_id: str, *, epoch: int = 0) -> SubmitOrder:
    """An approved order."""
    wanted = BrokerOrder(cl_ord_id, "A1", "IBM", Side.BUY, D(1), OrdType.MARKET, TimeInForce.DAY)
    return SubmitOrder(stamp_approved(wanted, epoch, reducing=False))


class Line:
    """A gateway on a wire, connected."""

    def __init__(self, rate: int = 50) -> None:
        self.posted: list[Any] = []
        self._news = asyncio.Event()
        self.wire = Wire(rate)
        self.gate = Gate()
        self.gateway = Gateway(
            self.wire,  # type: ignore[arg-type]
            self.gate,
            NoLatch(),  # type: ignore[arg-type]
            self._post,
            lambda: 1,
        )

    async def __aenter__(self) -> Line:
        self.running = asyncio.create_task(self.gateway.run())
        await self.until(Connected)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.running.cancel()
        await self.gateway.close()

    def _post(self, item: object) -> None:
        self.posted.append(item)
        self._news.set()

    async def until(self, kind: type, count: int = 1) -> list[Any]:
        """Wait for inputs of one kind."""
        async with asyncio.timeout(5):
            while len(found := [item for item in self.posted if isinstance(item, kind)]) < count:
                self._news.clear()
                await self._news.wait()
        return found

    def drop(self) -> None:
        """The session is lost; the gateway opens the next one by itself."""
        self.wire.sink(Disconnected("sim", "reset", 0))


async def test_a_gate_that_closes_after_the_release_still_stops_the_bytes() -> None:
    async with Line() as line:
        line.gateway.submit(order("A"))
        line.gate.slam("now")
        withheld = await line.until(i.Withheld)
        assert [w.cl_ord_id for w in withheld] == ["A"]
        assert line.wire.got == []


async def test_not_found_is_no_proof_in_the_session_in_which_the_order_was_sent_and_is_in_the_next() -> None:
    async with Line() as line:
        line.gateway.submit(order("A"))
        line.gateway.query(QueryOrder("A1", "A"))
        assert [e.proves_absence for e in await line.until(i.OrderEvidence)] == [False]
        line.drop()
        await line.until(Connected, 2)
        line.gateway.query(QueryOrder("A1", "A"))
        assert [e.proves_absence for e in await line.until(i.OrderEvidence, 2)] == [False, True]


async def test_an_answer_to_a_question_of_the_last_session_proves_nothing_in_this_one() -> None:
    async with Line() as line:
        line.gateway.submit(order("A"))
        line.wire.may_answer.clear()
        line.gateway.query(QueryOrder("A1", "A"))
        await asyncio.sleep(0.01)
        line.drop()
        await line.until(Connected, 2)
        line.wire.may_answer.set()
        assert [e.proves_absence for e in await line.until(i.OrderEvidence)] == [False]


async def test_that_an_order_is_not_found_which_waits_for_its_turn_proves_nothing() -> None:
    async with Line(rate=10) as line:
        for number in range(20):
            line.gateway.submit(order(f"A{number}"))
        line.gateway.query(QueryOrder("A1", "A19"))
        evidence = (await line.until(i.OrderEvidence))[0]
        assert "A19" not in line.wire.got
        assert not evidence.proves_absence


async def test_a_lost_session_is_opened_again_at_once() -> None:
    async with Line() as line:
        for sessions in (2, 3):
            line.drop()
            await line.until(Connected, sessions)


async def test_what_waited_for_its_turn_when_the_session_was_lost_is_never_sent() -> None:
    async with Line(rate=2) as line:
        for name in "ABC":
            line.gateway.submit(order(name))
        line.drop()
        withheld = await line.until(i.Withheld, 2)
        await line.until(Connected, 2)
        assert [w.cl_ord_id for w in withheld] == ["B", "C"]
        assert "B" not in line.wire.got
