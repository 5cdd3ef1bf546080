"""What stands around every adapter, in virtual time: what is tried again and what never is, and when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

import pytest

from engine import inputs as i
from engine.effects import CancelAll, CancelOrder, QueryOrder, QuerySnapshot, ReplaceOrder, SubmitOrder
from engine.model.enums import AssetClass, OrdType, Side, TimeInForce
from engine.model.order import BrokerCancel, BrokerOrder, BrokerReplace
from engine.model.snapshot import AccountSnapshot, Execution, OrderSnapshot, PositionSnapshot
from engine.protocol import (
    AmbiguousError,
    AuthError,
    Canceled,
    Capabilities,
    Connected,
    Disconnected,
    NotConnectedError,
    RefusedError,
    ReportSink,
    ThrottledError,
)
from engine.resilience.settings import Resilience
from engine.risk.approval import stamp_approved
from engine.risk.gate import Gate
from engine.runtime.gateway import Gateway
from tests.engine.dealing import D
from tests.engine.runtime.test_gateway import NoLatch
from tests.simulation.loop import SECOND_NS, VirtualLoop

SUBMIT, REPLACE, CANCEL, ASK, TIME = "submit", "replace", "cancel", "ask", "time"
CANCEL_ALL = "cancel all"


class Broker:
    """Takes everything at once, but for the errors that wait for a method."""

    name = "sim"

    def __init__(self, loop: VirtualLoop, rate: int) -> None:
        self.loop = loop
        self.rate = rate
        self.errors: dict[str, list[Exception]] = {}
        self.always: dict[str, Exception] = {}
        self.got: list[tuple[float, str, str]] = []
        self.connects: list[float] = []
        self.refuses: Exception | None = None
        self.clock_off_ns = 0
        self.sink: ReportSink = lambda report: None

    def _take(self, method: str, ident: str = "") -> None:
        self.got.append((round(self.loop.time(), 3), method, ident))
        if method in self.always:
            raise self.always[method]
        waiting = self.errors.get(method)
        if waiting:
            raise waiting.pop(0)

    def times(self, method: str, ident: str = "") -> list[float]:
        """When it was asked."""
        return [at for at, what, who in self.got if what == method and (not ident or who == ident)]

    def capabilities(self) -> Capabilities:
        return Capabilities(
            frozenset(OrdType),
            frozenset(TimeInForce),
            frozenset(AssetClass),
            replace=True,
            max_requests_per_s=self.rate,
        )

    async def connect(self, sink: ReportSink) -> None:
        self.connects.append(round(self.loop.time(), 3))
        if self.refuses is not None:
            raise self.refuses
        self.sink = sink

    async def disconnect(self) -> None:
        """Nothing to close."""

    async def submit(self, order: BrokerOrder) -> None:
        self._take(SUBMIT, order.cl_ord_id)

    async def replace(self, replace: BrokerReplace) -> None:
        self._take(REPLACE, replace.cl_ord_id)

    async def cancel(self, cancel: BrokerCancel) -> None:
        self._take(CANCEL, cancel.cl_ord_id)

    async def cancel_all(self) -> None:
        self._take(CANCEL_ALL)

    async def order_by_cl_ord_id(self, cl_ord_id: str) -> OrderSnapshot | None:
        self._take(ASK, cl_ord_id)
        return None

    async def open_orders(self) -> Sequence[OrderSnapshot]:
        self._take("open orders")
        return ()

    async def executions_since(self, since_ns: int) -> Sequence[Execution]:
        return ()

    async def positions(self) -> Sequence[PositionSnapshot]:
        return ()

    async def account(self) -> AccountSnapshot:
        return AccountSnapshot("A1", False, "USD", {})

    async def server_time_ns(self) -> int | None:
        self._take(TIME)
        return self.loop.now_ns + self.clock_off_ns


class Desk:
    """A gateway and its broker; `posted` is what the core would be told."""

    def __init__(self, loop: VirtualLoop, rate: int = 50) -> None:
        self.loop = loop
        self.broker = Broker(loop, rate)
        self.posted: list[Any] = []
        self.gate = Gate()
        self.gateway = Gateway(
            self.broker,  # type: ignore[arg-type]
            self.gate,
            NoLatch(),  # type: ignore[arg-type]
            self.posted.append,
            lambda: loop.now_ns,
            resilience=Resilience(retry_jitter=0, rate_margin_s=0),
            rng=Random(1),
        )
        self.running = loop.create_task(self.gateway.run())

    def run(self, seconds: float = 0.0) -> None:
        """Let time pass."""
        self.loop.run_until(self.loop.now_ns + int(seconds * SECOND_NS))

    def submit(self, ident: str, *, liquidation: bool = False) -> None:
        wanted = BrokerOrder(ident, "A1", "IBM", Side.BUY, D(1), OrdType.MARKET, TimeInForce.DAY)
        self.gateway.submit(SubmitOrder(stamp_approved(wanted, 0, reducing=liquidation), liquidation))
        self.run()

    def replace(self, ident: str, orig: str) -> None:
        wanted = BrokerReplace(ident, orig, None, "A1", "IBM", D(2), None, None)
        self.gateway.submit(ReplaceOrder(stamp_approved(wanted, 0, reducing=False)))
        self.run()

    def cancel(self, ident: str, *, urgent: bool = False) -> None:
        self.gateway.cancel(CancelOrder(BrokerCancel(ident, None, "A1", "IBM"), urgent))
        self.run()

    def cancel_all(self, *idents: str) -> None:
        each = tuple(CancelOrder(BrokerCancel(ident, None, "A1", "IBM"), True) for ident in idents)
        self.gateway.cancel_all(CancelAll("A1", each))
        self.run()

    def told(self, kind: type) -> list[Any]:
        return [item for item in self.posted if isinstance(item, kind)]

    def break_it(self) -> None:
        """Five orders in a row end with a 5xx."""
        self.broker.always[SUBMIT] = AmbiguousError("502")
        for number in range(5):
            self.submit(f"broken{number}")
        del self.broker.always[SUBMIT]
        assert self.gateway.row().breaker == "open"


@pytest.fixture
def desk() -> Iterator[Desk]:
    yield from _desk(50)


@pytest.fixture
def slow_desk() -> Iterator[Desk]:
    """At a broker that takes five requests a second."""
    yield from _desk(5)


def _desk(rate: int) -> Iterator[Desk]:
    with VirtualLoop() as loop:
        desk = Desk(loop, rate)
        desk.run(0.1)
        assert desk.told(Connected)
        yield desk
        desk.running.cancel()
        desk.gateway.stop()
        desk.run()
        assert not loop.errors


# --- what is tried again ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [AmbiguousError("502"), TimeoutError(), ThrottledError("fast"), RefusedError("no")])
def test_an_order_is_never_sent_a_second_time_whatever_happens_to_it(desk: Desk, error: Exception) -> None:
    desk.broker.errors = {SUBMIT: [error], REPLACE: [error]}
    desk.submit("A")
    desk.replace("Ar1", "A")
    desk.run(600)

    assert len(desk.broker.times(SUBMIT)) == len(desk.broker.times(REPLACE)) == 1


def test_a_question_is_asked_again_after_one_two_and_four_seconds(desk: Desk) -> None:
    desk.broker.always[ASK] = AmbiguousError("502")
    desk.gateway.query(QueryOrder("A1", "A"))
    desk.run(60)

    assert desk.broker.times(ASK) == [0.1, 1.1, 3.1, 7.1]
    assert [failed.reason for failed in desk.told(i.QueryFailed)] == ["502"]


def test_a_question_that_waits_is_not_asked_twice(desk: Desk) -> None:
    desk.broker.errors[ASK] = [AmbiguousError("502")]
    desk.gateway.query(QueryOrder("A1", "A"))
    desk.run(0.5)
    desk.gateway.query(QueryOrder("A1", "A"))
    desk.run(60)

    assert desk.broker.times(ASK) == [0.1, 1.1]
    assert len(desk.told(i.OrderEvidence)) == 1


def test_a_snapshot_that_failed_is_asked_for_again_as_a_whole(desk: Desk) -> None:
    desk.broker.errors["open orders"] = [TimeoutError()]
    desk.gateway.snapshot(QuerySnapshot("A1", "test"))
    desk.run(5)

    (snapshot,) = desk.told(i.BrokerSnapshot)
    assert snapshot.asked_wall_ns == 1.1 * SECOND_NS


def test_a_cancel_without_an_answer_is_asked_about_at_once_and_sent_again(desk: Desk) -> None:
    desk.broker.errors[CANCEL] = [AmbiguousError("502"), AmbiguousError("502")]
    desk.cancel("A")

    assert [failed.ambiguous for failed in desk.told(i.CancelFailed)] == [True]
    desk.run(60)
    assert desk.broker.times(CANCEL) == [0.1, 1.1, 3.1]


def test_a_throttled_cancel_waits_as_long_as_the_broker_asked_and_is_no_news(desk: Desk) -> None:
    desk.broker.errors[CANCEL] = [ThrottledError("slow down", retry_after_s=2.5)]
    desk.cancel("A")
    desk.run(60)

    assert desk.broker.times(CANCEL) == [0.1, 2.6]
    assert not desk.told(i.CancelFailed)


def test_a_cancel_that_the_broker_refused_is_not_sent_again(desk: Desk) -> None:
    desk.broker.errors[CANCEL] = [RefusedError("too late")]
    desk.cancel("A")
    desk.run(60)

    assert desk.broker.times(CANCEL) == [0.1]
    assert [failed.ambiguous for failed in desk.told(i.CancelFailed)] == [False]


def test_a_cancel_is_not_sent_again_for_an_order_that_has_ended(desk: Desk) -> None:
    desk.broker.errors[CANCEL] = [AmbiguousError("502")]
    desk.cancel("A")
    desk.broker.sink(Canceled("A", 0))
    desk.run(60)

    assert desk.broker.times(CANCEL) == [0.1]


# --- rate -------------------------------------------------------------------------------------------------------------


def test_a_throttled_order_is_refused_unread_and_the_next_ones_wait_as_asked(desk: Desk) -> None:
    desk.broker.errors[SUBMIT] = [ThrottledError("slow down", retry_after_s=3)]
    desk.submit("A")
    desk.submit("B")
    desk.cancel("C")
    desk.run(10)

    assert [(failed.cl_ord_id, failed.cause) for failed in desk.told(i.SubmitFailed)] == [("A", "throttled")]
    assert desk.broker.times(SUBMIT, "B") == [3.1]
    assert desk.broker.times(CANCEL) == [0.1]


def test_an_order_that_gets_no_turn_in_time_is_withheld(slow_desk: Desk) -> None:
    for number in range(40):
        slow_desk.submit(f"A{number}")
    slow_desk.run(20)

    withheld = slow_desk.told(i.Withheld)
    assert {(w.cause, w.reason) for w in withheld} == {("queue", "no turn within 5 s")}
    assert len(slow_desk.broker.times(SUBMIT)) + len(withheld) == 40
    assert max(slow_desk.broker.times(SUBMIT)) <= 5.2


def test_a_kill_goes_out_at_once_behind_a_full_queue_of_orders(slow_desk: Desk) -> None:
    for number in range(20):
        slow_desk.submit(f"A{number}")
    slow_desk.cancel("old", urgent=True)

    assert slow_desk.broker.got[-1] == (0.1, CANCEL, "old")


def test_cancelling_an_order_that_waits_also_ends_the_change_of_it_that_waits(slow_desk: Desk) -> None:
    for number in range(9):
        slow_desk.submit(f"A{number}")
    slow_desk.replace("A0r1", "A0")
    slow_desk.cancel("A0")
    slow_desk.cancel("A8")
    slow_desk.run(20)

    assert [(w.cl_ord_id, w.cause) for w in slow_desk.told(i.Withheld)] == [("A0r1", "cancelled"), ("A8", "cancelled")]
    assert [who for _, what, who in slow_desk.broker.got if what == CANCEL] == ["A0"]


# --- breaker ----------------------------------------------------------------------------------------------------------


def test_five_failures_open_the_breaker_and_orders_are_withheld(desk: Desk) -> None:
    desk.break_it()
    desk.submit("A")
    desk.replace("Br1", "B")

    assert [(m.state, m.reason) for m in desk.told(i.BreakerMoved)] == [
        ("open", "5 order requests failed, the last: 502")
    ]
    assert [(w.cl_ord_id, w.cause) for w in desk.told(i.Withheld)] == [("A", "breaker"), ("Br1", "breaker")]
    assert not desk.broker.times(SUBMIT, "A")


def test_while_it_is_open_cancels_liquidation_and_questions_still_try(desk: Desk) -> None:
    desk.break_it()
    desk.cancel("A", urgent=True)
    desk.submit("flat", liquidation=True)
    desk.gateway.query(QueryOrder("A1", "A"))
    desk.run()

    assert desk.broker.times(CANCEL, "A")
    assert desk.broker.times(SUBMIT, "flat")
    assert desk.broker.times(ASK, "A")


def test_orders_that_waited_when_it_opened_are_withheld_and_never_sent(slow_desk: Desk) -> None:
    slow_desk.broker.always[SUBMIT] = AmbiguousError("502")
    for number in range(8):
        slow_desk.submit(f"A{number}")
    slow_desk.run(30)

    assert len(slow_desk.broker.times(SUBMIT)) == 5
    assert {(w.cl_ord_id, w.cause) for w in slow_desk.told(i.Withheld)} == {
        ("A5", "breaker"),
        ("A6", "breaker"),
        ("A7", "breaker"),
    }


def test_after_a_minute_a_read_decides_and_orders_go_out_again(desk: Desk) -> None:
    desk.break_it()
    desk.run(59.9)
    assert desk.gateway.row().breaker == "open"
    desk.run(0.2)

    assert [m.state for m in desk.told(i.BreakerMoved)] == ["open", "half-open", "closed"]
    desk.submit("A")
    assert desk.broker.times(SUBMIT, "A")


def test_a_broker_that_is_still_broken_keeps_it_open_for_another_minute(desk: Desk) -> None:
    desk.break_it()
    desk.broker.always[TIME] = AmbiguousError("502")
    desk.run(70)

    assert [m.state for m in desk.told(i.BreakerMoved)] == ["open", "half-open", "open"]
    del desk.broker.always[TIME]
    desk.run(60)
    assert desk.gateway.row().breaker == "closed"


def test_a_business_refusal_is_an_answer_and_opens_nothing(desk: Desk) -> None:
    desk.broker.always[SUBMIT] = RefusedError("unknown symbol")
    for number in range(20):
        desk.submit(f"A{number}")

    assert desk.gateway.row().breaker == "closed"


def test_a_lost_connection_with_much_under_way_does_not_open_it(desk: Desk) -> None:
    desk.broker.sink(Disconnected("sim", "reset", 0))
    desk.run(3)
    desk.broker.always[ASK] = AmbiguousError("connection lost")
    for number in range(9):
        desk.gateway.query(QueryOrder("A1", f"A{number}"))
        desk.broker.sink(Disconnected("sim", "reset", 0))
    desk.run(1)

    assert desk.gateway.row().breaker == "closed"


# --- health and clock -------------------------------------------------------------------------------------------------


def test_the_health_is_read_at_once_and_every_half_minute(desk: Desk) -> None:
    desk.run(95)

    assert desk.broker.times(TIME) == [0.0, 30.0, 60.0, 90.0]
    assert desk.gateway.row().latency_ms == D("0.0")


def test_a_broker_that_answers_nothing_is_degraded_then_down_and_its_session_is_made_anew(desk: Desk) -> None:
    desk.broker.errors[TIME] = [TimeoutError(), TimeoutError(), TimeoutError()]
    desk.run(100)

    assert [m.health for m in desk.told(i.HealthMoved)] == ["degraded", "down", "ok"]
    assert len(desk.broker.connects) == 2
    assert desk.gateway.row().health == "ok"


def test_the_clock_skew_is_told_when_it_crosses_a_bound(desk: Desk) -> None:
    for off_s in (0.4, 0.6, 1.9, 2.5, -3.0, 0.0):
        desk.broker.clock_off_ns = int(off_s * SECOND_NS)
        desk.run(30)

    assert [(m.level, m.skew_ns) for m in desk.told(i.SkewMoved)] == [
        ("ok", 0),
        ("warn", 600_000_000),
        ("stop", 2_500_000_000),
        ("ok", 0),
    ]
    assert desk.gateway.row().clock_skew_ms == D("0.0")


# --- sessions ---------------------------------------------------------------------------------------------------------


def test_a_broker_that_comes_back_is_used_within_five_seconds_however_long_it_was_away(desk: Desk) -> None:
    for away_s in (1, 10, 100, 1000, 10_000):
        desk.broker.refuses = NotConnectedError("unreachable")
        desk.broker.sink(Disconnected("sim", "reset", 0))
        desk.run(away_s)
        assert not desk.gateway.connected
        desk.broker.refuses = None
        desk.run(5)
        assert desk.gateway.connected
        desk.run(5)


def test_refused_credentials_are_said_once_and_tried_once_a_minute(desk: Desk) -> None:
    desk.broker.refuses = AuthError("key expired")
    desk.broker.sink(Disconnected("sim", "logged out", 0))
    before = len(desk.broker.connects)
    desk.run(290)

    assert len(desk.broker.connects) - before == 5
    reasons = [lost.reason for lost in desk.told(Disconnected)]
    assert reasons == ["logged out", "credentials refused, tried again every 60 s: key expired"]


def test_a_session_that_ends_at_once_again_and_again_is_not_hammered(desk: Desk) -> None:
    before = len(desk.broker.connects)
    for _ in range(300):
        desk.broker.sink(Disconnected("sim", "go away", 0))
        desk.run(0.1)

    assert len(desk.broker.connects) - before < 20


def test_an_adapter_with_a_defect_in_its_connect_is_tried_again(desk: Desk) -> None:
    desk.broker.refuses = KeyError("host")
    desk.broker.sink(Disconnected("sim", "reset", 0))
    desk.run(5)
    desk.broker.refuses = None
    desk.run(5)

    assert desk.gateway.connected


def test_the_desk_hears_of_the_end_of_a_session_before_it_hears_of_what_died_with_it(slow_desk: Desk) -> None:
    for number in range(9):
        slow_desk.submit(f"A{number}")
    slow_desk.posted.clear()
    slow_desk.broker.sink(Disconnected("sim", "reset", 0))

    assert [type(item) for item in slow_desk.posted] == [Disconnected, *[i.Withheld] * 6]
    assert {w.cause for w in slow_desk.told(i.Withheld)} == {"disconnected"}


def test_without_a_session_an_order_is_withheld_and_an_adapter_that_lost_its_own_is_connected_again(desk: Desk) -> None:
    desk.broker.errors[SUBMIT] = [NotConnectedError("socket closed")]
    desk.submit("A")
    desk.submit("B")
    desk.run(5)

    assert [(w.cl_ord_id, w.cause) for w in desk.told(i.Withheld)] == [("A", "disconnected"), ("B", "disconnected")]
    assert len(desk.told(Connected)) == 2


def test_what_waits_when_the_desk_stops_is_withheld(slow_desk: Desk) -> None:
    for number in range(9):
        slow_desk.submit(f"A{number}")
    slow_desk.gateway.stop()
    slow_desk.submit("late")
    slow_desk.run(20)

    assert len(slow_desk.broker.times(SUBMIT)) + len(slow_desk.told(i.Withheld)) == 10
    assert {w.cause for w in slow_desk.told(i.Withheld)} == {"stopping"}


def test_the_gate_is_read_after_the_turn_has_come(slow_desk: Desk) -> None:
    for number in range(9):
        slow_desk.submit(f"A{number}")
    sent = len(slow_desk.broker.times(SUBMIT))
    slow_desk.gate.slam("enough")
    slow_desk.run(20)

    assert len(slow_desk.broker.times(SUBMIT)) == sent
    assert {w.cause for w in slow_desk.told(i.Withheld)} == {"gate"}


# --- native cancel-all ------------------------------------------------------------------------------------------------


def test_one_request_cancels_everything_and_what_waits_dies_unsent(slow_desk: Desk) -> None:
    for number in range(9):
        slow_desk.submit(f"A{number}")
    sent = [who for _, what, who in slow_desk.broker.got if what == SUBMIT]
    waiting = [f"A{number}" for number in range(9) if f"A{number}" not in sent]
    assert waiting
    slow_desk.cancel_all(*(f"A{number}" for number in range(9)))
    slow_desk.run(20)

    assert len(slow_desk.broker.times(CANCEL_ALL)) == 1
    assert slow_desk.broker.times(CANCEL) == []
    assert sorted(w.cl_ord_id for w in slow_desk.told(i.Withheld)) == sorted(waiting)
    assert [who for _, what, who in slow_desk.broker.got if what == SUBMIT] == sent


@pytest.mark.parametrize("error", [RefusedError("no"), AmbiguousError("502"), ThrottledError("later")])
def test_where_it_comes_to_nothing_each_order_has_a_cancel_of_its_own(desk: Desk, error: Exception) -> None:
    desk.submit("A")
    desk.submit("B")
    desk.broker.errors[CANCEL_ALL] = [error]
    desk.cancel_all("A", "B")
    desk.run(1)

    assert [who for _, what, who in desk.broker.got if what == CANCEL] == ["A", "B"]
    assert len(desk.broker.times(CANCEL_ALL)) == 1
