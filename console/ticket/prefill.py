"""What a ticket begins with, for the row that was under the cursor."""

from __future__ import annotations

from typing import Final

from console.grammar.echo import SIDE_WORDS
from engine.model.enums import OrdType
from engine.model.money import plain
from engine.views import AlgoRow, FillRow, OrderRow, PositionRow, QuoteRow
from widgets.ladder import LadderRow

_TYPES: Final = {
    OrdType.MARKET: "mkt",
    OrdType.LIMIT: "lmt",
    OrdType.STOP: "stop",
    OrdType.STOP_LIMIT: "stoplmt",
    OrdType.TRAILING_STOP: "trail",
}


def prefilled(row: object) -> dict[str, str]:
    """Values by field id. A position: what closes it. An order: another like it. A price of the ladder: a limit order
    there. Anything else that has a symbol: that. An order of several legs, which no form has fields for, and any other
    row: nothing."""
    match row:
        case OrderRow(legs=legs) if legs:
            return {}
        case OrderRow():
            return _like(row)
        case PositionRow(symbol=symbol, account=account, qty=qty) if qty:
            side = "sell" if qty > 0 else "buy"
            return {"symbol": symbol, "account": account, "side": side, "qty": "all"}
        case PositionRow(symbol=symbol, account=account) | FillRow(symbol=symbol, account=account):
            return {"symbol": symbol, "account": account}
        case AlgoRow(symbol=symbol, account=account):
            return {"symbol": symbol, "account": account}
        case LadderRow(symbol=symbol, price=price) if symbol:
            return {"symbol": symbol, "type": "lmt", "limit": plain(price)}
        case QuoteRow(symbol=symbol):
            return {"symbol": symbol}
    return {}


def _like(row: OrderRow) -> dict[str, str]:
    """The order's own words; when a gtd order ends is asked anew."""
    given = {
        "side": SIDE_WORDS[row.side],
        "symbol": row.symbol,
        "account": row.account,
        "qty": plain(row.order_qty),
        "type": _TYPES[row.ord_type],
        "limit": "" if row.limit_px is None else plain(row.limit_px),
        # A trailing stop's price is where the market has brought it, no wish of its owner.
        "stop": "" if row.stop_px is None or row.trail else plain(row.stop_px),
        "trail": row.trail,
        "tif": row.time_in_force.value,
        "reduce": "on" if row.reduce_only else "",
        "tag": row.tag,
    }
    return {name: value for name, value in given.items() if value}
