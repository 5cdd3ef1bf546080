"""What the paper exchange takes: the reason to refuse a new order or a change, by its terms, the hours and the cash."""

from __future__ import annotations

from engine.market.matching.cash_rules import CashRules
from engine.market.matching.checks import refuse_order, refuse_terms
from engine.market.matching.listing import Listing
from engine.market.matching.order import PaperOrder
from engine.market.matching.packages import Venue, refuse_package, refuse_package_terms
from engine.model.order import BrokerOrder, BrokerReplace


class Admission:
    """The rules of one account. `cash_rules` is None for a margin account."""

    __slots__ = ("_cash_rules", "_venue")

    def __init__(self, venue: Venue, cash_rules: CashRules | None) -> None:
        self._venue = venue
        self._cash_rules = cash_rules

    def refuse(self, request: BrokerOrder, listing: Listing | None) -> str | None:
        """The reason to refuse a new order; None when it is taken. `listing`: of its symbol, or of a first leg."""
        if request.legs:
            return refuse_package(request, self._venue)
        if request.account != self._venue.account:
            return f"account {request.account!r} is not {self._venue.account!r}"
        if listing is None:
            return f"{request.symbol} is not listed"
        reason = refuse_order(request, listing.instrument) or self._venue.why_closed(listing)
        if reason is not None or self._cash_rules is None:
            return reason
        if request.side.is_buy:
            return self._cash_rules.refuse_buy(
                listing.instrument, request.ord_type, request.qty, request.limit_px, request.stop_px
            )
        return self._cash_rules.refuse_sale(request.side, request.symbol, request.qty)

    def refuse_replace(self, request: BrokerReplace, order: PaperOrder) -> str | None:
        """The reason to refuse a change of an open order; None when it is made."""
        if order.cl_ord_id != request.orig_cl_ord_id:
            return f"{request.orig_cl_ord_id} was already replaced by {order.cl_ord_id}"
        limit_px = order.limit_px if request.limit_px is None else request.limit_px
        if order.legs:
            return refuse_package_terms(request.qty, limit_px, order.legs, self._venue)
        listing = self._venue.listing_of(order.symbol)
        if listing is None:
            return f"{order.symbol} is not listed"
        if order.elected and request.stop_px not in (None, order.stop_px):
            return "the stop was already elected"
        stop_px = order.stop_px if request.stop_px is None else request.stop_px
        instrument = listing.instrument
        reason = refuse_terms(order.ord_type, request.qty, limit_px, stop_px, instrument)
        reason = reason or self._venue.why_closed(listing)
        leaves = request.qty - order.cum_qty
        if reason is not None or self._cash_rules is None or leaves <= 0:
            return reason
        if order.side.is_buy:
            return self._cash_rules.refuse_buy(instrument, order.ord_type, leaves, limit_px, stop_px, but=order)
        return self._cash_rules.refuse_sale(order.side, order.symbol, leaves, but=order)
