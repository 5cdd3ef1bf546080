"""A ledger of its own beside a desk: it knows what went to the broker and what came back, and nothing of the engine's
state, reservations or valuations. From that it says what each instrument can come to."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import msgspec

from engine import protocol as p
from engine.effects import Effect
from engine.model.enums import OrdType, Side
from engine.model.order import BrokerOrder, BrokerReplace
from tests.engine.risk.seat import ACCOUNT, D
from tests.engine.risk.trading import MID, Trading

ZERO = D(0)
COLLAR = D("1.05")


class Version(msgspec.Struct):
    """Terms that the broker may be working: `px` is what a unit can cost, or fetch at the market."""

    qty: Decimal
    px: Decimal


class Sent(msgspec.Struct):
    """One order as the broker may see it, under all the ids that were sent for it."""

    account: str
    symbol: str
    side: Side
    market: bool
    versions: dict[str, Version]
    ids: set[str]
    cum: Decimal = ZERO
    over: bool = False
    """Proven dead, with all its executions known."""
    final: Decimal | None = None
    """What the broker says it executed in all, once it is dead; None: not dead, or not said."""

    def leaves(self, newest: str = "") -> Decimal:
        """The most it may still execute; with `newest` that version alone."""
        if self.over:
            return ZERO
        if self.final is not None:
            return max(self.final - self.cum, ZERO)
        if newest in self.versions:
            return max(self.versions[newest].qty - self.cum, ZERO)
        return max(max(v.qty for v in self.versions.values()) - self.cum, ZERO)

    def px(self, newest: str = "") -> Decimal:
        if newest in self.versions:
            return self.versions[newest].px
        return max(v.px for v in self.versions.values())


class Shadowed(Trading):
    """A desk with its shadow."""

    def __init__(self, *args: object, **limits: str) -> None:
        self.orders: dict[str, Sent] = {}
        """By every id."""
        self.held: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
        """By account and symbol."""
        self.money: defaultdict[str, Decimal] = defaultdict(lambda: D(1_000_000))
        super().__init__(*args, **limits)  # type: ignore[arg-type]

    # -- what happens ---------------------------------------------------------------------------------------------

    def give(self, item: object) -> list[Effect]:
        self._hear(item)
        before = len(self.approved)
        effects = super().give(item)
        for sent in self.approved[before:]:
            if sent.cl_ord_id not in self.orders:
                self._send(sent)
        return effects

    def _send(self, sent: BrokerOrder | BrokerReplace) -> None:
        if isinstance(sent, BrokerOrder):
            market = sent.ord_type is OrdType.MARKET
            px = self._worth(sent.symbol, sent.side, sent.limit_px)
            versions = {sent.cl_ord_id: Version(sent.qty, px)}
            found = Sent(sent.account, sent.symbol, sent.side, market, versions, {sent.cl_ord_id})
        else:
            found = self.orders[sent.orig_cl_ord_id]
            px = self._worth(sent.symbol, found.side, sent.limit_px)
            found.versions[sent.cl_ord_id] = Version(sent.qty, px)
            found.ids.add(sent.cl_ord_id)
        self.orders[sent.cl_ord_id] = found

    def _worth(self, symbol: str, side: Side, limit_px: Decimal | None) -> Decimal:
        ask, bid = MID[symbol], MID[symbol] - self._tick(symbol)
        if side is Side.BUY:
            return limit_px if limit_px is not None else ask * COLLAR
        return max(limit_px or ZERO, bid)

    def _hear(self, report: object) -> None:
        match report:
            case p.Rejected(cl_ord_id=ident):
                self.orders[ident].over = True
            case p.ReplaceRejected(cl_ord_id=ident):
                found = self.orders[ident]
                if len(found.versions) > 1:
                    found.versions.pop(ident, None)
            case p.Replaced(cl_ord_id=ident):
                found = self.orders[ident]
                names = list(found.versions)
                for name in names[: names.index(ident)] if ident in found.versions else ():
                    del found.versions[name]
            case p.Filled(execution=e):
                found = self.orders[e.cl_ord_id]
                found.cum += e.last_qty
                self.held[e.account, e.symbol] += e.side.sign * e.last_qty
                self.money[e.account] -= e.side.sign * e.last_qty * e.last_px * self.unit(e.symbol)
            case p.Canceled(cl_ord_id=ident, cum_qty=cum) if cum is not None:
                self.orders[ident].final = cum

    # -- what can come of it --------------------------------------------------------------------------------------

    def unit(self, symbol: str) -> Decimal:
        return self.state.instruments[symbol].multiplier

    def all_sent(self) -> list[Sent]:
        return list({id(sent): sent for sent in self.orders.values()}.values())

    def worth(self, account: str = ACCOUNT) -> Decimal:
        """Cash and positions, longs at the bid, shorts at the ask."""
        total = self.money[account]
        for symbol in MID:
            qty = self.held[account, symbol]
            total += qty * (MID[symbol] - self._tick(symbol) if qty > 0 else MID[symbol]) * self.unit(symbol)
        return total

    def working(self, symbol: str, *, buys: bool, newest: str = "", account: str = ACCOUNT) -> tuple[Decimal, Decimal]:
        """(quantity, money) of the orders of one side."""
        count = value = ZERO
        for sent in self.all_sent():
            if (sent.account, sent.symbol) == (account, symbol) and (sent.side is Side.BUY) is buys:
                leaves = sent.leaves(newest)
                count += leaves
                value += leaves * sent.px(newest) * self.unit(symbol)
        return count, value

    def reached_qty(self, symbol: str, *, up: bool, newest: str = "", account: str = ACCOUNT) -> Decimal:
        """Units long (up) or short once all orders of that side have filled."""
        held = self.held[account, symbol]
        return (held if up else -held) + self.working(symbol, buys=up, newest=newest, account=account)[0]

    def reached(self, symbol: str, *, up: bool, newest: str = "", own: bool = False, account: str = ACCOUNT) -> Decimal:
        """The same in money, below 0 where they only take away. `own`: marked at the ask, as the order's instrument."""
        held = self.held[account, symbol]
        mine = held if up else -held
        count, value = self.working(symbol, buys=up, newest=newest, account=account)
        mark = MID[symbol] if own or held < 0 else MID[symbol] - self._tick(symbol)
        if mine >= 0:
            return mine * mark * self.unit(symbol) + value
        beyond = count + mine
        return value * beyond / count if beyond > 0 else beyond * mark * self.unit(symbol)
