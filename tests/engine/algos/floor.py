"""A desk with one algo on it, a market that the test moves, and a broker that fills what the market reaches.

The broker is the test's own: it acknowledges, fills marketable children whole at once (unless told to be slow) and
cancels what it is asked to. Everything happens in steps of market time.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from engine import inputs as i
from engine import protocol as p
from engine.algos.kind import Kind
from engine.effects import CancelOrder, SubmitOrder
from engine.facts import AlgoRefused
from engine.inputs import AlgoSpec, Now
from engine.model.market import Quote, Trade
from engine.orders.order import Order
from engine.state import Algo, DeskState
from tests.engine.dealing import ACCOUNT, BUY, SECOND, D, Dealing

MINUTE = 60 * SECOND


class Floor(Dealing):
    """See the module. `slow`: children that are reached by the market are not filled until `fill_all`."""

    def __init__(self, state: DeskState | None = None, kinds: dict[str, Kind] | None = None, **more: Any) -> None:
        self.slow = False
        self.deaf = False
        self.sent_ids: list[str] = []
        self.sent: list[tuple[int, Decimal, Decimal | None, str]] = []
        self.bid, self.ask = D("99.95"), D("100.05")
        self._read = 0
        self.kinds = kinds
        roomy = {"risk__max_position_pct": "1", "risk__max_order_notional": "off", "risk__max_order_qty": "off"}
        super().__init__(state=state, kinds=kinds, **(roomy | more))

    def launch(self, algo: str = "twap", qty: str = "1000", minutes: float = 10, **more: Any) -> Algo:
        """Launch an algo that starts now; what is sent at once is worked by the broker."""
        reply = self.try_launch(algo, qty, minutes, **more)
        assert reply in self.state.algos, [fact for fact in self.recorded if isinstance(fact, AlgoRefused)]
        self.work()
        return self.state.algos[reply]

    def try_launch(self, algo: str = "twap", qty: str = "1000", minutes: float = 10, **more: Any) -> int:
        number, start = self.state.next_algo_id, self.now.market_ns + 1_000_000
        end = start + int(minutes * MINUTE) if minutes else 0
        terms = {
            "side": BUY,
            "start_ns": start,
            "end_ns": end,
            "account": ACCOUNT,
            "symbol": "IBM",
            "user": "me",
        } | more
        self.give(i.LaunchAlgo(AlgoSpec(algo, qty=D(qty), **terms)))  # type: ignore[arg-type]
        return number

    def control(self, algo: Algo, action: str, **more: Any) -> None:
        self.give(i.ControlAlgo(algo.id, action, user="me", **more))  # type: ignore[arg-type]
        self.work()

    def amend(self, algo: Algo, action: str = "amend", **change: Any) -> None:
        self.control(algo, action, change=i.AlgoChange(**change))

    def move(self, bid: str, ask: str) -> None:
        """The market moves, and the desk sees it where it waits for that."""
        self.bid, self.ask = D(bid), D(ask)
        self._quote_now(tell=True)
        self.work()

    def trade(self, size: str | int, px: str = "100.00") -> None:
        """Somebody else's print."""
        self.quotes.on_trade(Trade("IBM", D(px), D(size), self.now.market_ns))

    def go(self, seconds: float, volume: int = 0, step: float = 1.0) -> None:
        """Let time pass in steps; `volume`: what others trade in each of them."""
        for _ in range(round(seconds / step)):
            ns = int(step * SECOND)
            self.now = Now(self.now.wall_ns + ns, self.now.market_ns + ns)
            self._quote_now()
            if volume:
                self.trade(volume)
            self.desk.advance(self.now)
            self._take()
            self.work()

    def _quote_now(self, *, tell: bool = False) -> None:
        quote = Quote("IBM", self.bid, self.ask, D(1000), D(1000), self.now.market_ns)
        self.quotes.on_quote(quote)
        if tell and self.desk.watches("IBM"):
            self.desk.handle(quote, self.now)
            self._take()

    # -- the broker -------------------------------------------------------------------------------------------------

    def work(self) -> None:
        """The broker reads what was sent to it, answers, and fills what the market reaches."""
        while self._read < len(self.released) and not self.deaf:
            effect = self.released[self._read]
            self._read += 1
            if isinstance(effect, SubmitOrder):
                order = self.state.orders[effect.approved.order.cl_ord_id]
                r = order.request
                self.sent_ids.append(order.cl_ord_id)
                self.sent.append((self.now.market_ns, order.qty, order.limit_px, r.purpose))
                self.ack(order)
                self.match(order)
            elif isinstance(effect, CancelOrder):
                order = self.state.orders[effect.cancel.cl_ord_id]
                if not order.dead and order.leaves_qty:
                    self.give(p.Canceled(order.cl_ord_id, self.now.market_ns, "", order.cum_qty))
        if not self.deaf:
            for order in list(self.state.open_orders.values()):
                self.match(order)
            if self._read < len(self.released):
                self.work()

    def match(self, order: Order) -> None:
        """Fill it if the market reaches it."""
        if self.slow or not order.leaves_qty or order.request.time_in_force.value in ("opg", "cls"):
            return
        px = order.limit_px
        if px is None or (px >= self.ask if order.side.is_buy else px <= self.bid):
            self.fill(order, str(order.leaves_qty), str(self.ask if order.side.is_buy else self.bid))

    # -- what became of it --------------------------------------------------------------------------------------------

    def sizes(self) -> list[int]:
        """Quantities sent, in order."""
        return [int(qty) for _, qty, _, _ in self.sent]

    def purposes(self) -> list[str]:
        return [purpose for _, _, _, purpose in self.sent]

    def out(self, algo: Algo) -> list[tuple[str, int, str]]:
        """(purpose, leaves, limit) of the open children."""
        return [(c.request.purpose, int(c.leaves_qty), str(c.limit_px)) for c in algo.open_children.values()]

    def go_on(self) -> Floor:
        """The process dies and another one folds what it left."""
        again = Floor(state=self.refolded(), kinds=self.kinds, able=self.able, bounds=self.bounds)
        again.cash, again.positions, again.executions = self.cash, self.positions, self.executions
        again.stamped = [*self.stamped, *again.stamped]
        again.bid, again.ask = self.bid, self.ask
        return again
