"""Interactive Brokers as a BrokerAdapter: one connection to TWS or the Gateway, nothing repeated by itself.

TWS answers no request as such. What is taken for an answer is the first message about the order: a submit waits for
any, a change for its new terms, a cancel for its beginning. What doesn't come in time is in doubt, and IB checks no id
twice: nothing but its books (open orders, today's completed ones, executions) says what became of it.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import time
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import msgspec

from brokers.declared import refuse_other_replace
from brokers.ibkr import groups, words
from brokers.ibkr.books import Books, readable
from brokers.ibkr.capabilities import CAPABILITIES
from brokers.ibkr.contracts import Names, instrument_of
from brokers.ibkr.hours import sessions_of
from brokers.ibkr.memory import Memory, Version
from brokers.ibkr.messages import OrderSeen, StatusSeen
from brokers.ibkr.pacing import Lane
from brokers.ibkr.placing import Placing
from brokers.ibkr.session import Session
from brokers.ibkr.settings import ClientIdInUseError, IbkrSettings
from brokers.ibkr.track import Answer, Live, NoParentError
from engine.market import calendar
from engine.model.instrument import Instrument
from engine.model.order import BrokerCancel, BrokerGroup, BrokerOrder, BrokerReplace
from engine.model.snapshot import AccountSnapshot, Execution, OrderSnapshot, PositionSnapshot
from engine.protocol import (
    AmbiguousError,
    CancelRejected,
    Capabilities,
    NotConnectedError,
    ReplaceRejected,
    Report,
    ReportSink,
    WrongAccountError,
)

log = logging.getLogger("tradedesk.brokers.ibkr")
SECOND_NS: Final = 1_000_000_000
#: A link to IB that has been away for longer may be back without a word: a new connection shows.
SEVERED_LONGEST_S: Final = 60.0


class IbkrBroker:
    """One account. `account`: its id at IB; `instruments`: those that it may meet, by the desk's symbol."""

    name = "ibkr"

    def __init__(
        self,
        settings: IbkrSettings,
        *,
        account: str,
        instruments: Mapping[str, Instrument],
        spare_client_id: int | None = None,
    ) -> None:
        """`spare_client_id`: taken where another program (a desk that hangs, perhaps) is connected under ours; it can
        ask, and cancel all, and cancel no single order of ours."""
        self._settings = settings
        self._spare = spare_client_id
        self._account = account
        self._names = Names(instruments)
        self._memory = Memory(settings.memory)
        self._placing = Placing(
            settings, account, self._memory, self._names, ready=self._ready, turn=self._turn, books=self._books
        )
        self._session: Session | None = None
        self._severed_s = 0.0

    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    # -- session ------------------------------------------------------------------------------------------------------

    async def connect(self, sink: ReportSink) -> None:
        """Raises NotConnectedError, and WrongAccountError where this TWS manages other accounts."""
        if await self._restored(sink):
            return
        await self.disconnect()
        sdk = await asyncio.to_thread(importlib.import_module, "brokers.ibkr.sdk")
        try:
            await self._open(sdk, sink, self._settings)
        except ClientIdInUseError:
            if self._spare is None:
                raise
            await self._open(sdk, sink, msgspec.structs.replace(self._settings, client_id=self._spare))

    async def _open(self, sdk: Any, sink: ReportSink, settings: IbkrSettings) -> None:
        session = Session(
            settings,
            sdk,
            name=self.name,
            account=self._account,
            memory=self._memory,
            names=self._names,
            sink=sink,
            on_end=self._ended,
        )
        try:
            await session.link.open()
            if self._account not in session.link.accounts:
                managed = ", ".join(session.link.accounts)
                raise WrongAccountError(
                    f"TWS at {self._settings.where} manages {managed}, and not {self._account}, which the profile names"
                )
            self._memory.at_least(session.link.next_valid_id)
            if settings.client_id == 0:
                session.link.bind_manual_orders()
            # What works there is learned before anything is sent: its ids, and that TWS answers.
            rows = await Books(session, self._account, self._memory, self._names).open_rows()
        except AmbiguousError as error:
            session.close()
            raise NotConnectedError(str(error)) from None
        except BaseException:
            session.close()
            raise
        if session.severed:
            self._session = session
            raise NotConnectedError("TWS is not connected to IB")
        if session.is_over:
            raise NotConnectedError("TWS ended the session as it began")
        self._session = session
        await self._take_back(session, rows)

    async def _take_back(self, session: Session, rows: Sequence[tuple[OrderSeen, StatusSeen | None]]) -> None:
        """Cancel what lies in TWS and is never passed on."""
        for seen in groups.left_behind(rows, self._memory, session.client_id, self._placing.handing):
            await session.pacer.turn(Lane.CANCEL)
            log.warning("order %s lies in TWS and is never passed on, without the rest of its group", seen.ref)
            if (live := session.reading.live_of(seen.ref)) is not None:
                live.why = "it was never passed on: the rest of its group did not reach TWS"
            session.link.cancel(seen.order_id)

    async def _restored(self, sink: ReportSink) -> bool:
        """Whether the session that stands has its link to IB again. Raises NotConnectedError while it has not."""
        session = self._session
        if session is None or session.is_over or not (session.severed or session.restored.is_set()):
            return False
        if session.severed:
            if time.monotonic() - self._severed_s > SEVERED_LONGEST_S:
                return False
            try:
                async with asyncio.timeout(self._settings.timeout_s):
                    await session.restored.wait()
            except TimeoutError:
                raise NotConnectedError("TWS is not connected to IB (1100)") from None
        session.restored.clear()
        session.sink = sink
        try:
            await self._take_back(session, await self._books().open_rows())
        except AmbiguousError as error:
            raise NotConnectedError(str(error)) from None
        return True

    async def disconnect(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.close()
        self._memory.close()

    def _ended(self, session: Session, reason: str) -> None:
        if self._session is not session:
            return
        if session.is_over:
            self._session = None
        else:
            self._severed_s = time.monotonic()
        session.report_loss(reason)

    def _ready(self) -> Session:
        session = self._session
        if session is None or session.is_over:
            raise NotConnectedError("not connected to TWS; nothing was sent")
        if session.severed or session.restored.is_set():
            raise NotConnectedError("TWS is not connected to IB (1100); nothing was sent")
        return session

    async def _turn(self, lane: Lane) -> Session:
        """The session, when a message may go out on it."""
        session = self._ready()
        await session.pacer.turn(lane)
        if self._ready() is not session:
            raise NotConnectedError("the session ended before it was sent")
        return session

    async def _answered(self, answer: Answer, what: str) -> None:
        done, _ = await asyncio.wait((answer,), timeout=self._settings.timeout_s)
        if not done:
            raise AmbiguousError(f"TWS said nothing of {what} within {self._settings.timeout_s:g} s")
        answer.result()

    def _tell(self, report: Report) -> None:
        if self._session is not None:
            self._session.sink(report)

    def _books(self) -> Books:
        return Books(self._ready(), self._account, self._memory, self._names)

    # -- orders -------------------------------------------------------------------------------------------------------

    async def submit(self, order: BrokerOrder) -> None:
        await self._placing.submit(order)

    def group_refusal(self, group: BrokerGroup) -> str:
        return groups.refusal(group, CAPABILITIES, self._names)

    async def submit_group(self, group: BrokerGroup) -> None:
        await self._placing.submit_group(group)

    def remember_groups(self, known: Sequence[BrokerGroup]) -> None:
        """Nothing to do: each order of a group goes out under its own id, and IB gives that back."""

    async def cancel(self, cancel: BrokerCancel) -> None:
        session = self._ready()
        if cancel.cl_ord_id in self._placing.unsent:
            self._placing.unsent.discard(cancel.cl_ord_id)
            return  # what waits for its margin or its turn is never sent: its submit says so
        live = session.reading.live_of(cancel.cl_ord_id)
        refusal = "the order is over" if live is not None and live.over else ""
        if live is None:
            live, refusal = await self._look_for(session, cancel)
        if live is None or refusal:
            self._tell(CancelRejected(cancel.cl_ord_id, refusal, time.time_ns()))
            return
        session = await self._turn(Lane.CANCEL)
        if live.canceling is None or live.canceling.done():
            live.canceling = asyncio.get_running_loop().create_future()
        session.link.cancel(live.order_id)
        await self._answered(live.canceling, f"the cancel of {cancel.cl_ord_id}")

    async def _look_for(self, session: Session, cancel: BrokerCancel) -> tuple[Live | None, str]:
        """An order that this session does not know, or why it can't be cancelled."""
        seen = await self._books().find_open(cancel)
        if seen is None:
            return None, "IB knows no such open order"
        if seen.client_id != session.client_id or not seen.order_id:
            return None, f"it was placed by client {seen.client_id} of TWS (0: by hand): cancel it there, or cancel all"
        return session.reading.live_of(seen.ref) or session.reading.adopt(seen, self._names.symbol(seen.contract)), ""

    async def cancel_all(self) -> None:
        """Every order of every client and those placed by hand, in all accounts of this TWS."""
        self._placing.unsent.clear()
        session = await self._turn(Lane.CANCEL)
        session.link.cancel_all()

    async def replace(self, replace: BrokerReplace) -> None:
        """IB changes an order under its own id; the engine's id of the new version is kept here."""
        refuse_other_replace(replace)
        session = self._ready()
        live = session.reading.live_of(replace.orig_cl_ord_id)
        if live is None:
            await self._books().open_rows()
            live = session.reading.live_of(replace.orig_cl_ord_id)
        if (refusal := _why_not_changed(live, replace)) or live is None:
            reason = refusal or "IB knows no such open order"
            self._tell(ReplaceRejected(replace.cl_ord_id, replace.orig_cl_ord_id, reason, time.time_ns()))
            return
        session = await self._turn(Lane.ORDER)
        aux = replace.stop_px
        before = live.placed.versions[-1]
        change = Version(
            replace.cl_ord_id,
            replace.qty,
            replace.limit_px if replace.limit_px is not None else before.limit,
            aux if aux is not None else before.aux,
        )
        self._memory.changed(live.placed.root, change)
        live.change = change
        live.changing = asyncio.get_running_loop().create_future()
        limit = "" if replace.limit_px is None else words.plain(replace.limit_px)
        terms = (words.plain(replace.qty), limit, "" if aux is None else words.plain(aux))
        if not session.link.change(live.order_id, *terms):
            raise AmbiguousError(f"the terms of {replace.orig_cl_ord_id} are not known; nothing was sent")
        try:
            await self._answered(live.changing, f"the change of {replace.orig_cl_ord_id}")
        except NoParentError:
            # Refused, since its entry is over by now: said once more without naming that.
            session = await self._turn(Lane.ORDER)
            live.changing = asyncio.get_running_loop().create_future()
            session.link.change(live.order_id, *terms, orphan=True)
            await self._answered(live.changing, f"the change of {replace.orig_cl_ord_id}")

    # -- questions ----------------------------------------------------------------------------------------------------

    async def order_by_cl_ord_id(self, cl_ord_id: str) -> OrderSnapshot | None:
        return await self._books().order(cl_ord_id)

    async def open_orders(self) -> Sequence[OrderSnapshot]:
        books = self._books()
        rows = await books.open_rows()
        await self._take_back(self._ready(), rows)
        return books.open_orders(rows)

    async def executions_since(self, since_ns: int) -> Sequence[Execution]:
        """TWS lists today's; those of earlier days are remembered. From the first one at or after that time on: should
        its clock have been set back, none is hidden."""
        return await self._books().executions(since_ns)

    async def positions(self) -> Sequence[PositionSnapshot]:
        return await self._books().positions()

    async def account(self) -> AccountSnapshot:
        return await self._books().account()

    async def instrument(self, symbol: str) -> Instrument | None:
        details = await self._books().details(self._names.contract(symbol))
        if details is None:
            return None
        self._names.note(details.contract, symbol)
        return instrument_of(details, symbol)

    async def sessions(self, symbol: str, first: date, last: date) -> Sequence[calendar.Session] | None:
        """Of futures and currencies all hours, of everything else the liquid ones."""
        contract = self._names.contract(symbol)
        details = await self._books().details(contract)
        if details is None:
            return None
        with readable():
            hours = details.traded if contract.kind in ("FUT", "CASH") else details.hours
            return sessions_of(hours, details.zone, first, last)

    async def server_time_ns(self) -> int | None:
        """TWS tells whole seconds: as long as ours is within its second, the clocks agree as far as can be seen."""
        session = self._ready()
        if "time" in session.asking.silent_about:
            return None
        try:
            told = await session.asking.time(session.link.ask_time) * SECOND_NS
        except AmbiguousError:
            if session.is_over or "time" not in session.asking.silent_about:
                raise
            return None
        return min(max(time.time_ns(), told), told + SECOND_NS)


def _why_not_changed(live: Live | None, replace: BrokerReplace) -> str:
    """ "" where the order may be changed."""
    if live is None:
        return "IB knows no such open order"
    if live.over:
        return "the order is over"
    if replace.orig_cl_ord_id != live.ident:
        return f"it is {live.ident} by now"
    filled = max(live.executed, live.status.filled if live.status is not None else live.executed)
    if replace.qty <= filled:
        return f"{words.plain(filled)} are executed already"
    return ""


__all__: Sequence[Any] = ["CAPABILITIES", "IbkrBroker"]
