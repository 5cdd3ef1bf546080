"""A desk at the real paper exchange, in memory: stocks, options, crypto and FX in three currencies, fees included."""

from __future__ import annotations

import itertools
from decimal import Decimal
from random import Random
from typing import Final

from engine import facts as f
from engine import inputs as i
from engine import protocol as p
from engine.desk import Desk, FactAt
from engine.effects import CancelOrder, ListInstrument, QueryOrder, QuerySnapshot, ReplaceOrder, Reply, SubmitOrder
from engine.inputs import Now
from engine.market.matching import FillConfig, PaperExchange
from engine.market.quotes import QuoteCache
from engine.model.enums import AssetClass, OrdType, Side, TimeInForce
from engine.model.instrument import Instrument
from engine.model.market import Quote
from engine.model.order import OrderRequest, ReplaceRequest
from engine.model.package import Leg, package_symbol
from engine.model.snapshot import Execution
from engine.orders.order import Order
from engine.protocol import Capabilities
from engine.risk.limits import Limits
from engine.state import DeskState
from engine.surroundings import Surroundings
from engine.views import CommandResult, OrderResult

D = Decimal
ACCOUNT: Final = "PAPER"
SECOND: Final = 1_000_000_000
#: 2025-06-02, long before any expiration here.
START: Final = 1_748_900_000 * SECOND
CALL_200, CALL_210 = "AAPL260116C00200000", "AAPL260116C00210000"
PUT_180, PUT_170 = "AAPL260116P00180000", "AAPL260116P00170000"

UNIVERSE: Final = (
    Instrument("AAPL"),
    Instrument("IBM", lot=D("0.001"), min_qty=D("0.001")),
    Instrument("SAP", currency="EUR"),
    Instrument("SONY", currency="JPY", tick=D(1)),
    Instrument("NESN", currency="CHF"),
    Instrument("EURUSD", AssetClass.FX, tick=D("0.00001"), calendar="24x5", base="EUR"),
    Instrument("USDJPY", AssetClass.FX, currency="JPY", tick=D("0.001"), calendar="24x5", base="USD"),
    Instrument("BTCUSD", AssetClass.CRYPTO, lot=D("0.00001"), min_qty=D("0.00001"), calendar="24x7", base="BTC"),
)
MARKET: Final = {
    "AAPL": ("199.90", "200.00"),
    "IBM": ("99.98", "100.00"),
    "SAP": ("119.90", "120.00"),
    "SONY": ("2999", "3000"),
    "NESN": ("89.90", "90.00"),
    "EURUSD": ("1.08000", "1.08010"),
    "USDJPY": ("150.000", "150.010"),
    "BTCUSD": ("59990.00", "60000.00"),
    CALL_200: ("11.90", "12.10"),
    CALL_210: ("7.90", "8.10"),
    PUT_180: ("5.90", "6.10"),
    PUT_170: ("3.40", "3.60"),
}
BROKER: Final = Capabilities(
    ord_types=frozenset(OrdType),
    times_in_force=frozenset({TimeInForce.DAY, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK}),
    asset_classes=frozenset(AssetClass),
    replace=True,
    fractional=True,
    short=True,
    multileg=True,
)
ROOMY: Final = {
    "risk.max_position_pct": "off",
    "risk.max_portfolio_positions": "off",
    "risk.max_leverage": "off",
    "risk.max_sector_exposure": "off",
    "risk.max_correlation": "off",
    "risk.margin_model": "off",
    "risk.max_order_notional": "off",
    "risk.duplicate_window_s": "off",
    "risk.max_orders_per_s": "off",
}


class Floor:
    """1,000,000 USD, 20,000 EUR and a market that stands still until it is told otherwise. `more`: instruments beside
    those of the universe, with their bid and ask."""

    def __init__(
        self,
        broker: Capabilities = BROKER,
        fills: FillConfig | None = None,
        pnl_method: str = "average",
        cash: dict[str, Decimal] | None = None,
        more: tuple[tuple[Instrument, str, str], ...] = (),
        **limits: str,
    ) -> None:
        universe = (*UNIVERSE, *(instrument for instrument, _, _ in more))
        texts = Limits.defaults().with_changes({**ROOMY, **{f"risk.{k}": v for k, v in limits.items()}}).as_texts()
        self.quotes = QuoteCache(Limits(texts), universe)
        surroundings = Surroundings(lambda s, n, e: "", lambda n: ("2025-06-02", 2**62), lambda account: broker)
        self.desk = Desk(DeskState(), self.quotes, surroundings)
        self.opening = {"USD": D(1_000_000), "EUR": D(20_000)} if cash is None else cash
        self.exchange = PaperExchange(
            universe, fills or FillConfig(), Random(1), account=ACCOUNT, cash=dict(self.opening)
        )
        self.market = {**MARKET, **{instrument.symbol: (bid, ask) for instrument, bid, ask in more}}
        self.executions: list[Execution] = []
        self.journal: list[FactAt] = []
        self.replies: list[object] = []
        self.listed: list[str] = []
        self.ns = START
        self.ids = itertools.count(1)
        self.desk.start(
            f.DeskOpened("desk001", "paper", ACCOUNT, "paper", "USD", pnl_method, "", "", "test"),
            f.InstrumentsLoaded(universe),
            f.LimitsLoaded("hash", texts),
            self.now,
        )
        self.quote_all()
        self.give(p.Connected("paper", self.ns))
        while not (ACCOUNT in self.state.accounts and self.state.accounts[ACCOUNT].reconciled):
            self.pass_seconds(1)

    @property
    def now(self) -> Now:
        return Now(self.ns, self.ns)

    @property
    def state(self) -> DeskState:
        return self.desk.state

    # -- time and market ------------------------------------------------------------------------------------------

    def pass_seconds(self, seconds: int, *, quoted: bool = True) -> None:
        """Let time pass, with or without the market speaking."""
        self.ns += seconds * SECOND
        if quoted:
            self.quote_all()
        self.desk.advance(self.now)
        self._settle()

    def quote_all(self) -> None:
        for symbol in self.market:
            self.quote(symbol, *self.market[symbol])

    def quote(self, symbol: str, bid: str, ask: str, size: str = "1000000") -> None:
        """The market quotes one instrument, from now on so."""
        self.market[symbol] = (bid, ask)
        quote = Quote(symbol, D(bid), D(ask), D(size), D(size), self.ns)
        self.quotes.on_quote(quote)
        self._report(self.exchange.on_quote(quote))

    # -- commands -------------------------------------------------------------------------------------------------

    def order(
        self,
        side: Side,
        qty: str,
        symbol: str,
        limit: str | None = None,
        *,
        time_in_force: TimeInForce = TimeInForce.DAY,
        reduce_only: bool = False,
    ) -> OrderResult:
        """Place an order at the limit, or at market."""
        kind = OrdType.MARKET if limit is None else OrdType.LIMIT
        px = None if limit is None else D(limit)
        return self.place(
            OrderRequest(ACCOUNT, symbol, side, D(qty), kind, px, time_in_force=time_in_force, reduce_only=reduce_only)
        )

    def package(
        self, qty: str, *legs: tuple[Side, int, str], net: str, time_in_force: TimeInForce = TimeInForce.DAY
    ) -> OrderResult:
        """Place a package of (side, ratio, symbol) legs at a net price."""
        parts = tuple(Leg(symbol, side, ratio) for side, ratio, symbol in legs)
        return self.place(package_request(qty, parts, net, time_in_force))

    def place(self, request: OrderRequest) -> OrderResult:
        result = self.command(i.PlaceOrder(request, next(self.ids)))
        assert isinstance(result, OrderResult)
        return result

    def change(self, target: int, qty: str | None = None, px: str | None = None) -> OrderResult:
        change = ReplaceRequest(None if qty is None else D(qty), None if px is None else D(px))
        result = self.command(i.ModifyOrder(target, change, next(self.ids)))
        assert isinstance(result, OrderResult)
        return result

    def cancel(self, selector: i.CancelSelector) -> CommandResult:
        result = self.command(i.CancelOrders(selector, "ann", next(self.ids)))
        assert isinstance(result, CommandResult)
        return result

    def command(self, item: object) -> object:
        """Give a command, quotes fresh; its answer."""
        self.pass_seconds(1)
        self.replies.clear()
        self.give(item)
        return self.replies[0]

    def give(self, item: object) -> None:
        self.desk.handle(item, self.now)
        self._settle()

    # -- the world ------------------------------------------------------------------------------------------------

    def newest(self) -> Order:
        return list(self.state.by_id.values())[-1]

    def held(self, symbol: str) -> Decimal:
        return self.state.position_qty(ACCOUNT, symbol)

    def compare(self) -> None:
        """Ask the exchange for everything, twice, so that a difference would be a break."""
        for _ in range(3):
            self.give(i.Reconcile(user="ann"))
            self.pass_seconds(3)

    def _report(self, reports: object) -> None:
        for report in reports:  # type: ignore[attr-defined]
            if isinstance(report, p.Filled):
                self.executions.append(report.execution)
            self.desk.handle(report, self.now)
        self.exchange.take_changes()
        self._settle()

    def _settle(self) -> None:
        while True:
            facts, effects = self.desk.take()
            self.journal += facts
            if not effects:
                return
            for effect in effects:
                self._perform(effect)

    def _perform(self, effect: object) -> None:
        exchange = self.exchange
        match effect:
            case SubmitOrder(approved=approved):
                self._report(exchange.submit(approved.order, self.ns))
            case ReplaceOrder(approved=change):
                self._report(exchange.replace(change.order, self.ns))
            case CancelOrder(cancel=cancel):
                self._report(exchange.cancel(cancel, self.ns))
            case ListInstrument(instrument=instrument):
                self.listed.append(instrument.symbol)
                self.quotes.add_instruments((instrument,))
                self.quote_all()
            case QueryOrder(account=_, cl_ord_id=ident):
                found = [e for e in self.executions if e.cl_ord_id == ident]
                self.desk.handle(i.OrderEvidence(ident, exchange.open_order(ident), found, False, self.ns), self.now)
            case QuerySnapshot(account=_, reason=reason):
                snapshot = i.BrokerSnapshot(
                    exchange.account_snapshot(),
                    exchange.open_orders(),
                    tuple(self.executions),
                    exchange.positions(),
                    self.ns,
                    reason,
                )
                self.desk.handle(snapshot, self.now)
            case Reply(result=result):
                self.replies.append(result)


def package_request(
    qty: str, legs: tuple[Leg, ...], net: str, time_in_force: TimeInForce = TimeInForce.DAY
) -> OrderRequest:
    """A package as the grammar makes it."""
    return OrderRequest(
        ACCOUNT,
        package_symbol(legs),
        Side.BUY,
        D(qty),
        OrdType.LIMIT,
        D(net),
        time_in_force=time_in_force,
        legs=legs,
    )
