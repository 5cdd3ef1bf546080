"""What the broker refuses, in its own words: status, code, message, and what else is in the body."""

from __future__ import annotations

from decimal import Decimal
from math import gcd
from typing import Any
from uuid import uuid4

from tests.emulators.alpaca import group_form
from tests.emulators.alpaca.answers import RefusedError, number, unprocessable
from tests.emulators.alpaca.books import ZERO, Books
from tests.emulators.alpaca.orders import Order, is_option, text

TYPES = {"market", "limit", "stop", "stop_limit", "trailing_stop"}
TIMES = {"day", "gtc", "opg", "cls", "ioc", "fok"}
CRYPTO_TIMES = {"gtc", "ioc"}


def order_of(body: dict[str, Any], books: Books, listed: dict[str, str], fallback_id: str) -> Order:
    """The order that a submitted body asks for, with what hangs on it. Raises RefusedError for what the form alone
    forbids."""
    is_group = group_form.is_group(body)
    if is_group:
        body = group_form.completed(body)
    qty, notional = number(body, "qty"), number(body, "notional")
    if qty is not None and notional is not None:
        raise RefusedError(400, 40010000, "only one of qty or notional is accepted")
    client = str(body.get("client_order_id") or fallback_id)
    if len(client) > 128:
        raise unprocessable("client_order_id must be at most 128 characters")
    if client in books.by_client:
        raise unprocessable("client_order_id must be unique", 40010001)
    kind, tif = str(body.get("type", "")), str(body.get("time_in_force", ""))
    wanted = body.get("legs") or []
    symbol = "" if wanted else str(body.get("symbol", ""))
    for name in [str(leg.get("symbol")) for leg in wanted] or [symbol]:
        if class_of(name, listed) is None:
            raise unprocessable(f'asset "{name}" not found')
    asset_class = str(class_of(str(wanted[0]["symbol"]) if wanted else symbol, listed))
    if kind not in TYPES:
        raise unprocessable(f"invalid order type: {kind}")
    if tif not in (CRYPTO_TIMES if asset_class == "crypto" else TIMES):
        raise unprocessable(
            f"invalid crypto time_in_force: {tif}" if asset_class == "crypto" else f"invalid tif: {tif}"
        )
    if notional is not None:
        quote = books.quotes.get(symbol)
        if kind != "market" or tif != "day" or quote is None:
            raise unprocessable("notional orders must be market orders with time_in_force day")
        qty = (notional / quote.ask).quantize(Decimal("0.000000001"))
    if qty is None or qty <= 0:
        raise unprocessable("qty must be > 0")
    made = Order(
        client,
        symbol,
        str(body.get("side", "")),
        kind,
        tif,
        qty,
        books.now_ns(),
        number(body, "limit_price"),
        number(body, "stop_price"),
        number(body, "trail_price"),
        number(body, "trail_percent"),
        bool(body.get("extended_hours")),
        asset_class=asset_class,
        order_class="mleg" if wanted else "",
        position_intent=str(body.get("position_intent") or ""),
    )
    made.legs = [_leg(made, leg) for leg in wanted]
    _check_form(made)
    _check_class(made)
    if is_group:
        group_form.attach(made, body, books)
    return made


def class_of(symbol: str, listed: dict[str, str]) -> str | None:
    """The class of an asset; an option is listed where its underlying is."""
    if is_option(symbol):
        return "us_option" if symbol[:-15] in listed else None
    return listed.get(symbol)


def _leg(package: Order, body: dict[str, Any]) -> Order:
    ratio = number(body, "ratio_qty") or ZERO
    intent = str(body.get("position_intent") or "")
    side = str(body.get("side") or intent.partition("_to_")[0])
    if side not in ("buy", "sell") or ratio <= 0 or ratio % 1:
        raise unprocessable("each leg requires a side and a whole ratio_qty")
    return Order(
        str(uuid4()),
        str(body["symbol"]),
        side,
        package.type,
        package.time_in_force,
        package.qty * ratio,
        package.created_ns,
        asset_class="us_option",
        order_class="mleg",
        position_intent=intent or f"{side}_to_open",
        ratio_qty=ratio,
    )


def _check_class(order: Order) -> None:
    """What the rules of options and crypto forbid."""
    if order.asset_class == "crypto":
        if order.type not in ("market", "limit", "stop_limit"):
            raise unprocessable(f"invalid order type for crypto order: {order.type}")
        if order.extended_hours:
            raise unprocessable("extended hours orders are not supported for crypto")
    if order.asset_class != "us_option":
        return
    if order.type not in ("market", "limit", "stop", "stop_limit"):
        raise unprocessable("options market, limit, stop and stop_limit orders only")
    if order.time_in_force not in ("day", "gtc"):
        raise unprocessable(f"invalid time_in_force for options order: {order.time_in_force}")
    if order.extended_hours:
        raise unprocessable("extended hours orders are not supported for options")
    if order.legs:
        symbols = [leg.symbol for leg in order.legs]
        if not 2 <= len(symbols) <= 4 or len(set(symbols)) < len(symbols):
            raise unprocessable("mleg orders require 2 to 4 legs with unique symbols")
        if order.type not in ("market", "limit"):
            raise unprocessable("mleg orders must be market or limit")
        if gcd(*(int(leg.ratio_qty or 0) for leg in order.legs)) > 1:
            raise unprocessable("leg ratio quantities must be relatively prime")


def _check_form(order: Order) -> None:
    if not order.legs and order.side not in ("buy", "sell"):
        raise unprocessable(f"invalid side: {order.side}")
    needs_limit, needs_stop = order.type in ("limit", "stop_limit"), order.type in ("stop", "stop_limit")
    if needs_limit is (order.limit_price is None):
        raise unprocessable(f"{order.type} orders require limit_price" if needs_limit else "limit_price is not allowed")
    if needs_stop is (order.stop_price is None):
        raise unprocessable(f"{order.type} orders require stop_price" if needs_stop else "stop_price is not allowed")
    trails = (order.trail_price is not None) + (order.trail_percent is not None)
    if trails != (order.type == "trailing_stop"):
        raise unprocessable("trailing_stop orders require one of trail_price or trail_percent")
    if order.type == "trailing_stop" and order.time_in_force not in ("day", "gtc"):
        raise unprocessable("trailing stop orders must be day or gtc")
    if order.extended_hours and (order.type != "limit" or order.time_in_force not in ("day", "gtc")):
        raise unprocessable('only type="limit" is allowed for extended hours orders', 40010001)
    if order.time_in_force in ("opg", "cls") and order.type not in ("market", "limit"):
        raise unprocessable(f"{order.time_in_force} orders must be market or limit")
    if order.qty != order.qty.to_integral_value():
        fractions = order.asset_class == "crypto" or (
            order.asset_class == "us_equity" and order.time_in_force == "day" and order.type != "trailing_stop"
        )
        if not fractions:
            raise unprocessable("fractional orders must be DAY orders")
    for name, px in (("limit_price", order.limit_price), ("stop_price", order.stop_price)):
        grid = Decimal("0.01") if px is not None and abs(px) >= 1 else Decimal("0.0001")
        if px is not None and order.asset_class == "us_equity" and px % grid:
            words = "sub-penny increment does not fulfill minimum pricing criteria"
            raise unprocessable(f"invalid {name} {text(px)}. {words}")


def check_listing(order: Order, row: dict[str, Any]) -> None:
    """What the asset itself does not allow."""
    if not row["tradable"] or row["status"] != "active":
        raise unprocessable(f'asset "{order.symbol}" is not tradable')
    if order.qty % 1 and not row["fractionable"]:
        raise RefusedError(403, 40310000, "requested asset is not fractionable")
    if order.position_intent == "sell_to_open" and order.asset_class == "us_equity" and not row["shortable"]:
        raise unprocessable(f'asset "{order.symbol}" cannot be sold short')


def check_account(order: Order, books: Books) -> None:
    """What the account does not allow. Sets the order's position intent."""
    if order.legs:
        return
    held = books.positions.get(order.symbol, ZERO)
    against = held if order.side == "sell" else -held
    available = against - books.held(order.symbol, order.side)
    if against > 0:
        if order.qty > available:
            raise RefusedError(
                403,
                40310000,
                f"insufficient qty available for order (requested: {text(order.qty)}, available: {text(available)})",
                available=text(available),
                existing_qty=text(held),
                held_for_orders=text(against - available),
                symbol=order.symbol,
            )
        if order.position_intent == f"{order.side}_to_open":
            raise unprocessable("position intent mismatch, inferred: to_close, specified: to_open", 42210000)
        order.position_intent = f"{order.side}_to_close"
    else:
        if order.position_intent == f"{order.side}_to_close":
            raise unprocessable("position intent mismatch, inferred: to_open, specified: to_close", 42210000)
        order.position_intent = f"{order.side}_to_open"
        if order.side == "sell" and (order.asset_class == "crypto" or order.qty != order.qty.to_integral_value()):
            raise RefusedError(403, 40310000, "account is not allowed to short")
        worst = order.limit_price or order.stop_price or books.mark(order.symbol)
        cost = order.qty * worst * (100 if order.asset_class == "us_option" else 1)
        if cost > books.equity * 2:
            raise RefusedError(
                403, 40310000, "insufficient buying power", buying_power=text(books.equity * 2), cost_basis=text(cost)
            )
    _check_wash(order, books)


def _check_wash(order: Order, books: Books) -> None:
    for other in books.open_orders():
        if other.symbol != order.symbol or other.side == order.side or other.legs or other.status == "held":
            continue
        buy, sale = (order, other) if order.side == "buy" else (other, order)
        if buy.type in ("stop", "stop_limit", "trailing_stop") or sale.type in ("stop", "stop_limit", "trailing_stop"):
            continue
        if buy.limit_price is None or sale.limit_price is None or buy.limit_price >= sale.limit_price:
            raise RefusedError(
                403, 40310000, "potential wash trade detected. use complex orders", existing_order_id=other.id
            )
