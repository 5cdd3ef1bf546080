"""Desks with one group of orders: what the tests of oco, bracket and oto share."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from engine import inputs as i
from engine.model.enums import OrdStatus, OrdType, Side, TimeInForce
from engine.model.order import OrderRequest
from engine.orders.order import Order
from tests.engine.dealing import (
    ACCOUNT,
    BUY,
    SELL,
    D,
    Dealing,
)

S = OrdStatus
GTC = TimeInForce.GTC


def limit(side: Side, qty: str, px: str, **more: object) -> OrderRequest:
    request = OrderRequest(ACCOUNT, "IBM", side, D(qty), OrdType.LIMIT, D(px), time_in_force=GTC)
    return msgspec.structs.replace(request, **more)


def stop(side: Side, qty: str, px: str, **more: object) -> OrderRequest:
    request = OrderRequest(ACCOUNT, "IBM", side, D(qty), OrdType.STOP, stop_px=D(px), time_in_force=GTC)
    return msgspec.structs.replace(request, **more)


class Group:
    """A desk with one group placed; `orders` are in the order of the requests."""

    def __init__(self, desk: Dealing, contingency: str, *requests: OrderRequest, partial: bool = True) -> None:
        self.desk = desk
        before = len(desk.state.by_id)
        desk.give(i.PlaceGroup(contingency, requests, partial))  # type: ignore[arg-type]
        self.orders: list[Order] = list(desk.state.by_id.values())[before:]

    @property
    def reserved(self) -> Decimal:
        return self.desk.state.positions[ACCOUNT, "IBM"].open_sell


def bracket(desk: Dealing, qty: str = "100", partial: bool = True) -> Group:
    return Group(
        desk, "bracket", limit(BUY, qty, "100"), limit(SELL, qty, "105"), stop(SELL, qty, "97"), partial=partial
    )


def oco(desk: Dealing) -> Group:
    return Group(desk, "oco", limit(SELL, "100", "105"), stop(SELL, "100", "97"))


def folds_alike(desk: Dealing) -> None:
    assert desk.refolded().digest() == desk.state.digest()


def names(orders: list[Order]) -> list[OrdStatus]:
    return [order.status for order in orders]
