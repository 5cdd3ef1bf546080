"""A second opinion on each intent, written apart from engine.risk: would these limits have let it go out now?

It looks at the state just before the intent changes it, adds everything up from the orders themselves and from the
market's own quotes, and answers "" or what is wrong.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping
from decimal import Decimal

from engine import facts as f
from engine.model.enums import AssetClass, OrdStatus, OrdType, Side, TimeInForce, TradingState
from engine.model.instrument import Instrument
from engine.model.market import Quote
from engine.model.order import OrderRequest
from engine.orders.group import Group
from engine.orders.order import Order
from engine.risk.limits import Limits
from engine.state import DeskState
from tests.simulation.rules import Rules

ZERO = Decimal(0)
DEAD = (OrdStatus.CANCELED, OrdStatus.EXPIRED, OrdStatus.REJECTED, OrdStatus.DENIED)


def worst_leaves(order: Order) -> Decimal:
    """The most that this order may still execute; of one that the desk holds, what is reserved for it."""
    if order.base is OrdStatus.HELD:
        return order.reserved_qty
    if is_over(order):
        return order.unproven_qty
    total = order.qty
    for replace in order.pending_replaces:
        total = max(total, replace.qty)
    return max(total - order.cum_qty, ZERO)


def reckoned(state: DeskState, order: Order) -> Decimal:
    """What is to be reckoned with of an order: all that it may still do, but for the exits of a group that its broker
    holds. These close what the entry has filled and no more, and of two that end each other the larger one counts, as
    the first of them and what the other has beyond it."""
    group = state.groups.get(order.group)
    leaves = worst_leaves(order)
    if group is None or not group.at_broker or order.cl_ord_id == group.entry:
        return leaves
    legs = [state.orders[name] for name in group.legs]
    room = _unsold(state, group)
    before = ZERO
    for leg in legs:
        most = worst_leaves(leg) if room is None else min(worst_leaves(leg), room)
        if leg is order:
            return max(most - before, ZERO) if group.linked else most
        if leg.side.is_buy is order.side.is_buy:
            before = max(before, most)
    return leaves


def _unsold(state: DeskState, group: Group) -> Decimal | None:
    """Of what the entry has filled, what no exit has closed; None where there is no entry."""
    if not group.entry:
        return None
    return max(state.orders[group.entry].cum_qty - sum(state.orders[name].cum_qty for name in group.legs), ZERO)


def _waits(state: DeskState, group: Group, leg: Order) -> bool:
    """An exit with more to close than its entry has filled so far."""
    room = _unsold(state, group)
    return room is not None and room < worst_leaves(leg)


def is_over(order: Order) -> bool:
    """Nothing works any more; what is done for the day is over, but for an order that is good for another."""
    if order.base is OrdStatus.DONE_FOR_DAY:
        return order.request.time_in_force not in (TimeInForce.GTC, TimeInForce.GTD)
    return order.base in DEAD


def worst_px(order: Order) -> Decimal:
    return max((order.ref_px, *(replace.ref_px for replace in order.pending_replaces)))


class SecondOpinion:
    """Keeps what it needs of the past itself: when intents were made."""

    def __init__(self, quotes: Mapping[str, Quote], rules: Rules) -> None:
        self.rules = rules
        self.quotes = quotes
        """The newest quote of each symbol, regular or not."""
        self.sent: deque[int] = deque(maxlen=200)
        self.last: dict[tuple[object, ...], int] = {}
        self.reducing: dict[str, bool] = {}
        """By cl_ord_id of order or replace: could it only reduce, when it was approved?"""

    def forget(self) -> None:
        """A crash: what was decided and not durable counts no more."""
        self.sent.clear()
        self.last.clear()

    def on_order(self, state: DeskState, fact: f.OrderIntended, wall_ns: int, market_ns: int) -> str:
        r = fact.request
        wrong = self._judge(
            state, fact.cl_ord_id, r.symbol, r.side, r.qty, r.qty, r.ord_type, r.limit_px, r.stop_px, None,
            fact.liquidation, wall_ns, market_ns, strategy=_strategy(r),
        )  # fmt: skip
        key = (r.symbol, r.side, r.ord_type, r.qty, r.limit_px, r.stop_px, r.parent, r.slice_no)
        window = state.limits.value("risk.duplicate_window_s")
        if not fact.liquidation:
            if window and wall_ns - self.last.get(key, -(10**18)) < window * 10**9:
                wrong = wrong or "the same order within the duplicate window"
            if r.time_in_force in (TimeInForce.OPG, TimeInForce.CLS):
                wrong = wrong or f"time in force {r.time_in_force} where nothing opens or closes"
            if r.time_in_force is TimeInForce.GTD and (r.expire_ns is None or r.expire_ns <= market_ns):
                wrong = wrong or f"good till {r.expire_ns}, now {market_ns}"
            if r.reduce_only and not self.reducing[fact.cl_ord_id]:
                wrong = wrong or "reduce_only, and it would not"
        self.last[key] = wall_ns
        return wrong

    def on_group(self, state: DeskState, fact: f.GroupFormed, wall_ns: int, market_ns: int) -> str:
        """A group goes to a broker that holds it: its intents were judged one by one, as if each went alone. An exit
        closes no more than its entry opens; of those that end each other, each goes out as if the others did not."""
        entry = state.orders.get(fact.entry)
        names = (fact.entry, *fact.legs) if fact.entry else fact.legs
        for _ in names:
            self.sent.pop()
        for name in names:
            order = state.orders[name]
            request, instrument = order.request, state.instruments[order.symbol]
            if entry is not None and order is not entry:
                if request.symbol != entry.symbol or request.side.is_buy is entry.side.is_buy:
                    return f"order {order.id} does not close what order {entry.id} opens"
                if not (request.side is Side.SELL or request.reduce_only) or request.qty > entry.qty:
                    return f"order {order.id} may open more than it closes"
                for px in (request.limit_px, request.stop_px):
                    if px is not None and (px <= 0 or px % instrument.tick):
                        return f"price {px} off the tick {instrument.tick}"
                if request.qty % instrument.lot:
                    return f"quantity {request.qty} off the lot {instrument.lot}"
                continue
            others = [other for other in names if other != name]
            wrong = self._judge(
                state, name, request.symbol, request.side, request.qty, request.qty, request.ord_type,
                request.limit_px, request.stop_px, order, False, wall_ns, market_ns, strategy=_strategy(request),
                beside=others, ours=True,
            )  # fmt: skip
            self.sent.pop()
            if wrong:
                return f"order {order.id}: {wrong}"
        self.sent.append(wall_ns)  # one request
        return ""

    def on_release(self, state: DeskState, fact: f.HeldReleased, wall_ns: int, market_ns: int) -> str:
        """A held order goes out: an exit must only reduce, anything else passes every limit as the world is now."""
        order = state.orders[fact.cl_ord_id]
        exits = order.request.reduce_only or order.side is Side.SELL
        return self._judge(
            state, fact.cl_ord_id, order.symbol, order.side, fact.qty, fact.qty, fact.ord_type, fact.limit_px,
            fact.stop_px, order, exits, wall_ns, market_ns, ours=True, strategy=_strategy(order.request),
        )  # fmt: skip

    def on_replace(self, state: DeskState, fact: f.ReplaceIntended, wall_ns: int, market_ns: int) -> str:
        order = state.orders[fact.orig_cl_ord_id]
        group = state.groups.get(order.group)
        if group is not None and group.at_broker:
            if fact.user == "contingency":
                return "the broker resizes the orders of its groups itself"
            exits = group.entry not in ("", order.cl_ord_id) and _waits(state, group, order)
            if exits and fact.qty <= max(order.qty, state.orders[group.entry].qty):
                lot = state.instruments[order.symbol].lot
                self._judge(
                    state, fact.cl_ord_id, order.symbol, order.side, fact.qty, fact.qty - order.cum_qty,
                    order.request.ord_type, fact.limit_px, fact.stop_px, order, False, wall_ns, market_ns,
                )  # fmt: skip
                return f"quantity {fact.qty} off the lot {lot}" if fact.qty % lot else ""
        same = (fact.limit_px, fact.stop_px) == (order.limit_px, order.stop_px)
        if order.request.reduce_only and same and order.cum_qty < fact.qty < order.qty:
            # Smaller and nothing else: it takes risk away, whatever the market or the gate.
            lot = state.instruments[order.symbol].lot
            self.reducing[fact.cl_ord_id] = True
            return f"quantity {fact.qty} off the lot {lot}" if fact.qty % lot else ""
        # A leg that follows its entry or partner is an exit that must reduce, and is held to nothing else.
        follows = fact.user == "contingency" and (order.request.reduce_only or order.side is Side.SELL)
        return self._judge(
            state, fact.cl_ord_id, order.symbol, order.side, fact.qty, fact.qty - order.cum_qty, order.request.ord_type,
            fact.limit_px, fact.stop_px, order, follows, wall_ns, market_ns, ours=follows,
            strategy=_strategy(order.request),
        )  # fmt: skip

    def on_resend(self, state: DeskState, fact: f.OrderResent, wall_ns: int, market_ns: int) -> str:
        order = state.orders[fact.cl_ord_id]
        if order.base is not OrdStatus.UNKNOWN or order.cum_qty or order.pending_cancel:
            return f"it is {order.status.value}"
        return self._judge(
            state, fact.cl_ord_id, order.symbol, order.side, order.qty, order.qty, order.request.ord_type,
            order.limit_px, order.stop_px, order, False, wall_ns, market_ns, strategy=_strategy(order.request),
        )  # fmt: skip

    def _judge(
        self, state: DeskState, ident: str, symbol: str, side: Side, total: Decimal, qty: Decimal, ord_type: OrdType,
        limit_px: Decimal | None, stop_px: Decimal | None, replacing: Order | None, liquidation: bool,
        wall_ns: int, market_ns: int, *, ours: bool = False,
        strategy: str = "", beside: Collection[str] = (),
    ) -> str:  # fmt: skip
        limits = state.limits
        instrument = state.instruments.get(symbol)
        if instrument is None:
            return "no such instrument"
        held = {s: p.qty for (_, s), p in state.positions.items()}
        buys: dict[str, Decimal] = {}
        sells: dict[str, Decimal] = {}
        buy_value: dict[str, Decimal] = {}
        sell_value: dict[str, Decimal] = {}
        for name, order in state.orders.items():
            # Listed under each of its ids: counted once, under the first.
            leaves = reckoned(state, order) if name == order.cl_ord_id and order is not replacing else ZERO
            if not leaves or name in beside or _partners(state, order, replacing):
                continue
            count, value = (buys, buy_value) if order.side.is_buy else (sells, sell_value)
            worth = leaves * worst_px(order) * state.instruments[order.symbol].multiplier
            count[order.symbol] = count.get(order.symbol, ZERO) + leaves
            value[order.symbol] = value.get(order.symbol, ZERO) + worth
        position = held.get(symbol, ZERO)
        if liquidation and not ours:
            position = state.broker_qty("SIM-1", symbol)
        if side.is_buy:
            reducing = position < 0 and qty + buys.get(symbol, ZERO) <= -position
        else:
            reducing = position > 0 and qty + sells.get(symbol, ZERO) <= position
        self.reducing[ident] = reducing
        self.sent.append(wall_ns)
        if total <= 0 or total % instrument.lot or total < instrument.min_qty:
            return f"quantity {total} off the lot {instrument.lot}"
        if instrument.max_qty is not None and total > instrument.max_qty:
            return f"quantity {total} above the instrument's {instrument.max_qty}"
        for px in (limit_px, stop_px):
            if px is not None and (px <= 0 or px % instrument.tick):
                return f"price {px} off the tick {instrument.tick}"
        if liquidation:
            return "" if reducing else f"liquidation of {qty} is not reducing {position}"
        if not state.journal_ok or not state.accounts or not all(a.reconciled for a in state.accounts.values()):
            return "journal down or not reconciled"
        strictest = max(
            TradingState.HALTED if s in state.kills else state.trading.get(s, TradingState.ACTIVE)
            for s in ("kill", "desk", "account:SIM-1", f"strategy:{strategy}", f"instrument:{symbol}")
        )
        if side is Side.SELL and qty > position - sells.get(symbol, ZERO):
            return "sells more than is held and not being sold"
        if side is Side.SELL_SHORT and position > 0:
            return "short while long"
        per_s = int(limits.value("risk.max_orders_per_s") or 10**9)
        if len(self.sent) > per_s and wall_ns - self.sent[-per_s - 1] < 10**9:
            return f"more than {per_s} in a second"
        top = limits.value("risk.max_order_qty")
        if top is not None and total > top:
            return f"fat finger: {total} > {top}"
        quote = self._fresh(state, symbol, market_ns)
        if quote is None:
            return "no fresh, regular quote"
        broken = self.rules.broken_by(state, symbol, side, qty, limit_px, stop_px, replacing, reducing, quote)
        if broken:
            return broken
        collar = limits.value("risk.price_collar_pct") or ZERO
        mid = (quote.bid + quote.ask) / 2
        if stop_px is not None:
            # It works where it is elected.
            mid = max(mid, stop_px) if side.is_buy else min(mid, stop_px)
        if limit_px is not None and (limit_px > mid * (1 + collar) if side.is_buy else limit_px < mid * (1 - collar)):
            return f"price {limit_px} beyond the collar of {mid}"
        if side.is_buy:
            px = limit_px if limit_px is not None else max(quote.ask, stop_px or ZERO) * (1 + collar)
        else:
            px = max(limit_px or stop_px or ZERO, quote.bid)
        worth = qty * px * instrument.multiplier
        top = limits.value("risk.max_order_notional")
        if top is not None and total * px * instrument.multiplier > top:
            return f"fat finger: notional {total * px * instrument.multiplier} > {top}"
        smaller = (
            replacing is not None
            and not ours
            and replacing.base is not OrdStatus.HELD
            and qty <= worst_leaves(replacing)
            and worth <= (worst_leaves(replacing) * worst_px(replacing) * instrument.multiplier)
        )
        if strictest > TradingState.ACTIVE and not reducing and not (smaller and strictest is TradingState.REDUCING):
            return f"trading is {strictest.name}"
        if reducing or smaller:
            return ""
        if any(skew.level == "stop" for skew in state.skews.values()):
            return "the broker's clock is not ours"
        equity = sum((a.cash for a in state.accounts.values()), ZERO)
        exposure = share = net = sector = initial = keep = ZERO
        for other, instrument_of in state.instruments.items():
            have = held.get(other, ZERO)
            mark = quote if other == symbol else self._fresh(state, other, market_ns)
            if mark is None:
                if have:
                    return f"{other} is held and has no fresh mark"
                value = ZERO
            else:
                value = have * (mark.bid if have >= 0 else mark.ask) * instrument_of.multiplier
            equity += value
            bought, bought_for = buys.get(other, ZERO), buy_value.get(other, ZERO)
            sold, sold_for = sells.get(other, ZERO), sell_value.get(other, ZERO)
            if other == symbol:
                value = have * quote.ask * instrument.multiplier
                if side.is_buy:
                    bought, bought_for = bought + qty, bought_for + worth
                else:
                    sold, sold_for = sold + qty, sold_for + worth
            up = _reached(have, value, bought, bought_for)
            down = _reached(-have, -value, sold, sold_for)
            worst = max(up, down)
            if other == symbol:
                share = up if side.is_buy else down
            exposure += worst
            net += (
                _with_sign(have, value, bought, bought_for)
                if side.is_buy
                else _with_sign(-have, -value, sold, sold_for)
            )
            if _sector(instrument_of) == _sector(instrument):
                sector += worst
            kind = instrument_of.asset_class.value
            initial += worst * (limits.value(f"risk.margin_initial.{kind}") or ZERO)
            keep += _maintenance(limits, instrument_of, up, down, sold - have)
        pct = limits.value("risk.max_position_pct")
        if pct is not None and share > pct * equity:
            return f"position {share} is more than {pct} of {equity}"
        leverage = limits.value("risk.max_leverage")
        if leverage is not None and exposure > leverage * equity:
            return f"exposure {exposure} is more than {leverage} x {equity}"
        for key, value, base in (
            ("max_position_notional", share, Decimal(1)),
            ("max_gross_exposure", exposure, equity),
            ("max_net_exposure", net, equity),
            ("max_sector_exposure", sector, equity),
        ):
            top = limits.value(f"risk.{key}")
            if top is not None and value > top * base:
                return f"{key}: {value} is more than {top} x {base}"
        top = limits.value("risk.max_position_qty")
        counted = position + buys.get(symbol, ZERO) if side.is_buy else sells.get(symbol, ZERO) - position
        if top is not None and counted + qty > top:
            return f"max_position_qty: {counted + qty} is more than {top}"
        if not limits.is_off("risk.margin_model") and max(initial, keep) > equity:
            return f"margin {initial} to open, {keep} to keep is more than {equity}"
        return ""

    def _fresh(self, state: DeskState, symbol: str, market_ns: int) -> Quote | None:
        quote = self.quotes.get(symbol)
        if quote is None or not 0 < quote.bid < quote.ask:
            return None
        limit = state.limits.value("risk.max_quote_age_s.equity")
        newest = max(q.ts_ns for q in self.quotes.values())
        beat = state.limits.value("risk.feed_heartbeat_s")
        if limit is None or market_ns - quote.ts_ns > limit * 10**9:
            return None
        return quote if beat is not None and market_ns - newest <= beat * 10**9 else None


def _strategy(request: OrderRequest) -> str:
    """Whose it is; an algo without a name is a strategy of its own."""
    return request.strategy if request.strategy or request.parent is None else f"algo{request.parent}"


def _partners(state: DeskState, order: Order, replacing: Order | None) -> bool:
    """Whether the order is held back for the very one that is judged: only one of the two ever executes."""
    if replacing is None or not replacing.group or order.group != replacing.group:
        return False
    group = state.groups[order.group]
    held_back = order.base is OrdStatus.HELD or group.at_broker
    return group.linked and held_back and order.cl_ord_id in group.legs and replacing.cl_ord_id in group.legs


def _sector(instrument: Instrument) -> str:
    """What universe.yaml says, or the class of what has no sector by nature."""
    return instrument.sector or f"all {instrument.asset_class.value}"


def _with_sign(have: Decimal, value: Decimal, qty: Decimal, worth: Decimal) -> Decimal:
    """What a position is worth in one direction once the orders of that side have filled, the other way below zero."""
    if have >= 0:
        return value + worth
    beyond = qty + have
    return worth * beyond / qty if beyond > 0 else value * beyond / have


def _maintenance(limits: Limits, instrument: Instrument, up: Decimal, down: Decimal, shorts: Decimal) -> Decimal:
    """25 % long; short 30 %, and of shares at least 5 each, below a price of 5 the larger of 2.50 and all of it."""
    rate = limits.value(f"risk.margin_maintenance.{instrument.asset_class.value}") or ZERO
    if instrument.asset_class not in (AssetClass.EQUITY, AssetClass.ETF) or shorts <= 0:
        return max(up, down) * rate
    dear = limits.value("risk.margin_maintenance.short") or ZERO
    each = down / shorts
    least = Decimal(5) if each >= 5 else max(Decimal("2.5"), each)
    return max(up * rate, down * dear, least * shorts)


def _reached(have: Decimal, value: Decimal, qty: Decimal, worth: Decimal) -> Decimal:
    """What a position is worth once the orders of one side have filled; what only closes it adds nothing."""
    if have >= 0:
        return value + worth
    beyond = qty + have
    return worth * beyond / qty if beyond > 0 else ZERO
