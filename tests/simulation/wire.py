"""The network between desk and broker, and what goes wrong on it: an adapter whose faults are drawn from the seed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from engine.model.enums import AssetClass, OrdType, TimeInForce
from engine.model.instrument import Instrument
from engine.model.order import BrokerCancel, BrokerGroup, BrokerOrder, BrokerReplace, Contingency
from engine.model.snapshot import AccountSnapshot, Execution, OrderSnapshot, PositionSnapshot
from engine.protocol import (
    AbsenceProof,
    AmbiguousError,
    Busted,
    CancelAllScope,
    Capabilities,
    Corrected,
    Disconnected,
    NotConnectedError,
    RefusedError,
    Report,
    ReportSink,
    ThrottledError,
)
from tests.simulation.broker import Broker
from tests.simulation.loop import SECOND_NS, VirtualLoop
from tests.simulation.profile import Profile

MS = 1_000_000
CACHE_NS = 700 * MS
"""How old a lagging broker's positions and cash may be."""


#: What some brokers leave to the desk.
STOPS = frozenset({OrdType.STOP, OrdType.STOP_LIMIT})
#: What a broker with groups of its own takes.
KINDS: frozenset[Contingency] = frozenset({"bracket", "oco", "oto"})


class Flight:
    """A request on its way to the broker."""

    __slots__ = ("apply", "done", "idents", "symbol")

    def __init__(self, apply: Callable[[], Any], idents: Sequence[str], symbol: str) -> None:
        self.apply = apply
        self.idents = idents
        self.symbol = symbol
        self.done = False


class Wire:
    """One broker's access for one account; outlives the desk's processes. At most one session at a time."""

    def __init__(
        self, loop: VirtualLoop, rng: Random, profile: Profile, broker: Broker, trace: Callable[..., None]
    ) -> None:
        self.loop = loop
        self.rng = rng
        self.profile = profile
        self.broker = broker
        self.trace = trace
        self.session = 0
        self.up = False
        self.sink: ReportSink | None = None
        self.reachable_ns = 0
        self.requests = 0
        self.wall_ns: Callable[[], int] = lambda: 0
        """The world's true time."""
        self.on_submit: Callable[[BrokerOrder], None] = lambda order: None
        self.on_replace: Callable[[BrokerReplace], None] = lambda replace: None
        self.on_known: Callable[[set[str]], None] = lambda idents: None
        """Told at each connect which orders of groups the desk's process knows."""
        self.lag_ns = CACHE_NS // 2
        self._ordered_ns = 0
        self._flights: list[Flight] = []
        self._waiting: list[asyncio.Future[Any]] = []
        self._backlog: list[Report] = []
        self._cached_ns = -CACHE_NS
        self._cached: tuple[AccountSnapshot, list[PositionSnapshot]] | None = None
        self.throttled: set[str] = set()
        """Client ids of requests that were refused unread."""
        self.broken_until_ns = 0
        """Until then every request ends with a 5xx."""
        self.sluggish_until_ns = 0
        self.clock_off_ns = 0
        self.cancels_all = False
        """Takes a native cancel-all of what is ours."""
        broker.tell = self.tell

    @property
    def quiet(self) -> bool:
        """Nothing is on its way, in either direction."""
        return not (any(not f.done for f in self._flights) or self._backlog or self._ordered_ns > self.loop.now_ns)

    # -- reports ----------------------------------------------------------------------------------------------------

    def latency(self) -> int:
        if self.loop.now_ns < self.sluggish_until_ns:
            return int((0.2 + self.rng.random()) * SECOND_NS)
        if self.rng.random() < self.profile.slow:
            return int(self.rng.random() * 3 * SECOND_NS)
        return int((0.2 + self.rng.random() * 10) * MS)

    def tell(self, report: Report) -> None:
        """The broker reports something: it travels, or does not."""
        amends = isinstance(report, Busted | Corrected)
        p = self.profile
        if self.rng.random() < p.lost and (not amends or p.amendments_lost):
            self.trace("lost", report)
            return
        at = self.loop.now_ns + self.latency()
        if self.rng.random() < p.reordered:
            at += int(self.rng.random() * SECOND_NS)
        else:
            at = self._ordered_ns = max(at, self._ordered_ns)
        self.loop.at_ns(at, self._deliver, self.session, report)
        if self.rng.random() < p.doubled:
            self.loop.at_ns(at + self.latency(), self._deliver, self.session, report)

    def _deliver(self, session: int, report: Report) -> None:
        if session == self.session and self.up and self.sink is not None:
            self.trace("report", report)
            self.sink(report)
            return
        amends = isinstance(report, Busted | Corrected)
        if (amends and not self.profile.amendments_lost) or self.rng.random() < self.profile.replayed:
            if self.up:
                self._deliver(self.session, report)
            else:
                self._backlog.append(report)
        else:
            self.trace("lost with its session", report)

    # -- sessions ---------------------------------------------------------------------------------------------------

    def connect(self, sink: ReportSink) -> None:
        if self.loop.now_ns < self.reachable_ns:
            raise NotConnectedError("the broker is not reachable")
        self.session += 1
        self.up = True
        self.sink = sink
        self.trace("session", self.session)
        backlog, self._backlog = self._backlog, []
        for report in backlog:
            self.tell(report)

    def drop(self, down_ns: int, *, tell: bool = True) -> None:
        """The session ends. Requests on their way arrive or die; where absence can be proven, before the next one."""
        if not self.up:
            return
        self.up = False
        self.reachable_ns = self.loop.now_ns + down_ns
        sink, self.sink = self.sink, None
        self.trace("session lost", self.session)
        flights, self._flights = self._flights, []
        for flight in flights:
            if flight.done:
                continue
            if self.rng.random() < 0.5:
                flight.done = True
            elif self.profile.absence is AbsenceProof.NOTHING:
                self._flights.append(flight)  # it may still arrive, whenever
            else:
                self._land(flight)
        for future in self._waiting:
            if not future.done():
                future.set_exception(AmbiguousError("connection lost"))
        self._waiting.clear()
        if tell and sink is not None:
            sink(Disconnected("sim", "connection reset", self.broker_ts()))

    def broker_ts(self) -> int:
        return self.loop.now_ns

    # -- requests ---------------------------------------------------------------------------------------------------

    def launch(self, apply: Callable[[], Any], delay_ns: int, idents: Sequence[str] = (), symbol: str = "") -> Flight:
        flight = Flight(apply, idents, symbol)
        if len(self._flights) > 64:
            self._flights = [f for f in self._flights if not f.done]
        self._flights.append(flight)
        self.loop.in_ns(delay_ns, self._land, flight)
        return flight

    def _land(self, flight: Flight) -> None:
        if not flight.done:
            flight.done = True
            flight.apply()

    def wait(self) -> asyncio.Future[Any]:
        """A future that a lost session fails."""
        future: asyncio.Future[Any] = self.loop.create_future()
        if len(self._waiting) > 64:
            self._waiting = [f for f in self._waiting if not f.done()]
        self._waiting.append(future)
        return future

    def on_its_way(self, ident: str = "", symbol: str = "") -> bool:
        """Is this order (or one of this symbol) still between us and the broker?"""
        return any(
            not f.done and ((ident and ident in f.idents) or (symbol and f.symbol == symbol)) for f in self._flights
        )

    async def change(
        self, what: BrokerOrder | BrokerReplace, apply: Callable[[], Any], idents: Sequence[str] = ()
    ) -> None:
        """A submit or replace: taken, refused, or in doubt. `idents`: of all orders of a group, `what` is the first."""
        idents = idents or (what.cl_ord_id,)
        self.require()
        p, rng = self.profile, self.rng
        self.requests += 1
        luck = rng.random()
        answer = self.wait()
        if self._is_broken(answer, apply, idents, what.symbol):
            pass
        elif luck < p.refused:
            self.trace("refused", what)
            self.loop.in_ns(self.latency(), _fail, answer, RefusedError("no"))
        elif luck < p.refused + p.before:
            self.trace("lost before acceptance", what)
            self._maybe_ambiguous(answer)
        elif luck < p.refused + p.before + p.after:
            self.trace("answer lost after acceptance", what)
            self.launch(apply, self.latency(), idents, what.symbol)
            self._maybe_ambiguous(answer)
        elif luck < p.refused + p.before + p.after + p.late:
            self.trace("arrives late", what)
            self.launch(apply, int((0.5 + 3 * rng.random()) * SECOND_NS), idents, what.symbol)
            self._maybe_ambiguous(answer)
        else:
            self._there_and_back(answer, apply, idents, what.symbol)
        await answer

    def _is_broken(
        self,
        answer: asyncio.Future[Any],
        apply: Callable[[], Any] | None = None,
        idents: Sequence[str] = (),
        symbol: str = "",
    ) -> bool:
        """Throttled, or in a burst of 5xx: then a request may have had its effect all the same."""
        if self.rng.random() < self.profile.throttled:
            self.trace("throttled", idents)
            self.throttled.update(idents)
            wait_s = self.rng.choice((None, 0.2, 1.5))
            self.loop.in_ns(self.latency(), _fail, answer, ThrottledError("too fast", retry_after_s=wait_s))
            return True
        if self.loop.now_ns >= self.broken_until_ns:
            return False
        self.trace("5xx", idents)
        if apply is not None and self.rng.random() < 0.5:
            self.launch(apply, self.latency(), idents, symbol)
        self.loop.in_ns(self.latency(), _fail, answer, AmbiguousError("502 bad gateway"))
        return True

    def _maybe_ambiguous(self, answer: asyncio.Future[Any]) -> None:
        if self.rng.random() < 0.5:
            self.loop.in_ns(self.latency(), _fail, answer, AmbiguousError("connection reset by peer"))

    def _there_and_back(
        self, answer: asyncio.Future[Any], apply: Callable[[], Any], idents: Sequence[str] = (), symbol: str = ""
    ) -> None:
        def arrive() -> None:
            result = apply()
            self.loop.in_ns(self.latency(), _succeed, answer, result)

        self.launch(arrive, self.latency(), idents, symbol)

    async def cancel(self, what: BrokerCancel) -> None:
        self.require()
        p, rng = self.profile, self.rng
        self.requests += 1
        answer = self.wait()
        luck = rng.random()
        if self._is_broken(answer, lambda: self.broker.cancel(what)):
            pass
        elif luck < p.cancel_lost:
            self.trace("cancel lost", what)
            if rng.random() < 0.5:
                self.loop.in_ns(self.latency(), _succeed, answer, None)
        elif luck < p.cancel_lost + p.refused:
            self.loop.in_ns(self.latency(), _fail, answer, RefusedError("not now"))
        else:
            self._there_and_back(answer, lambda: self.broker.cancel(what))
        await answer

    async def cancel_all(self) -> None:
        """Everything of ours, in one request: lost, refused or answered late like any cancel."""
        self.require()
        p, rng, broker = self.profile, self.rng, self.broker
        self.requests += 1
        answer = self.wait()
        luck = rng.random()

        def apply() -> None:
            for held in [h for group in broker.working.values() for h in group if not h.external]:
                broker.cancel(BrokerCancel(held.ids[-1], held.order_id, "", held.symbol))

        if self._is_broken(answer, apply):
            pass
        elif luck < p.cancel_lost:
            self.trace("cancel-all lost")
        elif luck < p.cancel_lost + p.refused:
            self.loop.in_ns(self.latency(), _fail, answer, RefusedError("not now"))
        else:
            self._there_and_back(answer, apply)
        await answer

    async def ask(self, read: Callable[[], Any]) -> Any:
        """A question: answered from the books as they are when it arrives."""
        self.require()
        self.requests += 1
        answer = self.wait()
        if not self._is_broken(answer) and self.rng.random() >= self.profile.before:
            self._there_and_back(answer, read)
        return await answer

    def require(self) -> None:
        if not self.up:
            raise NotConnectedError("no session")

    def money_and_positions(self) -> tuple[AccountSnapshot, list[PositionSnapshot]]:
        """As the broker shows them; a lagging one shows what it had."""
        fresh = self.broker.account(), self.broker.position_list()
        if not self.profile.lagging_positions:
            return fresh
        if self._cached is None or self.loop.now_ns - self._cached_ns > CACHE_NS:
            self._cached, self._cached_ns = fresh, self.loop.now_ns
        return self._cached


def _succeed(future: asyncio.Future[Any], result: object) -> None:
    if not future.done():
        future.set_result(result)


def _fail(future: asyncio.Future[Any], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)


class FaultyAdapter:
    """A BrokerAdapter over the wire; one for each process of the desk."""

    name = "sim"

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self._session = 0
        self._known: set[str] = set()
        """Orders of groups that this process knows: those that it sent, and those that it was told of."""
        self._capabilities = Capabilities(
            frozenset(OrdType) - (frozenset() if wire.profile.has_stops else STOPS) - {OrdType.TRAILING_STOP},
            frozenset((TimeInForce.DAY, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK)),
            frozenset(AssetClass),
            replace=wire.profile.has_replace,
            short=True,
            cancel_all=CancelAllScope.OURS if wire.cancels_all else CancelAllScope.NONE,
            absence_proof=wire.profile.absence,
            max_requests_per_s=wire.profile.rate,
            chained_replaces=wire.profile.chained,
            unique_ids_enforced=wire.profile.resends,
            resend_interval_ns=SECOND_NS if wire.profile.resends else 0,
            groups=KINDS if wire.profile.groups else frozenset(),
        )

    def capabilities(self) -> Capabilities:
        return self._capabilities

    async def connect(self, sink: ReportSink) -> None:
        await asyncio.sleep(self.wire.latency() / SECOND_NS)
        self.wire.connect(sink)
        self.wire.on_known(self._known)

    async def disconnect(self) -> None:
        self.wire.drop(0, tell=False)

    async def submit(self, order: BrokerOrder) -> None:
        self.wire.require()
        self.wire.on_submit(order)
        await self.wire.change(order, lambda: self.wire.broker.submit(order))

    # -- groups that the broker holds (TakesGroups) -------------------------------------------------------------

    def group_refusal(self, group: BrokerGroup) -> str:
        return "" if self.wire.profile.groups else "it holds no groups"

    async def submit_group(self, group: BrokerGroup) -> None:
        self.wire.require()
        orders = ([] if group.entry is None else [group.entry]) + list(group.legs)
        for order in orders:
            self.wire.on_submit(order)
        idents = tuple(order.cl_ord_id for order in orders)
        self._known.update(idents)
        await self.wire.change(orders[0], lambda: self.wire.broker.submit_group(group), idents)

    def remember_groups(self, groups: Sequence[BrokerGroup]) -> None:
        for group in groups:
            self._known.update(order.cl_ord_id for order in group.legs)
            if group.entry is not None:
                self._known.add(group.entry.cl_ord_id)

    async def replace(self, replace: BrokerReplace) -> None:
        self.wire.require()
        self.wire.on_replace(replace)
        await self.wire.change(replace, lambda: self.wire.broker.replace(replace))

    async def cancel(self, cancel: BrokerCancel) -> None:
        await self.wire.cancel(cancel)

    async def cancel_all(self) -> None:
        await self.wire.cancel_all()

    async def order_by_cl_ord_id(self, cl_ord_id: str) -> OrderSnapshot | None:
        found: OrderSnapshot | None = await self.wire.ask(lambda: self.wire.broker.find(cl_ord_id))
        return found

    async def open_orders(self) -> Sequence[OrderSnapshot]:
        found: Sequence[OrderSnapshot] = await self.wire.ask(self.wire.broker.open_orders)
        return found

    async def executions_since(self, since_ns: int) -> Sequence[Execution]:
        size = self.wire.profile.page
        if len(self.wire.broker.executions) > 10 * size:
            size = len(self.wire.broker.executions)
        found: list[Execution] = []
        lag = self.wire.lag_ns if self.wire.profile.lagging_positions else 0
        while True:
            start = len(found)
            page = await self.wire.ask(lambda at=start: self.wire.broker.executions_page(since_ns, at, size, lag))
            found += page
            if len(page) < size:
                return found

    async def positions(self) -> Sequence[PositionSnapshot]:
        found: Sequence[PositionSnapshot] = await self.wire.ask(lambda: self.wire.money_and_positions()[1])
        return found

    async def account(self) -> AccountSnapshot:
        found: AccountSnapshot = await self.wire.ask(lambda: self.wire.money_and_positions()[0])
        return found

    async def server_time_ns(self) -> int | None:
        if not self.wire.profile.tells_time:
            return None
        told: int = await self.wire.ask(lambda: self.wire.wall_ns() + self.wire.clock_off_ns)
        return told

    async def instrument(self, symbol: str) -> Instrument | None:
        return self.wire.broker.instruments.get(symbol)
