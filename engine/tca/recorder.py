"""The recorder: notes what the market did around orders, so that costs can be told later. Off the order path.

The desk shows it each fact as it is made; for a few kinds it keeps the market of that moment (one look-up), and works
everything off a quarter of a second later, a bounded piece at a time: readings become facts, and facts go into the live
book. What a crash takes before that is not known afterwards, and reports say so.
"""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Final

from engine import facts as f
from engine.facts.tca import Reading
from engine.model.enums import AlertLevel
from engine.orders.order import Order
from engine.risk.context import Quotes
from engine.state import DeskState
from engine.surroundings import Surroundings
from engine.tca.benchmarks import PWP_RATE, pwp_target
from engine.tca.book import KINDS, TcaBook, algo_key
from engine.tca.marks import HORIZONS
from engine.tca.measure import Present
from engine.tca.meter import Key, Meter, Sums
from engine.tca.tickets import Ticket
from engine.timers import Key as TimerKey
from engine.timers import Timers

if TYPE_CHECKING:
    from engine.desk import Desk

SOON_NS: Final = 250_000_000
"""Market time after which what was noted is worked off: in a fast replay too the market has not moved far by then."""
LATEST_NS: Final = 1_000_000_000
"""Wall time after which it is worked off whatever the market does, and how often the quiet moments are looked at."""
QUIET_NS: Final = 1_000_000_000
"""Market time after a moment at which no event of before it is expected any more."""
AT_ONCE: Final = 256
"""Facts worked off at a time."""
MOST_TICKETS: Final = 2_000
"""Orders and parents that the live book keeps; the journal has all."""
SEEN: Final = KINDS - {f.MarketRead, f.MarksSampled}
"""The facts that the desk shows it."""
_ENDS: Final = (f.OrderCanceled, f.OrderExpired, f.OrderRejected, f.OrderWithheld, f.OrderResolved)
"""What ends an order that was not filled."""
_BEGIN: Final = frozenset({f.OrderIntended, f.HeldReleased, f.AlgoLaunched})
"""What needs a meter from that moment on."""
_ALGO_ENDS: Final = frozenset({"DONE", "CANCELED", "FAILED"})
_NAMES: Final = tuple(HORIZONS)
_LONGEST_NS: Final = max(HORIZONS.values())


class Recorder:
    """The desk's own. `see` is called for the kinds in SEEN, `work` by its timers."""

    def __init__(self, state: DeskState, quotes: Quotes, surroundings: Surroundings, timers: Timers) -> None:
        self._state = state
        self._quotes = quotes
        self._surroundings = surroundings
        self._timers = timers
        self._seen: list[tuple[f.Fact, int, int]] = []
        """(fact, wall ns, market ns)"""
        self._moments: list[tuple[str, Key, Sums | None, int]] = []
        """(instrument, what was waited for, the market then, market ns)"""
        self._readings: list[Reading] = []
        self._meters: dict[str, Meter] = {}
        self._closes: dict[str, int] = {}
        """When (market ns) the session closes for which the meter waits."""
        self._armed = False
        self.book = TcaBook()
        """What is known of today's orders, up to a moment ago."""
        self.changes = 0
        """Rises when the book may show something else."""
        self._shrink_at = MOST_TICKETS
        self._kept: list[tuple[f.Fact, int, int]] | None = None
        """While the book of before this run is read: what it is to be told after that."""

    # -- on the order path ----------------------------------------------------------------------------------------

    def see(self, fact: f.Fact, wall_ns: int, market_ns: int) -> None:
        """Note a fact. Its moment's market is found in the meter later; here it is only made sure that one runs."""
        self._seen.append((fact, wall_ns, market_ns))
        if not self._armed:
            self._arm(wall_ns, market_ns)
        if type(fact) in _BEGIN:
            symbol = self._symbol_of(fact)
            if symbol and symbol not in self._meters:
                self._begin(symbol, market_ns)

    def _symbol_of(self, fact: f.Fact) -> str:
        """Whose market an order, or an algo, begins to need; "" for none."""
        if isinstance(fact, f.OrderIntended):
            return "" if fact.request.legs else fact.request.symbol
        if isinstance(fact, f.AlgoLaunched):
            return fact.spec.symbol
        order = self._state.orders.get(getattr(fact, "cl_ord_id", ""))
        return order.symbol if order is not None and not order.legs else ""

    def _arm(self, wall_ns: int, market_ns: int) -> None:
        self._armed = True
        self._timers.set("market", market_ns + SOON_NS, ("tca", "soon"))
        self._timers.set("wall", wall_ns + LATEST_NS, ("tca", "latest"))

    @staticmethod
    def _measured(order: Order | None) -> bool:
        """Packages have no mid; orders placed elsewhere no decision."""
        return order is not None and not order.legs and not order.external

    def _meter(self, symbol: str, market_ns: int) -> Meter:
        """The instrument's meter, begun now where there is none."""
        return self._meters.get(symbol) or self._begin(symbol, market_ns)

    def _begin(self, symbol: str, market_ns: int) -> Meter:
        quotes = self._quotes
        meter = self._meters[symbol] = Meter(
            quotes.last_regular(symbol),
            market_ns,
            partial(quotes.traded, symbol),
            partial(self._note, symbol),
            self._noted_pwp,
        )
        meter.stop = quotes.subscribe(meter.on_event, symbol)
        self._wait_close(symbol, meter, market_ns)
        return meter

    def _note(self, symbol: str, key: Key, sums: Sums | None, due_ns: int) -> None:
        """A meter reached a moment that was waited for: in the middle of a quote, so that it is looked at later."""
        self._moments.append((symbol, key, sums, due_ns))
        if not self._armed:
            self._arm(self._state.last_recorded_ns, due_ns)

    # -- a moment later -------------------------------------------------------------------------------------------

    def work(self, desk: Desk, key: TimerKey) -> None:
        """Work off some of what was noted, record the readings, and wait anew. Costs are for looking at: a defect here
        is said, what was noted is given up, and trading goes on."""
        now = desk.now
        try:
            self._work_off(desk, now.market_ns - QUIET_NS)
            self._let_go()
        except Exception as error:  # whatever a defect raises, it must not stop the desk
            self._seen.clear()
            self._moments.clear()
            self._readings.clear()
            words = f"{type(error).__name__}: {error}; some orders have no costs"
            desk.alert(AlertLevel.WARN, "COSTS_NOT_MEASURED", words)
        self._wait(now.wall_ns, now.market_ns)

    def finish(self, desk: Desk) -> None:
        """The desk stops: record what is noted."""
        self._work_off(desk, desk.now.market_ns)
        while self._seen or self._moments or self._readings:
            self._work_off(desk, desk.now.market_ns)

    def _work_off(self, desk: Desk, quiet_ns: int) -> None:
        """`quiet_ns`: nothing is told any more of the market up to then."""
        now = desk.now
        batch = self._seen[:AT_ONCE]
        del self._seen[:AT_ONCE]
        for fact, wall_ns, market_ns in batch:
            self._tell(fact, wall_ns, market_ns)
            self._ask(fact, market_ns)
        for meter in self._meters.values():
            meter.settle(max(quiet_ns, meter.newest_ns - 1))
        moments = self._moments[:AT_ONCE]
        del self._moments[:AT_ONCE]
        for moment in moments:
            self._look(*moment)
        self.changes += bool(batch)
        if len(self.book.tickets) > self._shrink_at:
            self.book.shrink(MOST_TICKETS * 3 // 4)
            # What can't be dropped yet (marks to come) is not looked through again at each turn.
            self._shrink_at = max(MOST_TICKETS, len(self.book.tickets) * 5 // 4)
        if self._readings and not self._seen:
            # Never before the facts that they are about.
            read = f.MarketRead(tuple(self._readings))
            self._readings = []
            self._tell(read, now.wall_ns, now.market_ns)
            desk.emit(read)
            self.changes += 1

    def _tell(self, fact: f.Fact, wall_ns: int, market_ns: int) -> None:
        if self._kept is None:
            self.book.apply(fact, wall_ns, market_ns)
        else:
            self._kept.append((fact, wall_ns, market_ns))

    def expect(self) -> None:
        """A book of before this run is on its way: `adopt` brings it."""
        self._kept = []

    def adopt(self, book: TcaBook | None) -> None:
        """Go on with that book; None: there is none, go on with an empty one."""
        kept, self._kept = self._kept or [], None
        if book is not None:
            self.book = book
        for fact, wall_ns, market_ns in kept:
            self.book.apply(fact, wall_ns, market_ns)
        self.changes += 1

    def _ask(self, fact: f.Fact, market_ns: int) -> None:
        """Wait for the moments that a fact makes worth knowing."""
        if isinstance(fact, f.OrderIntended | f.HeldReleased):
            self._wait_for(fact.cl_ord_id, "arrival", market_ns)
        elif isinstance(fact, f.OrderFilled):
            self._wait_for(fact.execution.cl_ord_id, "fill", fact.execution.ts_ns, fact.execution.exec_id)
        elif isinstance(fact, _ENDS):
            self._wait_for(fact.cl_ord_id, "end", market_ns)
        elif isinstance(fact, f.AlgoLaunched):
            key, spec = algo_key(fact.id), fact.spec
            meter = self._meter(spec.symbol, market_ns)
            meter.wait(max(spec.start_ns, market_ns), (key, "arrival", ""))
            if spec.end_ns:
                meter.wait(max(spec.end_ns, market_ns), (key, "horizon", ""))
        elif isinstance(fact, f.AlgoStatusSet):
            algo = self._state.algos.get(fact.id)
            if algo is not None and fact.status in _ALGO_ENDS:
                self._meter(algo.spec.symbol, market_ns).wait(market_ns, (algo_key(fact.id), "end", ""))
        elif isinstance(fact, f.AlgoReplanned):
            if fact.spec.end_ns:
                due_ns = max(fact.spec.end_ns, market_ns)
                self._meter(fact.spec.symbol, market_ns).wait(due_ns, (algo_key(fact.id), "horizon", ""))
        elif isinstance(fact, f.AlgoHandedOver):
            algo = self._state.algos.get(fact.id)
            if algo is not None:
                self._meter(algo.spec.symbol, market_ns).wait(market_ns, (algo_key(fact.id), "end", ""))
        elif isinstance(fact, f.DayRolled):
            self.book.forget(market_ns - _LONGEST_NS)

    def _wait_for(self, cl_ord_id: str, what: str, ts_ns: int, exec_id: str = "") -> None:
        order = self._state.orders.get(cl_ord_id)
        if order is not None and self._measured(order):
            self._meter(order.symbol, ts_ns).wait(ts_ns, (order.cl_ord_id, what, exec_id))

    def rearm(self, desk: Desk) -> None:
        """After a fold: go on waiting for what is still to come. What fell due meanwhile was seen by nobody."""
        now = desk.now
        for algo in self._state.algos.values():
            if algo.is_live:
                meter, spec = self._meter(algo.spec.symbol, now.market_ns), algo.spec
                for due_ns, what in ((spec.start_ns, "arrival"), (spec.end_ns, "horizon")):
                    if due_ns > now.market_ns:
                        meter.wait(due_ns, (algo_key(algo.id), what, ""))
        for order in self._state.open_orders.values():
            if not order.legs:
                self._meter(order.symbol, now.market_ns)
        for execution in self._state.fills:
            if self._measured(self._state.orders.get(execution.cl_ord_id)):
                name = next((n for n in _NAMES if execution.ts_ns + HORIZONS[n] > now.market_ns), None)
                if name is not None:
                    due_ns = execution.ts_ns + HORIZONS[name]
                    meter = self._meter(execution.symbol, now.market_ns)
                    meter.wait(due_ns, (execution.cl_ord_id, name, execution.exec_id))
        self._wait(now.wall_ns, now.market_ns)

    def present(self, ticket: Ticket, market_ns: int) -> Present:
        """The market now, for a ticket that still works."""
        meter = self._meters.get(ticket.symbol)
        sums = meter.at(market_ns) if meter is not None else None
        return Present(_reading(ticket.key, "now", sums, market_ns) if sums is not None else None)

    # -- inside ---------------------------------------------------------------------------------------------------

    def _wait(self, wall_ns: int, market_ns: int) -> None:
        self._armed = bool(self._seen or self._moments)
        if self._armed:
            self._timers.set("market", market_ns + 1, ("tca", "soon"))
        else:
            self._timers.cancel(("tca", "soon"))
        if self._armed or any(not meter.idle for meter in self._meters.values()):
            self._timers.set("wall", wall_ns + LATEST_NS, ("tca", "latest"))
        else:
            self._timers.cancel(("tca", "latest"))

    def _wait_close(self, symbol: str, meter: Meter, market_ns: int) -> None:
        """The close of the session that is on (of the trading day, where the market never closes)."""
        if self._closes.get(symbol, 0) > market_ns:
            return
        bounds = self._surroundings.session_bounds(symbol, market_ns)
        close_ns = bounds[1] if bounds is not None else self._state.day_end_ns
        if close_ns > market_ns:
            self._closes[symbol] = close_ns
            meter.wait(close_ns, (symbol, "close", ""))

    def _look(self, symbol: str, key: Key, sums: Sums | None, due_ns: int) -> None:
        """A moment that was waited for: its reading, and what is waited for because of it."""
        of, what, exec_id = key
        meter = self._meter(symbol, due_ns)
        if what in HORIZONS:
            closed = self._surroundings.session_closed(symbol, due_ns, True)
            quote = sums.quote if sums is not None and not closed else None
            bid, ask = (quote.bid, quote.ask) if quote is not None else (None, None)
            self._readings.append(Reading(of, what, due_ns, bid, ask, exec_id=exec_id))
            self._wait_mark(meter, of, exec_id, due_ns - HORIZONS[what], _NAMES.index(what) + 1)
            return
        self._readings.append(_reading(of, what, sums, due_ns, exec_id))
        if what == "fill":
            self._wait_mark(meter, of, exec_id, due_ns, 0)
        elif what == "arrival" and sums is not None:
            qty = self._wanted(of)
            if qty is not None:
                meter.wait_pwp(sums, pwp_target(qty, PWP_RATE), (of, "pwp", ""))
                self._wait_close(symbol, meter, due_ns)
        elif what == "close":
            self._readings += [Reading(waiting, "pwp", due_ns) for waiting, _, _ in meter.forget_pwps()]

    @staticmethod
    def _wait_mark(meter: Meter, of: str, exec_id: str, fill_ns: int, index: int) -> None:
        """The marks of a fill are waited for one after the other."""
        if index < len(_NAMES):
            name = _NAMES[index]
            meter.wait(fill_ns + HORIZONS[name], (of, name, exec_id))

    def _wanted(self, key: str) -> Decimal | None:
        """The quantity of an order without a parent, or of a parent; None of a child, whose parent has a PWP."""
        if key.startswith("algo "):
            algo = self._state.algos.get(int(key.removeprefix("algo ")))
            return algo.spec.qty if algo is not None else None
        order = self._state.orders.get(key)
        return order.qty if order is not None and order.request.parent is None else None

    def _noted_pwp(self, key: Key, ts_ns: int, px: Decimal) -> None:
        self._readings.append(Reading(key[0], "pwp", ts_ns, px=px))

    def _let_go(self) -> None:
        """Meters that nobody needs any more."""
        idle = [symbol for symbol, meter in self._meters.items() if meter.idle]
        if not idle or self._moments or self._seen:
            return
        state = self._state
        needed = {order.symbol for order in state.open_orders.values()}
        needed.update(algo.spec.symbol for algo in state.algos.values() if algo.is_live)
        for symbol in idle:
            if symbol not in needed:
                self._meters.pop(symbol).stop()
                self._closes.pop(symbol, None)


def _reading(of: str, what: str, sums: Sums | None, ts_ns: int, exec_id: str = "") -> Reading:
    if sums is None:
        return Reading(of, what, ts_ns, exec_id=exec_id)
    quote = sums.quote
    return Reading(
        of,
        what,
        ts_ns,
        quote.bid if quote is not None else None,
        quote.ask if quote is not None else None,
        sums.volume,
        sums.notional,
        sums.mids,
        sums.seconds,
        exec_id,
    )
