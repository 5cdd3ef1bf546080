"""Why the paper broker refuses an order: its business rules, each with the value that broke it."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from engine.model.enums import OrdType, TimeInForce
from engine.model.instrument import Instrument
from engine.model.money import ZERO, plain
from engine.model.order import BrokerOrder

ORD_TYPES: Final = frozenset({OrdType.MARKET, OrdType.LIMIT, OrdType.STOP, OrdType.STOP_LIMIT})
TIMES_IN_FORCE: Final = frozenset({TimeInForce.DAY, TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK})
_AT_ONCE: Final = frozenset({TimeInForce.IOC, TimeInForce.FOK})


def refuse_order(order: BrokerOrder, instrument: Instrument) -> str | None:
    """The reason to refuse a new order on what it says itself; None when it is well formed."""
    if order.ord_type not in ORD_TYPES:
        return f"a {order.ord_type.value} order is not offered; expected market, limit, stop or stop_limit"
    if order.time_in_force not in TIMES_IN_FORCE:
        return f"time in force {order.time_in_force.value} is not offered; expected day, gtc, ioc or fok"
    if order.extended:
        return "extended hours are not offered"
    if order.ord_type.needs_stop and order.time_in_force in _AT_ONCE:
        return f"a {order.ord_type.value} order can't be {order.time_in_force.value}"
    return refuse_terms(order.ord_type, order.qty, order.limit_px, order.stop_px, instrument)


def refuse_terms(
    ord_type: OrdType,
    qty: Decimal,
    limit_px: Decimal | None,
    stop_px: Decimal | None,
    instrument: Instrument,
) -> str | None:
    """The reason to refuse these terms, of a new order or a replace; None when they are well formed."""
    if not qty.is_finite() or qty <= ZERO:
        return f"quantity {qty} is not above 0"
    if qty % instrument.lot:
        return f"quantity {plain(qty)} is not a multiple of the lot {plain(instrument.lot)}"
    if qty < instrument.min_qty:
        return f"quantity {plain(qty)} is below the minimum {plain(instrument.min_qty)}"
    if instrument.max_qty is not None and qty > instrument.max_qty:
        return f"quantity {plain(qty)} is above the maximum {plain(instrument.max_qty)}"
    if ord_type.needs_limit or limit_px is not None:
        reason = _refuse_price("limit", limit_px, ord_type, ord_type.needs_limit, instrument)
        if reason is not None:
            return reason
    if stop_px is not None or ord_type.needs_stop:
        return _refuse_price("stop", stop_px, ord_type, ord_type.needs_stop, instrument)
    return None


def _refuse_price(
    what: str, price: Decimal | None, ord_type: OrdType, needed: bool, instrument: Instrument
) -> str | None:
    if price is None:
        return f"a {ord_type.value} order needs a {what} price" if needed else None
    if not needed:
        return f"a {ord_type.value} order takes no {what} price"
    if not price.is_finite() or price <= ZERO:
        return f"{what} price {price} is not above 0"
    if price % instrument.tick:
        return f"{what} price {plain(price)} is not a multiple of the tick {plain(instrument.tick)}"
    return None
