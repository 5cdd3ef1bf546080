"""The emulator's books: orders, executions, accounts, and their matching against quotes.

A buy trades at the ask and a sale at the bid, up to the displayed size, which is used up until the next quote. Triggers
are elected by the touch. Everything that happens to an order goes to `told`, as messages in the gateway's order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tests.emulators.ibkr import groups, matching, messages
from tests.emulators.ibkr.accounts import Account
from tests.emulators.ibkr.charges import commission
from tests.emulators.ibkr.contracts import ZERO, Catalogue, Listed
from tests.emulators.ibkr.messages import Fields
from tests.emulators.ibkr.moments import moment, nanoseconds
from tests.emulators.ibkr.orders import AUCTIONS, STOPS, WORKING, Execution, Order
from tests.emulators.ibkr.reading import Placed

Note = Callable[[int], Fields]
"""A message, once the version is known."""
Told = Callable[[str, Order, Sequence[Note]], None]
Part = tuple[Listed, str, Decimal, Decimal]
"""instrument, side, quantity, price"""
OPENING, CONTINUOUS, EXTENDED, CLOSED = "opening", "regular", "extended", "closed"


@dataclass
class Quote:
    """What stands in the market; sizes shrink as orders take them."""

    bid: Decimal
    ask: Decimal
    bid_size: Decimal
    ask_size: Decimal


class Books:
    """All accounts of one gateway. `now_ns`: the broker's clock; `zone`: how times are written; `phase`: what the
    market does (`regular`, `extended`, `closed`)."""

    def __init__(self, catalogue: Catalogue, accounts: dict[str, Decimal], now_ns: Callable[[], int]) -> None:
        self.catalogue, self.now_ns = catalogue, now_ns
        self.quotes: dict[int, Quote] = {}
        self.accounts = {name: Account(name, cash, self.mark) for name, cash in accounts.items()}
        self.orders: dict[int, Order] = {}
        self.executions: list[Execution] = []
        self.phase = CONTINUOUS
        self.zone = "UTC"
        self.zone_name = ""
        """What the zone is called where its name is not the usual one (a TWS on Windows)."""
        self.old_times = False
        self.told: Told = lambda kind, order, notes: None
        self.moved: Callable[[Account, Listed], None] = lambda account, listed: None
        self.sequence = ("exec", "open", "status", "commission")
        """The messages of one fill, in their order."""
        self.presubmits = False
        """Every order is PreSubmitted for a moment before it works, as it often is."""
        self.unborrowable: set[int] = set()
        """Numbers of shares that nobody lends: short sales of them wait."""
        self.rules = groups.Rules()
        self.lacks: Callable[[Order], str] = lambda order: ""
        """Why an account can't carry an order that is transmitted with its children; empty if it can."""
        self._perm_id = 1_381_152_600

    # -- what there is --------------------------------------------------------------------------------------------

    def mark(self, listed: Listed) -> Decimal | None:
        quote = self.quotes.get(listed.con_id)
        return (quote.bid + quote.ask) / 2 if quote else None

    def open_orders(self) -> list[Order]:
        return [order for order in self.orders.values() if order.is_open]

    def find(self, client_id: int, order_id: int) -> Order | None:
        """The last order that this client gave this number."""
        found = [
            order
            for order in self.orders.values()
            if (order.client_id, order.order_id) == (client_id, order_id) and not order.forgotten
        ]
        return found[-1] if found else None

    def children(self, order: Order) -> list[Order]:
        return [
            o
            for o in self.orders.values()
            if order.order_id and o.client_id == order.client_id and o.parent_id == order.order_id
        ]

    def parent(self, order: Order) -> Order | None:
        return self.find(order.client_id, order.parent_id) if order.parent_id else None

    # -- orders ---------------------------------------------------------------------------------------------------

    def take(self, placed: Placed, client_id: int, account: str, listed: Listed) -> Order:
        """Accept a new order; it works once it (or the last of its bracket) is transmitted."""
        order = self.hold(placed, client_id, account, listed)
        parent = self.parent(order)
        order.waits = parent is not None and parent.leaves > 0
        if not order.transmits:
            self._say("accepted", order)
            return order
        family = [parent, *self.children(parent)] if parent is not None else [order]
        for child in family[1:]:
            groups.joins(self, child)
        if parent is not None and parent.status == "PendingSubmit" and (why := self.lacks(parent)):
            self.refuse(parent, why)
            return order
        for one in family:
            if one.status == "PendingSubmit":
                self._start(one)
        return order

    def hold(self, placed: Placed, client_id: int, account: str, listed: Listed) -> Order:
        """Note an order down, without a word."""
        self._perm_id += 1
        order = Order.of(placed, client_id, self._perm_id, account, listed)
        self.orders[order.perm_id] = order
        return order

    def modify(self, order: Order, placed: Placed) -> None:
        """Change an order in place."""
        order.amend(placed)
        if order.status == "PendingSubmit" and order.transmits:
            self._start(order)
            return
        self._settle(order)
        self._say("replaced", order)
        self.work(order)

    def cancel(self, order: Order) -> None:
        """Somebody cancels it; one that was never transmitted does not get as far as the broker."""
        self.end(order, "")
        groups.after_cancel(self, order)

    def refuse(self, order: Order, why: str) -> None:
        """A broker's rejection of an order that it had taken."""
        order.status, order.done_ns, order.done_as = "Inactive", self.now_ns(), f"Rejected: {why}"
        words = f"Order rejected - reason:{why}"
        self.told("rejected", order, [self.error(order, 201, words), *self.state(order)])
        groups.after_end(self, order)

    def expire(self, order: Order) -> None:
        """The end of its day: a status without any reason."""
        order.status, order.done_ns, order.done_as = "Cancelled", self.now_ns(), "Expired"
        self._say("canceled", order)
        groups.after_end(self, order)

    def release(self, child: Order) -> None:
        """Its parent is filled: it works."""
        self._settle(child)
        self._say("status", child)
        self.work(child)

    def _start(self, order: Order) -> None:
        self._settle(order)
        settled = order.status
        if self.presubmits:
            order.status = "PreSubmitted"
        self._say("accepted", order)
        if order.status != settled:
            order.status = settled
            self._say("status", order)
        self.work(order)

    def _settle(self, order: Order) -> None:
        """The status of an order that is not done, from what holds it."""
        order.why_held = "child" if order.waits else "locate" if self._lacks_shares(order) else ""
        if order.type in STOPS and not order.triggered and not order.why_held:
            order.why_held = "trigger"
        held = order.why_held or not self._is_in_session(order) or order.type in AUCTIONS
        order.status = "PreSubmitted" if held and not order.filled else "Submitted"

    def _lacks_shares(self, order: Order) -> bool:
        if order.buys or order.listed.con_id not in self.unborrowable:
            return False
        place = self.accounts[order.account].positions.get(order.listed.con_id)
        return (place.qty if place is not None else ZERO) < order.leaves

    def _is_in_session(self, order: Order) -> bool:
        if order.listed.sec_type in ("CASH", "CRYPTO", "FUT"):
            return True
        if order.tif == "OPG":
            return self.phase == OPENING
        return self.phase == CONTINUOUS or (self.phase == EXTENDED and order.outside_rth)

    def end(self, order: Order, reason: str) -> None:
        order.status = "ApiCancelled" if order.status == "PendingSubmit" else "Cancelled"
        order.done_as, order.done_ns, order.why_held = "Cancelled", self.now_ns(), ""
        self.told("canceled", order, [*self.state(order), self.error(order, 202, f"Order Canceled - reason:{reason}")])
        groups.after_end(self, order)

    def forget_untransmitted(self) -> None:
        """The gateway starts anew: what it never passed on is gone without a word."""
        for order in self.open_orders():
            if order.status == "PendingSubmit":
                del self.orders[order.perm_id]

    # -- the market -----------------------------------------------------------------------------------------------

    def quote(self, listed: Listed, quote: Quote) -> None:
        """The market moves; whatever it reaches is filled, oldest first."""
        self.quotes[listed.con_id] = quote
        self.look_at_clock()
        for order in self.open_orders():
            if order.listed.con_id == listed.con_id or any(leg.con_id == listed.con_id for leg in order.asked.legs):
                self.work(order)

    def look_at_clock(self) -> None:
        """Orders whose time is over end."""
        for order in self.open_orders():
            if order.tif == "GTD" and nanoseconds(order.values["goodTillDate"]) <= self.now_ns():
                self.expire(order)

    def lend(self, listed: Listed, shares: int) -> None:
        """So many shares can be borrowed; what waited for them works."""
        (self.unborrowable.discard if shares else self.unborrowable.add)(listed.con_id)
        for order in self.open_orders():
            if order.listed.con_id == listed.con_id and order.why_held == "locate":
                self.release(order)

    def turn(self, phase: str) -> None:
        """Another phase of the day. At its close the orders for the closing auction trade, at the touch."""
        was, self.phase = self.phase, phase
        for order in self.open_orders():
            if order.status == "PendingSubmit":
                continue
            if order.type in AUCTIONS and was == CONTINUOUS:
                matching.match(self, order)
                if order.is_open:
                    self.end(order, "")
                continue
            if order.tif == "OPG" and was == OPENING:
                self.end(order, "")
                continue
            before = order.status
            self._settle(order)
            if order.status != before:
                self._say("status", order)
            self.work(order)

    def work(self, order: Order) -> None:
        if order.status not in WORKING or order.waits or order.type in AUCTIONS or not self._is_in_session(order):
            return
        if self._lacks_shares(order):
            return
        matching.work(self, order)
        if order.is_open and order.tif in ("IOC", "FOK"):
            self.end(order, "")

    # -- fills ----------------------------------------------------------------------------------------------------

    def fill(self, order: Order, qty: Decimal, px: Decimal) -> None:
        """Let an order trade; also by hand."""
        self.fill_parts(order, qty, px, [(order.listed, order.side, qty, px)])

    def fill_parts(self, order: Order, qty: Decimal, px: Decimal, parts: Sequence[Part]) -> None:
        """The same, in parts: the legs of a combination, whose positions they are."""
        order.filled += qty
        order.paid += qty * px
        order.last_px = px
        order.triggered = True
        order.status = "Filled" if order.leaves <= 0 else "Submitted"
        order.why_held = ""
        if order.status == "Filled":
            order.done_ns, order.done_as = self.now_ns(), f"Filled Size: {_plain(order.filled)}"
        if order.asked.legs:
            # The combination has an execution of its own; its legs carry the positions.
            whole = self._execution(order, order.listed, order.side, qty, px, order.filled, order.average)
            self.executions.append(whole)
            self.told("legs", order, [self.executed(whole)])
        done = []
        for listed, side, size, price in parts:
            alone = listed is order.listed
            cum = order.filled if alone else size
            one = self._execution(order, listed, side, size, price, cum, order.average if alone else price)
            one.commission = commission(listed, order.filled if alone else size, price) - (
                order.charged if alone else 0
            )
            order.charged += one.commission
            account = self.accounts[order.account]
            one.realized = account.book(listed, size if side == "BUY" else -size, price, one.commission)
            self.executions.append(one)
            done.append(one)
        for at, one in enumerate(done):
            last = at == len(done) - 1
            self.told("filled" if last else "legs", order, self._fill_notes(order, one, last))
        for one in done:
            self.moved(self.accounts[order.account], one.listed)
        groups.after_fill(self, order, qty)

    def _execution(
        self,
        order: Order,
        listed: Listed,
        side: str,
        qty: Decimal,
        px: Decimal,
        cum: Decimal,
        avg: Decimal,
    ) -> Execution:
        stem = f"0000e0d5.{order.perm_id:08x}.{len(self.executions) + 1:02x}"
        return Execution(stem, order, listed, side, qty, px, self.now_ns(), cum, avg)

    def _fill_notes(self, order: Order, one: Execution, last: bool) -> list[Note]:
        opened, status = self.state(order)
        notes = {"exec": self.executed(one), "commission": self.charged(one)}
        if last:
            notes |= {"open": opened, "status": status}
        return [notes[name] for name in self.sequence if name in notes]

    def correct(self, execution: Execution, qty: Decimal, px: Decimal) -> None:
        """The exchange corrects an execution: the same again, with the next suffix. One of nothing costs nothing."""
        order, sign = execution.order, 1 if execution.side == "BUY" else -1
        account = self.accounts[order.account]
        account.book(execution.listed, -sign * execution.qty, execution.px, ZERO)
        account.book(execution.listed, sign * qty, px, ZERO)
        if not qty:
            account.add(execution.listed.currency, execution.commission)
            order.charged -= execution.commission
            execution.commission = ZERO
        order.filled += qty - execution.qty
        order.paid += qty * px - execution.qty * execution.px
        execution.qty, execution.px, execution.version = qty, px, execution.version + 1
        execution.cum_qty, execution.avg_px = order.filled, order.average
        self.told("filled", order, [self.executed(execution), self.charged(execution)])
        self.moved(account, execution.listed)

    # -- messages -------------------------------------------------------------------------------------------------

    def say(self, order: Order, kind: str = "status") -> None:
        self._say(kind, order)

    def _say(self, kind: str, order: Order) -> None:
        self.told(kind, order, self.state(order))

    def state(self, order: Order) -> list[Note]:
        """openOrder and orderStatus."""
        return [lambda version: messages.open_order(order, version), lambda version: messages.status(order)]

    def executed(self, one: Execution, about: int = -1) -> Note:
        return lambda version: messages.execution(about, one, version, self.when(one.ts_ns))

    def when(self, ns: int) -> str:
        """A time as this gateway writes it."""
        text = moment(ns, self.zone, old=self.old_times)
        return text.removesuffix(self.zone) + self.zone_name if self.zone_name else text

    def charged(self, one: Execution) -> Note:
        return lambda version: messages.commission(one)

    def error(self, order: Order, code: int, words: str) -> Note:
        return lambda version: messages.error(version, order.order_id, code, words)


def _plain(qty: Decimal) -> str:
    return f"{qty.normalize():f}"
