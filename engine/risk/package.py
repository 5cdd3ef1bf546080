"""The checks of a package: those of an order on the whole, those of an instrument on each leg.

The whole is held to its net price, each leg to the freshness of its quote and the fat-finger limits; written options to
their cover after all legs together. The money at stake is checked as for any order, each leg a part of it
(engine.risk.money). Legs count gross at their worst case: the buys at the ask with the collar, the sales at what they
fetch. (That the sold leg of a spread is bounded is counted in engine.risk.cover.)"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal
from typing import Final

import msgspec

from engine.inputs import Now
from engine.model.enums import AssetClass, OrdType, Side, TradingState
from engine.model.market import Quote
from engine.model.money import CENT, ONE, ZERO, plain
from engine.model.order import OrderRequest
from engine.model.package import MOST_LEGS
from engine.orders.order import Order
from engine.risk.books import Books
from engine.risk.checks.book import check_book
from engine.risk.checks.day_trades import check_day_trades
from engine.risk.checks.duplicate import check_duplicate
from engine.risk.checks.exposure import check_exposure
from engine.risk.checks.form import check_form
from engine.risk.checks.loss import check_losses
from engine.risk.checks.permission import check_instrument, check_ready, check_trading_state
from engine.risk.checks.price import deny_unusable
from engine.risk.checks.rates import check_rates
from engine.risk.checks.restricted import check_restricted
from engine.risk.checks.self_match import check_package_self_match
from engine.risk.checks.short_sale import check_short_sale
from engine.risk.checks.side import check_side
from engine.risk.checks.size import NOTIONAL, QTY, WARN
from engine.risk.checks.user_instruments import check_user_instruments
from engine.risk.checks.venue import check_venue
from engine.risk.context import Context, Quotes
from engine.risk.cover import cover_of, deny_if_worse
from engine.risk.limits import Limits
from engine.state import DeskState
from engine.surroundings import Surroundings

FEWEST: Final = 2


class PackageContext(Context):
    """A package under check: the whole, and each leg as an order of its own for the checks of an instrument."""

    __slots__ = ("legs",)

    def __init__(
        self,
        state: DeskState,
        quotes: Quotes,
        surroundings: Surroundings,
        request: OrderRequest,
        now: Now,
        replacing: Order | None = None,
    ) -> None:
        super().__init__(state, quotes, surroundings, request, now)
        self.replacing = replacing
        done = replacing.cum_qty if replacing is not None else ZERO
        self.qty = max(request.qty - done, ZERO)
        self.legs = self._leg_contexts(request, replacing)
        self.reducing = all(leg.reducing for leg in self.legs)
        self.notional = sum((leg.notional * leg.rate for leg in self.legs), ZERO)
        if replacing is not None:
            self.shrinking = self.qty <= replacing.reserved_qty and request.limit_px == replacing.limit_px

    @property
    def leg_ref_pxs(self) -> tuple[Decimal, ...]:
        """Worst-case price of each leg."""
        return tuple(leg.ref_px for leg in self.legs)

    @property
    def leg_quotes(self) -> tuple[Quote, ...]:
        """The quotes on which it was decided; complete when nothing was denied."""
        return tuple(leg.quote for leg in self.legs if leg.quote is not None)

    @property
    def parts(self) -> Sequence[Context]:
        return self.legs

    def _leg_contexts(self, request: OrderRequest, replacing: Order | None) -> list[Context]:
        found = []
        for leg in request.legs:
            as_order = msgspec.structs.replace(
                request,
                symbol=leg.symbol,
                side=leg.side,
                qty=self.qty * leg.ratio,
                ord_type=OrdType.MARKET,
                limit_px=None,
                legs=(),
            )
            c = Context(self.state, self.quotes, self.surroundings, as_order, self.now)
            if replacing is not None:
                _leave_out(c, replacing)
            found.append(c)
        return found


def _leave_out(c: Context, order: Order) -> None:
    """The leg's position without what the order under change reserves there."""
    position = msgspec.structs.replace(c.position)
    for leg in order.legs:
        if leg.symbol != c.request.symbol:
            continue
        if leg.side.is_buy:
            position.open_buy -= leg.reserved_qty
            position.open_buy_notional -= leg.reserved_notional
        else:
            position.open_sell -= leg.reserved_qty
            position.open_sell_notional -= leg.reserved_notional
        c.room += leg.reserved_qty if leg.side.is_buy is c.request.side.is_buy else ZERO
    c.position = position
    c.reducing = c.qty <= c.room


def check_package(
    state: DeskState,
    quotes: Quotes,
    surroundings: Surroundings,
    request: OrderRequest,
    now: Now,
    replacing: Order | None = None,
    books: Books | None = None,
) -> PackageContext:
    """Run every check of a package; its denials are empty when it may go out. As for any order, a check that can't
    answer refuses it."""
    c = PackageContext(state, quotes, surroundings, request, now, replacing)
    c.books = books
    for check in (
        check_trading_state,
        check_ready,
        _check_shape,
        _check_legs,
        _check_net_price,
        check_duplicate,
        check_rates,
        _check_size,
        _check_cover,
        check_exposure,
        check_book,
        check_day_trades,
        check_losses,
        check_package_self_match,
    ):
        try:
            check(c)
        except Exception as error:  # on any doubt the order is refused
            c.deny("CHECK_FAILED", type(error).__name__, "none", check.__name__, f"{check.__name__}: {error}")
    return c


def _check_shape(c: PackageContext) -> None:
    """The broker fills packages; 2 to 4 legs in different instruments of one currency; a limit order of whole ones."""
    r, symbol = c.request, c.request.symbol
    broker = c.surroundings.capabilities(r.account)
    if not broker.multileg:
        c.deny("NOT_SUPPORTED", "package", "single orders", r.account, "the broker takes no orders of several legs")
    legs = r.legs
    symbols = {leg.symbol for leg in legs}
    if not FEWEST <= len(legs) <= MOST_LEGS or len(symbols) != len(legs) or any(leg.ratio < 1 for leg in legs):
        words = f"a package has {FEWEST} to {MOST_LEGS} legs, each in another instrument, with ratios of at least 1"
        c.deny("ORDER_FORM", str(len(legs)), f"{FEWEST}-{MOST_LEGS} legs", symbol, words)
    currencies = {leg.instrument.currency for leg in c.legs if leg.instrument is not None}
    if len(currencies) > 1:
        names = ",".join(sorted(currencies))
        c.deny("ORDER_FORM", names, "one currency", symbol, "the legs of a package trade in one currency")
    if r.ord_type is not OrdType.LIMIT or r.limit_px is None or r.stop_px is not None or r.side is not Side.BUY:
        words = "a package is a limit order at its net price: above 0 what it costs, below 0 what it brings"
        c.deny("ORDER_FORM", r.ord_type.value, "limit", symbol, words)
    if r.time_in_force.timed or r.expire_ns is not None or r.display_qty is not None or r.extended:
        words = "a package is day, gtc, ioc or fok, in regular hours"
        c.deny("TIME_IN_FORCE", r.time_in_force.value, "day,gtc,ioc,fok", symbol, words)
    if r.qty % ONE or r.qty <= ZERO:
        c.deny("LOT_SIZE", r.qty, ONE, symbol, "packages are counted in whole numbers")
    ticks = [leg.instrument.tick for leg in c.legs if leg.instrument is not None]
    if r.limit_px is not None and ticks and r.limit_px % min(ticks):
        tick = min(ticks)
        c.deny("TICK_SIZE", r.limit_px, tick, symbol, f"net price must be a multiple of {plain(tick)}")
    if r.reduce_only and not c.reducing:
        c.deny("REDUCE_ONLY", r.qty, "0", symbol, "the package would not only reduce positions")


def _check_legs(c: PackageContext) -> None:
    """What holds for each instrument: known, not expired, in session, on its lot, freshly quoted, and not sold beyond
    the position unless it is an option (then its cover is what counts) or a short sale."""
    for leg in c.legs:
        check_instrument(leg)
        check_restricted(leg)
        check_user_instruments(leg)
        check_venue(leg)
        check_form(leg)
        state = c.state.scope_state(f"instrument:{leg.request.symbol}")[0]
        if state and not (leg.reducing and state == TradingState.REDUCING):
            scope, name = f"instrument:{leg.request.symbol}", TradingState(state).name
            c.deny("TRADING_STATE", name, "ACTIVE", scope, "this leg's instrument is not open for that")
        if leg.instrument is not None and leg.quote is None:
            deny_unusable(c, leg.request.symbol)
        if leg.quote is not None and leg.quote.delayed and c.state.mode != "paper":
            symbol = leg.request.symbol
            c.deny("DELAYED_PRICE", "delayed", "real time", symbol, f"quotes of {symbol} are delayed")
        if leg.instrument is not None and leg.instrument.asset_class is not AssetClass.OPTION:
            check_side(leg)
        check_short_sale(leg)
        for denial in leg.denials:
            if denial not in c.denials:
                c.denials.append(denial)


def _check_net_price(c: PackageContext) -> None:
    """Collar: no more than the net of the mids plus, of each mid, the share that is its instrument's collar. Aggressive
    side only; equality passes. (A share of the net itself would be no band at all where the net is near zero.)"""
    limit_px = c.request.limit_px
    if limit_px is None or len(c.leg_quotes) != len(c.legs):
        return
    net = width = ZERO
    for leg, given in zip(c.legs, c.request.legs, strict=True):
        collar = leg.limits.price_collar
        if collar is None:
            return
        mid = leg.quote.mid * given.ratio if leg.quote is not None else ZERO
        net += mid * given.side.sign
        width += mid * collar
    bound = net + width
    if limit_px > bound:
        words = f"net price {plain(limit_px)} is beyond the collar at {plain(bound.quantize(CENT, ROUND_FLOOR))}"
        c.deny("PRICE_COLLAR", limit_px, bound.quantize(CENT, ROUND_FLOOR), c.request.symbol, words)


def _check_size(c: PackageContext) -> None:
    """Fat finger: the largest leg's quantity, and the legs' notional together (gross); and each leg by the limits of
    its own instrument, where it has some."""
    ratios = [leg.ratio for leg in c.request.legs]
    _fat_finger(c, c.limits, c.request.symbol, max(ratios, default=1), c.notional, "a leg's", "the legs'")
    if not c.state.limits.scoped:
        return
    for leg, ratio in zip(c.legs, ratios, strict=True):
        if leg.limits is not c.limits:
            symbol = leg.request.symbol
            _fat_finger(c, leg.limits, symbol, ratio, leg.notional * leg.rate, f"{symbol}'s", f"{symbol}'s", c.limits)


def _fat_finger(
    c: PackageContext,
    limits: Limits,
    symbol: str,
    ratio: int,
    notional: Decimal,
    whose_qty: str,
    whose_notional: str,
    beside: Limits | None = None,
) -> None:
    """Hold a quantity and a notional to those limits; what is the same in the limits `beside` was checked by them."""
    qty = c.request.qty * ratio
    if c.replacing is not None and c.qty:
        notional = notional / c.qty * c.request.qty
    for key, code, value, soft, words in (
        (QTY, "MAX_ORDER_QTY", qty, False, f"{whose_qty} quantity is above the fat-finger limit"),
        (NOTIONAL, "MAX_ORDER_NOTIONAL", notional, False, f"{whose_notional} notional is above the limit"),
        (WARN, "WARN_ORDER_NOTIONAL", notional, True, "large order: confirm with y"),
    ):
        most = limits.value(key)
        if most is None or value <= most or (soft and c.request.accept_soft):
            continue
        if beside is None or beside.value(key) != most:
            c.deny_limit(code, key, value, symbol, words, soft=soft, of=limits)


def _check_cover(c: PackageContext) -> None:
    """What is written must be covered once all legs have filled."""
    change: dict[str, Decimal] = {}
    for leg in c.legs:
        change[leg.request.symbol] = leg.qty * leg.request.side.sign
    for old in c.replacing.legs if c.replacing is not None else ():
        # Its sold legs are counted as sold, its bought ones as bought already: the change replaces them.
        change[old.symbol] = change.get(old.symbol, ZERO) - old.reserved_qty * old.side.sign
    underlyings = {
        leg.instrument.option.underlying if leg.instrument.option else leg.instrument.symbol
        for leg in c.legs
        if leg.instrument is not None
    }
    for underlying in sorted(underlyings & c.state.options.keys()):
        before = cover_of(c.state, c.request.account, underlying, {})
        deny_if_worse(c, before, cover_of(c.state, c.request.account, underlying, change), c.request.symbol)
