"""A desk over a real tape: the core, the quote cache, the paper exchange, joined by plain calls; the test plays user.

Each event goes where the shell brings it: the cache, the exchange, then the desk's timers. What is decided at an event
goes to the exchange at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from random import Random

from engine import facts as f
from engine import inputs as i
from engine import protocol as p
from engine.desk import Desk, FactAt
from engine.effects import CancelOrder, QuerySnapshot, Reply, SubmitOrder
from engine.inputs import Now
from engine.market.calendar import Calendar
from engine.market.matching import FillConfig, PaperExchange
from engine.market.quotes import QuoteCache
from engine.market.replay import Replay, known_ns
from engine.market.tape import SessionRules, open_tapes
from engine.model.instrument import Instrument
from engine.model.market import MarketEvent
from engine.risk.limits import Limits
from engine.state import DeskState
from engine.surroundings import Surroundings
from tests.benchmarks.memory_desk import ACCOUNT, CAPABILITIES

D = Decimal
NYSE = Calendar.load("XNYS")
SECOND = 1_000_000_000
#: The desk's clock runs ahead of the tape's by so much: two kinds of time that must not be mixed up.
WALL_AHEAD = 400_000_000 * SECOND
FEE = D("0.005")


def events_between(data: Path, symbol: str, day: str, begin_ns: int, end_ns: int) -> list[MarketEvent]:
    """Quotes by the second and every print, in the order of the tape."""
    files = [data / "equities" / kind / f"{symbol}_{day}.csv.gz" for kind in ("quotes_1s", "trades_tick")]
    replay = Replay(open_tapes(files, SessionRules(lambda name: NYSE)))
    found: list[MarketEvent] = []
    for batch in replay.play(begin_ns):
        found += batch
        if batch and known_ns(batch[-1]) >= end_ns:
            break
    return [event for event in found if known_ns(event) < end_ns]


class TapeDesk:
    """Cash 5,000,000; shares bought before the tape begins may be sold."""

    def __init__(self, symbol: str, events: list[MarketEvent], mode: str = "paper", close_ns: int = 2**62) -> None:
        instruments = (Instrument(symbol, sector="Technology"),)
        off = {"risk.max_correlation": "off", "risk.price_collar_pct": "off", "risk.max_adv_pct": "off"}
        known = Limits.defaults().as_texts()
        limits = Limits.defaults().with_changes({key: value for key, value in off.items() if key in known})
        self.symbol = symbol
        self.quotes = QuoteCache(limits, instruments)
        begin_ns = known_ns(events[0])
        surroundings = Surroundings(
            lambda name, ns, extended: "",
            lambda ns: ("2013-10-07", 2**62),
            lambda account: CAPABILITIES,
            session_bounds=lambda name, ns: (begin_ns, close_ns),
        )
        self.desk = Desk(DeskState(), self.quotes, surroundings)
        config = FillConfig(commission_per_share=FEE)
        self.exchange = PaperExchange(instruments, config, Random(1), account=ACCOUNT, cash={"USD": D(5_000_000)})
        self.now = Now(begin_ns + WALL_AHEAD, begin_ns)
        self.events = events
        self.stamped: list[FactAt] = []
        self._next = 0
        self.desk.start(
            f.DeskOpened("TapeDsk", mode, ACCOUNT, "paper", "USD", "average", "", "", "test"),
            f.InstrumentsLoaded(instruments),
            f.LimitsLoaded("", limits.as_texts()),
            self.now,
        )
        self.give(p.Connected("paper", begin_ns))

    def play(self, until_ns: int) -> None:
        """The tape up to a moment, events at it included."""
        while self._next < len(self.events) and known_ns(self.events[self._next]) <= until_ns:
            self.event(self.events[self._next])
            self._next += 1

    def event(self, event: MarketEvent) -> None:
        ns = known_ns(event)
        self.now = Now(ns + WALL_AHEAD, ns)
        self.quotes.on_event(event)
        reports = list(self.exchange.on_market(event))
        self.exchange.take_changes()
        for report in reports:
            self.give(report)
        self.desk.advance(self.now)
        self._settle()

    def give(self, item: object) -> None:
        # The wall clock never stands still.
        self.now = Now(self.now.wall_ns + 1000, self.now.market_ns)
        self.desk.handle(item, self.now)
        self._settle()

    def _settle(self) -> None:
        facts, effects = self.desk.take()
        self.stamped += facts
        for effect in effects:
            if isinstance(effect, SubmitOrder):
                order = effect.approved.order
                self.give(i.HandedOver(((order.cl_ord_id, self.now.wall_ns + 500),)))
                for report in self.exchange.submit(order, self.now.market_ns):
                    self.give(report)
            elif isinstance(effect, CancelOrder):
                for report in self.exchange.cancel(effect.cancel, self.now.market_ns):
                    self.give(report)
            elif isinstance(effect, QuerySnapshot):
                account, held = self.exchange.account_snapshot(), self.exchange.positions()
                self.give(i.BrokerSnapshot(account, (), (), held, self.now.wall_ns, effect.reason))
            elif not isinstance(effect, Reply):
                continue

    def executions(self) -> Iterator[f.OrderFilled]:
        """What filled, in order."""
        return (fact for _, _, fact in self.stamped if isinstance(fact, f.OrderFilled))
