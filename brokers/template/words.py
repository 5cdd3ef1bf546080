"""The broker's words and ours, in both directions: the only file that knows both.

Going out, what has no word is refused before it is sent. Coming in, a word that nobody knows must cost neither a fill
nor the rest of a list; what can't be made sense of raises UnreadableError, never a guess at quantity, price or side.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any, Final

from engine.model.enums import LiquidityFlag, OrdStatus, OrdType, Side, TimeInForce
from engine.model.order import BrokerOrder
from engine.model.snapshot import Execution, OrderSnapshot

Row = dict[str, Any]
SIDES: Final = {Side.BUY: "B", Side.SELL: "S"}
KINDS: Final = {OrdType.MARKET: "MKT", OrdType.LIMIT: "LMT"}
TIMES: Final = {TimeInForce.DAY: "DAY", TimeInForce.GTC: "GTC", TimeInForce.IOC: "IOC"}
STATES: Final = {
    "working": OrdStatus.NEW,
    "filled": OrdStatus.FILLED,
    "cancelled": OrdStatus.CANCELED,
    "expired": OrdStatus.EXPIRED,
    "rejected": OrdStatus.REJECTED,
}
_SIDES: Final = {word: side for side, word in SIDES.items()}
_KINDS: Final = {word: kind for kind, word in KINDS.items()}
_TIMES: Final = {word: time for time, word in TIMES.items()}


class UnreadableError(ValueError):
    """Something in a message is not what it must be."""


def number(value: object) -> Decimal:
    """A number of the wire: a string there, so that no digit is lost. Raises UnreadableError."""
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        raise UnreadableError(f"{value!r} is no number") from None
    if not found.is_finite():
        raise UnreadableError(f"{value!r} is no number")
    return found


def price(value: object) -> Decimal | None:
    return None if value is None else number(value)


def plain(value: Decimal | None) -> str | None:
    """A number as it goes out: digits and a point, no exponent."""
    return None if value is None else f"{value:f}"


def ns_of(microseconds: object) -> int:
    """Our time of the wire's. Raises UnreadableError."""
    if not isinstance(microseconds, int):
        raise UnreadableError(f"{microseconds!r} is no time")
    return microseconds * 1000


def side_of(row: Row) -> Side:
    """Never guessed: a fill on the wrong side is worse than one that is asked for again."""
    side = _SIDES.get(row["side"])
    if side is None:
        raise UnreadableError(f"side {row['side']!r} is not known")
    return side


def body_of(order: BrokerOrder) -> Row:
    """What is sent of an approved order, exactly as it was approved."""
    return {
        "ref": order.cl_ord_id,
        "symbol": order.symbol,
        "side": SIDES[order.side],
        "kind": KINDS[order.ord_type],
        "until": TIMES[order.time_in_force],
        "qty": plain(order.qty),
        "px": plain(order.limit_px),
    }


def snapshot_of(row: Row, account: str, *, listed: bool = False) -> OrderSnapshot:
    """An order of the broker's books. `listed`: it is on the list of open orders, so that it works whatever its state
    is called; elsewhere a state that nobody knows says nothing, and is unreadable.

    A kind or time that we have no word for (somebody placed it by hand) is shown as the nearest, and named in `text`:
    leaving the order out would free money that it may still take."""
    done, px, word = number(row["done"]), price(row["px"]), str(row["state"])
    status = STATES.get(word, OrdStatus.NEW if listed else None)
    if status is None:
        raise UnreadableError(f"order state {word!r} is not known")
    if status is OrdStatus.NEW and done:
        status = OrdStatus.PARTIALLY_FILLED
    kind, time = _KINDS.get(row["kind"]), _TIMES.get(row["until"])
    return OrderSnapshot(
        order_id=str(row["no"]),
        cl_ord_id=str(row["ref"]),
        account=account,
        symbol=str(row["symbol"]),
        side=side_of(row),
        ord_type=kind or (OrdType.MARKET if px is None else OrdType.LIMIT),
        time_in_force=time or TimeInForce.GTC,
        qty=number(row["qty"]),
        cum_qty=done,
        status=status,
        limit_px=px,
        root_cl_ord_id=str(row["first"]),
        text="" if kind and time else f"{row['kind']} {row['until']} at the broker",
    )


def execution_of(row: Row, account: str) -> Execution:
    """An execution, by the stream or by the list: the same row, so that both have the same key."""
    return Execution(
        exec_id=str(row["id"]),
        cl_ord_id=str(row["ref"]),
        order_id=str(row["no"]),
        account=account,
        symbol=str(row["symbol"]),
        side=side_of(row),
        last_qty=number(row["qty"]),
        last_px=number(row["px"]),
        ts_ns=ns_of(row["at"]),
        fee=number(row["fee"]),
        liquidity=LiquidityFlag(row["role"]),  # any word that is not known is UNKNOWN
        broker="template",
    )
