"""A broker in trouble, in virtual time: the breaker, its health and clock, its sessions."""

from __future__ import annotations

from engine import inputs as i
from engine.effects import QueryOrder
from engine.protocol import (
    AmbiguousError,
    AuthError,
    Connected,
    Disconnected,
    NotConnectedError,
    RefusedError,
)
from tests.engine.dealing import D
from tests.engine.runtime.resilient import ASK, CANCEL, SUBMIT, TIME, Desk
from tests.simulation.loop import SECOND_NS

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


def test_a_key_that_is_refused_in_mid_session_ends_it_after_a_read_has_said_the_same(desk: Desk) -> None:
    desk.run(3)
    desk.broker.errors[SUBMIT] = [AuthError("key revoked")]
    desk.broker.always[TIME] = desk.broker.refuses = AuthError("key revoked")
    desk.submit("A")
    desk.run(5)

    assert [(m.cl_ord_id, m.cause) for m in desk.told(i.SubmitFailed)] == [("A", "auth")]
    assert not desk.gateway.connected
    assert [lost.reason for lost in desk.told(Disconnected)] == [
        "credentials refused: key revoked",
        "credentials refused, tried again every 60 s: key revoked",
    ]


def test_a_permission_that_one_order_lacks_ends_no_session(desk: Desk) -> None:
    desk.run(3)
    desk.broker.errors[SUBMIT] = [AuthError("not allowed to trade options")]
    desk.submit("A")
    desk.run(5)

    assert [(m.cl_ord_id, m.cause) for m in desk.told(i.SubmitFailed)] == [("A", "auth")]
    assert desk.gateway.connected
    assert len(desk.broker.times(TIME)) == 2


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
