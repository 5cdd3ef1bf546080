"""The pump while the disk fails or hangs: what is not on it was never decided, and a kill doesn't wait for it."""

from __future__ import annotations

from engine import inputs as i
from engine.effects import CancelOrder, CloseGate, OpenGate, SubmitOrder
from engine.inputs import Now
from engine.journal.chain import Chain, verify
from engine.journal.codec import FactCodec
from engine.model.enums import OrdStatus, OrdType, TradingState
from engine.model.order import OrderRequest
from engine.runtime.pump import Batch, Pump
from tests.engine.dealing import ACCOUNT, BUY, D, Dealing, only


class Pumped:
    """A dealing desk behind a pump; the test is its disk."""

    def __init__(self, hold: str = "0") -> None:
        self.dealing = Dealing(hold).connect()
        self.desk = self.dealing.desk
        self.pump = Pump(self.desk, Chain(FactCodec()))
        self.wall = self.dealing.now.wall_ns

    def now(self) -> Now:
        self.wall += 1_000_000
        return Now(self.wall, self.wall)

    def offer(self, item: object) -> None:
        self.pump.offer(item, self.now())

    def buy(self, qty: str) -> None:
        self.offer(i.PlaceOrder(OrderRequest(ACCOUNT, "IBM", BUY, D(qty), OrdType.LIMIT, D(100))))

    def take(self) -> Batch:
        batch = self.pump.take()
        assert batch is not None
        return batch

    def commit(self, batch: Batch) -> list[object]:
        return list(self.pump.committed(batch, self.now()))


def test_what_was_decided_while_a_commit_was_in_flight_is_void_when_it_fails() -> None:
    desk = Pumped()
    desk.buy("10")
    first = desk.take()
    desk.buy("20")
    assert only(desk.pump.failed(first, "disk full", desk.now()), SubmitOrder) == []
    again = desk.take()
    assert verify(again.rows) is None
    assert only(desk.commit(again), SubmitOrder) == []  # type: ignore[arg-type]
    orders = list(desk.desk.state.by_id.values())
    assert [o.status for o in orders] == [OrdStatus.DENIED, OrdStatus.DENIED]
    assert all("WITHHELD" in o.text for o in orders)


def test_a_kill_goes_out_while_the_disk_hangs() -> None:
    desk = Pumped()
    working = desk.dealing.place(BUY, "10", "99.00")
    desk.offer(i.AckAlerts(0, "me"))
    hanging = desk.take()
    desk.pump.stalled(hanging, "no commit within 2 s", desk.now())
    desk.offer(i.Kill("me", "enough", "no"))
    assert desk.pump.take() is None
    effects = desk.pump.urgent(desk.now())
    assert [e.cancel.cl_ord_id for e in only(effects, CancelOrder)] == [working.cl_ord_id]
    assert only(effects, CloseGate)


def test_a_flatten_goes_out_while_the_disk_hangs() -> None:
    desk = Pumped(hold="100")
    desk.offer(i.AckAlerts(0, "me"))
    desk.pump.stalled(desk.take(), "no commit within 2 s", desk.now())
    desk.offer(i.Flatten("IBM"))
    sent = only(desk.pump.urgent(desk.now()), SubmitOrder)
    assert [e.approved.order.qty for e in sent] == [100]
    assert all(e.approved.reducing for e in sent)


def test_nothing_is_urgent_while_the_disk_works() -> None:
    desk = Pumped()
    desk.buy("10")
    assert desk.pump.urgent(desk.now()) == []
    assert only(desk.commit(desk.take()), SubmitOrder)  # type: ignore[arg-type]


def test_a_resume_that_was_not_recorded_opens_no_gate_when_the_disk_works_again() -> None:
    desk = Pumped()
    desk.offer(i.Halt(None, "me", "lunch"))
    desk.commit(desk.take())
    desk.offer(i.Resume("back", None, "me"))
    batch = desk.take()
    desk.pump.failed(batch, "disk full", desk.now())
    assert only(desk.commit(desk.take()), OpenGate) == []  # type: ignore[arg-type]
    assert desk.desk.state.desk_state[0] is TradingState.HALTED


def test_facts_of_a_stalled_commit_and_of_what_came_after_keep_their_order_in_the_chain() -> None:
    desk = Pumped()
    desk.buy("10")
    hanging = desk.take()
    desk.pump.stalled(hanging, "no commit within 2 s", desk.now())
    desk.offer(i.AckAlerts(1, "me"))
    desk.pump.urgent(desk.now())
    desk.commit(hanging)
    after = desk.take()
    assert after.rows[0].prev_hash == hanging.rows[-1].hash
    desk.commit(after)
    assert desk.pump.idle
    assert not desk.pump.down
