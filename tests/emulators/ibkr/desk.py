"""Orders from clients: new, changed, asked what if, cancelled; each taken into the books or refused."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from tests.emulators.ibkr import groups, messages
from tests.emulators.ibkr.accounts import Account
from tests.emulators.ibkr.algos import check_algo
from tests.emulators.ibkr.books import CLOSED, CONTINUOUS, Books
from tests.emulators.ibkr.charges import commission
from tests.emulators.ibkr.contracts import ZERO, Asked, Listed
from tests.emulators.ibkr.orders import Order
from tests.emulators.ibkr.reading import Placed, read_order
from tests.emulators.ibkr.refusals import READ_ONLY, RefusedError, check_terms, invalid
from tests.emulators.ibkr.session import Session
from tests.emulators.ibkr.wire import Reader, WireError

MANUAL = 0
"""The client number of orders that were placed in the gateway's own window."""


class Desk:
    """`highest`: the highest order number that each client has used."""

    def __init__(self, books: Books, *, read_only: bool = False) -> None:
        self.books = books
        self.read_only = read_only
        self.highest: dict[int, int] = defaultdict(int)
        self.presets_tif = False
        """Whether an order without a time in force is told of (10349)."""
        self.binds = False
        """Whether orders by hand get numbers."""
        self._bound = 0
        books.lacks = self._lacks

    def next_bound(self) -> int:
        """The number of an order by hand: below zero."""
        self._bound -= 1
        return self._bound

    def roll_back(self) -> None:
        """Forget which numbers were used by orders that are done."""
        self.highest.clear()
        for order in self.books.orders.values():
            order.forgotten = not order.is_open
            if order.is_open:
                self.highest[order.client_id] = max(self.highest[order.client_id], order.order_id)

    def has_seen_all(self, client: int) -> None:
        """A client that was told of everybody's orders must number its next ones above all of them."""
        seen = max((order.order_id for order in self.books.open_orders()), default=0)
        self.highest[client] = max(self.highest[client], seen)

    # -- placing --------------------------------------------------------------------------------------------------

    def kind_of(self, session: Session, fields: list[str]) -> str:
        """What a placeOrder message is: `submit`, `child` (of another order), `replace` or `what_if`."""
        try:
            placed = read_order(Reader(fields[1:]), session.version)
        except (WireError, ValueError):
            return "submit"
        if placed.what_if:
            return "what_if"
        known = self.books.find(session.client_id or 0, placed.order_id)
        if known is not None and known.is_open:
            return "replace"
        return "child" if int(placed.values["parentId"] or 0) else "submit"

    def parent_of(self, session: Session, fields: list[str]) -> int:
        """The order that a child names."""
        return int(read_order(Reader(fields[1:]), session.version).values["parentId"])

    def place(self, session: Session, fields: list[str], *, refuse: bool = False) -> None:
        """`refuse`: whatever it is, the broker rejects it."""
        assert session.client_id is not None
        try:
            placed = read_order(Reader(fields[1:]), session.version)
        except (WireError, ValueError) as error:
            about = int(fields[1]) if len(fields) > 1 and fields[1].isdigit() else -1
            session.error(about, 320, f"Error reading request. {error}")
            return
        try:
            self._place(session, placed, refuse)
        except RefusedError as refused:
            session.error(placed.order_id, refused.code, refused.words)

    def _place(self, session: Session, placed: Placed, refuse: bool) -> None:
        assert session.client_id is not None
        if self.read_only:
            raise RefusedError(321, READ_ONLY)
        if placed.conditions:
            raise RefusedError(387, "Unsupported order type for this exchange and security type.")
        known = self.books.find(session.client_id, placed.order_id)
        if known is not None and not placed.what_if:
            self._modify(known, placed, refuse)
            return
        account, listed = self._account(placed), self._listed(placed.asked)
        check_terms(placed, listed)
        if name := placed.values["algoStrategy"]:
            check_algo(name, placed.algo, listed.sec_type, placed.values["orderType"])
        if placed.what_if:
            self._answer_what_if(session, placed, account, listed)
            return
        self._submit(session, placed, account, listed, refuse)

    def _submit(self, session: Session, placed: Placed, account: Account, listed: Listed, refuse: bool) -> None:
        assert session.client_id is not None
        if placed.order_id <= self.highest[session.client_id]:
            raise RefusedError(103, "Duplicate order id")
        if number := int(placed.values["parentId"] or 0):
            parent = self.books.find(session.client_id, number)
            if parent is None or not (parent.is_open or parent.status == "Filled"):
                raise RefusedError(135, f"Can't find order with ID ={number}")
        self.highest[session.client_id] = placed.order_id
        asked = Order.of(placed, session.client_id, 0, account.name, listed)
        # A child reduces, and what is not transmitted is looked at when it is.
        free = not asked.transmits or asked.parent_id
        why = "refused by the exchange" if refuse else "" if free else self._lacks(asked)
        if why:
            self.books.refuse(self.books.hold(placed, session.client_id, account.name, listed), why)
            return
        order = self.books.take(placed, session.client_id, account.name, listed)
        self._warn(session, order)

    def _warn(self, session: Session, order: Order) -> None:
        """What the gateway remarks on an order that it took."""
        if not order.values["tif"] and self.presets_tif:
            session.error(order.order_id, 10349, "Order TIF was set to DAY based on order preset.")
        if order.why_held == "locate":
            session.error(order.order_id, 404, "Order held while securities are located.")
        if order.outside_rth and order.type == "MKT":
            session.error(
                order.order_id, 2109, "Order Event Warning: Attribute 'Outside Regular Trading Hours' is ignored based "
                "on the order type and destination. PlaceOrder is now being processed.",
            )  # fmt: skip
        if (
            self.books.phase != CONTINUOUS
            and order.status == "PreSubmitted"
            and order.listed.sec_type in ("STK", "OPT")
        ):
            when = "until the next opening" if self.books.phase == CLOSED else "in this session"
            words = f"Order Message:\n{order.side} {order.qty:f} {order.listed.symbol}\nWarning: your order will not be"
            session.error(order.order_id, 399, f"{words} placed at the exchange {when}")

    def _account(self, placed: Placed) -> Account:
        name = placed.values["account"]
        if not name and len(self.books.accounts) > 1:
            raise RefusedError(435, "You must specify an account.")
        account = self.books.accounts.get(name) if name else next(iter(self.books.accounts.values()))
        if account is None:
            raise invalid(f"Invalid account code '{name}'.")
        return account

    def _listed(self, asked: Asked) -> Listed:
        if asked.sec_type == "BAG":
            bag = self.books.catalogue.bag(asked)
            if bag is None:
                raise RefusedError(200, "No security definition has been found for the request")
            return bag
        found = self.books.catalogue.find(asked)
        if not found:
            raise RefusedError(200, "No security definition has been found for the request")
        if len(found) > 1:
            raise RefusedError(200, f"The contract description specified for {asked.symbol} is ambiguous.")
        if not asked.exchange:
            raise invalid("Please enter exchange")
        return found[0]

    # -- margin ---------------------------------------------------------------------------------------------------

    def _margins(self, order: Order) -> tuple[Decimal, Decimal]:
        """What is tied up before, and after."""
        account = self.books.accounts[order.account]
        sign = 1 if order.buys else -1
        legs = [(self.books.catalogue.listed[leg.con_id], leg.ratio if leg.action == "BUY" else -leg.ratio)
                for leg in order.asked.legs] or [(order.listed, 1)]  # fmt: skip
        after = {}
        for one, ratio in legs:
            place = account.positions.get(one.con_id)
            after[one.con_id] = (one, (place.qty if place else ZERO) + sign * ratio * order.qty)
        return account.margin(), account.margin(after)

    def _lacks(self, order: Order) -> str:
        """Why the account can't carry the order; empty if it can."""
        account = self.books.accounts[order.account]
        before, after = self._margins(order)
        if after <= before or after <= account.equity:
            return ""
        return (
            "YOUR ORDER IS NOT ACCEPTED. IN ORDER TO OBTAIN THE DESIRED POSITION YOUR EQUITY WITH LOAN VALUE "
            f"[{account.equity:.2f} USD] MUST EXCEED THE INITIAL MARGIN [{after:.2f} USD]"
        )

    def _answer_what_if(self, session: Session, placed: Placed, account: Account, listed: Listed) -> None:
        order = Order.of(placed, session.client_id or 0, 0, account.name, listed)
        before, after = self._margins(order)
        order.status = "PreSubmitted"
        equity = account.equity
        px = order.limit or account.price(listed)
        fee = commission(listed, order.qty, px)
        sums = [before, before, equity, after - before, after - before, -fee, after, after, equity - fee]
        warning = "" if after <= equity else "Your order would exceed your available margin."
        session.say(
            messages.open_order(
                order, session.version, margin=[f"{amount:.2f}" for amount in sums],
                commission=[f"{fee:.4f}", "", "", listed.currency, warning],
            )
        )  # fmt: skip

    # -- changing and cancelling ----------------------------------------------------------------------------------

    def _modify(self, order: Order, placed: Placed, refuse: bool) -> None:
        if order.status == "Filled":
            raise RefusedError(104, "Cannot modify a filled order.")
        if not order.is_open:
            raise RefusedError(103, "Duplicate order id")
        same = all(order.values[name] == placed.values[name] for name in ("action", "algoStrategy"))
        if refuse or not same or self._listed(placed.asked).con_id != order.listed.con_id:
            raise RefusedError(105, "Order being modified does not match original order")
        check_terms(placed, order.listed)
        groups.check_change(self.books, order, placed)
        if (Decimal(placed.values["totalQuantity"])) <= order.filled:
            raise RefusedError(104, "Cannot modify a filled order.")
        self.books.modify(order, placed)

    def cancel(self, session: Session, order_id: int, *, refuse: bool = False) -> None:
        order = self.books.find(session.client_id or 0, order_id)
        if self.read_only:
            session.error(order_id, 321, READ_ONLY)
        elif order is None:
            session.error(order_id, 10147, f"OrderId {order_id} that needs to be cancelled is not found.")
        elif refuse:
            words = f"Cancel attempted when order is not in a cancellable state.  Order permId = {order.perm_id}"
            session.error(order_id, 161, words)
        elif not order.is_open:
            words = f"OrderId {order_id} that needs to be cancelled cannot be cancelled, state: {order.status}."
            session.error(order_id, 10148, words)
        else:
            self.books.cancel(order)

    def cancel_all(self, session: Session) -> None:
        if self.read_only:
            session.error(-1, 321, READ_ONLY)
            return
        for order in self.books.open_orders():
            if order.is_open:
                self.books.cancel(order)

    def wait_with_cancel(self, session: Session, order_id: int) -> None:
        """The exchange has not confirmed a cancel yet: the order may still trade."""
        order = self.books.find(session.client_id or 0, order_id)
        if order is not None and order.is_open:
            order.status = "PendingCancel"
            self.books.say(order)

    def forget(self, session: Session, order_id: int) -> None:
        """A change is going to be taken for a new order, and the old one stays alive."""
        order = self.books.find(session.client_id or 0, order_id)
        if order is not None:
            order.forgotten = True
            self.highest[session.client_id or 0] = order_id - 1

    def crossed(self, session: Session, order_id: int) -> None:
        """The order trades in this very moment, at its limit or the touch."""
        order = self.books.find(session.client_id or 0, order_id)
        if order is not None and order.is_open:
            px = order.limit or self.books.accounts[order.account].price(order.listed)
            self.books.fill(order, order.leaves, px)
