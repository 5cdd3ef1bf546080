"""A desk and the paper exchange in one process's memory, joined by plain calls: the order path without any waiting.

Everything is the real thing: the core with all its checks at the shipped limits, the gate, the quote cache, the
matching. Time is an input and moves 50 ms an order, so that 20 orders a second keep within the throttle.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import count
from random import Random

from engine import facts as f
from engine import inputs as i
from engine import protocol as p
from engine.desk import Desk
from engine.effects import Effect, QuerySnapshot, SubmitOrder
from engine.inputs import Now
from engine.market.matching import FillConfig, PaperExchange
from engine.market.quotes import QuoteCache
from engine.model.enums import AssetClass, OrdType, Side, TimeInForce
from engine.model.instrument import Instrument
from engine.model.market import Quote
from engine.model.order import OrderRequest
from engine.protocol import Capabilities
from engine.risk.gate import Gate
from engine.risk.limits import Limits
from engine.state import DeskState
from engine.surroundings import Surroundings

ACCOUNT = "PAPER"
START_NS = 1_700_000_000_000_000_000
STEP_NS = 50_000_000
QUOTE_EVERY = 100
"""Orders from one quote of each instrument to the next: 5 s, well within the age limit."""
BID, ASK = Decimal("100.00"), Decimal("100.02")
PLENTY = Decimal(10**12)
CAPABILITIES = Capabilities(
    ord_types=frozenset(OrdType) - {OrdType.TRAILING_STOP},
    times_in_force=frozenset({TimeInForce.DAY, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK}),
    asset_classes=frozenset(AssetClass),
    replace=True,
    short=True,
)


class MemoryDesk:
    """Cash 5,000,000, ready to trade `symbols`, each quoted 100.00 / 100.02 without end."""

    def __init__(self, symbols: Sequence[str] = ("IBM",)) -> None:
        instruments = tuple(Instrument(symbol, sector="Industrials") for symbol in symbols)
        limits = Limits.defaults()
        self.quotes = QuoteCache(limits, instruments)
        surroundings = Surroundings(lambda s, n, e: "", lambda n: ("2023-11-14", 2**62), lambda account: CAPABILITIES)
        self.desk = Desk(DeskState(), self.quotes, surroundings)
        self.exchange = PaperExchange(
            instruments, FillConfig(), Random(1), account=ACCOUNT, cash={"USD": Decimal(5_000_000)}
        )
        self.gate = Gate()
        self.symbols = tuple(symbols)
        self.ns = START_NS
        self.now = Now(self.ns, self.ns)
        self.desk.start(
            f.DeskOpened("Bench01", "paper", ACCOUNT, "paper", "USD", "average", "", "", "bench"),
            f.InstrumentsLoaded(instruments),
            f.LimitsLoaded("", limits.as_texts()),
            self.now,
        )
        self.quote()
        self.handle(p.Connected("paper", self.ns))
        self._agree()
        self.gate = Gate(epoch=self.desk.state.gate_epoch)

    def _agree(self) -> None:
        """Compare with the exchange until the desk is ready to trade."""
        accounts = self.desk.state.accounts
        for _ in range(10):
            self.settle(self.desk.take()[1])
            if ACCOUNT in accounts and accounts[ACCOUNT].reconciled:
                return
            self.ns += 1_000_000_000
            self.now = Now(self.ns, self.ns)
            self.desk.advance(self.now)
        raise AssertionError("the desk did not get ready")

    def handle(self, item: object) -> None:
        self.now = Now(self.ns, self.ns)
        self.desk.handle(item, self.now)

    def quote(self) -> None:
        """The market speaks of each instrument."""
        for symbol in self.symbols:
            quote = Quote(symbol, BID, ASK, PLENTY, PLENTY, self.ns)
            self.quotes.on_quote(quote)
            self.exchange.on_quote(quote)
        # Nobody keeps books here.
        self.exchange.take_changes()

    def settle(self, effects: Sequence[Effect]) -> None:
        """Carry out effects: orders through the gate to the exchange, its reports back to the desk."""
        exchange, handle = self.exchange, self.desk.handle
        now = self.now
        for effect in effects:
            if type(effect) is SubmitOrder:
                approved = effect.approved
                if self.gate.passes_order(approved):
                    for report in exchange.submit(approved.order, now.market_ns):
                        handle(report, now)
            elif type(effect) is QuerySnapshot:
                snapshot = i.BrokerSnapshot(
                    exchange.account_snapshot(), (), (), exchange.positions(), self.ns, effect.reason
                )
                handle(snapshot, now)

    def trade(self, requests: Iterable[OrderRequest]) -> None:
        """Orders from the trader's hand to the position, one after the other. Refresh the quotes every QUOTE_EVERY."""
        desk, gate, submit, ns = self.desk, self.gate, self.exchange.submit, self.ns
        handle = desk.handle
        for request in requests:
            ns += STEP_NS
            now = Now(ns, ns)
            handle(i.PlaceOrder(request), now)
            for effect in desk.take()[1]:
                if type(effect) is SubmitOrder:
                    approved = effect.approved
                    if gate.passes_order(approved):
                        for report in submit(approved.order, ns):
                            handle(report, now)
        self.ns = ns

    def check_flat(self, orders: int) -> None:
        """Raise when not every order of an even number filled: a figure about refusals would be worthless."""
        state = self.desk.state
        if len(state.seen_executions) != orders or state.active or state.open_orders:
            raise AssertionError(
                f"{len(state.seen_executions)} fills of {orders} orders, {len(state.active)} instruments still held"
            )


def marketable(symbols: Sequence[str] = ("IBM",), run: int = 1) -> Iterator[OrderRequest]:
    """Buys at the ask, `run` of them after each other, each sold again at the bid; the quantity changes, so that none
    is a duplicate."""
    for n in count(0, run):
        symbol = symbols[n // run % len(symbols)]
        quantities = [Decimal(100 + (n + k) % 50) for k in range(run)]
        for qty in quantities:
            yield OrderRequest(ACCOUNT, symbol, Side.BUY, qty, OrdType.LIMIT, ASK, user="bench")
        for qty in quantities:
            yield OrderRequest(ACCOUNT, symbol, Side.SELL, qty, OrdType.LIMIT, BID, user="bench")
