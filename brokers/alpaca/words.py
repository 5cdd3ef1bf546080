"""Alpaca's words and ours: statuses, sides, types, times, numbers, moments."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from engine.model.enums import OrdStatus, OrdType, Side, TimeInForce
from engine.model.instrument import Instrument
from engine.model.option import looks_like_option
from engine.model.order import BrokerOrder

CENT: Final = Decimal("0.01")
LONGEST_ID: Final = 20
ORD_TYPES: Final = frozenset(OrdType)
TIMES: Final = frozenset(TimeInForce) - {TimeInForce.GTD}
_TYPES: Final = {kind.value: kind for kind in OrdType}
_TIMES: Final = {time.value: time for time in TimeInForce}
STATUSES: Final = {
    "pending_new": OrdStatus.PENDING_NEW,
    "pending_review": OrdStatus.PENDING_NEW,
    "accepted": OrdStatus.NEW,
    "accepted_for_bidding": OrdStatus.NEW,
    "held": OrdStatus.NEW,
    "new": OrdStatus.NEW,
    "stopped": OrdStatus.STOPPED,
    "partially_filled": OrdStatus.PARTIALLY_FILLED,
    "filled": OrdStatus.FILLED,
    "done_for_day": OrdStatus.DONE_FOR_DAY,
    "calculated": OrdStatus.CALCULATED,
    "canceled": OrdStatus.CANCELED,
    "expired": OrdStatus.EXPIRED,
    "pending_cancel": OrdStatus.PENDING_CANCEL,
    "pending_replace": OrdStatus.PENDING_REPLACE,
    "rejected": OrdStatus.REJECTED,
    "suspended": OrdStatus.SUSPENDED,
}
"""`replaced` is not here: the order goes on as the one that `replaced_by` names."""


class UnreadableError(ValueError):
    """Something in a message is not what it must be."""


def number(value: object) -> Decimal | None:
    """A number of the wire, which is a string there; None for null and "". Raises UnreadableError."""
    if value is None or value == "":
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        raise UnreadableError(f"{value!r} is no number") from None
    if not found.is_finite():
        raise UnreadableError(f"{value!r} is no number")
    return found


def price(value: object) -> Decimal | None:
    """A price, with two decimals at the least: the wire strips zeros, and screens and books show cents."""
    found = number(value)
    return None if found is None else _in_cents(found)


def _in_cents(value: Decimal) -> Decimal:
    return value if int(value.as_tuple().exponent) <= -2 else value.quantize(CENT)


def needed(row: dict[str, Any], key: str) -> Decimal:
    """A number that must be there."""
    found = number(row.get(key))
    if found is None:
        raise UnreadableError(f"{key} is missing")
    return found


def needed_price(row: dict[str, Any]) -> Decimal:
    """The price of an execution, which must be there."""
    return _in_cents(needed(row, "price"))


def moment(value: object) -> int:
    """ns UTC of an RFC 3339 time with up to nine digits and any offset. Raises UnreadableError."""
    text = str(value).strip()
    head, dot, rest = text.partition(".")
    digits = len(rest) - len(rest.lstrip("0123456789"))
    fraction, zone = (rest[:digits], rest[digits:]) if dot else ("", "")
    try:
        whole = datetime.fromisoformat((head + zone).replace("Z", "+00:00"))
    except ValueError:
        raise UnreadableError(f"{value!r} is no time") from None
    if whole.tzinfo is None:
        whole = whole.replace(tzinfo=UTC)
    return int(whole.timestamp()) * 1_000_000_000 + int(fraction.ljust(9, "0")[:9] or 0)


def iso(ns: int) -> str:
    """RFC 3339 in UTC with microseconds, rounded down."""
    return datetime.fromtimestamp(ns // 1_000_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%S") + (
        f".{ns % 1_000_000_000 // 1000:06}Z"
    )


def day_of(ns: int, zone: tzinfo) -> str:
    """The ISO date of a moment, on a clock of that zone."""
    return datetime.fromtimestamp(ns // 1_000_000_000, zone).date().isoformat()


def plain(value: Decimal) -> str:
    """A number as it goes out: digits and a point, no exponent."""
    return f"{value:f}"


def side_of(row: dict[str, Any]) -> Side:
    """The side of an order or execution; an opening sale is a short sale."""
    word, intent = str(row.get("side") or ""), str(row.get("position_intent") or "")
    if word == "buy":
        return Side.BUY
    if word == "sell_short" or intent == "sell_to_open":
        return Side.SELL_SHORT
    if word == "sell":
        return Side.SELL
    raise UnreadableError(f"side {word!r} is not known")


def type_of(row: dict[str, Any]) -> OrdType:
    """The type; the nearest one for a word that nobody knows (see `unknown_terms`)."""
    known = _TYPES.get(str(row.get("type") or row.get("order_type") or ""))
    if known is None:
        known = OrdType.MARKET if price(row.get("limit_price")) is None else OrdType.LIMIT
    return known


def time_of(row: dict[str, Any]) -> TimeInForce:
    """The time in force; gtc, which is never taken to be over, for a word that nobody knows."""
    return _TIMES.get(str(row.get("time_in_force") or ""), TimeInForce.GTC)


def unknown_terms(row: dict[str, Any]) -> str:
    """What the broker calls the type and time of an order for which there are no words here: somebody placed it
    elsewhere. It is listed all the same, since leaving it out would hide what it may still take."""
    kind, time = str(row.get("type") or row.get("order_type") or ""), str(row.get("time_in_force") or "")
    return "" if kind in _TYPES and time in _TIMES else f"{kind} {time} at the broker"


def may_be_ours(client_order_id: str) -> bool:
    """Whether it has the form of our ids; those that Alpaca makes up are UUIDs."""
    return len(client_order_id) <= LONGEST_ID and client_order_id.isalnum()


def body_of(order: BrokerOrder, symbol: str) -> dict[str, Any]:
    """What is posted for an approved order; numbers as strings, exactly as they were approved."""
    body: dict[str, Any] = {
        "client_order_id": order.cl_ord_id,
        "qty": plain(order.qty),
        "type": order.ord_type.value,
        "time_in_force": order.time_in_force.value,
    }
    if order.legs:
        body["order_class"] = "mleg"
        body["legs"] = [
            {
                "symbol": leg.symbol,
                "ratio_qty": plain(Decimal(leg.ratio)),
                "side": "buy" if leg.side.is_buy else "sell",
            }
            for leg in order.legs
        ]
    else:
        body["symbol"] = symbol
        body["side"] = "buy" if order.side.is_buy else "sell"
        if looks_like_option(symbol) and not order.side.is_buy:
            # A sale out of what is held must never write an option.
            body["position_intent"] = "sell_to_open" if order.side is Side.SELL_SHORT else "sell_to_close"
    for key, px in (
        ("limit_price", order.limit_px),
        ("stop_price", order.stop_px),
        ("trail_price", order.trail_amount),
        # Ours is a share of the price (0.02), theirs is in percent.
        ("trail_percent", None if order.trail_pct is None else order.trail_pct * 100),
    ):
        if px is not None:
            body[key] = plain(px)
    if order.extended:
        body["extended_hours"] = True
    return body


def wire_symbol(instrument: Instrument | None, symbol: str) -> str:
    """Alpaca's name for it: pairs of crypto have a slash."""
    if instrument is not None and isinstance(instrument.base, str) and "/" not in symbol:
        return f"{instrument.base}/{instrument.currency}"
    return symbol
