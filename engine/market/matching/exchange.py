"""The paper exchange: requests, quotes, prints and time in; reports and changes of its books out. Pure.

It is one account at one broker. It owns no clock (each call says the market time), no file (what changed is taken with
`take_changes` and stored by whoever keeps the books) and no randomness but the generator it is given.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from random import Random

import msgspec

from engine.market.matching.admission import Admission
from engine.market.matching.book import SymbolBook
from engine.market.matching.cash_rules import CashRules
from engine.market.matching.changes import Changes
from engine.market.matching.config import FillConfig
from engine.market.matching.fills import commission
from engine.market.matching.ledger import Ledger
from engine.market.matching.listing import DuplicateIdError, Listing, Listings, UsedIds
from engine.market.matching.open_orders import OpenOrders
from engine.market.matching.order import PaperOrder
from engine.market.matching.packages import Packages
from engine.market.matching.sessions import FOREVER_NS, HoursAt, TradingHours, never_closes
from engine.model.enums import LiquidityFlag, OrdStatus, TimeInForce
from engine.model.instrument import Instrument
from engine.model.market import Bar, MarketEvent, Quote, Trade
from engine.model.money import ZERO
from engine.model.order import BrokerCancel, BrokerOrder, BrokerReplace
from engine.model.package import Leg
from engine.model.snapshot import AccountSnapshot, Execution, OrderSnapshot, PositionSnapshot
from engine.protocol import (
    Accepted,
    Canceled,
    CancelRejected,
    Expired,
    Filled,
    Rejected,
    Replaced,
    ReplaceRejected,
    Report,
    Triggered,
)

_NOTHING: Sequence[Report] = ()
# Looking a member up in its class is a function call in Python 3.11.
_DAY = TimeInForce.DAY
_NEW, _PARTIALLY_FILLED, _FILLED = OrdStatus.NEW, OrdStatus.PARTIALLY_FILLED, OrdStatus.FILLED


class PaperExchange:
    """One account's orders, positions and cash on a set of instruments.

    `book_id` goes into order and execution ids, so that a set of books started anew never repeats an id.
    `used_ids` remembers every cl_ord_id for ever; the exchange itself keeps only orders that are open.
    """

    def __init__(
        self,
        instruments: Iterable[Instrument],
        config: FillConfig,
        rng: Random,
        *,
        account: str,
        cash: dict[str, Decimal],
        currency: str = "USD",
        hours: HoursAt = never_closes,
        used_ids: UsedIds | None = None,
        book_id: str = "",
        broker: str = "paper",
    ) -> None:
        self.account = account
        self.currency = currency
        self.ledger = Ledger(cash)
        self.now_ns = 0
        self._config = config
        self._charges = not config.is_free
        self.fees = config.fees
        self._hours = hours
        self._used_ids: UsedIds = set() if used_ids is None else used_ids
        self._prefix = f"{book_id}-" if book_id else ""
        self._broker = broker
        self._order_seq = 0
        self._exec_seq = 0
        self._open = OpenOrders()
        self._reports: list[Report] = []
        self._changes = Changes()
        self._all = Listings(instruments, lambda instrument: SymbolBook(instrument, config, rng, self))
        self._listings = self._all.by_symbol
        self._packages = Packages(self)
        self.margin = config.margin
        cash_rules = None if config.margin else CashRules(self.ledger, self._open, self._all.unit_cost)
        self._admission = Admission(self, cash_rules)

    # --- state ----------------------------------------------------------------------------------------------

    def restore(
        self, orders: Iterable[PaperOrder], versions: dict[int, list[str]], order_seq: int, exec_seq: int
    ) -> None:
        """Take up the open orders of stored books, oldest first, with all their accepted ids; then call
        `start`.

        An order of an instrument that is not listed now stays open and can be cancelled; nothing fills it.
        """
        self._order_seq, self._exec_seq = order_seq, exec_seq
        for order in orders:
            self._open.add(order)
            for cl_ord_id in versions[order.seq]:
                if cl_ord_id != order.root_cl_ord_id:
                    self._open.name(order, cl_ord_id)
            listing = self._all.find(order.symbol)
            if order.legs:
                self._packages.add(order)
            elif listing is not None:
                listing.book.restore(order)

    def start(self, now_ns: int) -> Sequence[Report]:
        """Begin at a market time: what is due expires, and so do day orders of a later day (another tape)."""
        self.now_ns = now_ns
        for order in self._open:
            if order.time_in_force is TimeInForce.DAY and order.created_ns > now_ns:
                self._expire(order)
        self._expire_due()
        return self._taken()

    def take_changes(self) -> Changes | None:
        """What changed since the last call, or None. Whoever keeps books must take it after every call."""
        if not self._changes:
            return None
        changes, self._changes = self._changes, Changes()
        return changes

    def instrument(self, symbol: str) -> Instrument | None:
        """The listed instrument of that symbol."""
        listing = self._all.find(symbol)
        return None if listing is None else listing.instrument

    def open_order(self, cl_ord_id: str) -> OrderSnapshot | None:
        """The open order with this id as one of its accepted versions."""
        order = self._open.find(cl_ord_id)
        return None if order is None else order.snapshot()

    def open_orders(self) -> list[OrderSnapshot]:
        """All open orders, oldest first."""
        return [order.snapshot() for order in self._open]

    def positions(self) -> list[PositionSnapshot]:
        """All positions that are not flat."""
        return [p.snapshot(self.account) for p in self.ledger.positions.values() if p.qty]

    def account_snapshot(self) -> AccountSnapshot:
        """The account with its cash per currency."""
        return AccountSnapshot(account=self.account, is_live=False, currency=self.currency, cash=dict(self.ledger.cash))

    def irregular_quotes(self) -> int:
        """How many locked and crossed quotes were seen."""
        return sum(listing.book.irregular for listing in self._listings.values())

    # --- requests -------------------------------------------------------------------------------------------

    def submit(self, request: BrokerOrder, now_ns: int) -> Sequence[Report]:
        """A new order. Raises DuplicateIdError for an id used before; every other refusal is a Rejected report."""
        cl_ord_id = request.cl_ord_id
        self._use_id(cl_ord_id)
        self._advance(now_ns)
        self._order_seq = seq = self._order_seq + 1
        now = self.now_ns
        order = PaperOrder(
            seq,
            f"{self._prefix}O{seq}",
            cl_ord_id,
            cl_ord_id,
            request.account,
            request.symbol,
            request.side,
            request.ord_type,
            request.time_in_force,
            request.qty,
            request.limit_px,
            request.stop_px,
            FOREVER_NS,
            now,
            now,
        )
        changes = self._changes
        changes.versions.append((cl_ord_id, seq, True))
        changes.orders[seq] = order
        order.legs = request.legs
        listing = self.listing_of(request.legs[0].symbol if request.legs else request.symbol)
        reason = self._admission.refuse(request, listing)
        if reason is not None or listing is None:
            order.status = OrdStatus.REJECTED
            order.text = reason or ""
            self._reports.append(Rejected(cl_ord_id=order.cl_ord_id, reason=order.text, ts_ns=now))
            return self._taken()
        if request.time_in_force is _DAY and listing.hours.until_ns < FOREVER_NS:
            order.expire_ns = listing.hours.until_ns
        self._reports.append(Accepted(cl_ord_id, order.order_id, now))
        if order.legs:
            self._open.add(order)
            self._packages.arrive(order)
            return self._taken()
        listing.book.arrive(order)
        if order.status is _NEW or order.status is _PARTIALLY_FILLED:
            self._open.add(order)
        return self._taken()

    def cancel(self, request: BrokerCancel, now_ns: int) -> Sequence[Report]:
        """Cancel an open order by any of its ids."""
        self._advance(now_ns)
        order = self._open.find(request.cl_ord_id)
        if order is None:
            reason = self._why_not_open(request.cl_ord_id)
            self._reports.append(CancelRejected(request.cl_ord_id, reason, self.now_ns))
        else:
            self._cancel(order, "")
        return self._taken()

    def cancel_all(self, now_ns: int) -> Sequence[Report]:
        """Cancel every open order: all orders at this broker are ours."""
        self._advance(now_ns)
        for order in self._open:
            self._cancel(order, "")
        return self._taken()

    def replace(self, request: BrokerReplace, now_ns: int) -> Sequence[Report]:
        """Change an open order's total quantity and prices; a price that is None stays. Raises DuplicateIdError.

        A smaller quantity at the same price keeps the place in the queue; every other change goes to its
        back. A total at or below what is filled ends the order, with its filled quantity as its total.
        """
        self._use_id(request.cl_ord_id)
        self._advance(now_ns)
        order = self._open.find(request.orig_cl_ord_id)
        seq = order.seq if order is not None else 0
        if order is None:
            reason: str | None = self._why_not_open(request.orig_cl_ord_id)
        else:
            reason = self._admission.refuse_replace(request, order)
        self._changes.versions.append((request.cl_ord_id, seq, reason is None))
        if reason is not None or order is None:
            self._reports.append(ReplaceRejected(request.cl_ord_id, request.orig_cl_ord_id, reason or "", self.now_ns))
            return self._taken()
        limit_px = order.limit_px if request.limit_px is None else request.limit_px
        stop_px = order.stop_px if request.stop_px is None else request.stop_px
        qty = max(request.qty, order.cum_qty)
        keeps_place = limit_px == order.limit_px and stop_px == order.stop_px and qty <= order.qty
        book = self._book(order)
        if not keeps_place and book is not None:
            book.remove(order)
        elif order.legs:
            self._packages.remove(order)
        order.qty, order.limit_px, order.stop_px = qty, limit_px, stop_px
        order.cl_ord_id = request.cl_ord_id
        self._open.name(order, request.cl_ord_id)
        self._touch(order)
        self._reports.append(
            Replaced(
                cl_ord_id=request.cl_ord_id,
                orig_cl_ord_id=request.orig_cl_ord_id,
                order_id=order.order_id,
                qty=qty,
                limit_px=limit_px,
                stop_px=stop_px,
                ts_ns=self.now_ns,
            )
        )
        if not order.leaves_qty:
            self._end(order, OrdStatus.FILLED)
        elif not keeps_place and book is not None:
            book.arrive(order)
        elif order.legs:
            self._packages.arrive(order)
        return self._taken()

    # --- market and time ------------------------------------------------------------------------------------

    def on_market(self, event: MarketEvent) -> Sequence[Report]:
        """A quote or print of a listed instrument; bars and unknown symbols fill nothing."""
        if type(event) is Quote:
            return self.on_quote(event)
        if type(event) is Trade:
            return self.on_trade(event)
        return self.on_time(event.end_ns) if type(event) is Bar else _NOTHING

    def on_quote(self, quote: Quote) -> Sequence[Report]:
        """A quote of any instrument."""
        if quote.ts_ns > self.now_ns:
            self._advance(quote.ts_ns)
        listing = self._listings.get(quote.symbol) or self._all.find(quote.symbol)
        if listing is not None:
            hours = listing.hours
            if self.now_ns >= hours.until_ns:
                hours = self._renew_hours(listing)
            listing.book.on_quote(quote, is_open=hours.is_open)
            if self._packages.waiting:
                self._packages.on_quote(quote.symbol)
        return self._taken() if self._reports else _NOTHING

    def on_trade(self, trade: Trade) -> Sequence[Report]:
        """A print of any instrument."""
        if trade.ts_ns > self.now_ns:
            self._advance(trade.ts_ns)
        listing = self._listings.get(trade.symbol)
        if listing is not None:
            hours = listing.hours
            if self.now_ns >= hours.until_ns:
                hours = self._renew_hours(listing)
            listing.book.on_trade(trade, is_open=hours.is_open)
        return self._taken() if self._reports else _NOTHING

    def on_time(self, now_ns: int) -> Sequence[Report]:
        """Market time passed: day orders whose session ended expire."""
        self._advance(now_ns)
        return self._taken()

    # --- outcomes of the matching (book.Outcomes) -----------------------------------------------------------

    def filled(self, order: PaperOrder, qty: Decimal, price: Decimal, liquidity: LiquidityFlag) -> None:
        """Book an execution."""
        instrument = self._listings[order.symbol].instrument
        fee = ZERO
        if self._charges:
            order.fee_raw, fee = commission(
                self._config,
                qty=qty,
                value=qty * price * instrument.multiplier,
                raw_before=order.fee_raw,
                charged_before=order.fee,
            )
            order.fee += fee
        order.cum_qty += qty
        self._exec_seq = seq = self._exec_seq + 1
        execution = Execution(
            f"P{self._prefix}{seq}",
            order.cl_ord_id,
            order.order_id,
            order.account,
            order.symbol,
            order.side,
            qty,
            price,
            self.now_ns,
            fee,
            instrument.currency,
            liquidity,
            self._broker,
        )
        position = self.ledger.book(execution, instrument.multiplier, margined=bool(instrument.future))
        changes = self._changes
        changes.executions.append((seq, execution))
        changes.positions[position.symbol] = position
        changes.orders[order.seq] = order
        order.updated_ns = self.now_ns
        self._reports.append(Filled(execution))
        if order.cum_qty < order.qty:
            order.status = _PARTIALLY_FILLED
        else:
            order.status = _FILLED
            order.text = ""
            self._open.end(order)

    def leg_filled(self, order: PaperOrder, leg: Leg, qty: Decimal, price: Decimal) -> None:
        """Book and report the execution of one leg of a package."""
        # As an order of its own of which this is a part only: what ends is the package, when all legs have filled.
        as_order = msgspec.structs.replace(order, symbol=leg.symbol, side=leg.side, qty=qty + qty, cum_qty=ZERO)
        self.filled(as_order, qty, price, LiquidityFlag.TAKER)
        order.fee_raw, order.fee = as_order.fee_raw, as_order.fee

    def packages_filled(self, order: PaperOrder, count: Decimal) -> None:
        """All legs of so many packages have filled."""
        order.cum_qty += count
        self._touch(order)
        order.status = _PARTIALLY_FILLED if order.leaves_qty else _FILLED
        if not order.leaves_qty:
            self._open.end(order)

    def listing_of(self, symbol: str) -> Listing | None:
        """The listing of a symbol."""
        return self._listings.get(symbol) or self._all.find(symbol)

    def why_closed(self, listing: Listing) -> str | None:
        """Why an instrument doesn't trade now, or None."""
        if self.now_ns >= listing.hours.until_ns:
            self._renew_hours(listing)
        if listing.hours.is_open:
            return None
        reason = listing.hours.reason
        return f"market closed: {reason}" if reason else "market closed"

    def elected(self, order: PaperOrder) -> None:
        """Report the election of a stop."""
        self._touch(order)
        self._reports.append(Triggered(order.cl_ord_id, self.now_ns))

    def lapsed(self, order: PaperOrder, reason: str) -> None:
        """End what is left of an immediate order."""
        self._end(order, OrdStatus.CANCELED, reason)
        self._reports.append(Canceled(order.cl_ord_id, self.now_ns, reason, order.cum_qty))

    # --- inside ---------------------------------------------------------------------------------------------

    def _taken(self) -> Sequence[Report]:
        if not self._reports:
            return _NOTHING
        reports, self._reports = self._reports, []
        return reports

    def _use_id(self, cl_ord_id: str) -> None:
        if cl_ord_id in self._used_ids:
            raise DuplicateIdError(f"cl_ord_id {cl_ord_id} was used before; ids are unique for ever")
        self._used_ids.add(cl_ord_id)

    def _why_not_open(self, cl_ord_id: str) -> str:
        return "the order is no longer open" if cl_ord_id in self._used_ids else "no order has this id"

    def _advance(self, now_ns: int) -> None:
        """Market time never goes back; what expires on the way expires first."""
        if now_ns > self.now_ns:
            self.now_ns = now_ns
            if self._open.is_due(now_ns):
                self._expire_due()

    def _expire_due(self) -> None:
        for order in self._open.take_due(self.now_ns):
            self._expire(order)

    def _renew_hours(self, listing: Listing) -> TradingHours:
        listing.hours = self._hours(listing.instrument, self.now_ns)
        return listing.hours

    def _book(self, order: PaperOrder) -> SymbolBook | None:
        listing = self._listings.get(order.symbol)
        return None if listing is None else listing.book

    def _touch(self, order: PaperOrder) -> None:
        order.updated_ns = self.now_ns
        self._changes.orders[order.seq] = order

    def _end(self, order: PaperOrder, status: OrdStatus, text: str = "") -> None:
        """The order is dead: forget it. Filled orders were taken out of the book by the matching."""
        order.status = status
        order.text = text
        book = self._book(order)
        if book is not None and status is not OrdStatus.FILLED:
            book.remove(order)
        elif order.legs:
            self._packages.remove(order)
        self._touch(order)
        self._open.end(order)

    def _cancel(self, order: PaperOrder, reason: str) -> None:
        self._end(order, OrdStatus.CANCELED, reason)
        self._reports.append(Canceled(order.cl_ord_id, self.now_ns, reason, order.cum_qty))

    def _expire(self, order: PaperOrder) -> None:
        self._end(order, OrdStatus.EXPIRED)
        self._reports.append(Expired(order.cl_ord_id, self.now_ns, order.cum_qty))
