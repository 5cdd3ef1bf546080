"""How much is going on: throttle, working orders, duplicates, doubt."""

from __future__ import annotations

import msgspec
import pytest

from engine import facts as f
from engine.model.enums import OrdType, Side
from tests.engine.risk.seat import SECOND, D, Seat, buy, sell


@pytest.fixture
def seat() -> Seat:
    seat = Seat()
    seat.quote("AAPL", "99.98", "100.02")
    return seat


# --- throttle ---------------------------------------------------------------------------------------------------------


def test_the_twentieth_order_of_a_second_passes_and_the_next_waits_for_the_first_to_be_a_second_old() -> None:
    seat = Seat(max_orders_per_s="20")
    seat.quote("AAPL", "99.98", "100.02")
    for n in range(20):
        assert seat.codes(buy(str(n + 1), limit="50")) == []
        seat.send(buy(str(n + 1), limit="50"))
        seat.pass_ns(1_000_000)
    found = seat.denial("THROTTLE", buy("100", limit="50"))
    assert (found.value, found.limit, found.scope) == ("21", "20", "desk")
    seat.pass_ns(SECOND - 20_000_000 - 1)
    assert seat.codes(buy("100", limit="50")) == ["THROTTLE"]
    seat.pass_ns(1)
    assert seat.codes(buy("100", limit="50")) == []


def test_replaces_and_cancels_count_and_replaces_are_held_too() -> None:
    seat = Seat(max_orders_per_s="3")
    seat.quote("AAPL", "99.98", "100.02")
    working = seat.send(buy("10", limit="50"))
    seat.tell(f.ReplaceIntended("x", working.cl_ord_id, D(11), D(50), None, D(50), ""))
    seat.tell(f.CancelIntended(working.cl_ord_id, "ann", "user"))
    assert seat.denial("THROTTLE", buy("12", limit="50"), working).value == "4"
    assert seat.denial("THROTTLE", buy("1", limit="51")).value == "4"


def test_the_refusal_says_how_many_there_really_were() -> None:
    seat = Seat(max_orders_per_s="2")
    seat.quote("AAPL", "99.98", "100.02")
    for n in range(5):
        seat.send(buy(str(n + 1), limit="50"))
    assert seat.denial("THROTTLE", buy("9", limit="50")).value == "6"


# --- working orders ---------------------------------------------------------------------------------------------------


def test_as_many_orders_may_work_as_the_limit_says_this_one_included() -> None:
    seat = Seat(max_working_orders="2")
    seat.quote("AAPL", "99.98", "100.02")
    first = seat.send(buy("1", limit="50"))
    assert seat.codes(buy("2", limit="50")) == []
    seat.send(buy("2", limit="50"))
    found = seat.denial("MAX_WORKING_ORDERS", buy("3", limit="50"))
    assert (found.value, found.limit, found.scope) == ("3", "2", "desk")
    assert seat.codes(buy("5", limit="50"), first) == [], "a replace adds no order"
    seat.fill(first, "1", "50")
    assert seat.codes(buy("3", limit="50")) == []


def test_an_order_in_doubt_still_counts_as_working() -> None:
    seat = Seat(max_working_orders="1")
    seat.quote("AAPL", "99.98", "100.02")
    doubtful = seat.send(buy("1", limit="50"), acked=False)
    seat.tell(f.OrderUnknown(doubtful.cl_ord_id, "time-out"))
    assert seat.codes(buy("2", limit="50")) == ["MAX_WORKING_ORDERS"]


# --- duplicates -------------------------------------------------------------------------------------------------------


def test_the_same_order_again_is_refused_until_the_window_is_over(seat: Seat) -> None:
    seat.send(buy("100", limit="100"))
    seat.pass_ns(2 * SECOND - 1)
    found = seat.denial("DUPLICATE_INTENT", buy("100", limit="100"))
    assert (found.value, found.limit, found.scope) == ("1.999", "2", "AAPL")
    seat.pass_ns(1)
    assert seat.codes(buy("100", limit="100")) == []


def test_equal_numbers_written_differently_are_the_same_order(seat: Seat) -> None:
    seat.send(buy("100", limit="100"))
    assert seat.codes(buy("100.0", limit="100.00")) == ["DUPLICATE_INTENT"]


@pytest.mark.parametrize(
    "change",
    [
        {"qty": D(101)},
        {"limit_px": D("99.99")},
        {"side": Side.SELL_SHORT},
        {"parent": 1, "slice_no": 1},
        {"ord_type": OrdType.MARKET, "limit_px": None},
    ],
)
def test_whatever_makes_it_another_order_makes_it_no_duplicate(seat: Seat, change: dict[str, object]) -> None:
    seat.send(buy("100", limit="100"))
    assert seat.codes(msgspec.structs.replace(buy("100", limit="100"), **change)) == []


def test_children_of_one_parent_never_look_alike_unless_they_are_the_same_slice(seat: Seat) -> None:
    seat.send(buy("100", limit="100", parent=1, slice_no=1))
    assert seat.codes(buy("100", limit="100", parent=1, slice_no=2)) == []
    assert seat.codes(buy("100", limit="100", parent=1, slice_no=1)) == ["DUPLICATE_INTENT"]


def test_a_denied_order_makes_no_duplicate(seat: Seat) -> None:
    request = buy("100", limit="100")
    seat.tell(f.OrderDenied(1, "x", request, (), None))
    assert seat.codes(request) == []


def test_a_replace_is_no_duplicate_of_its_own_order(seat: Seat) -> None:
    working = seat.send(buy("100", limit="100"))
    assert seat.codes(buy("100", limit="100"), working) == []


def test_without_a_window_nothing_is_a_duplicate() -> None:
    for off in ("0", "off"):
        seat = Seat(duplicate_window_s=off)
        seat.quote("AAPL", "99.98", "100.02")
        seat.send(buy("100", limit="100"))
        assert seat.codes(buy("100", limit="100")) == []


# --- doubt ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("window", ["2", "off"])
def test_an_unknown_order_blocks_its_own_intent_until_it_is_resolved(window: str) -> None:
    seat = Seat(duplicate_window_s=window)
    seat.quote("AAPL", "99.98", "100.02")
    doubtful = seat.send(buy("100", limit="100"), acked=False)
    seat.tell(f.OrderUnknown(doubtful.cl_ord_id, "time-out"))
    seat.pass_ns(10 * SECOND)
    found = seat.denial("UNKNOWN_SAME_INTENT", buy("100", limit="100"))
    assert (found.value, found.limit) == (str(doubtful.id), "resolved")
    assert seat.codes(buy("100", limit="99.99")) == [], "another intent is free"
    seat.tell(f.OrderResolved(doubtful.cl_ord_id, "ann", "called the broker"))
    assert seat.codes(buy("100", limit="100")) == []


def test_an_unknown_order_keeps_its_reservation(seat: Seat) -> None:
    seat.hold("AAPL", "100")
    doubtful = seat.send(sell("60", limit="100"), acked=False)
    seat.tell(f.OrderUnknown(doubtful.cl_ord_id, "time-out"))
    assert seat.denial("SELL_EXCEEDS_POSITION", sell("41", limit="100")).limit == "40"
