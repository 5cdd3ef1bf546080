"""The order state table: whole, true of what the core does in each of its cells, and what the docs say."""

from __future__ import annotations

import msgspec
import pytest

from engine import facts as f
from engine.model.enums import OrdStatus, OrdType, TimeInForce
from engine.orders.order import DEAD, Order, PendingReplace, derive_status
from engine.orders.table import BASES, TABLE, Event, row
from tests.engine.dealing import BROKER
from tests.engine.orders.fix.matrix import Matrix, play

S, E = OrdStatus, Event
WORKING = "order 10000 \n accepted"
REACH = {
    S.HELD: "order 10000",
    S.PENDING_NEW: "order 10000",
    S.UNKNOWN: "order 10000 \n unknown",
    S.NEW: WORKING,
    S.SUSPENDED: f"{WORKING} \n suspended",
    S.STOPPED: f"{WORKING} \n stopped 1000 @ 100",
    S.CALCULATED: f"{WORKING} \n calculated",
    S.DONE_FOR_DAY: f"{WORKING} \n done for day",
    S.CANCELED: f"{WORKING} \n cancel \n canceled",
    S.EXPIRED: f"{WORKING} \n expired",
    S.REJECTED: "order 10000 \n rejected",
    S.DENIED: "order 10000 \n withheld",
}
HAPPEN = {
    E.WITHHELD: "withheld",
    E.DOUBTED: "unknown",
    E.ACCEPTED: "accepted early",
    E.REJECTED: "rejected",
    E.FILLED: "trade 100 @ 100",
    E.PENDING: "pending new",
    E.REPLACED: "changed by the broker 12000",
    E.RESTATED: "restated 9000 verbal",
    E.SUSPENDED: "suspended",
    E.REINSTATED: "reinstated",
    E.TRIGGERED: "triggered",
    E.STOPPED: "stopped 1000 @ 100",
    E.DONE_FOR_DAY: "done for day",
    E.CALCULATED: "calculated",
    E.CANCELED: "canceled",
    E.EXPIRED: "expired",
    E.RESOLVED: "absent proven",
}
NO_STOPS = msgspec.structs.replace(BROKER, ord_types=frozenset({OrdType.MARKET, OrdType.LIMIT}))
CELLS = [
    pytest.param(base, event, id=f"{event.name} of {base.name}")
    for event in HAPPEN
    for base in BASES
    if base is not S.HELD or event not in (E.CANCELED, E.EXPIRED)
]


def reach(base: OrdStatus) -> Matrix:
    """An order that stands so; a stop that the broker lacks is held by the desk."""
    if base is S.HELD:
        return play(REACH[base], tif=TimeInForce.GTC, able=NO_STOPS, ord_type=OrdType.STOP)
    return play(REACH[base], tif=TimeInForce.GTC)


def test_the_table_has_a_cell_for_every_event_and_every_base() -> None:
    assert {(event, base) for event in TABLE for base in TABLE[event]} == {(e, b) for e in Event for b in BASES}


@pytest.mark.parametrize(("base", "event"), CELLS)
def test_the_core_does_what_the_table_says(base: OrdStatus, event: Event) -> None:
    matrix = reach(base)
    assert matrix.order.base is base
    alerts, facts = len(matrix.alerts), len(_changes(matrix))
    matrix.row(HAPPEN[event])
    cell = row(event, base)
    assert matrix.order.base is cell.to
    assert bool(matrix.questions) == cell.asks
    assert (len(_changes(matrix)) > facts) == cell.recorded
    if cell.alerts:
        assert len(matrix.alerts) > alerts
    matrix.fold_again()


def _changes(matrix: Matrix) -> list[f.Fact]:
    return [fact for _, _, fact in matrix.desk.stamped if not isinstance(fact, f.AlertRaised)]


@pytest.mark.parametrize("base", [b for b in BASES if b not in (S.PENDING_NEW, S.UNKNOWN, S.HELD)])
def test_a_bust_does_what_the_table_says(base: OrdStatus) -> None:
    matrix = reach(base)
    matrix.row("trade 100 @ 100 as B")
    matrix.row("bust B")
    assert matrix.order.base is row(E.AMENDED, base).to


@pytest.mark.parametrize("base", [b for b in BASES if b not in DEAD and b is not S.HELD])
def test_a_refused_cancel_does_what_the_table_says(base: OrdStatus) -> None:
    matrix = reach(base)
    matrix.row("cancel")
    matrix.row("cancel refused")
    assert (matrix.order.base, matrix.questions) == (row(E.CANCEL_REJECTED, base).to, ["X"])


@pytest.mark.parametrize("base", [S.NEW, S.SUSPENDED, S.STOPPED, S.CALCULATED, S.DONE_FOR_DAY])
def test_a_refused_replace_does_what_the_table_says(base: OrdStatus) -> None:
    matrix = reach(base)
    matrix.row("replace Y 12000")
    matrix.row("replace refused Y")
    assert matrix.order.base is row(E.REPLACE_REJECTED, base).to
    assert "REPLACE_REJECTED" in matrix.alerts


@pytest.mark.parametrize("base", [S.PENDING_NEW, S.UNKNOWN, S.NEW, *sorted(DEAD, key=lambda s: s.value)])
def test_the_proof_that_an_order_lives_does_what_the_table_says(base: OrdStatus) -> None:
    matrix = reach(base)
    matrix.row("time 3")
    matrix.row("answer NEW 10000 0")
    assert matrix.order.base is row(E.ALIVE, base).to
    assert ("ORDER_ALIVE" in matrix.alerts) == row(E.ALIVE, base).alerts


@pytest.mark.parametrize("line", ["canceled", "expired"])
def test_an_end_that_the_broker_reports_of_a_held_order_is_asked_about(line: str) -> None:
    matrix = reach(S.HELD)
    matrix.row(line)
    assert (matrix.order.base, matrix.questions) == (S.HELD, ["X"])
    matrix.row("cancel")
    assert matrix.order.base is row(E.CANCELED, S.HELD).to


PRECEDENCE = (
    ("PENDING_CANCEL", S.DONE_FOR_DAY, True, True, 50),
    ("PENDING_REPLACE", S.DONE_FOR_DAY, False, True, 100),
    ("DONE_FOR_DAY", S.DONE_FOR_DAY, False, False, 100),
    ("CALCULATED", S.CALCULATED, False, False, 100),
    ("FILLED", S.STOPPED, False, False, 100),
    ("FILLED", S.NEW, False, False, 120),
    ("STOPPED", S.STOPPED, False, False, 50),
    ("SUSPENDED", S.SUSPENDED, False, False, 50),
    ("CANCELED", S.CANCELED, False, False, 50),
    ("EXPIRED", S.EXPIRED, False, False, 100),
    ("PARTIALLY_FILLED", S.NEW, False, False, 50),
    ("NEW", S.NEW, False, False, 0),
)


@pytest.mark.parametrize(("status", "base", "cancel", "replace", "cum"), PRECEDENCE)
def test_fix_precedence_decides_where_several_states_hold(
    status: str, base: OrdStatus, cancel: bool, replace: bool, cum: int
) -> None:
    order: Order = play(WORKING).order
    order.base, order.pending_cancel, order.cum_qty, order.qty = base, cancel, order.qty * cum / 100, order.qty
    if replace:
        order.pending_replaces = (PendingReplace("r1", order.qty, None, None, order.ref_px),)
    assert derive_status(order).value == status
