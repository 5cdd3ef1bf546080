"""Any history of one order: an honest broker whose reports come in any order, twice and late, requests that cross them,
answers to questions in between, busts and corrections. After every step the invariants of DESIGN §10 hold: (b) cum_qty
is the sum of the fills, (c) the position is what was executed, (f) the state is the fold of its facts, (g) the money
balances; and the desk never reckons with less than the order can still do. In the end, when all is heard, both agree.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from engine import inputs as i
from engine import protocol as p
from engine.effects import QueryOrder
from engine.evolve import evolve
from engine.model.enums import OrdStatus, OrdType, Side, TimeInForce
from engine.model.order import OrderRequest, ReplaceRequest
from engine.orders.order import Order
from engine.state import DeskState
from tests.engine.dealing import ACCOUNT, D
from tests.engine.orders.fix.matrix import CHAINING, UNLIMITED, Recording
from tests.engine.orders.fix.small_broker import SmallBroker

S = OrdStatus
QTY = st.integers(10, 60).map(Decimal)
PX = st.sampled_from([D("99.50"), D(100), D("100.50")])
ANY = st.integers(0, 10**6)
MOSTLY = st.sampled_from([True, True, True, False])
RARELY = st.sampled_from([False, False, False, True])
OPENING = D(1_000_000)


class OneOrder(RuleBasedStateMachine):
    """The desk and a broker with one order between them."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Recording("0", able=CHAINING, **UNLIMITED)
        self.desk.connect()
        self.broker = SmallBroker()
        self.heard: list[p.Report] = []
        self.questions: list[str] = []
        self.ident = ""

    @initialize(qty=QTY, side=st.sampled_from([Side.BUY, Side.SELL_SHORT]), works=MOSTLY)
    def place(self, qty: Decimal, side: Side, works: bool) -> None:
        self._give(i.PlaceOrder(OrderRequest(ACCOUNT, "IBM", side, qty, OrdType.LIMIT, D(100), None, TimeInForce.GTC)))
        self.ident = list(self.desk.state.by_id.values())[-1].cl_ord_id
        if works:
            self.requests_arrive([(0, True)])
            self.reports_arrive([0])

    # -- the desk ------------------------------------------------------------------------------------------------------

    @property
    def order(self) -> Order:
        return self.desk.state.orders[self.ident]

    def _give(self, item: Any) -> None:
        self._take(self.desk.give(item))

    def _take(self, effects: list[Any]) -> None:
        self.broker.take(effects)
        self.broker.now = self.desk.now.market_ns
        self.questions += [e.cl_ord_id for e in effects if isinstance(e, QueryOrder)]

    @precondition(lambda self: self.order.leaves_qty)
    @rule(sure=st.booleans())
    def cancel(self, sure: bool) -> None:
        if not sure:
            return
        self._give(i.CancelOrders(i.CancelSelector(cl_ord_ids=(self.ident,)), "me"))

    @precondition(lambda self: self.order.leaves_qty and not self.order.pending_cancel)
    @rule(changes=st.lists(st.tuples(QTY, PX), min_size=1, max_size=3))
    def modify(self, changes: list[tuple[Decimal, Decimal]]) -> None:
        if self.desk.state.trading:
            # A bust that came after the fill which it made room for looked like an overfill.
            self._give(i.Resume("looked at", "IBM", "me"))
        for qty, px in changes:
            self._give(i.ModifyOrder(self.ident, ReplaceRequest(qty, px)))

    @rule(seconds=st.sampled_from([0.1, 0.1, 1, 6]))
    def time_passes(self, seconds: float) -> None:
        self._take(self.desk.pass_s(seconds))

    # -- the broker ----------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.broker.requests)
    @rule(picks=st.lists(st.tuples(st.one_of(st.just(0), ANY), MOSTLY), min_size=1, max_size=4))
    def requests_arrive(self, picks: list[tuple[int, bool]]) -> None:
        for at, willing in picks[: len(self.broker.requests)]:
            self.broker.process(at % len(self.broker.requests), willing=willing)

    @precondition(lambda self: self.broker.leaves and self.broker.paused is None)
    @rule(qty=st.integers(1, 20).map(Decimal), px=PX)
    def it_fills(self, qty: Decimal, px: Decimal) -> None:
        self.broker.fill(qty, px)

    @precondition(lambda self: self.broker.executions)
    @rule(at=ANY, sure=RARELY)
    def it_busts(self, at: int, sure: bool) -> None:
        if sure:
            self.broker.bust(sorted(self.broker.executions)[at % len(self.broker.executions)])

    @precondition(lambda self: self.broker.executions)
    @rule(at=ANY, qty=QTY, px=PX, sure=RARELY)
    def it_corrects(self, at: int, qty: Decimal, px: Decimal, sure: bool) -> None:
        if sure:
            self.broker.correct(sorted(self.broker.executions)[at % len(self.broker.executions)], qty, px)

    @precondition(lambda self: self.broker.live)
    @rule(status=st.sampled_from([S.SUSPENDED, S.DONE_FOR_DAY]))
    def it_pauses_or_resumes(self, status: OrdStatus) -> None:
        if self.broker.paused is None:
            self.broker.pause(status)
        else:
            self.broker.resume()

    @precondition(lambda self: self.broker.leaves > 1)
    @rule(qty=QTY)
    def it_declines_a_part(self, qty: Decimal) -> None:
        self.broker.decline(qty)

    @precondition(lambda self: self.broker.live)
    @rule(sure=st.booleans())
    def it_ends_the_order(self, sure: bool) -> None:
        if sure:
            self.broker.end()

    # -- on the way ----------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.broker.reports)
    @rule(picks=st.lists(st.one_of(st.just(0), ANY), min_size=1, max_size=4))
    def reports_arrive(self, picks: list[int]) -> None:
        for at in picks[: len(self.broker.reports)]:
            report = self.broker.reports.pop(at % len(self.broker.reports))
            self.heard.append(report)
            self._give(report)

    @precondition(lambda self: self.heard)
    @rule(at=ANY)
    def a_report_arrives_again(self, at: int) -> None:
        self._give(self.heard[at % len(self.heard)])

    @precondition(lambda self: self.questions)
    @rule()
    def a_question_is_answered(self) -> None:
        ident = self.questions.pop(0)
        seen = self.broker.picture(ident)
        executions = tuple(self.broker.executions.values()) if seen is not None else ()
        self._give(i.OrderEvidence(ident, seen, executions, False, self.desk.now.wall_ns))

    @precondition(lambda self: self.broker.ids)
    @rule()
    def its_status_is_reported(self) -> None:
        seen = self.broker.picture(self.broker.ids[0])
        assert seen is not None
        self._give(p.OrderStatusReport(seen, self.desk.now.market_ns))

    # -- what holds ----------------------------------------------------------------------------------------------------

    @invariant()
    def b_what_was_executed_is_the_sum_of_the_fills(self) -> None:
        if self.ident:
            assert self.order.cum_qty == sum((e.last_qty for e in self._standing()), D(0))
            assert self.order.cum_cost == sum((e.last_qty * e.last_px for e in self._standing()), D(0))

    @invariant()
    def c_the_position_is_what_was_executed(self) -> None:
        assert self.desk.state.position_qty(ACCOUNT, "IBM") == self._signed()

    @invariant()
    def f_the_state_is_the_fold_of_its_facts(self) -> None:
        again = DeskState()
        for wall_ns, market_ns, fact in self.desk.stamped:
            evolve(again, fact, wall_ns, market_ns)
        assert again.digest() == self.desk.state.digest()

    @invariant()
    def g_the_money_balances(self) -> None:
        money = sum((e.last_qty * e.last_px * e.side.sign for e in self._standing()), D(0))
        assert self.desk.state.accounts[ACCOUNT].cash == OPENING - money
        position = self.desk.state.positions.get((ACCOUNT, "IBM"))
        if position is not None:
            assert position.cost - position.realized == money

    @invariant()
    def what_is_reserved_is_what_may_still_execute(self) -> None:
        if not self.ident:
            return
        order, position = self.order, self.desk.state.positions[(ACCOUNT, "IBM")]
        reserved = position.open_buy if order.side.is_buy else position.open_sell
        assert reserved == order.worst_leaves == order.reserved_qty
        if not self.broker.amended:
            assert self.broker.cum + self.broker.leaves <= order.cum_qty + order.worst_leaves

    def _standing(self) -> list[Any]:
        state = self.desk.state
        return [e for key, e in state.seen_executions.items() if key not in state.busted]

    def _signed(self) -> Decimal:
        return sum((e.last_qty * e.side.sign for e in self._standing()), D(0))

    # -- the end -------------------------------------------------------------------------------------------------------

    def teardown(self) -> None:
        """All is heard and answered: the desk's order is the broker's."""
        if not self.ident:
            return
        for _ in range(8):
            while self.broker.requests:
                self.broker.process(0, willing=True)
            while self.broker.reports:
                self.reports_arrive([0])
            self._take(self.desk.pass_s(6))
            self.questions = list(dict.fromkeys((*self.questions, self.order.live_id)))
            while self.questions:
                self.a_question_is_answered()
        broker, order = self.broker, self.order
        assert self._signed() == sum((e.last_qty * e.side.sign for e in broker.executions.values()), D(0))
        assert order.cum_qty == broker.cum
        assert order.worst_leaves == broker.leaves, f"{order.status.value} here, {broker.status.value} there"
        if broker.live:
            assert (order.qty, order.limit_px, order.live_id) == (broker.qty, broker.limit_px, broker.ids[-1])
            assert (order.base if order.base is not S.NEW else None) == broker.paused


OneOrder.TestCase.settings = settings(max_examples=60, stateful_step_count=50, deadline=None)
TestAnyHistoryOfOneOrder = OneOrder.TestCase
