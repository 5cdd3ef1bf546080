"""The matching of one instrument: our orders against the displayed touch and the prints of the tape.

The tape doesn't know of our orders, so nothing here matches ours against ours. What the touch displays is taken at most
once: consumption lasts until that side of the quote changes its price or size (a side without sizes: until the next
quote). What is left of a market order, or of a limit that could take, goes on taking at the touch, display after
display; once the market has moved beyond its limit an order rests there, and fills at its own price. A cost is paid
only for orders that match: everything else is decided by looking at the best level.
"""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Protocol

from engine.market.matching.config import FillConfig
from engine.market.matching.fills import taker_price
from engine.market.matching.ladder import Ladder, QueueLadder
from engine.market.matching.order import INFINITE, PaperOrder, Place
from engine.model.enums import AssetClass, LiquidityFlag, OrdType, TimeInForce
from engine.model.instrument import Instrument
from engine.model.market import Quote, Trade
from engine.model.money import ZERO, floor_to

_MILLION = 1_000_000
# Looking a member up in its class is a function call in Python 3.11.
_IOC, _FOK, _TAKER = TimeInForce.IOC, TimeInForce.FOK, LiquidityFlag.TAKER


class Outcomes(Protocol):
    """Who carries out what the matching decides."""

    def filled(self, order: PaperOrder, qty: Decimal, price: Decimal, liquidity: LiquidityFlag) -> None:
        """Book an execution; the order's cum_qty and status move before this returns."""
        ...

    def elected(self, order: PaperOrder) -> None:
        """A stop was elected and now works as a market or limit order."""
        ...

    def lapsed(self, order: PaperOrder, reason: str) -> None:
        """What is left of an immediate order is dead."""
        ...


class _Half:
    """The orders of one side, and what the opposite touch still displays for them."""

    __slots__ = ("available", "is_buy", "renewed", "resting", "shown", "stops", "takers", "touch")

    def __init__(self, *, is_buy: bool) -> None:
        self.is_buy = is_buy
        self.takers = Ladder()
        self.resting = QueueLadder()
        self.stops = Ladder()
        #: The opposite touch: its price, its size as quoted, and what is left of that for us.
        self.touch = ZERO
        self.shown: Decimal | None = None
        self.available = ZERO
        self.renewed = False

    def display(self, touch: Decimal, shown: Decimal | None, default: Decimal) -> None:
        """A regular quote: renew what is available when this side changed, or when its size is not known."""
        self.renewed = touch != self.touch or shown != self.shown or shown is None
        if self.renewed:
            self.touch, self.shown = touch, shown
            self.available = default if shown is None else shown

    def limit_key(self, price: Decimal) -> Decimal:
        """A limit as ladder key: higher is more aggressive."""
        return price if self.is_buy else -price

    def stop_key(self, price: Decimal) -> Decimal:
        """A stop as ladder key: higher is elected sooner."""
        return -price if self.is_buy else price


class SymbolBook:
    """All live orders of one instrument.

    Requests call `arrive` and `remove`, the feed calls `on_quote` and `on_trade`; what happens goes to
    `outcomes`. `is_open`: whether the instrument trades at that moment; a quote while it doesn't only sets
    the touch.
    """

    __slots__ = (
        "_buy",
        "_certain",
        "_chance",
        "_config",
        "_display",
        "_outcomes",
        "_quote",
        "_rng",
        "_sell",
        "_slips",
        "instrument",
        "irregular",
    )

    def __init__(self, instrument: Instrument, config: FillConfig, rng: Random, outcomes: Outcomes) -> None:
        self.instrument = instrument
        #: Locked and crossed quotes seen; they neither trigger nor fill.
        self.irregular = 0
        self._config = config
        self._display = config.fx_display if instrument.asset_class is AssetClass.FX else config.default_display
        self._chance = int(config.limit_fill_prob * _MILLION)
        self._certain = self._chance == _MILLION
        self._slips = bool(config.slippage_bps)
        self._rng = rng
        self._outcomes = outcomes
        self._buy = _Half(is_buy=True)
        self._sell = _Half(is_buy=False)
        #: The newest quote when it is regular, else None: nothing can be taken at a locked or crossed touch.
        self._quote: Quote | None = None

    # --- requests -------------------------------------------------------------------------------------------

    def arrive(self, order: PaperOrder) -> None:
        """A new, elected or re-priced order: it takes what is displayed; the rest goes where it waits."""
        half = self._buy if order.side.is_buy else self._sell
        if order.stop_px is not None and order.awaits_stop:
            order.key = half.stop_key(order.stop_px)
            order.place = Place.STOP
            half.stops.add(order)
            quote = self._quote
            if quote is not None and order.key >= half.stop_key(quote.ask if half.is_buy else quote.bid):
                self._elect(half, order)
            return
        limit_px, time_in_force, quote = order.limit_px, order.time_in_force, self._quote
        if limit_px is None:
            order.key = INFINITE
            reaches = True
        else:
            order.key = half.limit_key(limit_px)
            reaches = limit_px >= half.touch if half.is_buy else limit_px <= half.touch
        marketable = reaches and quote is not None
        if time_in_force is _FOK and not (marketable and half.available >= order.qty - order.cum_qty):
            self._outcomes.lapsed(order, "not fillable at once in full")
            return
        if marketable:
            self._take(half, order)
            if order.cum_qty >= order.qty:
                return
        if time_in_force is _IOC or time_in_force is _FOK:
            self._outcomes.lapsed(order, "the rest was not fillable at once")
        elif marketable or quote is None:
            # Without a regular quote nobody can say whether it is passive; the next one will.
            order.place = Place.TAKER
            half.takers.add(order)
        else:
            self._rest(half, order, quote)

    def restore(self, order: PaperOrder) -> None:
        """Put an order back where it waited before a restart; a resting one at the back of its queue."""
        half = self._buy if order.side.is_buy else self._sell
        if order.place is Place.STOP and order.stop_px is not None:
            order.key = half.stop_key(order.stop_px)
            half.stops.add(order)
            return
        order.key = INFINITE if order.limit_px is None else half.limit_key(order.limit_px)
        if order.place is Place.RESTING:
            half.resting.join(order, None, ZERO)
        else:
            order.place = Place.TAKER
            half.takers.add(order)

    def remove(self, order: PaperOrder) -> None:
        """Take an order out of the book, wherever it waits."""
        half = self._buy if order.side.is_buy else self._sell
        place, order.place = order.place, Place.NONE
        if place is Place.RESTING:
            half.resting.remove(order)
        elif place is Place.TAKER:
            half.takers.remove(order)
        elif place is Place.STOP:
            half.stops.remove(order)

    def worst_price(self, order_type: OrdType, limit_px: Decimal | None, stop_px: Decimal | None) -> Decimal | None:
        """What a buy may cost at worst; None where nobody can say (a market order without a quote)."""
        if order_type.needs_limit:
            return limit_px
        quote = self._quote
        base = stop_px if order_type is OrdType.STOP else (quote.ask if quote is not None else None)
        if base is None:
            return None
        if order_type is OrdType.STOP and quote is not None:
            base = max(base, quote.ask)
        return self._taker_price(is_buy=True, touch=base, limit_px=None)

    def takeable(self, *, is_buy: bool) -> tuple[Decimal, Decimal] | None:
        """The opposite touch and what it still displays for us; None without a regular quote."""
        half = self._buy if is_buy else self._sell
        return None if self._quote is None else (half.touch, half.available)

    def consume(self, qty: Decimal, *, is_buy: bool) -> None:
        """Take from the display for an order that is not in this book."""
        half = self._buy if is_buy else self._sell
        half.available -= qty

    def slipped(self, touch: Decimal, *, is_buy: bool) -> Decimal:
        """The touch with the slippage of whoever takes there."""
        return self._taker_price(is_buy=is_buy, touch=touch, limit_px=None) if self._slips else touch

    # --- the market -----------------------------------------------------------------------------------------

    def on_quote(self, quote: Quote, *, is_open: bool) -> None:
        """A quote: renew the display, let orders take and fill, correct the queue estimates, elect stops."""
        bid, ask = quote.bid, quote.ask
        if not ZERO < bid < ask:
            self.irregular += 1
            self._quote = None
            return
        self._quote = quote
        buy, sell = self._buy, self._sell
        default = self._display
        buy.display(ask, quote.ask_size, default)
        sell.display(bid, quote.bid_size, default)
        if not is_open:
            return
        low, high = -ask, -bid
        # Takers and locked orders first: they were there before the stops that this quote elects.
        if buy.takers.keys or buy.resting.keys:
            self._match(buy, ask, bid, sell.shown)
        if sell.takers.keys or sell.resting.keys:
            self._match(sell, high, low, buy.shown)
        keys = buy.stops.keys
        if keys and keys[-1] >= low:
            self._elect_all(buy, low)
        keys = sell.stops.keys
        if keys and keys[-1] >= bid:
            self._elect_all(sell, bid)

    def on_trade(self, trade: Trade, *, is_open: bool) -> None:
        """An eligible print: it fills what it went through and, after the queue, what rests at its price."""
        if not trade.eligible or not is_open:
            return
        price, rest = trade.price, trade.size
        for half in (self._buy, self._sell):
            keys = half.resting.keys
            if keys and keys[-1] >= half.limit_key(price):
                rest = self._print(half, half.limit_key(price), rest)
        for half in (self._buy, self._sell):
            keys = half.stops.keys
            if keys and keys[-1] >= half.stop_key(price):
                self._elect_all(half, half.stop_key(price))

    # --- matching -------------------------------------------------------------------------------------------

    def _match(self, half: _Half, touch: Decimal, own: Decimal, own_shown: Decimal | None) -> None:
        """One side against a quote. `touch` and `own` are the opposite and the own touch as limit keys."""
        takers = half.takers
        if takers.keys:
            if takers.keys[0] < touch:
                self._settle(half, touch)
            while takers.keys and half.available:
                order = takers.best()
                self._take(half, order)
                if order.leaves_qty:
                    break
                takers.remove(order)
                order.place = Place.NONE
        resting = half.resting
        keys = resting.keys
        if keys and keys[-1] >= touch and half.available:
            self._fill_locked(half, touch)
        queued = resting.queued
        if queued and queued[-1] >= own:
            resting.observe(own, self._display if own_shown is None else own_shown)

    def _settle(self, half: _Half, touch: Decimal) -> None:
        """The touch moved away from takers with a limit: from now on they rest in the book."""
        for order in half.takers.below(touch):
            half.takers.remove(order)
            self._rest(half, order, self._quote)

    def _rest(self, half: _Half, order: PaperOrder, quote: Quote | None) -> None:
        order.place = Place.RESTING
        if quote is None:
            half.resting.join(order, None, ZERO)
            return
        own, size = (quote.bid, quote.bid_size) if half.is_buy else (quote.ask, quote.ask_size)
        half.resting.join(order, half.limit_key(own), self._display if size is None else size)

    def _take(self, half: _Half, order: PaperOrder) -> None:
        """Take from the display, at the touch with slippage."""
        qty = self._share(order, half.available)
        if not qty:
            return
        half.available -= qty
        price = half.touch
        if self._slips:
            price = self._taker_price(is_buy=half.is_buy, touch=price, limit_px=order.limit_px)
        self._outcomes.filled(order, qty, price, _TAKER)

    def _fill_locked(self, half: _Half, touch: Decimal) -> None:
        """The opposite touch reached resting orders: they fill at their own limit, queue or not."""
        for order in half.resting.from_best(touch):
            # An unlucky order waits for another display, not for another quote with the same one.
            if order.key == touch and not (self._certain or (half.renewed and self._lucky())):
                continue
            qty = self._share(order, half.available)
            if not qty:
                break
            half.available -= qty
            self._fill_resting(half, order, qty)

    def _print(self, half: _Half, price: Decimal, size: Decimal) -> Decimal:
        """A print at key `price` against one side; returns what it has left."""
        served = ZERO  # of the others' queue at the print's price; each of our orders there saw it go
        at_price: list[PaperOrder] = []
        for order in half.resting.from_best(price):
            if order.key == price:
                at_price.append(order)
                if order.ahead is None:
                    continue
                used = min(max(order.ahead - served, ZERO), size)
                served += used
                size -= used
                if served < order.ahead or not self._lucky():
                    continue
            qty = self._share(order, size)
            if qty:
                size -= qty
                self._fill_resting(half, order, qty)
        if served:
            for order in at_price:
                if order.ahead is not None:
                    order.ahead = max(order.ahead - served, ZERO)
        return size

    def _fill_resting(self, half: _Half, order: PaperOrder, qty: Decimal) -> None:
        # A key turned again is the price.
        self._outcomes.filled(order, qty, half.limit_key(order.key), LiquidityFlag.MAKER)
        if not order.leaves_qty:
            half.resting.remove(order)
            order.place = Place.NONE

    def _elect_all(self, half: _Half, threshold: Decimal) -> None:
        for order in half.stops.from_best(threshold):
            self._elect(half, order)

    def _elect(self, half: _Half, order: PaperOrder) -> None:
        half.stops.remove(order)
        order.place = Place.NONE
        order.elected = True
        self._outcomes.elected(order)
        self.arrive(order)

    # --- small things ---------------------------------------------------------------------------------------

    def _share(self, order: PaperOrder, available: Decimal) -> Decimal:
        """What the order gets of `available`: a whole number of lots."""
        leaves = order.qty - order.cum_qty
        return leaves if available >= leaves else floor_to(available, self.instrument.lot)

    def _taker_price(self, *, is_buy: bool, touch: Decimal, limit_px: Decimal | None) -> Decimal:
        return taker_price(
            touch,
            is_buy=is_buy,
            slippage_bps=self._config.slippage_bps,
            tick=self.instrument.tick,
            limit_px=limit_px,
        )

    def _lucky(self) -> bool:
        """The seeded chance of a fill at our price. A certain fill draws nothing."""
        return self._certain or self._rng.randrange(_MILLION) < self._chance
