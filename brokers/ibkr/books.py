"""What IB's books say: orders open and done, executions, positions, cash. What can't be read makes an answer
ambiguous, never empty."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from brokers.ibkr import margins, words
from brokers.ibkr.asking import NoSuchError
from brokers.ibkr.contracts import PACKAGE, Names
from brokers.ibkr.memory import Memory, Placed
from brokers.ibkr.messages import (
    ContractSeen,
    DetailsSeen,
    ExecutionSeen,
    Message,
    OrderSeen,
    PositionSeen,
    StatusSeen,
    ValueSeen,
)
from brokers.ibkr.session import Session
from brokers.ibkr.settings import is_live
from brokers.ibkr.track import ZERO, snapshot_of, status_of
from engine.model.enums import OrdStatus, Side
from engine.model.order import BrokerCancel
from engine.model.snapshot import AccountSnapshot, Execution, OrderSnapshot, PositionSnapshot
from engine.protocol import AmbiguousError, RefusedError

log = logging.getLogger("tradedesk.brokers.ibkr")

OVER: Final = frozenset({OrdStatus.FILLED, OrdStatus.CANCELED, OrdStatus.REJECTED})
#: What an entry is that executed nothing, and never will.
_NEVER_STARTED: Final = frozenset({OrdStatus.CANCELED, OrdStatus.REJECTED, OrdStatus.EXPIRED})
#: Cash by currency (the ledger), and what there is without it.
TAGS: Final = f"AccountType,NetLiquidation,TotalCashValue,{margins.TAGS},$LEDGER:ALL"
#: Commissions follow the executions of a listing, perhaps behind its end.
COMMISSIONS_S: Final = 0.3
NEW_YORK: Final = ZoneInfo("America/New_York")
EVENING: Final = 16
LONG_WEEKEND: Final = timedelta(days=4)


class Books:
    """Read in one session."""

    def __init__(self, session: Session, account: str, memory: Memory, names: Names) -> None:
        self._session = session
        self._account = account
        self._memory = memory
        self._names = names

    # -- orders -------------------------------------------------------------------------------------------------------

    async def open_rows(self) -> list[tuple[OrderSeen, StatusSeen | None]]:
        """Open orders of every client, each with its newest status."""
        rows = await self._session.asking.unnumbered("orders", self._session.link.ask_orders)
        orders: dict[object, OrderSeen] = {}
        statuses: dict[object, StatusSeen] = {}
        for row in rows:
            if isinstance(row, OrderSeen):
                orders[_key(row)] = row
                if row.order_id and row.client_id == self._session.reading.client_id:
                    self._memory.at_least(row.order_id + 1)
                self._session.reading.learn(row)
            elif isinstance(row, StatusSeen):
                statuses[_key(row)] = row
        return [(order, statuses.get(key)) for key, order in orders.items() if order.account in ("", self._account)]

    async def find_open(self, cancel: BrokerCancel) -> OrderSeen | None:
        """The open order that a cancel names."""
        root = self._memory.root_of(cancel.cl_ord_id)
        for order, _ in await self.open_rows():
            if order.ref == root or (cancel.order_id and str(order.perm_id) == cancel.order_id):
                return order
        return None

    def open_orders(self, rows: Sequence[tuple[OrderSeen, StatusSeen | None]]) -> list[OrderSnapshot]:
        with readable():
            found = [self._open(*row) for row in rows]
            return [order for order in found if order.status not in OVER]

    def _open(self, seen: OrderSeen, status: StatusSeen | None) -> OrderSnapshot:
        cum_qty = status.filled if status is not None else ZERO
        word = status.status if status is not None else seen.status
        stands = status_of(word, cum_qty, seen.qty, open_at_broker=True)
        return self._snapshot(seen, cum_qty, stands)

    async def order(self, cl_ord_id: str) -> OrderSnapshot | None:
        """Open, done today, or at the least executed: asked in this order, so that one that moves on meanwhile is
        found. None is an order that IB has in none of these."""
        root = self._memory.root_of(cl_ord_id)
        with readable():
            found = [self._open(*row) for row in await self.open_rows() if row[0].ref == root]
            if not found:
                found = [self._done(row) for row in await self._completed() if row.ref == root]
            if len(found) > 1:
                raise AmbiguousError(f"IB has {len(found)} orders with the reference {root}")
            if found:
                return found[0]
            return (
                await self._executed(root)
                or self._refused(root)
                or self._of_a_day_that_is_over(root)
                or await self._of_an_entry_that_is_over(root)
            )

    async def _executed(self, root: str) -> OrderSnapshot | None:
        """One that is in no list of orders: by its executions, where these are all of it."""
        done = sum((row.qty for row in await self._executions() if row.ref == root), ZERO)
        live, placed = self._session.reading.live_of(root), self._memory.orders.get(root)
        seen = live.seen if live is not None else None
        if done and seen is not None and placed is not None and not placed.legs and done >= seen.qty:
            return self._snapshot(seen, done, OrdStatus.FILLED)
        if done:
            raise AmbiguousError(f"order {root} was executed, and IB lists it neither as open nor as done")
        if "completed" in self._session.asking.silent_about:
            raise AmbiguousError(f"order {root} is not open, and this TWS does not list what is done")
        return None

    def _of_a_day_that_is_over(self, root: str) -> OrderSnapshot | None:
        """An order for a day that is over, which IB had acknowledged: it works no more, and its end is not listed. What
        it executed is what was told; should there be more, the positions show it."""
        placed = self._memory.orders.get(root)
        if (
            placed is None
            or placed.legs
            or not placed.perm_id
            or placed.tif in ("GTC", "GTD")
            or placed.kind not in words.TYPES_SEEN
        ):
            return None
        if _session_day(placed.ns) >= _day(time.time_ns()):
            return None
        return self._from_memory(placed, OrdStatus.EXPIRED, "its day is over, and IB lists it no more")

    async def _of_an_entry_that_is_over(self, root: str) -> OrderSnapshot | None:
        """A leg that IB lists nowhere, of an entry that is over and executed nothing: whether the leg ever reached TWS
        or ended with the entry, it can't come alive any more, since its entry is not there (135)."""
        placed = self._memory.orders.get(root)
        if placed is None or not placed.parent or placed.kind not in words.TYPES_SEEN:
            return None
        entry = await self.order(placed.parent)
        if entry is None or entry.cum_qty or entry.status not in _NEVER_STARTED:
            return None
        return self._from_memory(placed, OrdStatus.CANCELED, "its entry is over, and IB does not list it")

    def _from_memory(self, placed: Placed, status: OrdStatus, text: str) -> OrderSnapshot:
        newest, kind = placed.versions[-1], words.TYPES_SEEN[placed.kind]
        return OrderSnapshot(
            order_id=str(placed.perm_id) if placed.perm_id else "",
            cl_ord_id=newest.cl_ord_id,
            account=self._account,
            symbol=placed.symbol,
            side=Side(placed.side),
            ord_type=kind,
            time_in_force=words.time_word(placed.kind, placed.tif),
            qty=newest.qty,
            cum_qty=sum((e.last_qty for e in self._memory.executions.values() if e.cl_ord_id == placed.root), ZERO),
            status=status,
            limit_px=newest.limit if kind.needs_limit else None,
            stop_px=newest.aux if kind.needs_stop else None,
            root_cl_ord_id=placed.root,
            text=text,
        )

    def _refused(self, root: str) -> OrderSnapshot | None:
        """One that was refused in this session, in so many words, need not be listed."""
        live = self._session.reading.live_of(root)
        if live is None or not live.over or not live.refused or live.seen is None:
            return None
        return self._snapshot(live.seen, ZERO, OrdStatus.REJECTED, live.refused)

    async def _completed(self) -> list[OrderSeen]:
        asking = self._session.asking
        if "completed" in asking.silent_about:
            return []  # whoever looks for an order there is told that it can't be said
        try:
            rows = await asking.unnumbered("completed", self._session.link.ask_completed)
        except AmbiguousError:
            if self._session.is_over or "completed" not in asking.silent_about:
                raise
            return []
        return [row for row in rows if isinstance(row, OrderSeen) and row.account in ("", self._account)]

    def _done(self, seen: OrderSeen) -> OrderSnapshot:
        cum_qty = seen.filled or ZERO
        stands = status_of(seen.status, ZERO, seen.qty, open_at_broker=False)
        live = self._session.reading.live_of(seen.ref)
        refused = live is not None and live.refused and not cum_qty
        if stands is OrdStatus.SUSPENDED or (stands is OrdStatus.CANCELED and refused):
            stands = OrdStatus.REJECTED
        elif stands is OrdStatus.NEW or stands is OrdStatus.PENDING_NEW:
            raise words.UnreadableError(f"a completed order with the status {seen.status!r}")
        return self._snapshot(seen, cum_qty, stands, seen.text)

    def _snapshot(self, seen: OrderSeen, cum_qty: Decimal, status: OrdStatus, text: str = "") -> OrderSnapshot:
        placed: Placed | None = self._memory.orders.get(seen.ref) if seen.ref else None
        return snapshot_of(
            seen, placed, self._names.symbol, self._leg_symbol, cum_qty=cum_qty, status=status, text=text
        )

    def _leg_symbol(self, con_id: int) -> str:
        return self._names.symbol(ContractSeen(con_id, "", f"conId {con_id}"))

    # -- executions ---------------------------------------------------------------------------------------------------

    async def _executions(self) -> list[ExecutionSeen]:
        """The newest version of each, in IB's order."""
        session = self._session
        req_id = self._memory.next_id()
        rows = await session.asking.numbered(
            "executions", req_id, lambda: session.link.ask_executions(req_id, self._account)
        )
        newest: dict[str, ExecutionSeen] = {}
        for row in rows:
            if not isinstance(row, ExecutionSeen) or row.account not in ("", self._account):
                continue
            if row.contract.kind == PACKAGE:
                continue  # its legs are listed as well
            base, version = words.split_exec_id(row.exec_id)
            known = newest.get(base)
            if known is None or words.split_exec_id(known.exec_id)[1] < version:
                newest[base] = row
        return list(newest.values())

    async def executions(self, since_ns: int) -> list[Execution]:
        """Today's from the first one at or after that time on, and before them those of earlier days that are
        remembered. A correction that was never told is told first: the list has only what is right, and not what it
        amends."""
        with readable():
            rows = await self._executions()
            await self._commissions(rows)
            fills = self._session.reading.fills
            found: list[Execution] = []
            for row in rows:
                if words.split_exec_id(row.exec_id)[1] > 1 and not fills.was_told(row):
                    fills.note_told(row)
                    fills.tell(fills.correction(row))
                if row.qty:
                    execution = fills.executed(row)
                    self._memory.executed(execution)
                    if found or row.ts_ns >= since_ns:
                        found.append(execution)
            return [*self._of_earlier_days(since_ns, {e.exec_id for e in found}), *found]

    def _of_earlier_days(self, since_ns: int, listed: set[str]) -> list[Execution]:
        """What was told before, and IB lists no more since it is not of today."""
        today = _day(time.time_ns())
        old = [e for e in self._memory.executions.values() if e.ts_ns >= since_ns and e.exec_id not in listed]
        return sorted((e for e in old if _day(e.ts_ns) < today), key=lambda e: e.ts_ns)

    async def _commissions(self, rows: Sequence[ExecutionSeen]) -> None:
        """Wait a moment for those that have not come."""
        fees = self._session.reading.fills.fees
        loop = asyncio.get_running_loop()
        until = loop.time() + COMMISSIONS_S
        while any(row.exec_id not in fees and row.exec_id not in self._session.no_fee for row in rows):
            if loop.time() >= until:
                self._session.no_fee.update(row.exec_id for row in rows if row.exec_id not in fees)
                return
            await asyncio.sleep(0.01)

    # -- account ------------------------------------------------------------------------------------------------------

    async def positions(self) -> list[PositionSnapshot]:
        rows = await self._session.asking.unnumbered("positions", self._session.link.ask_positions)
        found: dict[str, PositionSnapshot] = {}
        with readable():
            for row in rows:
                if not isinstance(row, PositionSeen) or row.account != self._account:
                    continue
                symbol = self._names.symbol(row.contract)
                unit = Decimal(row.contract.multiplier or 1)
                average = None if row.avg_cost is None else row.avg_cost / unit
                found[symbol] = PositionSnapshot(self._account, symbol, row.qty, average)
        return [position for position in found.values() if position.qty]

    async def account(self) -> AccountSnapshot:
        session = self._session
        async with session.summary_lock:  # TWS keeps two of these at most
            try:
                if "summary" in session.asking.silent_about:
                    raise RefusedError("it was not answered before")
                rows = await self._summary()
            except (AmbiguousError, RefusedError) as error:
                if session.is_over:
                    raise
                log.info("TWS gives no account summary (%s); asked for the account's values", error)
                session.asking.silent_about.add("summary")
                rows = await self._values()
        with readable():
            return self._account_of([row for row in rows if isinstance(row, ValueSeen)])

    async def _summary(self) -> list[Message]:
        session, req_id = self._session, self._memory.next_id()
        try:
            return await session.asking.numbered("summary", req_id, lambda: session.link.ask_summary(req_id, TAGS))
        finally:
            if session.link.is_up:
                session.link.end_summary(req_id)

    async def _values(self) -> list[Message]:
        """The older way, which every gateway knows."""
        session = self._session
        try:
            return await session.asking.unnumbered("values", lambda: session.link.ask_values(self._account))
        finally:
            if session.link.is_up:
                session.link.end_values(self._account)

    def _account_of(self, rows: Sequence[ValueSeen]) -> AccountSnapshot:
        mine = [row for row in rows if row.account == self._account]
        cash: dict[str, Decimal] = {}
        currency, total = "", None
        for row in mine:
            named = row.currency not in ("", "BASE")
            if row.tag in ("CashBalance", "TotalCashBalance") and named:
                cash[row.currency] = words.needed(row.value, row.tag)
            elif row.tag in ("NetLiquidation", "TotalCashValue") and named:
                currency = row.currency
                if row.tag == "TotalCashValue":
                    total = words.needed(row.value, row.tag)
        if not cash and total is not None:
            cash[currency] = total
        if not cash:
            raise words.UnreadableError(f"IB tells no cash of account {self._account}")
        base = currency or next(iter(cash))
        return AccountSnapshot(self._account, is_live(self._account), base, cash, margins.margin_of(mine, base))

    async def details(self, contract: ContractSeen) -> DetailsSeen | None:
        """The description of an instrument; None where IB has none. Raises RefusedError where it has several."""
        session = self._session
        req_id = self._memory.next_id()
        try:
            rows = await session.asking.numbered("details", req_id, lambda: session.link.ask_details(req_id, contract))
        except NoSuchError:
            return None
        found = {row.contract.con_id: row for row in rows if isinstance(row, DetailsSeen)}
        if len(found) > 1:
            names = ", ".join(f"{row.name} ({row.contract.primary or row.contract.exchange})" for row in found.values())
            raise RefusedError(f"IB knows {len(found)} instruments of the name {contract.symbol}: {names}"[:300])
        return next(iter(found.values()), None)


def _day(ns: int) -> date:
    """The date of a moment in New York, after which IB's own day goes."""
    return datetime.fromtimestamp(ns // 1_000_000_000, NEW_YORK).date()


def _session_day(ns: int) -> date:
    """The last day on which an order for the day may work: one that is placed in the evening is for the next session,
    and the next session may be after a weekend and a holiday."""
    placed = datetime.fromtimestamp(ns // 1_000_000_000, NEW_YORK)
    return placed.date() if placed.hour < EVENING else placed.date() + LONG_WEEKEND


def _key(row: OrderSeen | StatusSeen) -> object:
    """What tells orders apart: the account-wide number, and until it has one the client's own."""
    return row.perm_id or (row.client_id, row.order_id)


class readable(contextlib.AbstractContextManager[None]):  # noqa: N801 - reads like the function that it is
    """What can't be read in an answer makes the answer ambiguous, never empty."""

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if isinstance(error, ValueError | KeyError | TypeError | AttributeError | ArithmeticError):
            raise AmbiguousError(f"IB's answer can't be read: {type(error).__name__}: {error}"[:200]) from error
