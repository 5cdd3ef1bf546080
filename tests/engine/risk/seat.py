"""A trader's seat for tests of the checks: a desk state folded from facts, a quote cache, the risk engine on both."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from engine import facts as f
from engine.evolve import evolve
from engine.ids import root_id
from engine.inputs import Now
from engine.market.history import History
from engine.market.quotes import QuoteCache
from engine.model.enums import AssetClass, LiquidityFlag, OrdType, Side, TimeInForce, TradingState
from engine.model.instrument import Instrument
from engine.model.market import Quote
from engine.model.order import OrderRequest
from engine.model.snapshot import Execution
from engine.orders.order import Order
from engine.protocol import Capabilities
from engine.risk.context import Context
from engine.risk.engine import RiskEngine
from engine.risk.limits import Limits
from engine.state import DeskState
from engine.surroundings import Surroundings
from engine.views import Denial

D = Decimal
SECOND: Final = 1_000_000_000
START: Final = 1_700_000_000 * SECOND
ACCOUNT: Final = "PAPER"

INSTRUMENTS: Final = (
    Instrument("AAPL"),
    Instrument("MSFT"),
    Instrument("IBM"),
    Instrument("NICKEL", tick=D("0.05"), lot=D(10), min_qty=D(20), max_qty=D(5000)),
    Instrument("ESZ3", asset_class=AssetClass.FUTURE, tick=D("0.25"), multiplier=D(50)),
    Instrument("SAP", currency="EUR"),
)

#: What needs more of an instrument than these tests mostly give: a sector, days before the run.
PLAIN: Final = {"risk.max_sector_exposure": "off", "risk.max_correlation": "off"}

BROKER: Final = Capabilities(
    ord_types=frozenset(OrdType) - {OrdType.TRAILING_STOP},
    times_in_force=frozenset({TimeInForce.DAY, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK}),
    asset_classes=frozenset(AssetClass),
    replace=True,
    short=True,
)


class Seat:
    """Cash 1,000,000 USD, no position, everything ACTIVE, all limits at the shipped defaults but for PLAIN."""

    def __init__(
        self,
        cash: str = "1000000",
        pnl_method: str = "average",
        instruments: tuple[Instrument, ...] = INSTRUMENTS,
        history: History | None = None,
        **limits: str,
    ) -> None:
        self.state = DeskState()
        self.wall_ns = self.market_ns = START
        self.closed = ""
        self.broker = BROKER
        texts = Limits.defaults().with_changes({**PLAIN, **{limit_key(k): v for k, v in limits.items()}}).as_texts()
        self.quotes = QuoteCache(Limits(texts), instruments)
        self.risk = RiskEngine(
            self.state,
            self.quotes,
            Surroundings(
                lambda symbol, ns, extended: self.closed,
                lambda ns: ("2023-11-14", 2**62),
                lambda account: self.broker,
                history=history or History.empty(),
            ),
        )
        self.exec_no = 0
        self.tell(
            f.DeskOpened("desk001", "paper", ACCOUNT, "paper", "USD", pnl_method, "", "", "test"),
            f.InstrumentsLoaded(instruments),
            f.LimitsLoaded("hash", texts),
            f.AccountAdopted(ACCOUNT, "USD", D(cash)),
            f.Reconciled(ACCOUNT, 0, 0),
        )

    # -- the past ---------------------------------------------------------------------------------------------

    def tell(self, *facts: f.Fact) -> None:
        """Fold facts as if the desk had decided them now."""
        for fact in facts:
            evolve(self.state, fact, self.wall_ns, self.market_ns)

    def pass_ns(self, ns: int) -> None:
        """Let both kinds of time pass."""
        self.wall_ns += ns
        self.market_ns += ns

    def quote(self, symbol: str, bid: str, ask: str, *, age_ns: int = 0, delayed: bool = False) -> None:
        """The market quotes, `age_ns` ago."""
        self.quotes.on_quote(Quote(symbol, D(bid), D(ask), D(100), D(100), self.market_ns - age_ns, delayed=delayed))

    def hold(self, symbol: str, qty: str, px: str = "100") -> None:
        """The account holds this already (adopted: cash doesn't move)."""
        self.tell(f.PositionAdopted(ACCOUNT, symbol, D(qty), D(px)))

    def send(self, request: OrderRequest, *, acked: bool = True) -> Order:
        """The order passed its checks (or is put there in spite of them) and went out."""
        c = self.look(request)
        ident = root_id("desk001", self.state.order_seq + 1)
        self.tell(f.OrderIntended(self.state.next_id, ident, request, c.ref_px, c.quote))
        if acked:
            self.tell(f.OrderAccepted(ident, f"B{self.state.order_seq}"))
        return self.state.orders[ident]

    def fill(self, order: Order, qty: str, px: str, fee: str = "0") -> Execution:
        """The broker reports a fill."""
        self.exec_no += 1
        execution = Execution(
            f"E{self.exec_no}",
            order.cl_ord_id,
            order.order_id or "",
            ACCOUNT,
            order.symbol,
            order.side,
            D(qty),
            D(px),
            self.market_ns,
            D(fee),
            liquidity=LiquidityFlag.TAKER,
        )
        self.tell(f.OrderFilled(execution))
        return execution

    def restrict(self, scope: str, state: TradingState, reason: str = "because") -> None:
        self.tell(f.TradingStateSet(scope, state, "ann", reason))

    # -- questions --------------------------------------------------------------------------------------------

    @property
    def now(self) -> Now:
        return Now(self.wall_ns, self.market_ns)

    def look(self, request: OrderRequest, replacing: Order | None = None) -> Context:
        """The checked proposal."""
        return self.risk.check(request, self.now, replacing)

    def denials(self, request: OrderRequest, replacing: Order | None = None) -> list[Denial]:
        return self.look(request, replacing).denials

    def codes(self, request: OrderRequest, replacing: Order | None = None) -> list[str]:
        return [denial.code for denial in self.denials(request, replacing)]

    def denial(self, code: str, request: OrderRequest, replacing: Order | None = None) -> Denial:
        """The one refusal with this code; fails when there is none."""
        found = [denial for denial in self.denials(request, replacing) if denial.code == code]
        assert len(found) == 1, f"wanted one {code}, got {self.codes(request, replacing)}"
        return found[0]


def limit_key(name: str) -> str:
    """max_order_qty -> risk.max_order_qty; max_quote_age_s__equity -> risk.max_quote_age_s.equity;
    user:alice/max_order_qty -> user:alice/risk.max_order_qty."""
    scope, slash, name = name.rpartition("/")
    return f"{scope}{slash}risk." + name.replace("__", ".")


def order(side: Side, qty: str, symbol: str = "AAPL", limit: str | None = None, **rest: Any) -> OrderRequest:
    """A request in a few words: a market order, or a limit order where `limit` is given."""
    stop = rest.pop("stop", None)
    kind = {
        (False, False): OrdType.MARKET,
        (True, False): OrdType.LIMIT,
        (False, True): OrdType.STOP,
        (True, True): OrdType.STOP_LIMIT,
    }[limit is not None, stop is not None]
    px = D(limit) if limit is not None else None
    return OrderRequest(ACCOUNT, symbol, side, D(qty), kind, px, D(stop) if stop is not None else None, **rest)


def buy(qty: str, symbol: str = "AAPL", limit: str | None = None, **rest: Any) -> OrderRequest:
    return order(Side.BUY, qty, symbol, limit, **rest)


def sell(qty: str, symbol: str = "AAPL", limit: str | None = None, **rest: Any) -> OrderRequest:
    return order(Side.SELL, qty, symbol, limit, **rest)


def short(qty: str, symbol: str = "AAPL", limit: str | None = None, **rest: Any) -> OrderRequest:
    return order(Side.SELL_SHORT, qty, symbol, limit, **rest)
