"""The life of an order: every fact that names it, and no other."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest

from engine import facts as f
from engine.audit.trail import life
from engine.journal.codec import FactCodec
from engine.model.enums import AlertLevel, OrdStatus, OrdType, Side
from engine.model.order import OrderRequest
from engine.model.snapshot import Execution, OrderSnapshot
from tests.engine.journal.samples import rows_of

ROOT, FIRST, SECOND = "K7Q000000001", "K7Q000000001r1", "K7Q000000001r2"
OTHER = "K7Q000000002"


def intent(cl_ord_id: str = ROOT, number: int = 1) -> f.OrderIntended:
    request = OrderRequest("SIM-1", "IBM", Side.BUY, Decimal(100), OrdType.LIMIT, Decimal("190.50"))
    return f.OrderIntended(number, cl_ord_id, request, Decimal("190.50"), None)


def execution(exec_id: str, cl_ord_id: str = ROOT, order_id: str = "P-1", account: str = "SIM-1") -> Execution:
    return Execution(exec_id, cl_ord_id, order_id, account, "IBM", Side.BUY, Decimal(10), Decimal("190.50"), 0)


def change(cl_ord_id: str, orig: str) -> f.ReplaceIntended:
    return f.ReplaceIntended(cl_ord_id, orig, Decimal(80), Decimal(190), None, Decimal(190), "ann")


def alert(text: str) -> f.AlertRaised:
    return f.AlertRaised(1, AlertLevel.WARN, "ANY", text)


def found(facts: Sequence[f.Fact], cl_ord_id: str = ROOT) -> list[int]:
    """The places (from 1) of the facts that are in the order's life."""
    return [row.seq for row, _ in life(rows_of(facts), FactCodec(), cl_ord_id)]


OURS: list[f.Fact] = [
    intent(),
    f.OrderUnknown(ROOT, "timeout"),
    f.OrderAccepted(ROOT, "P-1"),
    f.OrderFilled(execution("E1")),
    change(FIRST, ROOT),
    f.ReplaceDenied(FIRST, ROOT, "too late"),
    change(SECOND, ROOT),
    f.OrderReplaced(SECOND, ROOT, "P-2", Decimal(80), Decimal(190), None),
    f.OrderFilled(execution("E2", SECOND, "P-2")),
    f.ExecutionBusted("SIM-1", "E2"),
    f.ExecutionCorrected("SIM-1", "E1", execution("E1b")),
    f.ExecutionBusted("SIM-1", "E1b"),
    f.CancelIntended(SECOND, "ann", ""),
    f.CancelDenied(SECOND, "too late"),
    f.KillPulled(1, "ann", "", "no", (OTHER, ROOT)),
    f.OrderCanceled(ROOT, "", Decimal(10)),
    f.OrderEndProven(ROOT, Decimal(10)),
]


def test_every_fact_of_an_order_is_found_by_whichever_name_it_uses() -> None:
    assert found(OURS) == list(range(1, len(OURS) + 1))


def test_facts_of_other_orders_are_left_out_wherever_they_stand() -> None:
    strangers: list[f.Fact] = [
        intent(OTHER, 2),
        f.OrderAccepted(OTHER, "P-11"),
        f.OrderFilled(execution("E11", OTHER, "P-11")),
        f.ExecutionBusted("SIM-1", "E11"),
        f.ExecutionBusted("SIM-2", "E1"),
        f.KillPulled(1, "ann", "", "no", (OTHER,)),
        alert("order 2 IBM cancelled"),
        alert("order 11 IBM cancelled"),
        f.MarksSampled((), None, None),
    ]
    mixed: list[f.Fact] = []
    for number, fact in enumerate(OURS):
        mixed += [fact, strangers[number % len(strangers)]]
    assert found(mixed) == list(range(1, 2 * len(OURS), 2))


def test_a_bust_that_came_before_its_execution_is_found() -> None:
    assert found([f.ExecutionBusted("SIM-1", "E1"), intent(), f.OrderFilled(execution("E1"))]) == [1, 2, 3]


def test_fills_of_an_order_placed_elsewhere_are_found_by_the_brokers_id() -> None:
    placed = OrderSnapshot(
        "X-7", "", "SIM-1", "IBM", Side.BUY, OrdType.LIMIT, intent().request.time_in_force, Decimal(5), Decimal(0),
        OrdStatus.NEW,
    )  # fmt: skip
    facts: list[f.Fact] = [
        f.OrderAdopted(3, OTHER, placed),
        f.OrderFilled(execution("E9", "", "X-7")),
        f.OrderFilled(execution("E9", "", "X-8")),
        f.OrderFilled(execution("E9", "", "X-7", "SIM-2")),
    ]
    assert found(facts, OTHER) == [1, 2]


@pytest.mark.parametrize(
    ("text", "ours"),
    [
        ("order 1 IBM was cancelled", True),
        ("order 11 IBM was cancelled", False),
        ("reorder 1", False),
        ("execution E1 was busted", True),
        ("execution E12 was busted", False),
        (f"accepted for {ROOT}, an order", True),
    ],
)
def test_alerts_count_where_they_name_the_order(text: str, ours: bool) -> None:
    facts = [intent(), f.OrderFilled(execution("E1")), alert(text)]
    assert (3 in found(facts)) is ours


def test_a_short_number_is_another_order_on_another_day() -> None:
    facts: list[f.Fact] = [intent(), alert("order 1 cancelled"), f.DayRolled("2026-11-21", None, 0), alert("order 1")]
    assert found(facts) == [1, 2]
