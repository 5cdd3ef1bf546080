"""From facts to the rows of the blotter: the desk's own fold, watched for what each fact changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from engine import facts as f
from engine.evolve import evolve
from engine.evolve.refold import linked_symbols
from engine.facts import Stamped
from engine.journal.blotter import Changes, Value
from engine.journal.trade_bookings import legs_of
from engine.journal.trades import Leg, RoundTrip, Scale, TradeBook, TradeKey
from engine.model.booking import Entry, symbols_of
from engine.model.market import Quote
from engine.model.money import CENT, ONE, ZERO, plain
from engine.model.snapshot import Execution
from engine.publish.rows import PRICE_STEP, order_row, position_row
from engine.risk.rates import sampled_rate
from engine.state import DeskState, PositionKey
from engine.views import LegRow


class _Day:
    """The trading day so far: where it began in the journal, the fees paid until then, its executions."""

    def __init__(self, seq: int, now: int, fees: Decimal = ZERO) -> None:
        self.seq = seq
        self.updated_ns = now
        self.fees = fees
        self.fills = 0


class Fold:
    """The state so far. `apply` each fact in order; `finish` before its changes are written."""

    def __init__(self) -> None:
        self._state = DeskState()
        self._trades = TradeBook()
        self._touched: dict[PositionKey, int] = {}
        """Positions to write, with the time of the newest fact that changed their row."""
        self._day = _Day(0, 0)
        """Seq 0: no day has begun."""

    @property
    def state(self) -> DeskState:
        """The desk as of the newest fact; to be read only."""
        return self._state

    @property
    def trades(self) -> TradeBook:
        """Every trade so far; to be read only."""
        return self._trades

    def apply(self, stamped: Stamped, changes: Changes) -> None:
        """Fold one fact and note the rows that it changes."""
        fact, now = stamped.fact, stamped.recorded_ns
        if isinstance(fact, f.DayRolled):
            self._put_day(changes)
        before = self._holdings(fact.entry) if isinstance(fact, f.Booked) else {}
        evolve(self._state, fact, now, stamped.market_ns)
        self._day.updated_ns = now
        match fact:
            case f.OrderFilled(execution) | f.OrphanFilled(execution):
                self._booked(stamped, execution, changes)
            case f.ExecutionBusted(account, exec_id):
                self._busted(account, exec_id, now, changes)
            case f.ExecutionCorrected(account, exec_id, execution):
                self._busted(account, exec_id, now, changes)
                self._booked(stamped, execution, changes)
            case f.PositionAdopted(account, symbol, qty, avg_px):
                leg = Leg(stamped.seq, qty, avg_px, ZERO, self._multiplier(symbol), stamped.market_ns)
                self._put_leg((account, "", symbol), (account, f"adopted {stamped.seq}"), leg, changes)
                self._touched[account, symbol] = now
            case f.Booked(no, entry):
                self._by_hand(stamped, no, entry, before, changes)
            case f.BookingReversed(no):
                self._taken_back(no, now, changes)
            case f.MarksSampled(marks):
                marked = {mark[0] for mark in marks}
                self._touch((key for key in self._state.active if key[1] in marked), now)
            case f.DeskOpened() | f.AccountAdopted():
                # No mark outlives its run; the account says the currency.
                self._touch(self._state.positions, now)
            case f.DayRolled():
                fees = sum((position.fees for position in self._state.positions.values()), ZERO)
                self._day = _Day(stamped.seq, now, fees)
            case _:
                self._put_order(getattr(fact, "cl_ord_id", None) or "", changes)
                self._put_order(getattr(fact, "orig_cl_ord_id", None) or "", changes)

    def finish(self, changes: Changes) -> None:
        """Note the rows that show many facts at once: positions and the day."""
        for key, updated_ns in self._touched.items():
            self._put_position(key, updated_ns, changes)
        self._touched.clear()
        self._put_day(changes)

    # -- what a fact changes
    # ------------------------------------------------------------------------------------

    def _booked(self, stamped: Stamped, execution: Execution, changes: Changes) -> None:
        account, symbol = execution.account, execution.symbol
        order = self._state.orders.get(execution.cl_ord_id)
        strategy = order.request.strategy if order is not None else ""
        signed = execution.last_qty * execution.side.sign
        leg = Leg(stamped.seq, signed, execution.last_px, execution.fee, self._multiplier(symbol), execution.ts_ns)
        self._put_leg((account, strategy, symbol), (account, execution.exec_id), leg, changes)
        self._put_fill(execution, stamped.seq, changes, busted=0)
        self._put_order(execution.cl_ord_id, changes)
        self._touched[account, symbol] = stamped.recorded_ns
        self._day.fills += 1

    def _busted(self, account: str, exec_id: str, now: int, changes: Changes) -> None:
        found = self._trades.bust((account, exec_id))
        if found is None:
            return
        key, leg = found
        changes.refold(key)
        for trip in self._trades.trips(key):
            changes.put("trades", _trade_row(key, trip))
        execution = self._state.seen_executions[account, exec_id]
        self._put_fill(execution, leg.seq, changes, busted=1)
        self._put_order(execution.cl_ord_id, changes)
        self._touch(((account, s) for s in linked_symbols(self._state, account, execution.symbol)), now)
        self._touched[account, execution.symbol] = now

    def _holdings(self, entry: Entry) -> dict[str, tuple[Decimal, Decimal]]:
        found = {}
        for symbol in symbols_of(entry):
            position = self._state.position(entry.account, symbol)
            found[symbol] = (position.qty, position.cost) if position is not None else (ZERO, ZERO)
        return found

    def _by_hand(
        self, stamped: Stamped, no: int, entry: Entry, before: dict[str, tuple[Decimal, Decimal]], changes: Changes
    ) -> None:
        account, after = entry.account, self._holdings(entry)
        units = {symbol: self._state.positions[account, symbol].multiplier for symbol in after}
        for symbol, leg in legs_of(entry, before, after, units, stamped.seq, stamped.market_ns):
            keys = self._trades.holders(account, symbol)
            for key in keys if isinstance(leg, Scale) else keys[:1]:
                kind = "split" if isinstance(leg, Scale) else "units"
                self._put_leg(key, (account, f"booking {no} {kind} {key[1]} {symbol}"), leg, changes)
        self._touch(((account, symbol) for symbol in after), stamped.recorded_ns)

    def _taken_back(self, no: int, now: int, changes: Changes) -> None:
        entry = self._state.bookings[no].entry
        account = entry.account
        for symbol in symbols_of(entry):
            for execution in self._trades.executions(account, f"booking {no} ", symbol):
                found = self._trades.bust(execution)
                if found is not None:
                    changes.refold(found[0])
                    for trip in self._trades.trips(found[0]):
                        changes.put("trades", _trade_row(found[0], trip))
        # Other instruments may be folded anew with it.
        self._touch((key for key in self._state.positions if key[0] == account), now)

    def _touch(self, keys: Iterable[PositionKey], now: int) -> None:
        self._touched.update(dict.fromkeys(keys, now))

    def _multiplier(self, symbol: str) -> Decimal:
        instrument = self._state.instruments.get(symbol)
        return instrument.multiplier if instrument is not None else ONE

    # -- rows
    # ---------------------------------------------------------------------------------------------------

    def _put_leg(self, key: TradeKey, execution: tuple[str, str], leg: Leg | Scale, changes: Changes) -> None:
        trips = self._trades.book(key, execution, leg)
        if changes.wanted:
            for trip in trips:
                changes.put("trades", _trade_row(key, trip))

    def _put_order(self, cl_ord_id: str, changes: Changes) -> None:
        order = self._state.orders.get(cl_ord_id) if changes.wanted else None
        if order is None:
            return
        row = order_row(self._state, order, doubt=False)
        changes.put(
            "orders",
            (
                row.cl_ord_id, row.id, row.order_id, row.account, row.symbol, row.side.value, row.ord_type.value,
                row.time_in_force.value, plain(row.order_qty), plain(row.cum_qty), plain(row.leaves_qty),
                _text(row.limit_px), _text(row.stop_px), _text(row.avg_px), row.status.value, row.parent, row.tag,
                row.text, row.created_ns, row.updated_ns, _legs(row.legs), row.group or None, int(row.local),
                row.trail or None, int(row.external), int(row.reduce_only),
            ),
        )  # fmt: skip

    def _put_fill(self, execution: Execution, seq: int, changes: Changes, *, busted: int) -> None:
        if not changes.wanted:
            return
        e = execution
        changes.put(
            "fills",
            (
                e.account, e.exec_id, e.cl_ord_id, e.symbol, e.side.value, plain(e.last_qty), plain(e.last_px),
                plain(e.fee), e.ts_ns, e.broker or self._state.broker, busted, seq,
            ),
        )  # fmt: skip

    def _put_position(self, key: PositionKey, updated_ns: int, changes: Changes) -> None:
        state = self._state
        account, symbol = key
        mark = state.marks.get(symbol)
        quote = Quote(symbol, mark[0], mark[1], None, None, mark[2]) if mark is not None else None
        row = position_row(state, state.positions[key], quote, fresh=True, rate=None)
        changes.put(
            "positions",
            (
                account, symbol, plain(row.qty), _text(row.avg_px), _text(row.last_px), _text(row.market_value),
                _text(row.unrealized_pnl), plain(row.realized_pnl), row.currency, updated_ns,
            ),
        )  # fmt: skip

    def _put_day(self, changes: Changes) -> None:
        state, day = self._state, self._day
        if not day.seq:
            return
        positions = state.positions.values()
        realized = ZERO
        for p in positions:
            gain = p.realized - p.fees - p.day_realized
            if gain and p.currency != state.base_currency:
                # By the day's newest sampled rate; a currency that has none is left out.
                rate = sampled_rate(state, p.currency)
                gain = rate.convert(gain) if rate is not None else ZERO
            realized += gain
        fees = sum((p.fees for p in positions), ZERO) - day.fees
        flows = sum((account.not_earned for account in state.accounts.values()), ZERO) - state.day_flows
        start, equity = state.day_equity, state.equity
        gained = equity - start - flows if equity is not None and start is not None else None
        changes.put(
            "daily_pnl",
            (
                day.seq, state.day, _money(start), _money(equity), _money(flows), _money(gained), _money(realized),
                _money(fees), day.fills, day.updated_ns,
            ),
        )  # fmt: skip


def _legs(legs: Sequence[LegRow]) -> str:
    """The legs of a package as JSON, with the keys of the desk's own answers."""
    return msgspec.json.encode(
        [
            {
                "symbol": leg.symbol,
                "side": leg.side.value,
                "ratio": leg.ratio,
                "cum_qty": plain(leg.cum_qty),
                "avg_px": _text(leg.avg_px),
            }
            for leg in legs
        ]
    ).decode()


def _trade_row(key: TradeKey, trip: RoundTrip) -> tuple[Value, ...]:
    closed = trip.closed_ns is not None
    exit_px = trip.exit_px
    return (
        *key,
        trip.opened_seq,
        "buy" if trip.qty > 0 else "sell",
        plain(abs(trip.qty)),
        _price(trip.entry_px),
        _price(exit_px) if exit_px is not None else None,
        _money(trip.money) if closed else None,
        _money(trip.fees),
        _money(trip.money - trip.fees) if closed else None,
        trip.fills,
        trip.opened_ns,
        trip.closed_ns,
    )


def _price(value: Decimal) -> str:
    return plain(value.quantize(PRICE_STEP).normalize() + 0)


def _money(value: Decimal | None) -> str | None:
    """With cents, or with as many digits as it needs."""
    if value is None:
        return None
    cents = value.quantize(CENT)
    return plain(cents if cents == value else value.normalize())


def _text(value: Decimal | None) -> str | None:
    return plain(value) if value is not None else None
