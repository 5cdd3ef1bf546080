"""The fold that performance is measured by: the blotter's own (so that trades are the same trades), with the orders'
quality and the equity's drawdown beside it. Told each fact of the journal once, in order."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from decimal import Decimal

import msgspec

from engine import facts as f
from engine.facts import Stamped
from engine.journal.blotter import Changes
from engine.journal.blotter_fold import Fold
from engine.model.money import ZERO
from engine.performance.quality import Quality
from engine.performance.trades import OpenTrades, Trade, closed, in_order
from engine.risk.rates import Rate, sampled_rate
from engine.state import DeskState


class Period(msgspec.Struct, frozen=True):
    """Trading days that are looked at, by the ISO dates with which they begin; "" = no bound."""

    first: str = ""
    last: str = ""

    def has(self, day: str) -> bool:
        """Whether the trading day with this label ("2013-10-07", "2013-10-07 replay ...") belongs to it."""
        date = day[:10]
        return (not self.first or date >= self.first) and (not self.last or date <= self.last)


class Drawdown(msgspec.Struct):
    """The largest drawdown of an equity as it was sampled. What was paid in or taken out moves the peak with it."""

    peak: Decimal | None = None
    flows: Decimal = ZERO
    worst: Decimal | None = None

    def see(self, equity: Decimal, flows: Decimal) -> None:
        """The next sample; `flows`: all that was ever paid in, less what was taken out."""
        if self.peak is not None:
            self.peak += flows - self.flows
        self.flows = flows
        if self.peak is None or equity > self.peak:
            self.peak = equity
        if self.peak > ZERO:
            fall = 1 - equity / self.peak
            if self.worst is None or fall > self.worst:
                self.worst = fall


class Day(msgspec.Struct):
    """A trading day of the period, or a run of one."""

    seq: int
    day: str
    start_equity: Decimal | None
    pnl: Decimal | None = None
    """Flows excluded; None while no equity is known."""
    drawdown: Drawdown = msgspec.field(default_factory=Drawdown)


class PerformanceFold:
    """`apply` each batch of facts; `trades`, `days`, `open_trades`, `quality` and `drawdown` as of then."""

    def __init__(self, period: Period | None = None) -> None:
        self.period = period if period is not None else Period()
        self.quality = Quality()
        self.days: list[Day] = []
        """Those of the period, in the journal's order."""
        self.drawdown = Drawdown()
        self._fold = Fold()
        self._begins: list[int] = [0]
        self._labels: list[str] = [""]
        """Trading days, all of them: where each began in the journal, and what it is called."""
        self._rates: dict[int, Rate | None] = {}
        """Of executions in another currency than the base: the rate when they were booked, by their place."""
        self._costless: set[int] = set()
        """Positions adopted at no known cost: a trade that begins so has no result."""
        self._tags: dict[int, str] = {}
        """Tags of the orders behind executions, by their place."""
        self._watched = self.period.has("")

    @property
    def state(self) -> DeskState:
        """The desk as of the newest fact; to be read only."""
        return self._fold.state

    def apply(self, facts: Iterable[Stamped]) -> None:
        """Take the next facts in."""
        changes = Changes(wanted=False)
        state = self._fold.state
        for stamped in facts:
            fact = stamped.fact
            if isinstance(fact, f.DayRolled):
                self._settle_day()
            self._fold.apply(stamped, changes)
            match fact:
                case f.DayRolled(day, equity):
                    self._begin(stamped.seq, day, equity)
                case f.MarksSampled(equity=equity):
                    if equity is not None and self._watched:
                        self._see(equity)
                case f.OrderFilled(execution) | f.OrphanFilled(execution) | f.ExecutionCorrected(execution=execution):
                    self._note_rate(stamped.seq, execution.symbol)
                    self._note_tag(stamped.seq, execution.cl_ord_id)
                case f.PositionAdopted(avg_px=px):
                    if not px:
                        self._costless.add(stamped.seq)
            if self._watched:
                self.quality.apply(stamped, state)
        self._settle_day()

    # -- days
    # ---------------------------------------------------------------------------------------------------

    def _begin(self, seq: int, day: str, equity: Decimal | None) -> None:
        self._begins.append(seq)
        self._labels.append(day)
        self._watched = self.period.has(day)
        if self._watched:
            self.days.append(Day(seq, day, equity))
            if equity is not None:
                self._see(equity)

    def _see(self, equity: Decimal) -> None:
        flows = sum((account.not_earned for account in self.state.accounts.values()), ZERO)
        self.drawdown.see(equity, flows)
        if self.days:
            self.days[-1].drawdown.see(equity, flows)

    def _settle_day(self) -> None:
        """What the day that is going on has come to."""
        state = self.state
        if not self._watched or not self.days:
            return
        day = self.days[-1]
        day.start_equity = state.day_equity
        if state.day_equity is not None and state.equity is not None:
            flows = sum((account.not_earned for account in state.accounts.values()), ZERO) - state.day_flows
            day.pnl = state.equity - state.day_equity - flows

    def _day_of(self, seq: int) -> str:
        return self._labels[bisect_right(self._begins, seq) - 1]

    # -- trades
    # -------------------------------------------------------------------------------------------------

    def _note_rate(self, seq: int, symbol: str) -> None:
        currency = self._currency(symbol)
        if currency != self.state.base_currency:
            self._rates[seq] = sampled_rate(self.state, currency)

    def _note_tag(self, seq: int, cl_ord_id: str) -> None:
        order = self.state.orders.get(cl_ord_id)
        if order is not None and order.request.tag:
            self._tags[seq] = order.request.tag

    def _currency(self, symbol: str) -> str:
        instrument = self.state.instruments.get(symbol)
        return instrument.currency if instrument is not None else self.state.base_currency

    def _in_base(self, amount: Decimal, symbol: str, seq: int) -> Decimal | None:
        if self._currency(symbol) == self.state.base_currency:
            return amount
        rate = self._rates.get(seq)
        return None if rate is None else rate.convert(amount)

    def trades(self) -> list[Trade]:
        """Every trade that ended in the period, in the order of their ends. Those without a rate have no result in the
        base currency, nor have those of a position whose cost nobody knows."""
        found = []
        for key, trip in self._fold.trades.everything():
            if trip.closed_ns is None or not self.period.has(day := self._day_of(trip.closed_seq)):
                continue
            told = trip.opened_seq not in self._costless
            net = self._in_base(trip.money - trip.fees, key[2], trip.closed_seq) if told else None
            found.append(closed(key, trip, day, self._currency(key[2]), net, self._tags.get(trip.opened_seq, "")))
        return in_order(found)

    def open_trades(self, which: Callable[[str, str], bool] = lambda account, symbol: True) -> OpenTrades:
        """What is not over, of these accounts and instruments, in their own currency."""
        count, money = 0, ZERO
        for (account, _, symbol), trip in self._fold.trades.everything():
            if trip.closed_ns is None and which(account, symbol):
                count += 1
                money += trip.money - trip.fees
        return OpenTrades(count, money)
