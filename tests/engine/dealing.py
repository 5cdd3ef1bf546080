"""A desk that is connected and reconciled, driven directly; the test plays user, broker and clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final, TypeVar

import msgspec

from engine import facts as f
from engine import inputs as i
from engine import protocol as p
from engine.algos.kind import Kind
from engine.algos.kinds import KINDS
from engine.algos.math.past import Past
from engine.desk import Desk, FactAt
from engine.effects import CancelOrder, Effect, QueryOrder, QuerySnapshot, SubmitOrder
from engine.evolve import evolve
from engine.inputs import Now
from engine.market.history import History
from engine.market.quotes import QuoteCache
from engine.market.venues import Venues
from engine.model.enums import AssetClass, OrdStatus, OrdType, Side, TimeInForce
from engine.model.fees import FeeSchedule
from engine.model.instrument import Instrument
from engine.model.market import Quote
from engine.model.order import OrderRequest
from engine.model.snapshot import AccountSnapshot, Execution, OrderSnapshot, PositionSnapshot
from engine.orders.lost import Noted
from engine.orders.order import Order
from engine.risk.limits import Limits
from engine.state import DeskState
from engine.surroundings import Surroundings

D = Decimal
SECOND: Final = 1_000_000_000
START: Final = 1_700_000_000 * SECOND
ACCOUNT: Final = "A1"
BUY, SELL, SHORT = Side.BUY, Side.SELL, Side.SELL_SHORT
CANCELED, FILLED, NEW = OrdStatus.CANCELED, OrdStatus.FILLED, OrdStatus.NEW
E = TypeVar("E", bound=Effect)

INSTRUMENTS: Final = (Instrument("IBM"), Instrument("AAPL"))
BROKER: Final = p.Capabilities(
    frozenset(OrdType) - {OrdType.TRAILING_STOP},
    frozenset({TimeInForce.DAY, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK}),
    frozenset(AssetClass),
    replace=True,
    short=True,
    absence_proof=p.AbsenceProof.NEW_SESSION,
)


#: What needs more of an instrument than these tests give: a sector, days before the run.
PLAIN = {"risk.max_sector_exposure": "off", "risk.max_correlation": "off"}


class Dealing:
    """Cash 1,000,000 USD; IBM and AAPL quoted at 99.95 / 100.05. `hold` shares of IBM were there before."""

    def __init__(
        self,
        hold: str = "0",
        state: DeskState | None = None,
        pnl_method: str = "average",
        noted: tuple[Noted, ...] = (),
        able: p.Capabilities = BROKER,
        bounds: tuple[int, int] | None = None,
        mode: str = "paper",
        idle_lock_ns: int = 0,
        given: f.RolesLoaded | None = None,
        second_person_ns: int = 0,
        risk_hash: str = "",
        kinds: Mapping[str, Kind] | None = None,
        fees: Mapping[str, FeeSchedule] | None = None,
        closed: Callable[[int], bool] = lambda ns: False,
        late_s: int = 0,
        past: Past | None = None,
        history: History | None = None,
        group_refusal: str | None = None,
        **limits: str,
    ) -> None:
        self.able, self.bounds = able, bounds
        self.mode, self.idle_lock_ns = mode, idle_lock_ns
        self.now = Now(START, START)
        if state is not None:
            gap = SECOND * (1 + late_s)
            self.now = Now(state.last_recorded_ns + gap, state.last_market_ns + gap)
        self.limits = Limits.defaults().with_changes({**PLAIN, **{k.replace("__", "."): v for k, v in limits.items()}})
        self.quotes = QuoteCache(self.limits, INSTRUMENTS)
        self.state = state if state is not None else DeskState()
        surroundings = Surroundings(
            lambda symbol, ns, extended: "the market is closed" if closed(ns) else "",
            lambda ns: ("2023-11-14", 2**62),
            lambda account: able,
            session_bounds=lambda symbol, ns: bounds,
            idle_lock_ns=idle_lock_ns,
            second_person_ns=second_person_ns,
            algo_kinds={**KINDS, **(kinds or {})},
            venues=Venues(self.quotes, lambda account: fees.get(account) if fees else None),
            past=past or Past.unknown(),
            history=history or History.empty(),
            group_refusal=lambda account, group: group_refusal or "",
        )
        self.desk = Desk(self.state, self.quotes, surroundings)
        self.cash = D(1_000_000)
        self.positions = {"IBM": D(hold)}
        self.executions: list[Execution] = []
        self.released: list[Effect] = []
        self.recorded: list[f.Fact] = []
        self.stamped: list[FactAt] = []
        self.quote("IBM")
        self.quote("AAPL")
        self.desk.noted = noted
        self.desk.start(
            f.DeskOpened(self.state.desk_id or "TESTDSK", mode, ACCOUNT, "sim", "USD", pnl_method, "", "", "0"),
            f.InstrumentsLoaded(INSTRUMENTS),
            f.LimitsLoaded(risk_hash, self.limits.as_texts()),
            self.now,
            given,
        )
        self._take()

    def connect(self) -> Dealing:
        """The session stands, and the broker's picture is ours."""
        self.give(p.Connected("sim", self.now.market_ns))
        self.compare()
        if not self.state.accounts[ACCOUNT].reconciled if self.state.accounts else True:
            self.compare()
        return self

    def restart(self) -> Dealing:
        """The process dies and another one folds what it left (everything was durable)."""
        again = Dealing(
            state=self.state, able=self.able, bounds=self.bounds, mode=self.mode, idle_lock_ns=self.idle_lock_ns
        )
        again.cash, again.positions, again.executions = self.cash, self.positions, self.executions
        return again

    # -- time and inputs --------------------------------------------------------------------------------------------

    def quote(self, symbol: str, bid: str = "99.95", ask: str = "100.05") -> None:
        self.quotes.on_quote(Quote(symbol, D(bid), D(ask), D(1000), D(1000), self.now.market_ns))

    def see(self, bid: str, ask: str, symbol: str = "IBM", times: int = 1) -> list[Effect]:
        """Quotes that the desk itself looks at, as those of a symbol with a held order are."""
        before = len(self.released)
        for _ in range(times):
            self.now = Now(self.now.wall_ns + 1_000_000, self.now.market_ns + 1_000_000)
            quote = Quote(symbol, D(bid), D(ask), D(1000), D(1000), self.now.market_ns)
            self.quotes.on_quote(quote)
            if self.desk.watches(symbol):
                self.desk.handle(quote, self.now)
                self._take()
        return self.released[before:]

    def pass_s(self, seconds: float) -> list[Effect]:
        """Let time pass, with quotes that stay; what the desk wants done because of it."""
        before = len(self.released)
        for _ in range(max(int(seconds * 10), 1)):
            step = int(seconds * SECOND) // max(int(seconds * 10), 1)
            self.now = Now(self.now.wall_ns + step, self.now.market_ns + step)
            self.quote("IBM")
            self.quote("AAPL")
            self.desk.advance(self.now)
            self._take()
        return self.released[before:]

    def give(self, item: Any) -> list[Effect]:
        """Let the desk decide on one input, a millisecond later; what it wants done."""
        before = len(self.released)
        self.now = Now(self.now.wall_ns + 1_000_000, self.now.market_ns + 1_000_000)
        self.desk.handle(item, self.now)
        self._take()
        return self.released[before:]

    def _take(self) -> None:
        facts, effects = self.desk.take()
        self.recorded += [fact for _, _, fact in facts]
        self.stamped += facts
        self.released += effects

    # -- orders -----------------------------------------------------------------------------------------------------

    def place(self, side: Side, qty: str, limit: str | None = "100.00", *, ack: bool = True, **more: Any) -> Order:
        """Place an order that the broker acknowledges."""
        kind = OrdType.LIMIT if limit is not None else OrdType.MARKET
        request = OrderRequest(ACCOUNT, "IBM", side, D(qty), kind, D(limit) if limit is not None else None)
        self.give(i.PlaceOrder(msgspec.structs.replace(request, **more)))
        order = list(self.state.by_id.values())[-1]
        assert order.base is not OrdStatus.DENIED, order.text
        if ack:
            self.ack(order)
        return order

    def ack(self, order: Order) -> None:
        self.give(p.Accepted(order.cl_ord_id, f"B{order.id}", self.now.market_ns))

    def execution(self, order: Order, qty: str, px: str = "100.00", exec_id: str = "") -> Execution:
        """A fill in the broker's books, not reported yet."""
        found = Execution(
            exec_id or f"X{len(self.executions) + 1}",
            order.cl_ord_id,
            order.order_id or f"B{order.id}",
            ACCOUNT,
            order.symbol,
            order.side,
            D(qty),
            D(px),
            self.now.market_ns,
        )
        self.executions.append(found)
        self.positions[order.symbol] = self.positions.get(order.symbol, D(0)) + found.last_qty * order.side.sign
        self.cash -= found.last_qty * found.last_px * order.side.sign
        return found

    def fill(self, order: Order, qty: str, px: str = "100.00") -> Execution:
        """A fill, reported."""
        found = self.execution(order, qty, px)
        self.give(p.Filled(found))
        return found

    def cancel(self, order: Order) -> None:
        self.give(i.CancelOrders(i.CancelSelector(ids=(order.id,)), "me"))

    # -- the broker's answers -----------------------------------------------------------------------------------------

    def compare(self, *orders: OrderSnapshot, asked_ns: int | None = None, reason: str = "timer") -> list[Effect]:
        """The broker's picture, as its books are now, with these open orders."""
        for cl_ord_id in list(self.desk.lost):
            self.give(i.OrderEvidence(cl_ord_id, None, [], False, self.now.wall_ns))
        return self.give(self.picture(*orders, asked_ns=asked_ns, reason=reason))

    def picture(self, *orders: OrderSnapshot, asked_ns: int | None = None, reason: str = "timer") -> i.BrokerSnapshot:
        """The answer to a question about everything."""
        asked = self.now.wall_ns if asked_ns is None else asked_ns
        positions = [PositionSnapshot(ACCOUNT, symbol, qty) for symbol, qty in self.positions.items() if qty]
        account = AccountSnapshot(ACCOUNT, self.mode == "live", "USD", {"USD": self.cash})
        return i.BrokerSnapshot(account, orders, tuple(self.executions), positions, asked, reason)

    def shown(self, order: Order, status: OrdStatus = NEW, cum: str = "0", **more: Any) -> OrderSnapshot:
        """The broker's picture of one of our orders."""
        r = order.request
        picture = OrderSnapshot(
            order.order_id or f"B{order.id}",
            order.live_id,
            ACCOUNT,
            order.symbol,
            order.side,
            r.ord_type,
            r.time_in_force,
            order.qty,
            D(cum),
            status,
            order.limit_px,
            order.stop_px,
            order.cl_ord_id,
        )
        return msgspec.structs.replace(picture, **more)

    def answer(
        self, cl_ord_id: str, order: OrderSnapshot | None, *executions: Execution, proof: bool = False
    ) -> list[Effect]:
        """The answer to a question about one order, put just now."""
        return self.give(i.OrderEvidence(cl_ord_id, order, executions, proof, self.now.wall_ns))

    def refolded(self) -> DeskState:
        """What a process gives that folds the journal of this one (of a desk that began with an empty state)."""
        state = DeskState()
        for wall_ns, market_ns, fact in self.stamped:
            evolve(state, fact, wall_ns, market_ns)
        return state

    # -- what became of it --------------------------------------------------------------------------------------------

    def codes(self) -> list[str]:
        """Codes of all alerts so far."""
        return [alert.code for alert in self.state.alerts]


def only(effects: list[Effect], kind: type[E]) -> list[E]:
    """The effects of one kind."""
    return [effect for effect in effects if isinstance(effect, kind)]


def submits(effects: list[Effect]) -> list[tuple[Side, Decimal]]:
    """(side, quantity) of the orders to be handed over."""
    return [(e.approved.order.side, e.approved.order.qty) for e in only(effects, SubmitOrder)]


def cancels(effects: list[Effect]) -> list[str]:
    return [e.cancel.cl_ord_id for e in only(effects, CancelOrder)]


def questions(effects: list[Effect]) -> list[str]:
    return [e.cl_ord_id for e in only(effects, QueryOrder)]


def snapshots(effects: list[Effect]) -> list[str]:
    return [e.reason for e in only(effects, QuerySnapshot)]
