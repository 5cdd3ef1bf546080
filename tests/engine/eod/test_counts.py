"""The counts of the day's report add up, also where nobody knew for a while what became of an order."""

from __future__ import annotations

import pytest

from engine import facts as f
from engine import inputs as i
from engine.eod.fold import DayFold
from engine.evolve import evolve
from engine.facts import Stamped
from engine.model.eod import Counts
from engine.model.order import ReplaceRequest
from engine.state import DeskState
from tests.engine.dealing import BUY, D, Dealing
from tests.engine.orders.doubting import PROVES_NOTHING, at, unknown


def counted(desk: Dealing) -> Counts:
    state = DeskState()
    fold = DayFold(state)
    for number, fact in enumerate(desk.recorded, start=1):
        evolve(state, fact, number, number)
        fold.see(Stamped(number, number, number, fact))
    return fold.counts


def test_an_order_that_is_declared_dead_is_counted_as_that_and_as_nothing_else() -> None:
    desk = at(PROVES_NOTHING)
    cancelled, order = desk.place(BUY, "50"), unknown(desk)
    desk.cancel(cancelled)
    desk.give(i.ResolveOrder(order.id, "by phone", "ann"))
    counts = counted(desk)
    assert (counts.orders, counts.unknown, counts.dead, counts.rejected) == (2, 1, 1, 0)


@pytest.mark.parametrize("decision", ["dead", "alive"])
def test_a_change_that_is_declared_dead_is_no_dead_order(decision: str) -> None:
    desk = at(PROVES_NOTHING)
    order = desk.place(BUY, "100")
    desk.give(i.ModifyOrder(order.id, ReplaceRequest(qty=D(150))))
    desk.give(i.SubmitUnknown(f"{order.cl_ord_id}r1", "no answer"))
    desk.give(i.ResolveOrder(order.id, "by phone", "ann", decision=decision))  # type: ignore[arg-type]
    counts = counted(desk)
    assert any(isinstance(fact, f.OrderResolved | f.OrderVouched) for fact in desk.recorded)
    assert (counts.orders, counts.dead) == (1, 0)
