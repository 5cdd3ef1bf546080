"""The truth: a broker's own books and a simple matching of its orders against quotes. Honest; faults are in `wire`.

Written apart from the engine's own matching on purpose: what judges the desk must not share its mistakes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from random import Random

from engine.model.enums import OrdStatus, OrdType, RestatementReason, Side, TimeInForce
from engine.model.instrument import Instrument
from engine.model.market import Quote
from engine.model.order import BrokerCancel, BrokerGroup, BrokerOrder, BrokerReplace
from engine.model.snapshot import AccountSnapshot, Execution, OrderSnapshot, PositionSnapshot
from engine.protocol import (
    Accepted,
    Busted,
    Canceled,
    CancelRejected,
    Corrected,
    DoneForDay,
    Expired,
    Filled,
    Reinstated,
    Rejected,
    Replaced,
    ReplaceRejected,
    Report,
    Restated,
    Suspended,
    Triggered,
)
from tests.simulation.bonds import Bond
from tests.simulation.profile import Profile

S = OrdStatus
ZERO = Decimal(0)
ACCOUNT = "SIM-1"
CURRENCY = "USD"


class Held:
    """One order in the broker's books; `ids` are the client ids of its versions, oldest first."""

    __slots__ = (
        "amended", "bond", "cum", "external", "ids", "limit_px", "ord_type", "order_id", "paused", "qty", "side",
        "status", "stop_px", "symbol", "text", "tif", "waiting",
    )  # fmt: skip

    def __init__(self, order: BrokerOrder, order_id: str, *, external: bool = False) -> None:
        self.order_id = order_id
        self.ids = [order.cl_ord_id]
        self.symbol = order.symbol
        self.side = order.side
        self.ord_type = order.ord_type
        self.tif = order.time_in_force
        self.qty = order.qty
        self.limit_px = order.limit_px
        self.stop_px = order.stop_px
        self.cum = ZERO
        self.status = S.NEW
        self.text = ""
        self.waiting = order.stop_px is not None
        """A stop that has not been elected."""
        self.external = external
        self.amended = False
        """One of its executions was busted or corrected."""
        self.bond: Bond | None = None
        """The group that it belongs to, where we hold it."""
        self.paused: OrdStatus | None = None
        """SUSPENDED or DONE_FOR_DAY: it lives and does not trade."""

    @property
    def live(self) -> bool:
        return self.status in (S.NEW, S.PARTIALLY_FILLED)

    @property
    def leaves(self) -> Decimal:
        return self.qty - self.cum if self.live else ZERO

    def snapshot(self) -> OrderSnapshot:
        return OrderSnapshot(
            self.order_id,
            self.ids[-1],
            ACCOUNT,
            self.symbol,
            self.side,
            self.ord_type,
            self.tif,
            self.qty,
            self.cum,
            self.paused if self.paused is not None and self.live else self.status,
            self.limit_px,
            self.stop_px,
            "" if self.external else self.ids[0],
            self.text,
        )


class Broker:
    """The books. Every method is one atomic event; what it reports goes to `tell` in order."""

    def __init__(
        self, rng: Random, profile: Profile, instruments: Iterable[Instrument], cash: Decimal, ts: Callable[[], int]
    ) -> None:
        self.rng = rng
        self.profile = profile
        self.instruments = {i.symbol: i for i in instruments}
        self.cash = cash
        self.positions: dict[str, Decimal] = {}
        self.avg_px: dict[str, Decimal] = {}
        """Of what was held before the desk first saw the account; some brokers show no average at all."""
        self.orders: list[Held] = []
        self.bonds: list[Bond] = []
        self.working: dict[str, list[Held]] = {symbol: [] for symbol in self.instruments}
        self.by_id: dict[str, Held] = {}
        self.executions: dict[str, Execution] = {}
        """Those that stand: busted and corrected ones are taken out."""
        self.booked_ns: dict[str, int] = {}
        """When (market time) an execution came into the books."""
        self.quotes: dict[str, Quote] = {}
        self.tell: Callable[[Report], None] = lambda report: None
        self.nobody_there: Callable[[], bool] = lambda: False
        """Whether the desk is down."""
        self.doubled_ids: list[str] = []
        self.amended: list[str] = []
        """Executions that were busted or corrected."""
        self.symbol_of: dict[str, str] = {}
        self.past_zero: list[str] = []
        """Fills of liquidations that did not reduce the position: what must never happen either."""
        self.liquidations: dict[str, str] = {}
        """Liquidation orders (and their symbols) that must reduce: nothing else of ours trades beside them."""
        self._ts = ts
        self._orders_made = 0
        self._executions_made = 0

    def hold(self, symbol: str, qty: Decimal, avg_px: Decimal | None) -> None:
        """A position from before."""
        self.positions[symbol] = qty
        if avg_px is not None:
            self.avg_px[symbol] = avg_px

    # -- requests ---------------------------------------------------------------------------------------------------

    def submit(self, order: BrokerOrder, *, external: bool = False) -> Held | None:
        if order.cl_ord_id in self.by_id and order.cl_ord_id:
            # Two orders under one id: exactly what must never happen. The history fails on it, unless this broker
            # refuses the second by itself.
            if not self.profile.resends:
                self.doubled_ids.append(order.cl_ord_id)
            return None
        held = self._enter(order, external=external)
        fate = self.rng.random()
        if not external and fate < self.profile.rejects:
            held.status = S.REJECTED
            held.text = "not today"
            self.tell(Rejected(held.ids[0], held.text, self._ts()))
            return held
        if not external:
            self.tell(Accepted(held.ids[0], held.order_id, self._ts()))
        if not external and fate < self.profile.rejects + self.profile.rejects_after_ack:
            held.status = S.REJECTED
            held.text = "refused by the exchange"
            self.tell(Rejected(held.ids[0], held.text, self._ts()))
            return held
        self.working[held.symbol].append(held)
        self._match(held)
        if held.live and held.tif in (TimeInForce.IOC, TimeInForce.FOK):
            self._end(held, S.CANCELED, "immediate or cancel")
        return held

    def _enter(self, order: BrokerOrder, *, external: bool = False) -> Held:
        self._orders_made += 1
        held = Held(order, f"B{self._orders_made}", external=external)
        self.orders.append(held)
        if order.cl_ord_id:
            self.by_id[order.cl_ord_id] = held
        self.by_id[held.order_id] = held
        return held

    def submit_group(self, group: BrokerGroup) -> None:
        """All of it, or nothing of it."""
        asked = ([] if group.entry is None else [group.entry]) + list(group.legs)
        again = [order.cl_ord_id for order in asked if order.cl_ord_id in self.by_id]
        if again:
            self.doubled_ids += again
            return
        orders = [self._enter(order) for order in asked]
        fate = self.rng.random()
        dead_at_once = fate < self.profile.rejects
        if not dead_at_once:
            for held in orders:
                self.tell(Accepted(held.ids[0], held.order_id, self._ts()))
        if fate < self.profile.rejects + self.profile.rejects_after_ack:
            for held in orders:
                held.status = S.REJECTED
                held.text = "not today" if dead_at_once else "refused by the exchange"
                self.tell(Rejected(held.ids[0], held.text, self._ts()))
            return
        entry = None if group.entry is None else orders[0]
        bond = Bond(self.profile.groups, group.contingency, entry, orders if entry is None else orders[1:])
        self.bonds.append(bond)
        for held in orders:
            held.bond = bond
            self.working[held.symbol].append(held)
        if self.rng.random() < self.profile.rejects:
            # One exit alone, which its broker takes for no reason to end the rest.
            refused = self.rng.choice(bond.legs)
            refused.status, refused.text = S.REJECTED, "not this one"
            self.working[refused.symbol].remove(refused)
            self.tell(Rejected(refused.ids[0], refused.text, self._ts()))
        for held in orders:
            self._match(held)

    def cancel(self, cancel: BrokerCancel) -> None:
        held = self.by_id.get(cancel.cl_ord_id) or self.by_id.get(cancel.order_id or "")
        if held is None or not held.live:
            why = "unknown order" if held is None else "too late to cancel"
            self.tell(CancelRejected(cancel.cl_ord_id, why, self._ts()))
        elif self.rng.random() < self.profile.cancel_refused:
            self.tell(CancelRejected(cancel.cl_ord_id, "exchange busy", self._ts()))
        else:
            if self.rng.random() < 0.3:
                self._match(held)  # a fill that crosses the cancel
            if held.live:
                self._end(held, S.CANCELED, "cancelled")

    def replace(self, replace: BrokerReplace) -> None:
        held = self.by_id.get(replace.orig_cl_ord_id)
        refuse = self.rng.random() < self.profile.replace_refused
        if held is not None and held.live and self.rng.random() < 0.3:
            self._match(held)
        if held is None or not held.live or refuse or replace.qty < held.cum:
            why = "exchange busy" if refuse else "too late to replace"
            self.tell(ReplaceRejected(replace.cl_ord_id, replace.orig_cl_ord_id, why, self._ts()))
            return
        if held.bond is not None and (why := held.bond.refuses(held, replace.qty)):
            self.tell(ReplaceRejected(replace.cl_ord_id, replace.orig_cl_ord_id, why, self._ts()))
            return
        if replace.cl_ord_id in self.by_id:
            self.doubled_ids.append(replace.cl_ord_id)
            return
        orig = held.ids[-1]
        held.ids.append(replace.cl_ord_id)
        self.by_id[replace.cl_ord_id] = held
        held.qty, held.limit_px, held.stop_px = replace.qty, replace.limit_px, replace.stop_px
        self.tell(Replaced(replace.cl_ord_id, orig, held.order_id, held.qty, held.limit_px, held.stop_px, self._ts()))
        if held.cum >= held.qty:
            held.status = S.FILLED
            self.working[held.symbol].remove(held)
            if held.bond is not None:
                held.bond.ended(held, self._resize, self._end)
        else:
            self._match(held)

    # -- the market -------------------------------------------------------------------------------------------------

    def on_quote(self, quote: Quote) -> None:
        if not quote.is_regular:
            return
        self.quotes[quote.symbol] = quote
        for held in tuple(self.working[quote.symbol]):
            self._match(held)

    def expire_day(self) -> None:
        """The session ends: day orders die."""
        says_done = self.profile.done_for_day
        for held in [h for group in self.working.values() for h in group]:
            if not held.live:
                continue  # its group took it along
            if held.tif is TimeInForce.DAY:
                done = says_done and not held.external and self.rng.random() < 0.5
                self._end(held, S.DONE_FOR_DAY if done else S.EXPIRED, "end of day")
            elif held.paused is S.DONE_FOR_DAY:
                held.paused = None  # back on its next day, which need not be said
            elif says_done and not held.external:
                held.paused = S.DONE_FOR_DAY
                self.tell(DoneForDay(held.ids[-1], self._ts()))

    def _match(self, held: Held) -> None:
        quote = self.quotes.get(held.symbol)
        if quote is None or not held.live or held.paused is not None:
            return
        leaves = held.leaves if held.bond is None else held.bond.room(held)
        if not leaves:
            return
        buys = held.side.is_buy
        touch = quote.ask if buys else quote.bid
        if held.waiting:
            stop = held.stop_px
            if stop is None or (touch < stop if buys else touch > stop):
                return
            held.waiting = False
            if not held.external:
                self.tell(Triggered(held.ids[-1], self._ts()))
        limit = held.limit_px
        if limit is not None and (touch > limit if buys else touch < limit):
            return
        lot = self.instruments[held.symbol].lot
        qty = leaves
        if held.tif is not TimeInForce.FOK and self.rng.random() < 0.5:
            qty = max(lot, leaves * self.rng.randrange(1, 10) // 10 // lot * lot)
            qty = min(qty, leaves)
        self._fill(held, qty, touch)

    def _fill(self, held: Held, qty: Decimal, px: Decimal) -> None:
        self._executions_made += 1
        name = held.ids[-1] if self.rng.random() < 0.7 else held.ids[0]
        execution = Execution(
            f"X{self._executions_made}",
            name,
            held.order_id,
            ACCOUNT,
            held.symbol,
            held.side,
            qty,
            px,
            self._ts(),
            self.profile.fee * qty,
        )
        held.cum += qty
        if held.cum >= held.qty:
            held.status = S.FILLED
            self.working[held.symbol].remove(held)
        else:
            held.status = S.PARTIALLY_FILLED
        self.executions[execution.exec_id] = execution
        self.booked_ns[execution.exec_id] = self._ts()
        before = self.positions.get(held.symbol, ZERO)
        self._move(execution, 1)
        after = self.positions[held.symbol]
        if held.ids[0] in self.liquidations and abs(after) != abs(before) - qty:
            self.past_zero.append(f"{held.ids[0]} {held.side.value} {qty} {held.symbol}: {before} -> {after}")
        self.tell(Filled(execution))
        if held.bond is not None:
            held.bond.unseen = held.bond.unseen or self.nobody_there()
            held.bond.filled(held, qty, self._resize, self._end, self._match)

    def _move(self, execution: Execution, sign: int) -> None:
        signed = execution.last_qty * execution.side.sign * sign
        symbol = execution.symbol
        self.positions[symbol] = self.positions.get(symbol, ZERO) + signed
        self.cash -= signed * execution.last_px * self.instruments[symbol].multiplier + execution.fee * sign

    def _end(self, held: Held, status: OrdStatus, text: str) -> None:
        held.status = status
        held.text = text
        self.working[held.symbol].remove(held)
        if held.external and not held.ids[-1]:
            return
        self._tell_end(held, status, text)
        if held.bond is not None:
            held.bond.ended(held, self._resize, self._end)

    def _tell_end(self, held: Held, status: OrdStatus, text: str) -> None:
        cum = held.cum if self.profile.says_cum else None
        if status is S.DONE_FOR_DAY:
            self.tell(DoneForDay(held.ids[-1], self._ts(), cum))
        elif status is S.EXPIRED:
            self.tell(Expired(held.ids[-1], self._ts(), cum))
        else:
            self.tell(Canceled(held.ids[-1], self._ts(), text, cum))

    # -- the broker's own doings ------------------------------------------------------------------------------------

    def cancel_unasked(self) -> None:
        live = [h for group in self.working.values() for h in group]
        if live:
            self._end(self.rng.choice(live), S.CANCELED, "cancelled by the broker")

    def pause(self) -> None:
        """Suspend an order, or take one up again."""
        ours = [h for group in self.working.values() for h in group if not h.external]
        if not ours:
            return
        held = self.rng.choice(ours)
        if held.paused is not None:
            self._reinstate(held)
        else:
            held.paused = S.SUSPENDED
            self.tell(Suspended(held.ids[-1], self._ts(), "trading halt"))

    def reinstate_all(self) -> None:
        """Every pause is over."""
        for held in [h for group in self.working.values() for h in group if h.paused is not None]:
            self._reinstate(held)

    def _reinstate(self, held: Held) -> None:
        held.paused = None
        self.tell(Reinstated(held.ids[-1], self._ts(), "trading goes on"))
        self._match(held)

    def decline_a_part(self) -> None:
        """Take a lot off an order of our own accord."""
        ours = [h for group in self.working.values() for h in group if not h.external]
        held = self.rng.choice(ours) if ours else None
        if held is None or held.leaves <= self.instruments[held.symbol].lot:
            return
        lot = self.instruments[held.symbol].lot
        self._resize(held, held.qty - lot, RestatementReason.PARTIAL_DECLINE)

    def _resize(self, held: Held, qty: Decimal, why: RestatementReason) -> None:
        """Another quantity, of our own accord."""
        held.qty = qty
        if held.bond is not None and self.rng.random() < 0.3:
            # Another order in its place.
            self._orders_made += 1
            held.order_id = f"B{self._orders_made}"
            self.by_id[held.order_id] = held
        cum = held.cum if self.profile.says_cum else None
        self.tell(
            Restated(
                held.ids[-1], held.qty, held.limit_px, held.stop_px, self._ts(), why, cum_qty=cum,
                order_id=held.order_id,
            )
        )  # fmt: skip

    def bust(self) -> Execution | None:
        """Take a recent execution back; a filled order is live again with its leaves (FIX J.1.a)."""
        execution = self._recent()
        if execution is None:
            return None
        del self.executions[execution.exec_id]
        self._amend(execution)
        self._move(execution, -1)
        self._unfill(execution, execution.last_qty)
        self.tell(Busted(ACCOUNT, execution.exec_id, self._ts(), execution.cl_ord_id))
        return execution

    def correct(self) -> Execution | None:
        """Amend a recent execution: another price, sometimes a smaller quantity."""
        execution = self._recent()
        if execution is None:
            return None
        instrument = self.instruments[execution.symbol]
        qty = execution.last_qty
        if qty > instrument.lot and self.rng.random() < 0.3:
            qty -= instrument.lot
        self._executions_made += 1
        right = Execution(
            f"X{self._executions_made}",
            execution.cl_ord_id,
            execution.order_id,
            ACCOUNT,
            execution.symbol,
            execution.side,
            qty,
            execution.last_px + instrument.tick,
            execution.ts_ns,
            execution.fee,
        )
        del self.executions[execution.exec_id]
        self._amend(execution)
        self._move(execution, -1)
        self.executions[right.exec_id] = right
        self.booked_ns[right.exec_id] = self._ts()
        self._move(right, 1)
        self._unfill(execution, execution.last_qty - qty)
        self.tell(Corrected(ACCOUNT, execution.exec_id, right))
        return execution

    def _amend(self, execution: Execution) -> None:
        self.amended.append(execution.exec_id)
        self.symbol_of[execution.exec_id] = execution.symbol
        self.by_id[execution.order_id].amended = True

    def _recent(self) -> Execution | None:
        recent = list(self.executions.values())[-10:]
        return self.rng.choice(recent) if recent else None

    def _unfill(self, execution: Execution, qty: Decimal) -> None:
        held = self.by_id[execution.order_id]
        if not qty:
            return
        held.cum -= qty
        if held.status is S.FILLED and held.cum < held.qty:
            held.status = S.PARTIALLY_FILLED
            self.working[held.symbol].append(held)
        if held.status is S.PARTIALLY_FILLED and not held.cum:
            held.status = S.NEW

    def trade_elsewhere(self, symbol: str, side: Side, qty: Decimal, limit_px: Decimal, ident: str) -> None:
        """An order of the same account from another terminal."""
        order = BrokerOrder(ident, ACCOUNT, symbol, side, qty, OrdType.LIMIT, TimeInForce.GTC, limit_px)
        self.submit(order, external=True)

    # -- questions --------------------------------------------------------------------------------------------------

    def find(self, cl_ord_id: str) -> OrderSnapshot | None:
        held = self.by_id.get(cl_ord_id)
        return held.snapshot() if held is not None else None

    def open_orders(self) -> list[OrderSnapshot]:
        return [h.snapshot() for group in self.working.values() for h in group]

    def executions_page(self, since_ns: int, start: int, size: int, lag_ns: int) -> list[Execution]:
        """One page of those since then, as known `lag_ns` (market time) ago."""
        newest = self._ts() - lag_ns
        found = [e for e in self.executions.values() if e.ts_ns >= since_ns and self.booked_ns[e.exec_id] <= newest]
        return found[start : start + size]

    def position_list(self) -> list[PositionSnapshot]:
        return [PositionSnapshot(ACCOUNT, s, qty, self.avg_px.get(s)) for s, qty in self.positions.items() if qty]

    def account(self) -> AccountSnapshot:
        return AccountSnapshot(ACCOUNT, False, CURRENCY, {CURRENCY: self.cash})
