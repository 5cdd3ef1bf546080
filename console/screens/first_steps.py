"""What somebody who knows nothing types first: lines that this desk takes now, made from its newest view."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal
from typing import Final

import msgspec

from engine.views import DeskView, QuoteRow
from widgets.lines import Line
from widgets.notation import Notation

#: So far under the bid the example rests, so that it can be changed and cancelled.
_REST_AT: Final = Decimal("0.99")
#: At most this share of equity goes into an example.
_SHARE: Final = Decimal("0.005")
_SYMBOL: Final = "aapl"
_PRICE: Final = Decimal("190.50")
_TICK: Final = Decimal("0.01")
NEWCOMER_LINES: Final = 8
"""Whoever has sent so many lines is shown no examples any more."""


class Step(msgspec.Struct, frozen=True):
    """One thing to learn, the line that does it, and the same by a key."""

    what: str
    line: str
    or_key: str = ""


def first_steps(view: DeskView) -> list[Step]:
    """Place, change, cancel, launch, stop: with a symbol that is quoted here and the order that works now."""
    quote = _quoted(view)
    symbol = _SYMBOL if quote is None else quote.symbol.lower()
    qty, price = _size(view, quote)
    order = next(
        (order for order in sorted(view.orders, key=lambda o: -o.id) if order.is_open and not order.parent), None
    )
    number = 1 if order is None else order.id
    tick = _TICK if quote is None else quote.tick
    old = price or _PRICE if order is None or order.limit_px is None else order.limit_px
    new = f"{old - 5 * tick:f}"
    at = "@bid" if price is None else f"lmt {price:f}"
    return [
        Step("place an order", f"buy {qty:f} {symbol} {at}", "t: by form"),
        Step("change it", f"mod {number} px {new}", "m on its row"),
        Step("cancel it", f"cxl {number}", "c on its row"),
        Step("launch a TWAP", f"twap buy {qty:f} {symbol} 10m slices 5"),
        Step("stop everything", "F12", "again: flatten now, k: keep positions"),
        Step("open again", "resume reason TEXT"),
        Step("guided tour", "tour"),
    ]


def step_lines(steps: list[Step], notation: Notation, kill: str) -> list[Line]:
    """One line for each; `kill` is the name of the kill key."""
    lines: list[Line] = []
    for step in steps:
        line = kill if step.line == "F12" else step.line
        or_key = f"  {notation.glyphs.dot} {step.or_key}" if step.or_key else ""
        lines.append([(f" {step.what:<17}", "label"), (line, "key"), (or_key, "dim")])
    return lines


def is_untouched(view: DeskView) -> bool:
    """Whether nothing was ever done here today."""
    return not (view.orders or view.positions or view.algos or view.fills)


def _quoted(view: DeskView) -> QuoteRow | None:
    """A fresh quote of a stock (its symbol is letters only), else any fresh one."""
    fresh = [quote for quote in view.quotes if quote.bid is not None and not quote.stale]
    preferred = [quote for quote in fresh if quote.symbol == _SYMBOL.upper()]
    return next(iter([*preferred, *(q for q in fresh if q.symbol.isalpha() and len(q.symbol) < 6), *fresh]), None)


def _size(view: DeskView, quote: QuoteRow | None) -> tuple[Decimal, Decimal | None]:
    """A quantity that any account can pay, and a price at which it rests."""
    if quote is None or quote.bid is None or not quote.tick:
        return Decimal(100), None
    price = (quote.bid * _REST_AT / quote.tick).to_integral_value(ROUND_FLOOR) * quote.tick
    equity = view.status.equity or Decimal(0)
    affordable = (Decimal(size) for size in (100, 10, 1) if size * price <= equity * _SHARE)
    return next(affordable, Decimal(1)), price if price > 0 else None
