"""Desks whose orders came into doubt: what the tests of UNKNOWN share."""

from __future__ import annotations

from typing import Any

import msgspec

from engine import inputs as i
from engine import protocol as p
from engine.model.enums import OrdStatus
from engine.orders.order import Order
from engine.risk.engine import RiskEngine
from tests.engine.dealing import (
    BROKER,
    BUY,
    SECOND,
    Dealing,
)

UNKNOWN, REJECTED, NEW = OrdStatus.UNKNOWN, OrdStatus.REJECTED, OrdStatus.NEW
PROVES_NOTHING = msgspec.structs.replace(BROKER, absence_proof=p.AbsenceProof.NOTHING)
UNIQUE = msgspec.structs.replace(BROKER, unique_ids_enforced=True, resend_interval_ns=2 * SECOND)


def at(broker: p.Capabilities, desk: Dealing | None = None, **settings: int) -> Dealing:
    """A connected desk at a broker of these capabilities, with these surroundings."""
    desk = desk or Dealing()
    around = msgspec.structs.replace(desk.desk.surroundings, capabilities=lambda account: broker, **settings)
    desk.desk.surroundings = around
    desk.desk.risk = RiskEngine(desk.state, desk.quotes, around)
    return desk.connect()


def unknown(desk: Dealing, qty: str = "100", **more: Any) -> Order:
    """An order whose submit timed out."""
    order = desk.place(BUY, qty, ack=False, **more)
    desk.give(i.SubmitUnknown(order.cl_ord_id, "no answer within 5 s"))
    return order


def not_found(desk: Dealing, order: Order, *, closed: bool, proof: bool = False) -> list[Any]:
    return desk.give(i.OrderEvidence(order.cl_ord_id, None, (), proof, desk.now.wall_ns, 0, closed))


def again(desk: Dealing, order: Order) -> Order:
    """The same order placed once more."""
    desk.give(i.PlaceOrder(order.request))
    return list(desk.state.by_id.values())[-1]


def facts_of(desk: Dealing, kind: type) -> list[Any]:
    return [fact for fact in desk.recorded if isinstance(fact, kind)]
