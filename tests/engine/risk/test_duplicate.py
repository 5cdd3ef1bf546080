"""The same order twice: duplicates, and doubt about an earlier order of the same intent."""

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
        {"side": Side.SELL_SHORT, "limit_px": D("100.01")},
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
