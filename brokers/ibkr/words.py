"""IB's words and ours: statuses, sides, order types, times, numbers, moments, execution keys."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from brokers.ibkr.messages import OrderSeen
from engine.model.enums import LiquidityFlag, OrdStatus, OrdType, Side, TimeInForce
from engine.model.order import BrokerOrder
from engine.protocol import NotSupportedError

CENT: Final = Decimal("0.01")
ONE: Final = Decimal(1)
UNSET: Final = Decimal("1E300")
"""Beyond it a number of the wire means "none"."""
UNSET_INTEGER: Final = 2**31 - 1

WAITS: Final = frozenset({"PendingSubmit", "ApiPending"})
"""TWS has the order and nobody has acknowledged it."""
WORKS: Final = frozenset({"PreSubmitted", "Submitted"})
ENDED: Final = frozenset({"Cancelled", "ApiCancelled"})
STATUSES: Final = {
    "PendingSubmit": OrdStatus.PENDING_NEW,
    "ApiPending": OrdStatus.PENDING_NEW,
    "PreSubmitted": OrdStatus.NEW,
    "Submitted": OrdStatus.NEW,
    "PendingCancel": OrdStatus.PENDING_CANCEL,
    "Cancelled": OrdStatus.CANCELED,
    "ApiCancelled": OrdStatus.CANCELED,
    "Filled": OrdStatus.FILLED,
    "Inactive": OrdStatus.SUSPENDED,
}
#: ib_async's own inventions; nothing of the wire.
INVENTED: Final = frozenset({"ValidationError", "ApiUpdate"})

TYPES: Final = {
    OrdType.MARKET: "MKT",
    OrdType.LIMIT: "LMT",
    OrdType.STOP: "STP",
    OrdType.STOP_LIMIT: "STP LMT",
    OrdType.TRAILING_STOP: "TRAIL",
}
_AT_CLOSE: Final = {OrdType.MARKET: "MOC", OrdType.LIMIT: "LOC"}
TYPES_SEEN: Final = {word: kind for kind, word in (*TYPES.items(), *_AT_CLOSE.items())}
TIMES: Final = {
    TimeInForce.DAY: "DAY",
    TimeInForce.GTC: "GTC",
    TimeInForce.GTD: "GTD",
    TimeInForce.IOC: "IOC",
    TimeInForce.FOK: "FOK",
    TimeInForce.OPG: "OPG",
    TimeInForce.CLS: "DAY",
}
_TIMES_SEEN: Final = {word: time for time, word in TIMES.items() if time is not TimeInForce.CLS}


class UnreadableError(ValueError):
    """Something in a message is not what it must be."""


class Terms(msgspec.Struct, frozen=True):
    """An order's words, as they are sent. Prices and quantities in plain digits; "" for none."""

    action: str
    kind: str
    tif: str
    qty: str
    limit: str = ""
    aux: str = ""
    """The stop's trigger, or how far a trailing stop stays behind."""
    trail_pct: str = ""
    good_till: str = ""
    outside: bool = False


def number(value: object) -> Decimal | None:
    """The shortest decimal that is this binary fraction; None for what the wire leaves unset. Raises UnreadableError
    for what is no number."""
    if value is None or value == "":
        return None
    try:
        found = Decimal(repr(value) if isinstance(value, float) else str(value))
    except ArithmeticError:
        raise UnreadableError(f"{value!r} is no number") from None
    if not found.is_finite():
        raise UnreadableError(f"{value!r} is no number")
    if abs(found) > UNSET:
        return None
    return tidy(found)


def tidy(value: Decimal) -> Decimal:
    """A whole number without a fraction."""
    return value.quantize(ONE) if value == value.to_integral_value() and abs(value) < 10**20 else value


def price(value: object) -> Decimal | None:
    """A price, with two decimals at the least: screens and books show cents. An order without one has 0 or nothing
    there."""
    found = number(value)
    if found is None:
        return None
    return found if int(found.as_tuple().exponent) <= -2 else found.quantize(CENT)


def needed(value: object, what: str) -> Decimal:
    """A number that must be there."""
    found = number(value)
    if found is None:
        raise UnreadableError(f"{what} is missing")
    return found


PRICED: Final = frozenset({"STK", "CASH", "CRYPTO"})
"""What never trades for nothing. An option does where it is exercised or expires, a future or a package may."""


def paid(value: object, sec_type: str) -> Decimal:
    """The price of an execution. Raises UnreadableError where it is unset, or nothing for what has a price: the library
    reads an empty field as 0, and a fill at 0 must not be booked."""
    found = needed(value, "the price of an execution")
    if found <= 0 and sec_type in PRICED:
        raise UnreadableError(f"an execution of {sec_type} at {found}")
    return price(found) or CENT * 0


def plain(value: Decimal) -> str:
    """A number as it goes out: digits and a point, no exponent."""
    return f"{value:f}"


def ns_of(moment: datetime) -> int:
    """ns UTC; without a zone it is UTC's."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp()) * 1_000_000_000 + moment.microsecond * 1000


def in_a_known_zone(text: str) -> str:
    """A time of TWS's as it can be read. One whose zone has a name of its own (a TWS on Windows: China Standard Time)
    is taken for this computer's, where TWS mostly runs: better an hour that is wrong than a fill that is lost."""
    day, _, rest = text.partition(" ")
    clock, _, zone = rest.partition(" ")
    if not clock or not zone:
        return text
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        return f"{day}  {clock}"
    return text


def good_till(ns: int) -> str:
    """A moment as an order's end: in UTC, with its zone."""
    return datetime.fromtimestamp(ns // 1_000_000_000, UTC).strftime("%Y%m%d %H:%M:%S UTC")


def terms_of(order: BrokerOrder) -> Terms:
    """What is sent for an approved order, numbers exactly as they were approved. Raises NotSupportedError for two
    words that don't go together."""
    kind, time = order.ord_type, order.time_in_force
    word = TYPES[kind]
    if time in (TimeInForce.OPG, TimeInForce.CLS) and kind not in _AT_CLOSE:
        raise NotSupportedError(f"{kind.value} in an auction ({time.value}) is not offered; nothing was sent")
    if time is TimeInForce.CLS:
        word = _AT_CLOSE[kind]
    if time is TimeInForce.GTD and order.expire_ns is None:
        raise NotSupportedError("gtd without an end; nothing was sent")
    if kind is OrdType.TRAILING_STOP and order.trail_amount is None and order.trail_pct is None:
        raise NotSupportedError("a trailing stop without a distance; nothing was sent")
    if (kind.needs_limit and order.limit_px is None) or (kind.needs_stop and order.stop_px is None):
        raise NotSupportedError(f"{kind.value} without its price; nothing was sent")
    aux = order.stop_px if kind.needs_stop else order.trail_amount
    return Terms(
        "BUY" if order.side.is_buy else "SELL",
        word,
        TIMES[time],
        plain(order.qty),
        "" if order.limit_px is None else plain(order.limit_px),
        "" if aux is None else plain(aux),
        # Ours is a share of the price (0.02), theirs is in percent.
        "" if order.trail_pct is None else plain(order.trail_pct * 100),
        "" if time is not TimeInForce.GTD or order.expire_ns is None else good_till(order.expire_ns),
        order.extended,
    )


def time_word(kind: str, tif: str) -> TimeInForce:
    """The time in force of an order of ours, by the words that it was sent with."""
    return TimeInForce.CLS if kind in _AT_CLOSE.values() else _TIMES_SEEN.get(tif, TimeInForce.DAY)


def type_of(seen: OrderSeen) -> OrdType:
    """The type; the nearest one for a word that is not in our table (see `unknown_terms`)."""
    return TYPES_SEEN.get(seen.kind, OrdType.LIMIT if seen.limit else OrdType.MARKET)


def time_of(seen: OrderSeen) -> TimeInForce:
    """The time in force; gtc, which is never taken to be over, for a word that is not in our table."""
    if seen.kind in _AT_CLOSE.values():
        return TimeInForce.CLS
    return _TIMES_SEEN.get(seen.tif or "DAY", TimeInForce.GTC)


def unknown_terms(seen: OrderSeen) -> str:
    """What IB calls the type and time of an order for which there are no words here (REL, MIDPRICE, AUC ...): somebody
    placed it in TWS. It is listed all the same, since leaving it out would hide what it may still take."""
    known = seen.kind in TYPES_SEEN and (seen.tif or "DAY") in _TIMES_SEEN
    return "" if known else f"{seen.kind} {seen.tif} at the broker".replace("  ", " ")


def side_of(word: str) -> Side:
    """Of an order (BUY, SELL, SSHORT) or execution (BOT, SLD): IB has one word for both kinds of sale."""
    match word.upper():
        case "BUY" | "BOT":
            return Side.BUY
        case "SELL" | "SLD":
            return Side.SELL
        case "SSHORT" | "SSHORTX":
            return Side.SELL_SHORT
    raise UnreadableError(f"side {word!r} is not known")


def limit_of(seen: OrderSeen) -> Decimal | None:
    return seen.limit if type_of(seen).needs_limit else None


def stop_of(seen: OrderSeen) -> Decimal | None:
    return seen.aux if type_of(seen).needs_stop else None


def liquidity_of(code: int) -> LiquidityFlag:
    """lastLiquidity: 1 added, 2 removed, 3 routed out (and removed there)."""
    return {1: LiquidityFlag.MAKER, 2: LiquidityFlag.TAKER, 3: LiquidityFlag.TAKER}.get(code, LiquidityFlag.UNKNOWN)


def split_exec_id(exec_id: str) -> tuple[str, int]:
    """An execution's id without its last part, and that part as the number of its version: a correction has the same
    id with the last part one higher."""
    head, dot, last = exec_id.rpartition(".")
    if not dot or not last.isdecimal():
        return exec_id, 1
    return head, int(last)


def execution_key(exec_id: str) -> str:
    """One key on every channel; that of a correction is a key of its own."""
    base, version = split_exec_id(exec_id)
    return base if version <= 1 else f"{base}/{version}"
