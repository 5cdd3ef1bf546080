"""Reduce-only orders against any history: once the broker has answered, they are never larger than the position."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import inputs as i
from engine import protocol as p
from engine.effects import CancelOrder, ReplaceOrder
from engine.model.enums import OrdType
from engine.model.money import ZERO
from engine.model.order import OrderRequest
from engine.orders.order import DEAD, Order
from tests.engine.dealing import ACCOUNT, BUY, SELL, SHORT, D, Dealing

size = st.integers(1, 120).map(Decimal)
steps = st.one_of(
    st.tuples(st.just("place"), size, st.booleans()),
    st.tuples(st.just("fill"), st.integers(0, 9), size),
    st.tuples(st.just("elsewhere"), st.sampled_from([BUY, SELL]), size),
    st.tuples(st.just("answer"), st.integers(0, 9), st.booleans()),
    st.tuples(st.just("bust"), st.integers(0, 9)),
    st.tuples(st.just("split"), st.sampled_from([(2, 1), (1, 2)])),
    st.tuples(st.just("wait")),
    st.tuples(st.just("restart")),
)


class Protected:
    """A position with reduce-only exits, and a broker that answers when the test lets it."""

    def __init__(self, long: bool) -> None:
        self.exit = SELL if long else BUY
        self.desk = Dealing(hold="200" if long else "-200").connect()
        self.requests = 0

    @property
    def working(self) -> list[Order]:
        return [o for o in self.desk.state.reduce_only.values() if o.base not in DEAD]

    @property
    def waiting(self) -> list[Order]:
        return [o for o in self.working if o.pending_cancel or o.pending_replace is not None]

    def do(self, kind: str, *rest: Any) -> None:
        before = len(self.desk.released)
        unanswered = {order.cl_ord_id for order in self.waiting}
        getattr(self, f"_{kind}")(*rest)
        asked = [e for e in self.desk.released[before:] if isinstance(e, ReplaceOrder | CancelOrder)]
        roots = [(e.approved.order if isinstance(e, ReplaceOrder) else e.cancel).cl_ord_id.split("r")[0] for e in asked]
        if kind not in ("answer", "wait", "restart"):
            assert not unanswered & set(roots), "one request at a time for each order"
            assert len(roots) == len(set(roots))
        self.requests += len(asked)

    def _place(self, qty: Decimal, stop: bool) -> None:
        kind = OrdType.STOP if stop else OrdType.LIMIT
        px = D("90.00") if (self.exit is SELL) == stop else D("110.00")
        request = OrderRequest(ACCOUNT, "IBM", self.exit, qty, kind, None if stop else px, px if stop else None)
        known = set(self.desk.state.orders)
        self.desk.give(i.PlaceOrder(type(request)(**{**_fields(request), "reduce_only": True})))
        for ident in set(self.desk.state.orders) - known:
            order = self.desk.state.orders[ident]
            if order.base not in DEAD:
                self.desk.ack(order)

    def _fill(self, at: int, qty: Decimal) -> None:
        orders = [o for o in self.working if o.leaves_qty]
        if orders:
            order = orders[at % len(orders)]
            self.desk.fill(order, str(min(qty, order.leaves_qty)))

    def _elsewhere(self, side: Any, qty: Decimal) -> None:
        held = self.desk.state.position_qty(ACCOUNT, "IBM")
        actual = SHORT if side is SELL and qty > held else side
        self.desk.give(i.Book("fill", ACCOUNT, "another desk", "IBM", qty=qty, px=D(100), side=actual))

    def _answer(self, at: int, yes: bool) -> None:
        if not self.waiting:
            return
        order = self.waiting[at % len(self.waiting)]
        replace = order.pending_replace
        ts = self.desk.now.market_ns
        if order.pending_cancel:
            if yes:
                self.desk.give(p.Canceled(order.live_id, ts, cum_qty=order.cum_qty))
            else:
                self.desk.give(p.CancelRejected(order.live_id, "busy", ts))
        elif replace is not None and yes:
            terms = (replace.qty, replace.limit_px, replace.stop_px)
            self.desk.give(p.Replaced(replace.cl_ord_id, order.live_id, order.order_id or "", *terms, ts))
        elif replace is not None:
            self.desk.give(p.ReplaceRejected(replace.cl_ord_id, order.live_id, "busy", ts))

    def _bust(self, at: int) -> None:
        if self.desk.executions:
            fill = self.desk.executions[at % len(self.desk.executions)]
            self.desk.give(p.Busted(ACCOUNT, fill.exec_id, self.desk.now.market_ns))

    def _split(self, terms: tuple[int, int]) -> None:
        self.desk.give(i.Book("split", ACCOUNT, "split", "IBM", new=D(terms[0]), old=D(terms[1])))

    def _wait(self) -> None:
        self.desk.pass_s(1.5)

    def _restart(self) -> None:
        self.desk = self.desk.restart()
        self.desk.positions = {"IBM": self.desk.state.position_qty(ACCOUNT, "IBM")}
        self.desk.cash = self.desk.state.accounts[ACCOUNT].cash
        self.desk.give(p.Connected("sim", self.desk.now.market_ns))
        self.desk.compare(*(self.desk.shown(o, cum=str(o.cum_qty)) for o in self.working))

    def settle(self) -> None:
        """The broker answers everything, and nothing else happens."""
        for _ in range(40):
            if not self.waiting:
                self._wait()
            if not self.waiting:
                return
            self._answer(0, True)
        raise AssertionError(f"it never comes to rest: {self.waiting}")


def _fields(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__struct_fields__}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(steps, max_size=20), st.booleans())
def test_what_may_only_reduce_never_outgrows_its_position(history: list[tuple[Any, ...]], long: bool) -> None:
    protected = Protected(long)
    for step in history:
        protected.do(*step)
    protected.settle()
    held = protected.desk.state.position_qty(ACCOUNT, "IBM")
    room = max(held if long else -held, ZERO)
    left = sum((o.leaves_qty for o in protected.working), ZERO)
    assert left <= room, f"{left} may still reduce {held}"
    assert protected.requests <= 4 * len(history) + 4, "it asks in circles"
