"""A desk on a recorded day, as fast as the machine goes: the real core, the real matching of the paper broker, and the
tape as their only clock. Nothing is awaited: each side hears of the other a little market time later."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import Any, Final

from brokers.paper.calls import PaperCalls
from engine import facts as f
from engine import inputs as i
from engine import protocol as p
from engine.algos.math.past import Past
from engine.desk import Desk
from engine.effects import CancelAll, CancelOrder, Effect, QueryOrder, QuerySnapshot, ReplaceOrder, Reply, SubmitOrder
from engine.inputs import AlgoSpec, Now
from engine.market.calendar import Calendar
from engine.market.history import History
from engine.market.matching import FillConfig, PaperExchange, hours_by_calendar
from engine.market.quotes import QuoteCache
from engine.model.instrument import Instrument
from engine.model.market import Quote, Trade
from engine.model.snapshot import Execution
from engine.risk.limits import Limits
from engine.state import Algo, DeskState
from engine.surroundings import Surroundings
from engine.views import AlgoPlan

ACCOUNT: Final = "PAPER"
#: From the desk to the broker, and back.
LATENCY_NS: Final = 10_000_000
#: A parent of a size that moves nothing is still more than the newcomer's limits allow.
LIMITS: Final = {
    "risk.max_sector_exposure": "off",
    "risk.max_correlation": "off",
    "risk.max_position_pct": "off",
    "risk.max_gross_exposure": "off",
    "risk.max_order_qty": "off",
    "risk.max_order_notional": "off",
    "risk.warn_order_notional": "off",
}


class TapeDesk:
    """One desk with one account on one tape."""

    def __init__(
        self,
        instrument: Instrument,
        calendar: Calendar,
        start_ns: int,
        past: Past | None = None,
        history: History | None = None,
    ) -> None:
        self.now_ns = start_ns
        limits = Limits.defaults().with_changes(LIMITS)
        self.quotes = QuoteCache(limits, (instrument,))
        self.state = DeskState()
        able = PaperCalls.capabilities(None)  # type: ignore[arg-type]
        close_ns = calendar.day_end_ns(start_ns)
        self.desk = Desk(
            self.state,
            self.quotes,
            Surroundings(
                lambda symbol, ns, extended: "" if calendar.is_open(ns) else "closed",
                lambda ns: (str(calendar.trading_day(ns)), close_ns + 4 * 3600 * 10**9),
                lambda account: able,
                session_bounds=lambda symbol, ns: _bounds(calendar, ns),
                past=past or Past.unknown(),
                history=history or History.empty(),
            ),
        )
        cash = {"USD": Decimal(1_000_000_000)}
        self.exchange = PaperExchange(
            (instrument,), FillConfig(), Random(1), account=ACCOUNT, cash=cash, hours=hours_by_calendar()
        )
        self.executions: list[Execution] = []
        self.sent: list[tuple[int, Decimal, Decimal | None]] = []
        """(market ns, quantity, limit) of every order handed over."""
        self.facts: list[f.Fact] = []
        self.replies: dict[int, Any] = {}
        self._due: list[tuple[int, int, Any, tuple[Any, ...]]] = []
        self._count = count()
        self.exchange.start(start_ns)
        self.desk.start(
            f.DeskOpened("TAPE", "paper", ACCOUNT, "paper", "USD", "average", "", "", "0"),
            f.InstrumentsLoaded((instrument,)),
            f.LimitsLoaded("", limits.as_texts()),
            self._now,
        )
        self._give(p.Connected("paper", start_ns))
        self.pass_to(start_ns + 1_000_000_000)

    def launch(self, spec: AlgoSpec) -> Algo:
        """Launch an algo now."""
        self._give(i.LaunchAlgo(spec, cmd_id=1))
        reply = self.replies[1]
        assert reply.ok, reply.message
        return self.state.algos[reply.ids[0]]

    def plan(self, spec: AlgoSpec) -> AlgoPlan:
        """What the launch would do."""
        return self.desk.plan(spec, self._now)

    def play(self, events: Iterable[Quote | Trade]) -> None:
        """The tape: the desk sees each event first, then the broker."""
        quotes, desk, exchange = self.quotes, self.desk, self.exchange
        for event in events:
            if event.ts_ns > self.now_ns:
                self.pass_to(event.ts_ns)
            if type(event) is Quote:
                quotes.on_quote(event)
            else:
                quotes.on_trade(event)
            if desk.watches(event.symbol):
                self._give(event)
            for report in exchange.on_market(event):
                self._report(report)

    def pass_to(self, until_ns: int) -> None:
        """Everything that is due on the way, in its order."""
        timers = self.desk.timers
        while True:
            due = min(
                (ns for ns in (timers.next_due("market"), timers.next_due("wall")) if ns is not None),
                default=until_ns + 1,
            )
            if self._due and self._due[0][0] <= min(due, until_ns):
                at_ns, _, do, what = heappop(self._due)
                self.now_ns = max(self.now_ns, at_ns)
                do(*what)
            elif due <= until_ns:
                self.now_ns = max(self.now_ns, due)
                self.desk.advance(self._now)
                self._take()
            else:
                self.now_ns = max(self.now_ns, until_ns)
                return

    # -- inside -----------------------------------------------------------------------------------------------------

    @property
    def _now(self) -> Now:
        return Now(self.now_ns, self.now_ns)

    def _give(self, item: object) -> None:
        self.desk.handle(item, self._now)
        self._take()

    def _take(self) -> None:
        facts, effects = self.desk.take()
        self.facts += [fact for _, _, fact in facts]
        for effect in effects:
            self._perform(effect)

    def _later(self, do: Any, *what: Any) -> None:
        heappush(self._due, (self.now_ns + LATENCY_NS, next(self._count), do, what))

    def _perform(self, effect: Effect) -> None:
        if isinstance(effect, SubmitOrder):
            order = effect.approved.order
            self.sent.append((self.now_ns, order.qty, order.limit_px))
            self._later(self._arrive, self.exchange.submit, order)
        elif isinstance(effect, CancelOrder):
            self._later(self._arrive, self.exchange.cancel, effect.cancel)
        elif isinstance(effect, ReplaceOrder):
            self._later(self._arrive, self.exchange.replace, effect.approved.order)
        elif isinstance(effect, CancelAll):
            for cancel in effect.cancels:
                self._later(self._arrive, self.exchange.cancel, cancel.cancel)
        elif isinstance(effect, QuerySnapshot):
            self._later(self._picture, effect.reason, self.now_ns)
        elif isinstance(effect, QueryOrder):
            self._later(self._evidence, effect.cl_ord_id)
        elif isinstance(effect, Reply):
            self.replies[effect.cmd_id] = effect.result

    def _arrive(self, do: Any, request: Any) -> None:
        for report in do(request, self.now_ns):
            self._report(report)

    def _report(self, report: p.Report) -> None:
        if isinstance(report, p.Filled):
            self.executions.append(report.execution)
        self._later(self._give, report)

    def _picture(self, reason: str, asked_ns: int) -> None:
        exchange = self.exchange
        self._give(
            i.BrokerSnapshot(
                exchange.account_snapshot(),
                exchange.open_orders(),
                tuple(self.executions),
                exchange.positions(),
                asked_ns,
                reason,
            )
        )

    def _evidence(self, cl_ord_id: str) -> None:
        found = [each for each in self.executions if each.cl_ord_id == cl_ord_id]
        self._give(i.OrderEvidence(cl_ord_id, self.exchange.open_order(cl_ord_id), found, False, self.now_ns))


def _bounds(calendar: Calendar, ns: int) -> tuple[int, int] | None:
    session = calendar.session_of(ns) or calendar.session_of(calendar.next_open(ns))
    return (session.open_ns, session.close_ns) if session is not None else None
