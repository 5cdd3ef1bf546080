"""Groups that Alpaca holds (`order_class`): which it is given, and how they are posted.

A bracket or an oto is posted as its entry, an oco as its take-profit; the rest are prices in that one order, from which
Alpaca makes orders of its own (`legs.py`). Exits of an entry wait until it has filled completely.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from brokers.alpaca import rules, words
from brokers.declared import refuse_undeclared
from engine.model.enums import AssetClass, OrdType
from engine.model.instrument import Instrument
from engine.model.order import BrokerGroup, BrokerOrder
from engine.protocol import Capabilities, NotSupportedError

_STOCKS: Final = (AssetClass.EQUITY, AssetClass.ETF)
_STOPS: Final = (OrdType.STOP, OrdType.STOP_LIMIT)
#: Others may be taken (the documents show these two alone): then a refusal would be the broker's, after the fact.
_ENTRIES: Final = (OrdType.MARKET, OrdType.LIMIT)
#: How far a stop (and a target) is from the price that it is held against.
_APART: Final = Decimal("0.01")


def top_of(group: BrokerGroup) -> BrokerOrder:
    """The order that is posted, and carries our id."""
    return group.legs[0] if group.entry is None else group.entry


def legs_of(group: BrokerGroup) -> tuple[BrokerOrder, ...]:
    """Those that Alpaca makes."""
    return group.legs[1:] if group.entry is None else group.legs


def is_stop(order: BrokerOrder) -> bool:
    return order.ord_type in _STOPS


def body_of(group: BrokerGroup, symbol: str) -> dict[str, Any]:
    """What is posted; numbers as strings, exactly as they were approved."""
    body = words.body_of(top_of(group), symbol)
    body["order_class"] = group.contingency
    if group.entry is None:
        del body["limit_price"]  # an oco has it in its take_profit
    for leg in group.legs:
        exit_: dict[str, str] = {}
        if leg.stop_px is not None:
            exit_["stop_price"] = words.plain(leg.stop_px)
        if leg.limit_px is not None:
            exit_["limit_price"] = words.plain(leg.limit_px)
        body["stop_loss" if is_stop(leg) else "take_profit"] = exit_
    return body


def refusal(group: BrokerGroup, declared: Capabilities, instruments: Mapping[str, Instrument]) -> str:
    """Why Alpaca is not given this group; "" where it is."""
    return (
        _of_its_form(group)
        or _of_its_orders(group, instruments)
        or _of_its_prices(group)
        or _of_one(group, declared, instruments)
    )


def _orders(group: BrokerGroup) -> list[BrokerOrder]:
    return [*(() if group.entry is None else (group.entry,)), *group.legs]


def _of_its_form(group: BrokerGroup) -> str:
    name, entry, legs = group.contingency, group.entry, group.legs
    if (entry is None) is not (name == "oco") or len(legs) != (1 if name == "oto" else 2):
        return f"this is no {name}"
    if entry is not None and entry.ord_type not in _ENTRIES:
        return f"the entry of a {name} at Alpaca is a market or limit order"
    if any(leg.ord_type is OrdType.TRAILING_STOP for leg in legs):
        return f"no order of a {name} trails at Alpaca"
    if not is_stop(legs[-1]) and (name != "oto" or legs[-1].ord_type is not OrdType.LIMIT):
        return f"the stop of a {name} at Alpaca is a stop or stop-limit order"
    if name != "oto" and legs[0].ord_type is not OrdType.LIMIT:
        return f"the target of a {name} at Alpaca is a limit order"
    return ""


def _of_its_orders(group: BrokerGroup, instruments: Mapping[str, Instrument]) -> str:
    orders = _orders(group)
    first, *rest = orders
    known = instruments.get(first.symbol)
    if any(order.legs for order in orders) or known is None or known.asset_class not in _STOCKS:
        return "Alpaca holds groups of stocks alone"
    if any((each.symbol, each.account) != (first.symbol, first.account) for each in rest):
        return "a group at Alpaca is of one instrument"
    if any(each.qty != first.qty for each in rest):
        return "a group at Alpaca has one quantity for all of its orders"
    if first.qty % 1:
        return "Alpaca holds groups of whole shares alone"
    if any(each.time_in_force is not first.time_in_force for each in rest):
        return "a group at Alpaca has one time in force for all of its orders"
    if first.time_in_force not in rules.DAY_GTC:
        return "a group at Alpaca is for the day or gtc"
    if any(each.extended for each in orders):
        return "a group at Alpaca trades in regular hours alone"
    exits = {leg.side.is_buy for leg in group.legs}
    if len(exits) > 1 or (group.entry is not None and group.entry.side.is_buy in exits):
        return "the exits of a group are all on the other side of its entry"
    return ""


def _of_its_prices(group: BrokerGroup) -> str:
    up = -1 if group.legs[0].side.is_buy else 1
    base = group.entry.limit_px if group.entry is not None else None
    target = next((leg.limit_px for leg in group.legs if not is_stop(leg)), None)
    stop = next((leg.stop_px for leg in group.legs if is_stop(leg)), None)
    guard = next((leg.limit_px for leg in group.legs if is_stop(leg)), None)
    if target is not None and base is not None and (target - base) * up < _APART:
        return "the target of a group at Alpaca is at least 0.01 better than its entry"
    if stop is not None and base is not None and (base - stop) * up < _APART:
        return "the stop of a group at Alpaca is at least 0.01 worse than its entry"
    if target is not None and stop is not None and (target - stop) * up < _APART:
        return "the target of a group at Alpaca is at least 0.01 better than its stop"
    if guard is not None and stop is not None and (stop - guard) * up < 0:
        return "the limit of a group's stop is not before its trigger at Alpaca"
    return ""


def _of_one(group: BrokerGroup, declared: Capabilities, instruments: Mapping[str, Instrument]) -> str:
    """What forbids one of its orders by itself."""
    try:
        for order in _orders(group):
            refuse_undeclared(declared, order)
            rules.refuse_unfit(order, instruments.get(order.symbol))
    except NotSupportedError as error:
        return str(error).removesuffix("; nothing was sent")
    return ""
