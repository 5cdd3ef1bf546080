"""What the desk does itself where the broker doesn't: which orders it must hold, and how the rest is carried."""

from __future__ import annotations

from engine.model.enums import OrdType, TimeInForce
from engine.model.instrument import Instrument
from engine.model.order import OrderRequest
from engine.protocol import Capabilities


def offered(broker: Capabilities, instrument: Instrument | None) -> Capabilities:
    """What the broker does for this instrument."""
    return broker.of(None if instrument is None else instrument.asset_class)


def time_of_ours(broker: Capabilities, instrument: Instrument | None) -> TimeInForce:
    """What the desk's own orders (of algos, of liquidations) are in force for: the day, or until the desk pulls them
    where the broker has no days for this instrument (crypto)."""
    times = offered(broker, instrument).times_in_force
    return TimeInForce.DAY if TimeInForce.DAY in times or TimeInForce.GTC not in times else TimeInForce.GTC


AUCTIONS = (TimeInForce.OPG, TimeInForce.CLS)
_RELEASED = {OrdType.STOP: OrdType.MARKET, OrdType.STOP_LIMIT: OrdType.LIMIT, OrdType.TRAILING_STOP: OrdType.MARKET}


def is_native(request: OrderRequest, broker: Capabilities) -> bool:
    """Whether the broker itself works this order from the beginning (an end by the clock the desk can add)."""
    time_in_force = request.time_in_force
    if request.ord_type not in broker.ord_types or request.trigger != "touch":
        return False
    return time_in_force in broker.times_in_force or time_in_force is TimeInForce.GTD


def held_here(request: OrderRequest, broker: Capabilities) -> str:
    """What a user must know of an order that the desk has to look after itself; "" when the broker does it all."""
    time_in_force = request.time_in_force
    if not is_native(request, broker):
        if time_in_force in AUCTIONS:
            when = "open" if time_in_force is TimeInForce.OPG else "close"
            return f"LOCAL: this desk sends it at the {when}; it does nothing while the desk is down"
        return "LOCAL: this desk holds it and watches its trigger; it does nothing while the desk is down"
    if time_in_force is TimeInForce.GTD and time_in_force not in broker.times_in_force:
        return "LOCAL: the broker has no gtd, this desk cancels it at its time"
    return ""


def carried_time(request: OrderRequest, broker: Capabilities) -> tuple[TimeInForce, int | None]:
    """(time in force, end) as the broker is told. Where it has no gtd the desk ends the order; where it has no auction
    the desk sends the order at its time, for the day."""
    time_in_force = request.time_in_force
    if time_in_force in broker.times_in_force:
        return time_in_force, request.expire_ns
    if time_in_force is TimeInForce.GTD and TimeInForce.GTC in broker.times_in_force:
        return TimeInForce.GTC, None
    return TimeInForce.DAY, None


def released_type(ord_type: OrdType) -> OrdType:
    """What a held order is once its trigger was reached."""
    return _RELEASED.get(ord_type, ord_type)
