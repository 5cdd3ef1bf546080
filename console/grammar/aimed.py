"""What a cancel or a `flat` would hit, as the newest view has it: shown while the line is typed. The desk decides."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from console.grammar.context import Context
from engine.inputs import CancelSelector
from engine.model.enums import OrdType, Side
from engine.model.money import plain
from engine.views import OrderRow

_MOST: Final = 12
_TYPES: Final = {
    OrdType.MARKET: "mkt",
    OrdType.LIMIT: "lmt",
    OrdType.STOP: "stop",
    OrdType.STOP_LIMIT: "stop",
    OrdType.TRAILING_STOP: "trail",
}
_SIDES: Final = {Side.BUY: "buy", Side.SELL: "sell", Side.SELL_SHORT: "short"}


def cancels(context: Context, selector: CancelSelector) -> str:
    """The working orders that a cancel means: one in full, several by their numbers."""
    found = _found(context.open_orders(), selector)
    if not found:
        return "no such working order is seen"
    if len(found) == 1:
        return f"cancels {_in_full(found[0])}"
    numbers = " ".join(str(row.id) for row in found[:_MOST])
    more = f" and {len(found) - _MOST} more" if len(found) > _MOST else ""
    return f"cancels {len(found)} orders: {numbers}{more}"


def closes(context: Context, accounts: Sequence[str], symbol: str | None) -> str:
    """The positions that a `flat` means."""
    held = [
        (name, context.position(account, name))
        for account in accounts
        for name in ((symbol,) if symbol is not None else context.held())
    ]
    lines = [f"{name} {_signed(qty)}" for name, qty in held if qty]
    if not lines:
        return f"no position{f' in {symbol}' if symbol else ''} is seen"
    more = f" and {len(lines) - _MOST} more" if len(lines) > _MOST else ""
    return f"closes {', '.join(lines[:_MOST])}{more}"


def _found(rows: Sequence[OrderRow], selector: CancelSelector) -> list[OrderRow]:
    """The same rows that the desk would take, in the order of their numbers."""
    if selector.ids or selector.cl_ord_ids:
        return [row for row in rows if row.id in selector.ids or row.cl_ord_id in selector.cl_ord_ids]
    mine = sorted((row for row in rows if selector.account in (None, row.account)), key=lambda row: row.id)
    if selector.last:
        return mine[-1:]
    return [
        row
        for row in mine
        if (selector.symbol is None or selector.symbol in _symbols(row))
        and (selector.buys is None or _is_on_side(row, selector))
        and selector.tag in (None, row.tag)
        and selector.basket in (None, row.basket)
    ]


def _symbols(row: OrderRow) -> set[str]:
    return {row.symbol, *(leg.symbol for leg in row.legs)}


def _is_on_side(row: OrderRow, selector: CancelSelector) -> bool:
    legs = [leg for leg in row.legs if selector.symbol in (None, row.symbol, leg.symbol)]
    if legs:
        return all(leg.side.is_buy == selector.buys for leg in legs)
    return row.side.is_buy == selector.buys


def _in_full(row: OrderRow) -> str:
    side = "package" if row.legs else _SIDES[row.side]
    price = row.limit_px if row.limit_px is not None else row.stop_px
    terms = _TYPES[row.ord_type] + (f" {plain(price)}" if price is not None else "")
    filled = f", {plain(row.cum_qty)} of it filled" if row.cum_qty else ""
    return f"#{row.id} {side} {plain(row.order_qty)} {row.symbol} {terms}{filled}"


def _signed(qty: Decimal) -> str:
    return f"{'+' if qty > 0 else ''}{plain(qty)}"
