"""Packages at the paper exchange: all legs fill together, each at its own touch, or none does.

A package fills when every leg trades and has a regular quote, and the net of the opposite touches (what is bought at
the ask less what is sold at the bid, times the ratios) is no more than its limit. Only whole packages fill, as many as
the leg that displays least allows; what they take is gone from those displays for everybody. It never rests in a queue:
like a taker it waits for the next quote of any of its legs."""

from __future__ import annotations

from decimal import Decimal
from typing import Final, Protocol

from engine.market.matching.checks import TIMES_IN_FORCE
from engine.market.matching.listing import Listing
from engine.market.matching.order import PaperOrder, Place
from engine.model.enums import OrdType, TimeInForce
from engine.model.money import ONE, ZERO, plain
from engine.model.order import BrokerOrder
from engine.model.package import MOST_LEGS, Leg

_AT_ONCE: Final = frozenset({TimeInForce.IOC, TimeInForce.FOK})


class Venue(Protocol):
    """What the matching of packages needs of the exchange."""

    account: str
    margin: bool

    def listing_of(self, symbol: str) -> Listing | None: ...

    def why_closed(self, listing: Listing) -> str | None:
        """Why the instrument doesn't trade now, or None."""
        ...

    def leg_filled(self, order: PaperOrder, leg: Leg, qty: Decimal, price: Decimal) -> None:
        """Book and report one leg's execution."""
        ...

    def packages_filled(self, order: PaperOrder, count: Decimal) -> None:
        """All legs of so many packages have filled."""
        ...

    def lapsed(self, order: PaperOrder, reason: str) -> None: ...


class Packages:
    """The live packages of an exchange."""

    __slots__ = ("_venue", "waiting")

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        #: Packages by the symbol of each leg, oldest first.
        self.waiting: dict[str, dict[int, PaperOrder]] = {}

    def arrive(self, order: PaperOrder) -> None:
        """A new or changed package: it takes what it can; the rest waits, or lapses if it was to be immediate."""
        count = self._fillable(order)
        if order.time_in_force is TimeInForce.FOK and count < order.leaves_qty:
            self._venue.lapsed(order, "not fillable at once in full")
            return
        self._fill(order, count)
        if not order.leaves_qty:
            return
        if order.time_in_force in _AT_ONCE:
            self._venue.lapsed(order, "the rest was not fillable at once")
        else:
            self.add(order)

    def add(self, order: PaperOrder) -> None:
        """The package waits for quotes of its legs."""
        order.place = Place.TAKER
        for leg in order.legs:
            self.waiting.setdefault(leg.symbol, {})[order.seq] = order

    def remove(self, order: PaperOrder) -> None:
        """The package is dead, or about to change."""
        order.place = Place.NONE
        for leg in order.legs:
            orders = self.waiting.get(leg.symbol)
            if orders is not None:
                orders.pop(order.seq, None)
                if not orders:
                    del self.waiting[leg.symbol]

    def on_quote(self, symbol: str) -> None:
        """A leg was quoted: packages that have it may fill, the oldest first."""
        for order in tuple(self.waiting.get(symbol, {}).values()):
            self._fill(order, self._fillable(order))
            if not order.leaves_qty:
                self.remove(order)

    def _fillable(self, order: PaperOrder) -> Decimal:
        """How many packages can fill now."""
        net, count = ZERO, order.leaves_qty
        for leg in order.legs:
            listing = self._venue.listing_of(leg.symbol)
            if listing is None or self._venue.why_closed(listing) is not None:
                return ZERO
            touch = listing.book.takeable(is_buy=leg.side.is_buy)
            if touch is None:
                return ZERO
            net += touch[0] * leg.ratio * leg.side.sign
            count = min(count, touch[1] // leg.ratio)
        return count if order.limit_px is not None and net <= order.limit_px else ZERO

    def _fill(self, order: PaperOrder, count: Decimal) -> None:
        if not count:
            return
        prices = self._prices(order)
        for leg, price in zip(order.legs, prices, strict=True):
            listing = self._venue.listing_of(leg.symbol)
            if listing is not None:
                listing.book.consume(count * leg.ratio, is_buy=leg.side.is_buy)
            self._venue.leg_filled(order, leg, count * leg.ratio, price)
        self._venue.packages_filled(order, count)

    def _prices(self, order: PaperOrder) -> list[Decimal]:
        """Each leg's touch, with slippage where the package stays within its limit."""
        touches, slipped, net = [], [], ZERO
        for leg in order.legs:
            listing = self._venue.listing_of(leg.symbol)
            touch = listing.book.takeable(is_buy=leg.side.is_buy) if listing is not None else None
            if listing is None or touch is None:
                raise ValueError(f"{leg.symbol}: a leg without a touch was to be filled")
            touches.append(touch[0])
            slipped.append(listing.book.slipped(touch[0], is_buy=leg.side.is_buy))
            net += slipped[-1] * leg.ratio * leg.side.sign
        return slipped if order.limit_px is not None and net <= order.limit_px else touches


def refuse_package(request: BrokerOrder, venue: Venue) -> str | None:
    """The reason to refuse a new package; None when it can be taken."""
    legs = request.legs
    if request.account != venue.account:
        return f"account {request.account!r} is not {venue.account!r}"
    if not venue.margin:
        return "a cash account takes no packages"
    if not 2 <= len(legs) <= MOST_LEGS or len({leg.symbol for leg in legs}) != len(legs):
        return f"a package has 2 to {MOST_LEGS} legs, each in another instrument"
    if request.time_in_force not in TIMES_IN_FORCE:
        return f"time in force {request.time_in_force.value} is not offered; expected day, gtc, ioc or fok"
    if request.ord_type is not OrdType.LIMIT or request.stop_px is not None or request.extended:
        return "a package is a limit order in regular hours"
    for leg in legs:
        listing = venue.listing_of(leg.symbol)
        if listing is None:
            return f"{leg.symbol} is not listed"
        if leg.ratio < 1 or (request.qty * leg.ratio) % listing.instrument.lot:
            return f"{leg.symbol}: {leg.ratio} for each package is not a multiple of the lot"
        closed = venue.why_closed(listing)
        if closed is not None:
            return closed
    return refuse_package_terms(request.qty, request.limit_px, legs, venue)


def refuse_package_terms(qty: Decimal, limit_px: Decimal | None, legs: tuple[Leg, ...], venue: Venue) -> str | None:
    """The reason to refuse these terms, of a new package or a replace. The net price may be 0 or below."""
    if not qty.is_finite() or qty <= ZERO or qty % ONE:
        return f"quantity {qty} is not a whole number of packages above 0"
    if limit_px is None or not limit_px.is_finite():
        return "a package needs a net limit price"
    ticks = [found.instrument.tick for leg in legs if (found := venue.listing_of(leg.symbol)) is not None]
    if len(ticks) != len(legs):
        return "a leg is not listed"
    if limit_px % min(ticks):
        return f"net price {plain(limit_px)} is not a multiple of the tick {plain(min(ticks))}"
    return None
