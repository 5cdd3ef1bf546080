"""What an adapter did not declare is not sent: checked once, the same for every adapter."""

from __future__ import annotations

from engine.model.enums import Side
from engine.model.order import BrokerOrder
from engine.protocol import Capabilities, NotSupportedError


def refuse_undeclared(declared: Capabilities, order: BrokerOrder) -> None:
    """Raises NotSupportedError for an order type, time in force, short sale or fraction that is not declared."""
    if order.ord_type not in declared.ord_types:
        raise NotSupportedError(f"order type {order.ord_type.value} is not offered by this broker; nothing was sent")
    if order.time_in_force not in declared.times_in_force:
        what = order.time_in_force.value
        raise NotSupportedError(f"time in force {what} is not offered by this broker; nothing was sent")
    if order.side is Side.SELL_SHORT and not declared.short:
        raise NotSupportedError("short sales are not offered by this broker; nothing was sent")
    if not declared.fractional and order.qty != order.qty.to_integral_value():
        raise NotSupportedError("fractions are not offered by this broker; nothing was sent")
