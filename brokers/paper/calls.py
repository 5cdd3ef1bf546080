"""The calls of a BrokerAdapter as requests to a paper venue, the same in process and over a socket."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Final, TypeVar

from brokers.declared import refuse_other_replace, refuse_undeclared
from brokers.paper.messages import (
    Account,
    Answer,
    AskAccount,
    AskExecutions,
    AskInstrument,
    AskOpenOrders,
    AskOrder,
    AskPositions,
    CancelAll,
    Executions,
    Failed,
    OneInstrument,
    OneOrder,
    Orders,
    Positions,
    Request,
    Taken,
)
from engine.market.matching.checks import ORD_TYPES, TIMES_IN_FORCE
from engine.model.enums import AssetClass
from engine.model.instrument import Instrument
from engine.model.order import BrokerCancel, BrokerOrder, BrokerReplace
from engine.model.snapshot import AccountSnapshot, Execution, OrderSnapshot, PositionSnapshot
from engine.protocol import AbsenceProof, AmbiguousError, CancelAllScope, Capabilities

CAPABILITIES: Final = Capabilities(
    ord_types=ORD_TYPES,
    times_in_force=TIMES_IN_FORCE,
    asset_classes=frozenset(AssetClass),
    replace=True,
    # Whoever placed them: a desk whose state was wiped finds orders of its earlier life on the same books.
    cancel_all=CancelAllScope.ACCOUNT,
    fractional=True,
    short=True,
    unique_ids_enforced=True,
    absence_proof=AbsenceProof.NEW_SESSION,
    max_requests_per_s=1000,
    chained_replaces=True,
    multileg=True,
    resend_interval_ns=2_000_000_000,
)
A = TypeVar("A", bound=Answer)


class PaperCalls(ABC):
    """Everything of a BrokerAdapter but the session. Calls raise what the venue's answer says, as
    BrokerError.

    An id that was used before raises AmbiguousError: the order which has it may be alive.
    """

    page_size: int = 0
    """How many executions are asked for at a time; 0: all."""

    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    async def submit(self, order: BrokerOrder) -> None:
        refuse_undeclared(CAPABILITIES, order)
        await self._expect(order, Taken)

    async def cancel(self, cancel: BrokerCancel) -> None:
        await self._expect(cancel, Taken)

    async def cancel_all(self) -> None:
        await self._expect(CancelAll(), Taken)

    async def replace(self, replace: BrokerReplace) -> None:
        refuse_other_replace(replace)
        await self._expect(replace, Taken)

    async def order_by_cl_ord_id(self, cl_ord_id: str) -> OrderSnapshot | None:
        return (await self._expect(AskOrder(cl_ord_id), OneOrder)).order

    async def open_orders(self) -> Sequence[OrderSnapshot]:
        return (await self._expect(AskOpenOrders(), Orders)).orders

    async def executions_since(self, since_ns: int) -> Sequence[Execution]:
        found: list[Execution] = []
        while True:
            page = (await self._expect(AskExecutions(since_ns, len(found), self.page_size), Executions)).executions
            found += page
            # Executions are only ever added at the end: the pages fit together whatever fills meanwhile.
            if not self.page_size or len(page) < self.page_size:
                return found

    async def positions(self) -> Sequence[PositionSnapshot]:
        return (await self._expect(AskPositions(), Positions)).positions

    async def account(self) -> AccountSnapshot:
        return (await self._expect(AskAccount(), Account)).account

    async def instrument(self, symbol: str) -> Instrument | None:
        return (await self._expect(AskInstrument(symbol), OneInstrument)).instrument

    @abstractmethod
    async def _ask(self, request: Request) -> Answer:
        """Send the request and wait for its answer. Raises NotConnectedError or AmbiguousError."""

    async def _expect(self, request: Request, kind: type[A]) -> A:
        answer = await self._ask(request)
        if isinstance(answer, kind):
            return answer
        if isinstance(answer, Failed):
            raise answer.error()
        raise AmbiguousError(f"the paper broker answered {type(answer).__name__}, not {kind.__name__}")
