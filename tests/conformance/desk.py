"""The real desk on an adapter under test: core, pump and gateway, with a journal that is a list and a clock that ticks.

What it has to stand for is what the invariants of DESIGN §10 say: every order at the broker has exactly one intent of
ours (a), nothing is doubted or resolved without evidence (b), and once quiet our books are the broker's (c).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Literal

import msgspec

from console.broker_groups import groups_refused
from engine import facts as f
from engine import inputs as i
from engine.desk import Desk
from engine.effects import (
    CancelOrder,
    Effect,
    QueryOrder,
    QuerySnapshot,
    RenewSession,
    ReplaceOrder,
    SubmitGroup,
    SubmitOrder,
)
from engine.inputs import Now
from engine.journal.latch import Latch
from engine.market.quotes import QuoteCache
from engine.model.enums import OrdStatus, OrdType, Side, TimeInForce
from engine.model.instrument import Instrument
from engine.model.market import Quote
from engine.model.order import Contingency, OrderRequest, ReplaceRequest
from engine.orders.native import living
from engine.orders.order import Order
from engine.protocol import BrokerAdapter, Capabilities
from engine.resilience.settings import Resilience
from engine.risk.gate import Gate
from engine.risk.limits import Limits
from engine.runtime.gateway import Gateway
from engine.state import DeskState
from engine.surroundings import Surroundings
from tests.conformance.bench import Bench, Truth

MS = 1_000_000
PATIENCE_S = 25.0
HASTY = Resilience(retry_first_s=0.2, reconnect_first_s=0.05, reconnect_longest_s=0.4)
"""A desk that waits no longer than it has to between its attempts."""
RESEND_NS = 150 * MS
"""How far apart two not-founds must lie here, whatever longer time the adapter declares."""


class NoLatch:
    """No kill latch is on the disk."""

    def exists(self) -> bool:
        return False

    def closes(self, approved: object) -> str:
        return ""

    def read(self) -> Latch | None:
        return None


class RunningDesk:
    """One desk, from its first connection on. Its journal is `facts`."""

    def __init__(
        self,
        bench: Bench,
        adapter: BrokerAdapter,
        state: DeskState | None,
        resend_within_ns: int,
        groups: Literal["broker", "desk"],
    ) -> None:
        self.bench = bench
        self.facts: list[f.Fact] = []
        self.given: list[object] = []
        """Everything that the gateway told the core."""
        instruments = (Instrument(bench.symbol),)
        self._limits = Limits.defaults().with_changes(
            {
                "risk.max_orders_per_s": "off",
                "risk.duplicate_window_s": "off",
                "risk.max_sector_exposure": "off",
            }
        )
        self.quotes = QuoteCache(self._limits, instruments)
        around = Surroundings(
            lambda symbol, ns, extended: "",
            lambda ns: ("today", 2**62),
            lambda account: _hasty(adapter.capabilities()),
            reconcile_every_ns=500 * MS,
            check_every_ns=50 * MS,
            unacked_after_ns=100 * MS,
            new_session_after_ns=400 * MS,
            resend_within_ns=resend_within_ns,
            group_refusal=groups_refused({bench.account: adapter}, groups),
        )
        self.state = state if state is not None else DeskState()
        self.desk = Desk(self.state, self.quotes, around)
        self.gate = Gate()
        self.gateway = Gateway(
            adapter,
            self.gate,
            NoLatch(),  # type: ignore[arg-type]
            self.give,
            time.time_ns,
            timeout_s=bench.timeout_s + 0.2,
            resilience=HASTY,
            groups=lambda: living(self.desk, bench.account),
        )
        self._last = self.state.last_recorded_ns
        self._instruments = instruments
        self._market = ("100.00", "100.02")
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        opened = f.DeskOpened(
            self.state.desk_id or "CNFDESK", "paper", self.bench.account, "bench", "USD", "average", "", "", "0"
        )
        self.desk.start(
            opened, f.InstrumentsLoaded(self._instruments), f.LimitsLoaded("", self._limits.as_texts()), self._now()
        )
        self._release()
        self._tasks = [asyncio.create_task(self.gateway.run()), asyncio.create_task(self._clock())]

    async def die(self) -> None:
        """The process is gone: nothing is said to anybody."""
        for task in (*self._tasks, *self.gateway._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.gateway._adapter.disconnect()

    # -- inputs -----------------------------------------------------------------------------------------------------

    def give(self, item: object) -> None:
        """Let the core decide, and carry out what it wants once its facts are in the journal."""
        self.given.append(item)
        self.desk.handle(item, self._now())
        self._release()

    def quote(self, bid: str, ask: str) -> None:
        quote = Quote(self.bench.symbol, Decimal(bid), Decimal(ask), Decimal(1000), Decimal(1000), time.time_ns())
        self.quotes.on_quote(quote)
        if self.state.groups:
            self.give(quote)  # what is held here waits for it

    async def market(self, bid: str, ask: str, size: int = 1000) -> None:
        """The market moves, at the broker and for the desk."""
        self._market = (bid, ask)
        await self.bench.quote(bid, ask, size)

    async def _clock(self) -> None:
        while True:
            await asyncio.sleep(0.02)
            self.quote(*self._market)
            self.desk.advance(self._now())
            self._release()

    def _now(self) -> Now:
        self._last = max(self._last + 1, time.time_ns())
        return Now(self._last, self._last)

    def _release(self) -> None:
        facts, effects = self.desk.take()
        self.facts += [fact for _, _, fact in facts]
        for effect in effects:
            self._perform(effect)

    def _perform(self, effect: Effect) -> None:
        gateway = self.gateway
        if isinstance(effect, SubmitOrder | ReplaceOrder | SubmitGroup):
            gateway.submit(effect)
        elif isinstance(effect, CancelOrder):
            gateway.cancel(effect)
        elif isinstance(effect, QueryOrder):
            gateway.query(effect)
        elif isinstance(effect, QuerySnapshot):
            gateway.snapshot(effect)
        elif isinstance(effect, RenewSession):
            gateway.renew(effect)

    # -- what a user does ---------------------------------------------------------------------------------------------

    def place(
        self,
        qty: int | None = None,
        limit: str | None = "100.02",
        side: Side = Side.BUY,
        tif: TimeInForce = TimeInForce.DAY,
    ) -> Order:
        kind = OrdType.LIMIT if limit is not None else OrdType.MARKET
        size = Decimal(self.bench.lot if qty is None else qty)
        px = Decimal(limit) if limit is not None else None
        self.give(
            i.PlaceOrder(OrderRequest(self.bench.account, self.bench.symbol, side, size, kind, px, time_in_force=tif))
        )
        order = list(self.state.by_id.values())[-1]
        assert order.base is not OrdStatus.DENIED, order.text
        return order

    def place_group(self, contingency: Contingency, *requests: OrderRequest) -> list[Order]:
        before = len(self.state.by_id)
        self.give(i.PlaceGroup(contingency, requests))
        orders = list(self.state.by_id.values())[before:]
        assert len(orders) == len(requests), [alert.text for alert in self.state.alerts][-3:]
        assert all(order.base is not OrdStatus.DENIED for order in orders), [order.text for order in orders]
        return orders

    def cancel(self, order: Order) -> None:
        self.give(i.CancelOrders(i.CancelSelector(ids=(order.id,)), "me"))

    def change(self, order: Order, qty: int, limit: str | None = None) -> None:
        px = None if limit is None else Decimal(limit)
        self.give(i.ModifyOrder(order.id, ReplaceRequest(qty=Decimal(qty), limit_px=px)))

    # -- waiting and comparing --------------------------------------------------------------------------------------

    async def ready(self) -> None:
        await self.until(lambda: not self._not_ready(), "the desk to be ready")

    def is_ready(self) -> bool:
        return not self._not_ready()

    def _not_ready(self) -> bool:
        account = self.state.accounts.get(self.bench.account)
        return account is None or not account.reconciled

    async def working(self, order: Order) -> None:
        await self.until(lambda: order.base is OrdStatus.NEW and order.order_id, f"order {order.id} to be acknowledged")

    async def agrees(self) -> Truth:
        """Wait until our books are the broker's and nothing is open that nobody knows about; the truth."""
        await self.until(lambda: not self.differences(), "our books to be the broker's", self.differences)
        self.assert_sound()
        return self.bench.truth()

    async def until(self, done: Callable[[], object], what: str, why: Callable[[], object] = str) -> None:
        for _ in range(int(PATIENCE_S / 0.02)):
            if done():
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"waited {PATIENCE_S} s for {what}: {why()}")

    def differences(self) -> list[str]:
        """In what we and the broker's books differ, or are not done yet; invariant (c)."""
        truth, state = self.bench.truth(), self.state
        found = ["not reconciled"] if self._not_ready() else []
        for order in {o.cl_ord_id: o for o in state.orders.values()}.values():
            if order.external or order.base is OrdStatus.DENIED:
                continue
            theirs = truth.order(order.cl_ord_id)
            pending = order.base is OrdStatus.PENDING_NEW or order.pending_cancel or order.pending_replace is not None
            if order.doubt is not None or pending or order.unproven_qty:
                found.append(f"order {order.id} waits: {order.status.value}")
            elif theirs is None:
                # What waited here and was never sent is not there, and rightly so.
                absent = order.base is OrdStatus.CANCELED and not order.order_id
                rightly = absent or order.base is OrdStatus.REJECTED
                found += [] if rightly else [f"order {order.id} {order.status} is not there"]
            else:
                mine = (order.status.value, order.qty, order.cum_qty, order.limit_px)
                yours = (theirs.status, theirs.qty, theirs.cum_qty, theirs.limit_px)
                same = mine == yours or (order.group > 0 and _over_alike(mine, yours))
                found += [] if same else [f"order {order.id}: {mine} here, {yours} there"]
        ours = {key[1]: e.last_qty for key, e in state.seen_executions.items() if key not in state.busted}
        found += [] if ours == truth.executions else [f"executions: {ours} here, {truth.executions} there"]
        held = {symbol: p.qty for (_, symbol), p in state.positions.items() if p.qty}
        found += [] if held == truth.positions else [f"positions: {held} here, {truth.positions} there"]
        account = state.accounts.get(self.bench.account)
        if account is not None and account.cash != truth.cash:
            found.append(f"cash: {account.cash} here, {truth.cash} there")
        return found + [f"break in {b.kind} {b.key}" for b in state.breaks.values()]

    def assert_sound(self) -> None:
        """Invariants (a) and (b), which hold at every moment."""
        intended = [fact.cl_ord_id for fact in self.facts if isinstance(fact, f.OrderIntended)]
        assert len(intended) == len(set(intended))
        mine = self.bench.truth().orders
        roots = [order.ids[0] for order in mine if order.ids[0].startswith(self.state.desk_id)]
        assert len(roots) == len(set(roots)), "two orders at the broker for one intent"
        known = {o.cl_ord_id for o in self.state.orders.values() if not o.external}
        assert set(roots) <= known, "an order at the broker without an intent"

    def was_unknown(self, order: Order) -> bool:
        """Whether the outcome of one of its requests was ever unknown."""
        about = (order.cl_ord_id, *(f"{order.cl_ord_id}r{n + 1}" for n in range(order.replaces)))
        return any(isinstance(fact, f.OrderUnknown) and fact.cl_ord_id in about for fact in self.facts)

    def codes(self) -> list[str]:
        return [alert.code for alert in self.state.alerts]


def _over_alike(mine: tuple[str, Decimal, Decimal, object], yours: tuple[str, Decimal, Decimal, object]) -> bool:
    """Whether an order of a group is over on both sides with the same fills. For how much it was when it ended is no
    matter any more; what was taken back since the rest of its group was refused is refused here, cancelled there."""
    ends = ("CANCELED", "REJECTED")
    return mine[0] in ends and yours[0] == "CANCELED" and mine[2] == yours[2] and (mine[0] == yours[0] or not mine[2])


def _hasty(declared: Capabilities) -> Capabilities:
    """The same, but for how long a suite has to wait."""
    return msgspec.structs.replace(declared, resend_interval_ns=min(declared.resend_interval_ns, RESEND_NS))


@asynccontextmanager
async def running_desk(
    bench: Bench,
    state: DeskState | None = None,
    *,
    resend_within_ns: int = 0,
    groups: Literal["broker", "desk"] = "broker",
) -> AsyncIterator[RunningDesk]:
    """A desk that is connected and has compared itself. `groups`: who keeps them, where the broker can."""
    desk = RunningDesk(bench, bench.adapter(), state, resend_within_ns, groups)
    desk.quote("100.00", "100.02")
    desk.start()
    try:
        await desk.ready()
        yield desk
    finally:
        await desk.die()
