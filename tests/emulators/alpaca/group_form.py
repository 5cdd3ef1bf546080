"""What the body of a bracket, oto or oco must be like, in the broker's own words where those are known."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

from tests.emulators.alpaca.answers import number, unprocessable
from tests.emulators.alpaca.books import Books
from tests.emulators.alpaca.orders import Order

CLASSES = ("bracket", "oto", "oco")
CENT = Decimal("0.01")


def is_group(body: dict[str, Any]) -> bool:
    """Whether the body asks for one. Raises RefusedError for a class that there is not."""
    name = str(body.get("order_class") or "")
    if name not in ("", "simple", "mleg", *CLASSES):
        raise unprocessable(f"invalid order_class: {name}")
    return name in CLASSES


def completed(body: dict[str, Any]) -> dict[str, Any]:
    """With the limit of an oco where a plain order has it. Raises RefusedError for a wrong combination of exits."""
    name = body["order_class"]
    target, stop = body.get("take_profit"), body.get("stop_loss")
    if name == "oto":
        if bool(target) is bool(stop):
            raise unprocessable("oto orders require one of take_profit or stop_loss")
    else:
        if number(target or {}, "limit_price") is None:
            raise unprocessable(f"{name} orders require take_profit.limit_price")
        if number(stop or {}, "stop_price") is None:
            raise unprocessable(f"{name} orders require stop_loss.stop_price")
    if name != "oco":
        return body
    if body.get("type") != "limit":
        raise unprocessable('oco orders must be of type "limit"')
    return {**body, "limit_price": body.get("limit_price") or (target or {})["limit_price"]}


def attach(order: Order, body: dict[str, Any], books: Books) -> None:
    """Give it its exits. Raises RefusedError."""
    name = str(body["order_class"])
    if order.asset_class != "us_equity":
        raise unprocessable(f"{name} orders are not supported for {order.asset_class}")
    if order.time_in_force not in ("day", "gtc"):
        raise unprocessable(f"{name} orders must be day or gtc")
    if order.extended_hours:
        raise unprocessable(f"extended hours are not supported for {name} orders")
    if order.qty % 1:
        raise unprocessable("fractional orders must be simple orders")
    if order.type == "trailing_stop":
        raise unprocessable(f"{name} orders can't be trailing_stop orders")
    closes = books.positions.get(order.symbol, Decimal(0)) * (1 if order.side == "sell" else -1) > 0
    if closes and name == "bracket":
        raise unprocessable("bracket orders must be entry orders")
    if not closes and name == "oco":
        raise unprocessable("oco orders must be exit orders")
    order.order_class, order.group_id = name, str(uuid4())
    order.group_role = "take_profit" if name == "oco" else "entry"
    target, stop = body.get("take_profit") or {}, body.get("stop_loss") or {}
    limit, trigger, second = number(target, "limit_price"), number(stop, "stop_price"), number(stop, "limit_price")
    _check_prices(order, limit, trigger, second, books)
    if limit is not None and name != "oco":
        order.exits.append(_exit(order, "take_profit", "limit", limit, None))
    if trigger is not None:
        order.exits.append(_exit(order, "stop_loss", "stop_limit" if second is not None else "stop", second, trigger))


def _check_prices(
    order: Order, limit: Decimal | None, trigger: Decimal | None, second: Decimal | None, books: Books
) -> None:
    for what, px in (("take_profit.limit_price", limit), ("stop_loss.stop_price", trigger)):
        if px is not None and px % CENT:
            raise unprocessable(f"invalid {what} {px}. sub-penny increment does not fulfill minimum pricing criteria")
    sells = (order.side == "sell") is (order.order_class == "oco")  # whether the exits sell
    up = 1 if sells else -1
    if order.order_class == "oco":
        base = books.mark(order.symbol)
    else:
        base = order.limit_price or order.stop_price or books.mark(order.symbol)
        if limit is not None and (limit - base) * up < CENT:
            raise unprocessable(f"take_profit.limit_price must be {'>' if sells else '<'}= base_price {up * CENT:+}")
    if trigger is not None and (base - trigger) * up < CENT:
        raise unprocessable(f"stop_loss.stop_price must be {'<' if sells else '>'}= base_price {-up * CENT:+}")
    if limit is not None and trigger is not None and (limit - trigger) * up <= 0:
        raise unprocessable("take_profit.limit_price must be beyond stop_loss.stop_price")
    if second is not None and trigger is not None and (trigger - second) * up < 0:
        raise unprocessable("stop_loss.limit_price must not be before stop_loss.stop_price")


def _exit(top: Order, role: str, kind: str, limit: Decimal | None, stop: Decimal | None) -> Order:
    side = top.side if top.order_class == "oco" else "sell" if top.side == "buy" else "buy"
    return Order(
        str(uuid4()),
        top.symbol,
        side,
        kind,
        top.time_in_force,
        top.qty,
        top.created_ns,
        limit,
        stop,
        position_intent=f"{side}_to_close",
        order_class=top.order_class,
        parent=top,
        group_id=top.group_id,
        group_role=role,
        status="held",
    )


def check_change(order: Order, body: dict[str, Any]) -> None:
    """Of an order in a group the prices can be replaced, and nothing else. Raises RefusedError."""
    if not order.group_id:
        return
    qty = number(body, "qty")
    if qty is not None and qty != order.leaves:
        raise unprocessable(f"qty of {order.order_class} orders can't be replaced")
    if body.get("limit_price") and order.type not in ("limit", "stop_limit"):
        raise unprocessable(f"{order.type} orders must not have limit_price")
    if body.get("stop_price") and order.type not in ("stop", "stop_limit"):
        raise unprocessable(f"{order.type} orders must not have stop_price")
