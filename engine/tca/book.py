"""The fold from facts to tickets. The same one live (a little behind the desk, engine.tca.recorder) and from a journal.

It takes the facts that it knows and lets all others pass. Nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from engine import facts as f
from engine.facts.tca import Reading
from engine.model.enums import Side
from engine.model.instrument import Instrument
from engine.model.market import Quote
from engine.model.money import ONE
from engine.model.order import OrderRequest
from engine.model.snapshot import Execution
from engine.tca.marks import HORIZONS
from engine.tca.tickets import Fill, Ticket

_ALGO_ENDS: Final = {"DONE": "done", "CANCELED": "canceled", "FAILED": "failed"}


def algo_key(number: int) -> str:
    """How readings and tickets name a parent order."""
    return f"algo {number}"


class TcaBook:
    """All tickets of a journal, or of what a running desk still shows."""

    def __init__(self) -> None:
        self.tickets: dict[str, Ticket] = {}
        """Orders and parents by key, oldest first. Numbers of algos are never used twice, nor are ids of orders."""
        self.marks: dict[str, tuple[Decimal, int]] = {}
        """(mid, ts) of the newest sampled mark of each instrument in this run."""
        self.denied = 0
        """Orders that our own checks refused: never sent, no tickets."""
        self.day = ""
        self._mode = ""
        self._broker = ""
        self._connections: dict[str, str] = {}
        self._instruments: dict[str, Instrument] = {}
        self._roots: dict[tuple[str, str], str] = {}
        """(account, exec_id) -> the order that it filled."""
        self._versions: dict[str, str] = {}
        """Ids of replaces -> their order's."""
        self._by_order_id: dict[tuple[str, str], str] = {}
        """(account, the broker's id) -> the order's."""
        self._live: dict[str, Ticket] = {}

    def apply(self, fact: f.Fact, wall_ns: int, market_ns: int) -> None:
        """Take one fact, in the order of the journal."""
        take = _TAKERS.get(type(fact))
        if take is not None:
            take(self, fact, wall_ns, market_ns)

    def tops(self) -> Iterable[Ticket]:
        """Parents, and orders that have none: every share once. What the desk only holds is not among them."""
        return (ticket for ticket in self.tickets.values() if not ticket.parent and ticket.released_ns)

    def forget(self, before_ns: int) -> None:
        """Drop what ended before a market time (a running desk shows its day only)."""
        self._drop([t for t in self.tickets.values() if not t.parent and 0 < t.ended_ns < before_ns])

    def shrink(self, most: int) -> None:
        """Drop the oldest of what has ended and is known in full, until no more than so many are left."""
        surplus = len(self.tickets) - most
        gone: list[Ticket] = []
        for ticket in self.tickets.values():
            if surplus <= 0:
                break
            if not ticket.parent and ticket.ended and all(len(f.marks) == len(HORIZONS) for f in ticket.all_fills):
                gone.append(ticket)
                surplus -= 1 + len(ticket.children)
        self._drop(gone)

    def _drop(self, tickets: Iterable[Ticket]) -> None:
        gone = {each.key for ticket in tickets for each in (ticket, *ticket.children)}
        if gone:
            self.tickets = {key: ticket for key, ticket in self.tickets.items() if key not in gone}
            self._roots = {name: key for name, key in self._roots.items() if key not in gone}
            self._versions = {name: key for name, key in self._versions.items() if key not in gone}
            self._by_order_id = {name: key for name, key in self._by_order_id.items() if key not in gone}

    # -- the desk -------------------------------------------------------------------------------------------------

    def _opened(self, fact: f.DeskOpened, wall_ns: int, market_ns: int) -> None:
        """Whoever lived on while no desk did has a hole in its market; marks due in it were seen by nobody."""
        self._mode, self._broker, self._connections = fact.mode, fact.broker, fact.connections
        self.marks.clear()
        for ticket in self._live.values():
            ticket.gap = True
        for ticket in self.tickets.values():
            for fill in ticket.fills.values():
                if len(fill.marks) < len(HORIZONS):
                    missed = [name for name, after_ns in HORIZONS.items() if fill.ts_ns + after_ns < market_ns]
                    for name in missed:
                        fill.marks.setdefault(name, None)

    def _instruments_loaded(self, fact: f.InstrumentsLoaded, wall_ns: int, market_ns: int) -> None:
        self._instruments.update((instrument.symbol, instrument) for instrument in fact.instruments)

    def _instrument_added(self, fact: f.InstrumentAdded, wall_ns: int, market_ns: int) -> None:
        self._instruments[fact.instrument.symbol] = fact.instrument

    def _day_rolled(self, fact: f.DayRolled, wall_ns: int, market_ns: int) -> None:
        self.day = fact.day

    def _marked(self, fact: f.MarksSampled, wall_ns: int, market_ns: int) -> None:
        for symbol, bid, ask, ts_ns in fact.marks:
            self.marks[symbol] = ((bid + ask) / 2, ts_ns)

    # -- orders ---------------------------------------------------------------------------------------------------

    def _intended(self, fact: f.OrderIntended, wall_ns: int, market_ns: int) -> None:
        self._open(fact.cl_ord_id, fact.id, fact.request, fact.quote, wall_ns, market_ns, liquidation=fact.liquidation)

    def _held(self, fact: f.OrderHeld, wall_ns: int, market_ns: int) -> None:
        """It is measured from its release on: until then the market doesn't know of it."""
        self._open(fact.cl_ord_id, fact.id, fact.request, None, wall_ns, market_ns)
        ticket = self._live.pop(fact.cl_ord_id, None)
        if ticket is not None:
            ticket.status = "held"
            ticket.released_ns = 0

    def _released(self, fact: f.HeldReleased, wall_ns: int, market_ns: int) -> None:
        ticket = self.tickets.get(fact.cl_ord_id)
        if ticket is not None:
            ticket.qty = fact.qty
            ticket.decision_px = fact.quote.mid if fact.quote is not None else None
            ticket.decided_ns = ticket.released_ns = market_ns
            ticket.decided_wall_ns = wall_ns
            ticket.status, ticket.ended_ns = "working", 0
            self._live[ticket.key] = ticket

    def _open(
        self,
        key: str,
        number: int,
        request: OrderRequest,
        quote: Quote | None,
        wall_ns: int,
        market_ns: int,
        *,
        liquidation: bool = False,
    ) -> None:
        if request.legs:
            return  # a package has no mid of its own
        parent = self.tickets.get(algo_key(request.parent)) if request.parent is not None else None
        kind = parent.algo if parent is not None else "liquidation" if liquidation else request.origin
        r = request
        ticket = self._new(key, number, kind, r.account, r.symbol, r.side, r.qty, wall_ns, market_ns)
        ticket.strategy = request.strategy
        ticket.tag = request.tag
        ticket.decision_px = quote.mid if quote is not None else None
        if parent is not None:
            ticket.parent = parent.key
            parent.children.append(ticket)

    def _new(
        self,
        key: str,
        number: int,
        kind: str,
        account: str,
        symbol: str,
        side: Side,
        qty: Decimal,
        wall_ns: int,
        market_ns: int,
    ) -> Ticket:
        instrument = self._instruments.get(symbol)
        ticket = self.tickets[key] = self._live[key] = Ticket(
            key,
            number,
            kind,
            account,
            self._connections.get(account) or self._broker,
            symbol,
            side,
            qty,
            self.day,
            market_ns,
            wall_ns,
            None,
            market_ns,
            currency=instrument.currency if instrument is not None else "",
            multiplier=instrument.multiplier if instrument is not None else ONE,
            own_printed=self._mode == "live",
        )
        return ticket

    def _denied(self, fact: f.OrderDenied, wall_ns: int, market_ns: int) -> None:
        self.denied += 1

    def _handed_over(self, fact: f.OrdersHandedOver, wall_ns: int, market_ns: int) -> None:
        for cl_ord_id, sent_ns in fact.sends:
            ticket = self.tickets.get(cl_ord_id)
            if ticket is not None and not ticket.sent_ns:
                ticket.sent_ns = sent_ns

    def _accepted(self, fact: f.OrderAccepted, wall_ns: int, market_ns: int) -> None:
        ticket = self.tickets.get(fact.cl_ord_id)
        if ticket is not None:
            ticket.acked_ns = ticket.acked_ns or wall_ns
            self._by_order_id[ticket.account, fact.order_id] = ticket.key

    def _replace_intended(self, fact: f.ReplaceIntended, wall_ns: int, market_ns: int) -> None:
        self._versions[fact.cl_ord_id] = fact.orig_cl_ord_id

    def _replaced(self, fact: f.OrderReplaced, wall_ns: int, market_ns: int) -> None:
        self._resize(fact.orig_cl_ord_id, fact.qty, market_ns)

    def _held_changed(self, fact: f.HeldChanged, wall_ns: int, market_ns: int) -> None:
        self._resize(fact.cl_ord_id, fact.qty, market_ns)

    def _resize(self, key: str, qty: Decimal, market_ns: int) -> None:
        """The newest quantity is what was wanted."""
        ticket = self.tickets.get(key)
        if ticket is not None:
            ticket.qty = qty
            if not ticket.is_parent:
                self._look_filled(ticket, market_ns)

    def _over(self, fact: Any, wall_ns: int, market_ns: int) -> None:
        self._end(fact.cl_ord_id, _ENDS[type(fact)], market_ns)

    def _done_for_day(self, fact: f.OrderDoneForDay, wall_ns: int, market_ns: int) -> None:
        if fact.over:
            self._end(fact.cl_ord_id, "expired", market_ns)

    def _end(self, key: str, status: str, market_ns: int) -> None:
        ticket = self._live.pop(key, None)
        if ticket is not None:
            ticket.status = status
            ticket.ended_ns = market_ns

    # -- executions -----------------------------------------------------------------------------------------------

    def _filled(self, fact: f.OrderFilled, wall_ns: int, market_ns: int) -> None:
        self._book(fact.execution, wall_ns, market_ns)

    def _book(self, execution: Execution, wall_ns: int, market_ns: int) -> None:
        e = execution
        key = self._versions.get(e.cl_ord_id, e.cl_ord_id)
        ticket = self.tickets.get(key) or self.tickets.get(self._by_order_id.get((e.account, e.order_id), ""))
        if ticket is None or ticket.symbol != e.symbol:
            return
        ticket.fills[e.exec_id] = Fill(e.exec_id, e.ts_ns, wall_ns, e.last_qty, e.last_px, e.fee, e.fee_currency)
        self._roots[e.account, e.exec_id] = ticket.key
        self._look_filled(ticket, market_ns)

    def _look_filled(self, ticket: Ticket, market_ns: int) -> None:
        if ticket.filled >= ticket.qty and ticket.key in self._live:
            self._end(ticket.key, "filled", market_ns)

    def _busted(self, fact: f.ExecutionBusted, wall_ns: int, market_ns: int) -> None:
        self._take_back(fact.account, fact.exec_id)

    def _take_back(self, account: str, exec_id: str) -> Fill | None:
        ticket = self.tickets.get(self._roots.pop((account, exec_id), ""))
        if ticket is None:
            return None
        if ticket.status == "filled":
            ticket.status = "working"
            ticket.ended_ns = 0
            self._live[ticket.key] = ticket
        return ticket.fills.pop(exec_id, None)

    def _corrected(self, fact: f.ExecutionCorrected, wall_ns: int, market_ns: int) -> None:
        """The market around it was what it was: only its terms are others."""
        old = self._take_back(fact.account, fact.exec_id)
        self._book(fact.execution, wall_ns, market_ns)
        ticket = self.tickets.get(self._roots.get((fact.account, fact.execution.exec_id), ""))
        if old is not None and ticket is not None:
            fill = ticket.fills[fact.execution.exec_id]
            fill.reading, fill.marks, fill.wall_ns = old.reading, old.marks, old.wall_ns

    # -- algos ----------------------------------------------------------------------------------------------------

    def _launched(self, fact: f.AlgoLaunched, wall_ns: int, market_ns: int) -> None:
        spec = fact.spec
        key = algo_key(fact.id)
        ticket = self._new(key, fact.id, spec.algo, spec.account, spec.symbol, spec.side, spec.qty, wall_ns, market_ns)
        ticket.is_parent = True
        ticket.strategy = spec.strategy
        ticket.tag = spec.tag
        ticket.decision_px = fact.arrival_px
        ticket.released_ns = max(market_ns, spec.start_ns)
        ticket.horizon_ns = spec.end_ns

    def _replanned(self, fact: f.AlgoReplanned, wall_ns: int, market_ns: int) -> None:
        """The newest quantity and window are what was wanted."""
        ticket = self.tickets.get(algo_key(fact.id))
        if ticket is not None:
            ticket.qty = fact.spec.qty
            if fact.spec.end_ns != ticket.horizon_ns:
                ticket.horizon_ns, ticket.horizon = fact.spec.end_ns, None

    def _given_over(self, fact: f.AlgoHandedOver, wall_ns: int, market_ns: int) -> None:
        self._end(algo_key(fact.id), "handed over", market_ns)

    def _algo_status(self, fact: f.AlgoStatusSet, wall_ns: int, market_ns: int) -> None:
        status = _ALGO_ENDS.get(fact.status)
        if status is not None:
            ticket = self.tickets.get(algo_key(fact.id))
            done = ticket is not None and ticket.filled >= ticket.qty
            self._end(algo_key(fact.id), "filled" if done else status, market_ns)

    # -- readings -------------------------------------------------------------------------------------------------

    def _read(self, fact: f.MarketRead, wall_ns: int, market_ns: int) -> None:
        for reading in fact.readings:
            if reading.what == "close":
                self._closed(reading)
                continue
            ticket = self.tickets.get(reading.of)
            if ticket is not None:
                self._note(ticket, reading)

    def _note(self, ticket: Ticket, reading: Reading) -> None:
        what = reading.what
        if what == "fill":
            fill = ticket.fills.get(reading.exec_id)
            if fill is not None:
                fill.reading = reading
        elif what in HORIZONS:
            fill = ticket.fills.get(reading.exec_id)
            if fill is not None:
                fill.marks[what] = reading.mid
        elif what == "arrival":
            ticket.arrival = reading
        elif what == "end":
            ticket.end = reading
        elif what == "horizon":
            # Of a window that was changed meanwhile the old end may still be told.
            if ticket.horizon is None and reading.ts_ns >= ticket.horizon_ns:
                ticket.horizon = reading
        elif what == "pwp":
            ticket.pwp = reading

    def _closed(self, reading: Reading) -> None:
        """The session of an instrument closed: the horizon of every order of it that has no window of its own."""
        for ticket in self.tickets.values():
            if ticket.symbol == reading.of and not ticket.horizon_ns and ticket.decided_ns <= reading.ts_ns:
                ticket.horizon = ticket.horizon or reading


_ENDS: Final[dict[type, str]] = {
    f.OrderCanceled: "canceled",
    f.OrderExpired: "expired",
    f.OrderRejected: "rejected",
    f.OrderWithheld: "withheld",
    f.OrderResolved: "canceled",
    f.HeldRefused: "withheld",
}
_TAKERS: Final = MappingProxyType[type, Callable[[TcaBook, Any, int, int], None]](
    {
        f.DeskOpened: TcaBook._opened,
        f.InstrumentsLoaded: TcaBook._instruments_loaded,
        f.InstrumentAdded: TcaBook._instrument_added,
        f.DayRolled: TcaBook._day_rolled,
        f.MarksSampled: TcaBook._marked,
        f.OrderIntended: TcaBook._intended,
        f.OrderHeld: TcaBook._held,
        f.HeldReleased: TcaBook._released,
        f.HeldChanged: TcaBook._held_changed,
        f.OrderDenied: TcaBook._denied,
        f.OrdersHandedOver: TcaBook._handed_over,
        f.OrderAccepted: TcaBook._accepted,
        f.ReplaceIntended: TcaBook._replace_intended,
        f.OrderReplaced: TcaBook._replaced,
        f.OrderDoneForDay: TcaBook._done_for_day,
        f.OrderFilled: TcaBook._filled,
        f.ExecutionBusted: TcaBook._busted,
        f.ExecutionCorrected: TcaBook._corrected,
        f.AlgoLaunched: TcaBook._launched,
        f.AlgoStatusSet: TcaBook._algo_status,
        f.AlgoReplanned: TcaBook._replanned,
        f.AlgoHandedOver: TcaBook._given_over,
        f.MarketRead: TcaBook._read,
        **dict.fromkeys(_ENDS, TcaBook._over),
    }
)
KINDS: Final = frozenset(_TAKERS)
"""The facts that it takes."""
