"""The words that sentences about facts are made of: orders by name, terms, numbers, reasons."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from engine import facts as f
from engine.inputs import AlgoSpec
from engine.model.enums import OrdType, Side
from engine.model.market import Quote
from engine.model.order import OrderRequest
from engine.model.snapshot import Execution, OrderSnapshot

SIDES: Final = {Side.BUY: "BUY", Side.SELL: "SELL", Side.SELL_SHORT: "SHORT"}
TYPES: Final = {
    OrdType.MARKET: "MKT",
    OrdType.LIMIT: "LMT",
    OrdType.STOP: "STP",
    OrdType.STOP_LIMIT: "STL",
    OrdType.TRAILING_STOP: "TRL",
}


class Names:
    """Which short number an order has, as far as the facts told so far say, or somebody else knows."""

    def __init__(self, number_of: Callable[[str], int | None] = lambda cl_ord_id: None) -> None:
        self._numbers: dict[str, int] = {}
        self._number_of = number_of

    def learn(self, fact: f.Fact) -> None:
        """Take note of what the fact says about names."""
        if isinstance(fact, f.OrderIntended | f.OrderHeld | f.OrderDenied | f.OrderAdopted):
            self._numbers[fact.cl_ord_id] = fact.id
            if isinstance(fact, f.OrderAdopted):
                self._numbers[fact.snapshot.order_id] = fact.id
        elif isinstance(fact, f.ReplaceIntended | f.OrderReplaced) and fact.orig_cl_ord_id in self._numbers:
            self._numbers[fact.cl_ord_id] = self._numbers[fact.orig_cl_ord_id]

    def order(self, cl_ord_id: str) -> str:
        """ "order 14", or "order K7Q2M9X00000E" where the number is not known."""
        known = self._numbers.get(cl_ord_id) or self._number_of(cl_ord_id)
        return f"order {cl_ord_id if known is None else known}"

    def order_of(self, execution: Execution) -> str:
        """The order of an execution; one placed elsewhere may have the broker's id alone."""
        return self.order(execution.cl_ord_id or execution.order_id)


def number(value: Decimal) -> str:
    """1,000 and 190.50: with the digits it has."""
    return f"{value:,f}"


def money(value: Decimal) -> str:
    """An amount with at least its cents."""
    exponent = value.as_tuple().exponent
    return f"{value:,.2f}" if isinstance(exponent, int) and exponent > -2 else number(value)


def count(many: int, what: str) -> str:
    """1 order, 3 orders."""
    return f"{many:,} {what}{'' if many == 1 else 's'}"


def because(reason: str) -> str:
    """The reason behind a colon, nothing where none was given."""
    return f": {reason}" if reason else ""


def by(who: str) -> str:
    return f" by {who}" if who else ""


def prices(limit_px: Decimal | None, stop_px: Decimal | None) -> str:
    """The prices that an order names, as they are typed."""
    limit = f" {number(limit_px)}" if limit_px is not None else ""
    return f"{limit} stop {number(stop_px)}" if stop_px is not None else limit


def terms(asked: OrderRequest | OrderSnapshot | AlgoSpec) -> str:
    """BUY 100 IBM LMT 190.50 DAY, with the user's tag"""
    head = f"{SIDES[asked.side]} {number(asked.qty)} {asked.symbol}"
    if isinstance(asked, AlgoSpec):
        return f"{asked.algo.upper()} {head}"
    if asked.legs:
        legs = " / ".join(f"{SIDES[g.side]} {number(asked.qty * g.ratio)} {g.symbol}" for g in asked.legs)
        head = f"PACKAGE of {legs}"
    px = prices(asked.limit_px, asked.stop_px)
    tag = f" #{asked.tag}" if isinstance(asked, OrderRequest) and asked.tag else ""
    trail = _trail(asked) if isinstance(asked, OrderRequest) else ""
    if isinstance(asked, OrderRequest) and asked.asked_qty is not None:
        tag += f" (asked {number(asked.asked_qty)}, to fit the money)"
    return f"{head} {TYPES[asked.ord_type]}{px}{trail} {asked.time_in_force.value.upper()}{tag}"


def _trail(request: OrderRequest) -> str:
    if request.trail_amount is not None:
        return f" by {number(request.trail_amount)}"
    return f" by {number(request.trail_pct * 100)} %" if request.trail_pct is not None else ""


def quote_words(quote: Quote | None, market_ns: int) -> str:
    """The quote behind a decision and how old it was."""
    if quote is None:
        return "no usable quote"
    age_ms = max(market_ns - quote.ts_ns, 0) // 1_000_000
    age = f"{age_ms} ms" if age_ms < 10_000 else f"{age_ms // 1000} s"
    return f"bid {number(quote.bid)} ask {number(quote.ask)}, {age} old"


def execution_words(execution: Execution) -> str:
    """bought 100 IBM at 190.50, fee 0.35, execution E7"""
    verb = "bought" if execution.side.is_buy else "sold"
    fee = f", fee {number(execution.fee)}" if execution.fee else ""
    px = f"{number(execution.last_qty)} {execution.symbol} at {number(execution.last_px)}"
    return f"{verb} {px}{fee}, execution {execution.exec_id}"
