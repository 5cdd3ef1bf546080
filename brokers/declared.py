"""What an adapter did not declare, and what is no approved order, is not sent: checked once, the same for all."""

from __future__ import annotations

from engine.model.enums import Side
from engine.model.order import BrokerOrder, BrokerReplace
from engine.protocol import Capabilities, NotSupportedError


def refuse_undeclared(declared: Capabilities, order: BrokerOrder) -> None:
    """Raises NotSupportedError for an order type, time in force, short sale, fraction or extended hours that are not
    declared, and TypeError for what is no order that the risk engine let out."""
    if type(order) is not BrokerOrder:
        raise TypeError(f"{type(order).__name__} is no approved order; nothing was sent")
    if order.ord_type not in declared.ord_types:
        raise NotSupportedError(f"order type {order.ord_type.value} is not offered by this broker; nothing was sent")
    if order.time_in_force not in declared.times_in_force:
        what = order.time_in_force.value
        raise NotSupportedError(f"time in force {what} is not offered by this broker; nothing was sent")
    if order.via and order.via.partition(":")[0] not in declared.algos:
        raise NotSupportedError(f"algorithm {order.via!r} is not offered by this broker; nothing was sent")
    if order.side is Side.SELL_SHORT and not declared.short:
        raise NotSupportedError("short sales are not offered by this broker; nothing was sent")
    if order.extended and not declared.extended_hours:
        raise NotSupportedError("extended hours are not offered by this broker; nothing was sent")
    if not declared.fractional and order.qty != order.qty.to_integral_value():
        raise NotSupportedError("fractions are not offered by this broker; nothing was sent")


def refuse_other_replace(replace: BrokerReplace) -> None:
    """Raises TypeError for what is no cancel/replace that the risk engine let out."""
    if type(replace) is not BrokerReplace:
        raise TypeError(f"{type(replace).__name__} is no approved replace; nothing was sent")
