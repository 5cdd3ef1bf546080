"""A whole desk at a broker that does what it is told: for properties over histories of orders, fills and replaces."""

from __future__ import annotations

from decimal import Decimal

from engine import facts as f
from engine import inputs as i
from engine import protocol as p
from engine.desk import Desk
from engine.effects import CancelOrder, Effect, QuerySnapshot, ReplaceOrder, SubmitOrder
from engine.inputs import Now
from engine.market.quotes import QuoteCache
from engine.model.enums import Side
from engine.model.instrument import Instrument
from engine.model.market import Quote
from engine.model.order import BrokerOrder, BrokerReplace
from engine.model.snapshot import AccountSnapshot, Execution
from engine.orders.order import DEAD, Order
from engine.risk.limits import Limits
from engine.state import DeskState
from engine.surroundings import Surroundings
from tests.engine.risk.seat import ACCOUNT, BROKER, INSTRUMENTS, PLAIN, SECOND, START, D, limit_key

MID = {"AAPL": D(100), "MSFT": D(50), "ESZ3": D(40)}


class Trading:
    """Equity 1,000,000 in each account; quotes stand still. `approved` collects what the risk engine let out."""

    def __init__(
        self,
        instruments: tuple[Instrument, ...] = INSTRUMENTS,
        accounts: tuple[str, ...] = (ACCOUNT,),
        **limits: str,
    ) -> None:
        texts = Limits.defaults().with_changes({**PLAIN, **{limit_key(k): v for k, v in limits.items()}}).as_texts()
        self.accounts = accounts
        self.quotes = QuoteCache(Limits(texts), instruments)
        self.desk = Desk(
            DeskState(),
            self.quotes,
            Surroundings(lambda s, n, e: "", lambda n: ("2023-11-14", 2**62), lambda a: BROKER),
        )
        self.ns = START
        self.approved: list[BrokerOrder | BrokerReplace] = []
        self.waiting: dict[str, BrokerOrder | BrokerReplace] = {}
        """Handed over and not yet answered, by cl_ord_id."""
        self.cancels: list[str] = []
        self.exec_no = 0
        self.cash = D(1_000_000)
        brokers = {account: f"paper{no}" for no, account in enumerate(accounts)} if len(accounts) > 1 else {}
        first = brokers.get(ACCOUNT, "paper")
        self.desk.start(
            f.DeskOpened("desk001", "paper", ACCOUNT, first, "USD", "average", "", "", "test", brokers),
            f.InstrumentsLoaded(instruments),
            f.LimitsLoaded("hash", texts),
            self.now,
        )
        for broker in brokers.values() or ("paper",):
            self.give(p.Connected(broker, 0))

    @property
    def now(self) -> Now:
        return Now(self.ns, self.ns)

    @property
    def state(self) -> DeskState:
        return self.desk.state

    def give(self, item: object) -> list[Effect]:
        """One input, three seconds after the last; quotes are fresh. Broker questions are answered at once."""
        self.ns += 3 * SECOND
        for symbol, mid in MID.items():
            tick = self._tick(symbol)
            self.quotes.on_quote(Quote(symbol, mid - tick, mid, D(100), D(100), self.ns))
        self.desk.handle(item, self.now)
        _, effects = self.desk.take()
        for effect in effects:
            if isinstance(effect, SubmitOrder | ReplaceOrder):
                sent = effect.approved.order
                self.approved.append(sent)
                self.waiting[sent.cl_ord_id] = sent
            elif isinstance(effect, CancelOrder):
                self.cancels.append(effect.cancel.cl_ord_id)
            elif isinstance(effect, QuerySnapshot) and effect.account not in self.state.accounts:
                account = AccountSnapshot(effect.account, False, "USD", {"USD": D(1_000_000)})
                self.give(i.BrokerSnapshot(account, (), (), (), self.ns, effect.reason))
        return effects

    @staticmethod
    def _tick(symbol: str) -> Decimal:
        return next(instrument.tick for instrument in INSTRUMENTS if instrument.symbol == symbol)

    # -- the broker ---------------------------------------------------------------------------------------------

    def answer(self, cl_ord_id: str, *, refuse: bool = False) -> None:
        """Acknowledge or refuse what was handed over."""
        sent = self.waiting.pop(cl_ord_id)
        if isinstance(sent, BrokerOrder):
            report: object = p.Rejected(cl_ord_id, "no", 0) if refuse else p.Accepted(cl_ord_id, "B" + cl_ord_id, 0)
        elif refuse:
            report = p.ReplaceRejected(cl_ord_id, sent.orig_cl_ord_id, "no", 0)
        else:
            report = p.Replaced(
                cl_ord_id, sent.orig_cl_ord_id, "B" + cl_ord_id, sent.qty, sent.limit_px, sent.stop_px, 0
            )
        self.give(report)

    def fill(self, order: Order, qty: Decimal, px: Decimal) -> None:
        """Execute a part of an order."""
        self.exec_no += 1
        multiplier = self.state.instruments[order.symbol].multiplier
        self.cash -= order.side.sign * qty * px * multiplier
        execution = Execution(
            f"E{self.exec_no}", order.live_id, order.order_id or "", order.account, order.symbol, order.side, qty, px,
            self.ns,
        )  # fmt: skip
        self.give(p.Filled(execution))

    # -- the truth, added up from the orders themselves ---------------------------------------------------------

    def open_orders(self) -> list[Order]:
        return [o for o in self.state.by_id.values() if o.base not in DEAD and o.cum_qty < o.qty]

    def equity(self) -> Decimal:
        """Cash and positions, longs at the bid, shorts at the ask."""
        total = self.cash
        for (_, symbol), position in self.state.positions.items():
            mark = MID[symbol] - self._tick(symbol) if position.qty > 0 else MID[symbol]
            total += position.qty * mark * self.state.instruments[symbol].multiplier
        return total

    def exposure(self, symbol: str, newest: BrokerOrder | BrokerReplace | None) -> dict[bool, Decimal]:
        """|Value| of the instrument once all working buys (True) or all working sales (False) have filled; `newest`
        counts at the terms that it asks for."""
        held = self.state.position_qty(ACCOUNT, symbol)
        multiplier = self.state.instruments[symbol].multiplier
        sides: dict[bool, Decimal] = {}
        for is_buy in (True, False):
            count = value = D(0)
            for order in self.state.by_id.values():
                if order.symbol == symbol and order.side.is_buy is is_buy:
                    leaves, px = self._worst(order, newest)
                    count += leaves
                    value += leaves * px * multiplier
            mine = held if is_buy else -held
            mark = (
                MID[symbol]
                if held < 0 or newest is None or newest.symbol == symbol
                else MID[symbol] - self._tick(symbol)
            )
            if mine >= 0:
                sides[is_buy] = mine * mark * multiplier + value
            else:
                beyond = max(count + mine, D(0))
                sides[is_buy] = value * beyond / count if beyond else D(0)
        return sides

    @staticmethod
    def _worst(order: Order, newest: BrokerOrder | BrokerReplace | None) -> tuple[Decimal, Decimal]:
        if order.base in DEAD:
            return order.unproven_qty, order.ref_px
        replace = order.pending_replace
        leaves, px = max(order.qty - order.cum_qty, D(0)), order.ref_px
        if replace is not None:
            if newest is not None and newest.cl_ord_id == replace.cl_ord_id:
                return replace.qty - order.cum_qty, replace.ref_px
            return max(leaves, replace.qty - order.cum_qty), max(px, replace.ref_px)
        return leaves, px

    def side_of(self, sent: BrokerOrder | BrokerReplace) -> Side:
        return self.state.orders[sent.cl_ord_id].side
