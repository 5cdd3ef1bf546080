"""Changing an order: what can't be compared is refused, and a child never outgrows its parent."""

from __future__ import annotations

import pytest

from engine import facts as f
from engine import inputs as i
from engine import protocol as p
from engine.model.order import ReplaceRequest
from tests.engine.dealing import ACCOUNT, BUY, SECOND, D, Dealing


@pytest.mark.parametrize("qty", ["NaN", "Infinity", "1E+30"])
def test_a_change_to_no_number_is_refused_and_stops_nothing(qty: str) -> None:
    desk = Dealing().connect()
    order = desk.place(BUY, "100")
    desk.give(i.ModifyOrder(order.id, ReplaceRequest(qty=D(qty))))
    assert order.qty == 100
    assert isinstance(desk.recorded[-1], f.ReplaceRefused)


def test_a_child_can_be_changed_by_hand_but_not_beyond_its_parent() -> None:
    desk = Dealing().connect()
    start = desk.now.market_ns
    spec = i.AlgoSpec("twap", ACCOUNT, "IBM", BUY, D(100), start, start + 60 * SECOND, slices=2)
    desk.give(i.LaunchAlgo(spec))
    child = list(desk.state.by_id.values())[-1]
    desk.ack(child)
    desk.give(i.ModifyOrder(child.id, ReplaceRequest(qty=D(101))))
    refusal = desk.recorded[-1]
    assert isinstance(refusal, f.ReplaceRefused)
    assert [d.code for d in refusal.denials] == ["EXCEEDS_PARENT"]
    desk.give(i.ModifyOrder(child.id, ReplaceRequest(qty=D(100))))
    assert child.pending_replace is not None


def test_an_order_filled_to_its_old_total_can_be_cancelled_while_a_larger_one_may_be_working() -> None:
    desk = Dealing().connect()
    order = desk.place(BUY, "100")
    desk.give(i.ModifyOrder(order.id, ReplaceRequest(qty=D(200))))
    desk.fill(order, "100")
    effects = desk.give(i.Kill("me", "enough", "no"))
    assert any(getattr(e, "cancel", None) is not None for e in effects)
    desk.give(p.Canceled(order.cl_ord_id, 0, "", D(100)))
    assert order.cl_ord_id not in desk.state.open_orders
