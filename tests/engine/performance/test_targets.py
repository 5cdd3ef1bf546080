from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from engine import facts as f
from engine.inputs import AlgoSpec
from engine.model.enums import AlertLevel, Side
from engine.performance.targets import Targets, judged
from tests.engine.performance.ledger import MS, D, Ledger

BUY, SELL = Side.BUY, Side.SELL


@pytest.mark.parametrize(
    ("value", "target", "at_most", "verdict"),
    [
        ("0.9991", "0.999", False, "met"),
        ("0.999", "0.999", False, "missed"),
        ("1", "1", False, "met"),
        ("0.9999", "1", False, "missed"),
        ("49.999", "50", True, "met"),
        ("50", "50", True, "missed"),
        ("0", "0", True, "met"),
        ("-0.001", "0.0005", True, "met"),
    ],
)
def test_a_target_is_met_beyond_it_and_one_that_nothing_is_beyond_is_met_at_it(
    value: str, target: str, at_most: bool, verdict: str
) -> None:
    assert judged("k", "l", D(value), D(target), 1, at_most=at_most).verdict == verdict


def test_what_was_not_measured_is_unknown() -> None:
    measures = Ledger().report().measures
    assert [(measure.key, measure.value, measure.verdict, measure.of) for measure in measures] == [
        (key, None, "unknown", 0) for key in msgspec.structs.asdict(Targets())
    ]


def test_send_ack_and_fill_are_timed_apart() -> None:
    book = Ledger()
    for wait in (4, 9, 99):
        order = book.order(BUY, "10")
        decided = book.now
        book.wait(wait + 20)
        book.record(f.OrderAccepted(order.cl_ord_id, f"P{order.id}"))
        book.wait(6)
        book.fill(order, "4", "10")
        book.fill(order, "6", "10")
        book.record(f.OrdersHandedOver(((order.cl_ord_id, decided + wait * MS),)))
    latencies = book.report().latency_ms
    assert (latencies["send"].count, latencies["send"].p50, latencies["send"].most) == (3, D(9), D(99))
    assert latencies["send"].p99 == D("97.2")
    assert (latencies["ack"].p50, latencies["fill"].p50) == (D(21), D(7))
    send = book.measure("send_ms")
    assert (send.value, send.verdict, send.of) == (D("97.2"), "missed", 3)
    assert book.measure("send_ms", Targets(send_ms=D(98))).verdict == "met"


def test_an_order_that_was_sent_again_is_timed_by_its_first_hand_over() -> None:
    book = Ledger()
    order = book.order(BUY, "10")
    book.record(f.OrdersHandedOver(((order.cl_ord_id, book.now + MS), (order.cl_ord_id, book.now + 9 * MS))))
    assert book.report().latency_ms["send"].most == D(1)


def test_the_broker_takes_an_order_or_does_not() -> None:
    book = Ledger()
    taken, rejected, lost, throttled, open_, gated = (book.order(BUY, "1") for _ in range(6))
    book.record(
        f.OrderAccepted(taken.cl_ord_id, "P1"),
        f.OrderRejected(rejected.cl_ord_id, "no"),
        f.OrderUnknown(lost.cl_ord_id, "no answer"),
        f.OrderRejected(throttled.cl_ord_id, "too many"),
        f.DeadLettered(1, throttled.cl_ord_id, "throttled", "too many"),
        f.OrderWithheld(gated.cl_ord_id, "gate closed"),
        f.DeadLettered(2, gated.cl_ord_id, "gate", "gate closed"),
    )
    # The open one has no answer yet; the withheld one was not to be sent.
    assert open_.cl_ord_id in book.fold().state.open_orders
    found = book.measure("order_success")
    assert (found.value, found.of, found.verdict) == (D("0.25"), 4, "missed")
    book.record(f.OrderAccepted(lost.cl_ord_id, "P9"))
    assert book.measure("order_success").value == D("0.5")


def test_an_order_that_was_resolved_as_dead_was_not_taken_unless_it_executed_after_all() -> None:
    book = Ledger()
    order = book.order(BUY, "1")
    book.record(f.OrderUnknown(order.cl_ord_id, "no answer"), f.OrderResolved(order.cl_ord_id, "broker", "absent"))
    assert book.measure("order_success").value == D(0)
    book.fill(order, "1", "10")
    assert book.measure("order_success").value == D(1)


def test_limit_orders_count_as_they_end_each_by_its_own_share() -> None:
    book = Ledger()
    for qty, filled in (("100", "100"), ("10", "5"), ("10", "0")):
        order = book.order(BUY, qty)
        book.record(f.OrderAccepted(order.cl_ord_id, f"P{order.id}"))
        if filled != "0":
            book.fill(order, filled, "10")
        if filled != qty:
            book.record(f.OrderCanceled(order.cl_ord_id, "by ann"))
    market = book.order(BUY, "10", limit=None, quote=("9.99", "10"))
    book.fill(market, "10", "10")
    found = book.measure("limit_fill_rate")
    assert (found.value, found.of) == (D("0.5"), 3)


@pytest.mark.parametrize(
    ("side", "limit", "quote", "px", "within", "slippage"),
    [
        (BUY, None, ("9.98", "10.00"), "10.00", 1, "0"),
        (BUY, None, ("9.98", "10.00"), "10.01", 1, "0.001"),
        (BUY, None, ("9.98", "10.00"), "10.02", 0, "0.002"),
        (BUY, None, ("9.98", "10.00"), "9.90", 1, "-0.01"),
        (SELL, None, ("10.00", "10.02"), "9.98", 0, "0.002"),
        (SELL, None, ("10.00", "10.02"), "10.02", 1, "-0.002"),
        # a limit that rests is expected at its limit, one that reaches through the touch at the touch
        (BUY, "9.50", ("9.98", "10.00"), "9.50", 1, "0"),
        (BUY, "10.50", ("9.98", "10.00"), "10.50", 0, "0.05"),
        (SELL, "9.50", ("10.00", "10.02"), "9.90", 0, "0.01"),
    ],
)
def test_a_fill_is_judged_by_the_price_that_its_decision_could_expect(
    side: Side, limit: str | None, quote: tuple[str, str], px: str, within: int, slippage: str
) -> None:
    book = Ledger()
    book.fill(book.order(side, "100", limit=limit, quote=quote), "100", px)
    assert book.measure("expected_price").value == D(within)
    found = book.measure("slippage")
    assert (found.value, found.verdict) == (D(slippage), "met" if D(slippage) < D("0.0005") else "missed")


def test_slippage_is_weighted_by_what_was_traded_and_forgets_a_bust() -> None:
    book = Ledger()
    book.fill(book.order(BUY, "900", limit=None, quote=("9.98", "10")), "900", "10")
    bad = book.fill(book.order(BUY, "100", limit=None, quote=("9.98", "10")), "100", "11")
    assert book.measure("slippage").value == D("0.01")
    assert book.measure("expected_price").value == D("0.5")
    book.record(f.ExecutionBusted("A1", bad.exec_id))
    assert (book.measure("slippage").value, book.measure("expected_price").value) == (D(0), D(1))


def test_after_a_change_only_the_new_limit_is_expected() -> None:
    book = Ledger()
    order = book.order(BUY, "100", limit="9.50", quote=("9.98", "10.00"))
    book.record(f.OrderAccepted(order.cl_ord_id, "P1"))
    new = f"{order.cl_ord_id}r1"
    book.record(f.ReplaceIntended(new, order.cl_ord_id, D(100), D("10.20"), None, D("10.20"), "ann"))
    book.record(f.OrderReplaced(new, order.cl_ord_id, "P1", D(100), D("10.20"), None))
    book.fill(order, "100", "10.20")
    assert (book.measure("slippage").value, book.measure("expected_price").value) == (D(0), D(1))


def test_errors_are_counted_against_all_requests() -> None:
    book = Ledger()
    orders = [book.order(BUY, "1") for _ in range(6)]
    book.record(f.CancelIntended(orders[0].cl_ord_id, "ann", ""), f.CancelIntended(orders[1].cl_ord_id, "ann", ""))
    assert (book.measure("errors").value, book.measure("errors").verdict, book.measure("errors").of) == (D(0), "met", 8)
    book.record(f.OrderUnknown(orders[2].cl_ord_id, "no answer"))
    book.record(f.AlertRaised(1, AlertLevel.ALARM, "ENGINE_ERROR", "defect"))
    book.record(f.AlertRaised(2, AlertLevel.NOTICE, "FILLED", "order 1"))
    book.record(algo := f.AlgoLaunched(1, AlgoSpec("twap", "A1", "AAPL", BUY, D(9), 0, 1), (), None))
    book.record(f.AlgoStatusSet(algo.id, "PAUSED", "ann", "lunch"))
    book.record(f.AlgoStatusSet(algo.id, "PAUSED", "engine", "defect in twap: ValueError: a slip"))
    assert (book.measure("errors").value, book.measure("errors").verdict) == (Decimal("0.375"), "missed")


def test_comparisons_after_which_a_position_differs_are_not_reconciled() -> None:
    book = Ledger()
    book.record(f.Reconciled("A1", 0, 0))
    assert (book.measure("reconciled").value, book.measure("reconciled").verdict) == (D(1), "met")
    book.record(f.BreakFound(1, "cash", "A1", "USD", "1", "2"), f.Reconciled("A1", 1, 0))
    assert book.measure("reconciled").value == D(1)
    book.record(f.BreakFound(2, "position", "A1", "IBM", "1", "2"), f.Reconciled("A1", 2, 0))
    book.record(f.BreakCleared(2, "booked"), f.Reconciled("A1", 1, 0))
    assert (book.measure("reconciled").value, book.measure("reconciled").verdict) == (D("0.75"), "missed")
