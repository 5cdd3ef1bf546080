"""The risk engine: every order, whoever makes it, passes `RiskEngine.check`. The only place that stamps an
`Approved`.

On any doubt: denied. All failing checks are reported, hard ones and soft ones. Order of evaluation as in
risk-checks.md §4. A check that itself fails refuses the order: an exception is a doubt.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

import msgspec

from engine.inputs import Now
from engine.model.money import ZERO
from engine.model.order import BrokerOrder, BrokerReplace, OrderRequest
from engine.orders.emulation import carried_time, offered
from engine.orders.order import Order
from engine.risk.approval import Approved, stamp_approved
from engine.risk.books import Books
from engine.risk.checks.book import check_book
from engine.risk.checks.clock import check_clock
from engine.risk.checks.day_trades import check_day_trades
from engine.risk.checks.duplicate import check_duplicate
from engine.risk.checks.exposure import check_exposure
from engine.risk.checks.form import check_form
from engine.risk.checks.loss import check_losses
from engine.risk.checks.permission import check_instrument, check_ready, check_trading_state
from engine.risk.checks.price import check_price
from engine.risk.checks.rates import check_rates
from engine.risk.checks.restricted import check_restricted
from engine.risk.checks.self_match import check_self_match
from engine.risk.checks.short_sale import check_short_sale
from engine.risk.checks.side import check_side
from engine.risk.checks.size import check_fat_finger
from engine.risk.checks.user_instruments import check_user_instruments
from engine.risk.checks.venue import check_venue
from engine.risk.context import Context, Quotes
from engine.risk.covered import strategy_of
from engine.risk.package import check_package
from engine.state import DeskState
from engine.surroundings import Surroundings
from engine.views import CheckRow

Check = Callable[[Context], None]

MOST_DIGITS: Final = 18
"""Before the point, or zeros behind it: far beyond any quantity and price."""

CHECKS: tuple[Check, ...] = (
    check_trading_state,
    check_ready,
    check_clock,
    check_instrument,
    check_restricted,
    check_user_instruments,
    check_venue,
    check_form,
    check_price,
    check_fat_finger,
    check_duplicate,
    check_rates,
    check_side,
    check_short_sale,
    check_day_trades,
    check_exposure,
    check_book,
    check_losses,
    check_self_match,
)

#: What still holds for an order of the liquidation profile (DESIGN §7 lists what is waived).
LIQUIDATION_CHECKS: tuple[Check, ...] = (check_instrument, check_form)


#: What is checked of an exit before its entry has filled.
LEG_CHECKS: tuple[Check, ...] = (check_ready, check_instrument, check_venue, check_form)


def odd_number(r: OrderRequest) -> Decimal | None:
    """The first number of a request that is none, infinite, or of a size that overflows when it is multiplied (or that
    takes a page to write down); None when all are fine."""
    qty, limit_px, stop_px = r.qty, r.limit_px, r.stop_px
    if not (qty.is_finite() and -MOST_DIGITS < qty.adjusted() < MOST_DIGITS):
        return qty
    if limit_px is not None and not (limit_px.is_finite() and -MOST_DIGITS < limit_px.adjusted() < MOST_DIGITS):
        return limit_px
    if stop_px is not None and not (stop_px.is_finite() and -MOST_DIGITS < stop_px.adjusted() < MOST_DIGITS):
        return stop_px
    if r.trail_amount is None and r.trail_pct is None and r.display_qty is None:
        return None
    for number in (r.trail_amount, r.trail_pct, r.display_qty):
        if number is not None and not (number.is_finite() and -MOST_DIGITS < number.adjusted() < MOST_DIGITS):
            return number
    return None


class RiskEngine:
    """Checks proposals against the state, the limits in it, the quotes, and what the surroundings allow (sessions,
    the broker's capabilities)."""

    def __init__(self, state: DeskState, quotes: Quotes, surroundings: Surroundings, *, aside: bool = False) -> None:
        """`aside`: for a copy of the state that is only tried out for a moment."""
        self._state = state
        self._quotes = quotes
        self._surroundings = surroundings
        self._books = Books.of(state, quotes, aside=aside)

    def check(self, request: OrderRequest, now: Now, replacing: Order | None = None) -> Context:
        """Run every check; the context's denials are empty when the order may go out."""
        if request.legs and odd_number(request) is None:
            return check_package(self._state, self._quotes, self._surroundings, request, now, replacing, self._books)
        return self._run(CHECKS, request, now, replacing)

    def check_again(self, order: Order, now: Now) -> Context:
        """Run every check for an order that is to be handed over once more, beside all others but itself."""
        return self._run(CHECKS, order.request, now, order, anew=True)

    def check_liquidation(self, request: OrderRequest, now: Now) -> Context:
        """The liquidation profile: it must reduce the broker's own position and never pass zero."""
        c = self._run(LIQUIDATION_CHECKS, request, now, None)
        held = self._state.broker_qty(request.account, request.symbol)
        room = -held - c.position.open_buy if request.side.is_buy else held - c.position.open_sell
        c.reducing = room >= c.qty > 0
        if not c.reducing:
            c.deny(
                "NOT_REDUCING",
                request.qty,
                max(room, ZERO),
                request.symbol,
                "a liquidation may only reduce, by no more than position less leaves not proven dead",
            )
        return c

    def check_exit(self, request: OrderRequest, now: Now, held: Order) -> Context:
        """A held order at its trigger that can only reduce: it is never denied for a limit (DESIGN §4). What it may
        sell is `Context.room`, its own reservation left out."""
        c = self._run(LIQUIDATION_CHECKS, request, now, held)
        if not c.reducing:
            c.deny("NOT_REDUCING", request.qty, max(c.room, ZERO), request.symbol, "there is less to close than that")
        return c

    def check_leg(self, request: OrderRequest, now: Now, replacing: Order | None = None) -> Context:
        """An exit that waits for its entry: there is no position yet that it could reduce, and the market may be far
        from where it will work. What it is and where it would go is checked; the rest when it starts."""
        return self._run(LEG_CHECKS, request, now, replacing)

    def check_shrink(self, request: OrderRequest, now: Now, order: Order) -> Context:
        """The profile of a replace that makes a reduce-only order smaller and changes nothing else: it takes risk away,
        and a stale quote, a throttle or a halt must not keep it too large."""
        c = self._run(LIQUIDATION_CHECKS, request, now, order)
        same = (request.limit_px, request.stop_px) == (order.limit_px, order.stop_px)
        c.ref_px = c.ref_px or order.ref_px
        c.reducing = order.request.reduce_only and same and order.cum_qty < request.qty < order.qty
        if not c.reducing:
            c.deny("NOT_SHRINKING", request.qty, order.qty, request.symbol, "only a smaller quantity passes like this")
        return c

    def _run(
        self,
        checks: tuple[Check, ...],
        request: OrderRequest,
        now: Now,
        replacing: Order | None,
        *,
        anew: bool = False,
    ) -> Context:
        odd = odd_number(request)
        if odd is not None:
            return self._refuse_odd(request, now, replacing, odd)
        c = Context(self._state, self._quotes, self._surroundings, request, now, replacing)
        c.books = self._books
        if anew:
            c.shrinking = False
        left = iter(checks)
        while True:
            try:
                for check in left:
                    check(c)
                return c
            except Exception as error:  # a check that can't answer is a doubt, and on any doubt the order is refused
                name = check.__name__
                c.deny("CHECK_FAILED", type(error).__name__, "none", name, f"{name}: {error}")

    def _refuse_odd(self, request: OrderRequest, now: Now, replacing: Order | None, odd: Decimal) -> Context:
        """No check can compare it, so that it is refused as an order of nothing."""
        nothing = msgspec.structs.replace(
            request, qty=ZERO, limit_px=None, stop_px=None, trail_amount=None, trail_pct=None, display_qty=None, legs=()
        )
        c = Context(self._state, self._quotes, self._surroundings, nothing, now, replacing)
        words = "quantities, prices and distances must be finite numbers of a sensible size"
        c.deny("ORDER_FORM", str(odd), "a number", request.symbol, words)
        return c

    def verdicts(self, request: OrderRequest, now: Now) -> tuple[CheckRow, ...]:
        """What each check by itself says of an order that is only looked at. A check that can't answer refuses."""
        odd = odd_number(request)
        if odd is not None:
            return (CheckRow("check_form", tuple(self._refuse_odd(request, now, None, odd).denials)),)
        c = Context(self._state, self._quotes, self._surroundings, request, now, None)
        c.books = self._books
        rows = []
        for check in CHECKS:
            before = len(c.denials)
            try:
                check(c)
            except Exception as error:
                c.deny("CHECK_FAILED", type(error).__name__, "none", check.__name__, f"{check.__name__}: {error}")
            rows.append(CheckRow(check.__name__, tuple(c.denials[before:])))
        return tuple(rows)

    def approve(self, c: Context, cl_ord_id: str) -> Approved[BrokerOrder]:
        """Stamp a proposal that passed. Raises ValueError when it did not: that would be a defect of ours."""
        if c.denials:
            raise ValueError(f"approve called on a denied order: {c.denials[0]}")
        r = c.request
        order = self.carried(c, cl_ord_id)
        state = self._state
        legs = tuple(leg.symbol for leg in r.legs) if r.legs else ()
        return stamp_approved(order, state.gate_epoch, c.reducing, state.gate_seq, strategy_of(r), legs)

    def carried(self, c: Context, cl_ord_id: str) -> BrokerOrder:
        """The proposal as its broker would be told of it. No approval."""
        r = c.request
        time_in_force, expire_ns = r.time_in_force, r.expire_ns
        if time_in_force.timed:
            time_in_force, expire_ns = carried_time(
                r, offered(self._surroundings.capabilities(r.account), c.instrument)
            )
        order = BrokerOrder(
            cl_ord_id,
            r.account,
            r.symbol,
            r.side,
            r.qty,
            r.ord_type,
            time_in_force,
            r.limit_px,
            r.stop_px,
            expire_ns,
            r.extended,
            r.trail_amount,
            r.trail_pct,
        )
        if r.legs or r.via:
            order = msgspec.structs.replace(order, legs=r.legs, via=r.via)
        return order

    def known(self, order: Order) -> BrokerOrder:
        """An order that went out before, as its broker knows it, under the id that it was first sent with. No
        approval."""
        r = order.request
        return BrokerOrder(
            order.cl_ord_id,
            r.account,
            r.symbol,
            r.side,
            order.qty,
            r.ord_type,
            r.time_in_force,
            order.limit_px,
            order.stop_px if r.stop_px is not None else None,
            r.expire_ns,
            r.extended,
            r.trail_amount,
            r.trail_pct,
        )

    def approve_replace(self, c: Context, cl_ord_id: str) -> Approved[BrokerReplace]:
        """Stamp a cancel/replace that passed; it names the newest version that was asked for, answered or not."""
        order = c.replacing
        if c.denials or order is None:
            raise ValueError("approve_replace called on a denied or new order")
        r = c.request
        before = order.pending_replace
        orig = order.live_id if before is None else before.cl_ord_id
        replace = BrokerReplace(cl_ord_id, orig, order.order_id, r.account, r.symbol, r.qty, r.limit_px, r.stop_px)
        state = self._state
        legs = tuple(leg.symbol for leg in order.legs) if order.legs else ()
        return stamp_approved(replace, state.gate_epoch, c.reducing, state.gate_seq, strategy_of(r), legs)
