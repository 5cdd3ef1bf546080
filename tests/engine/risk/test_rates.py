"""How much is going on: throttles of a second and a minute, working orders; of the desk and of each scope."""

from __future__ import annotations

import pytest

from engine import facts as f
from tests.engine.risk.seat import SECOND, D, Seat, buy


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


# --- a longer window, and scopes --------------------------------------------------------------------------------------


def test_a_minute_is_counted_beside_the_second() -> None:
    seat = Seat(max_orders_per_s="20", max_orders_per_min="3")
    seat.quote("AAPL", "99.98", "100.02")
    for n in range(3):
        assert seat.codes(buy(str(n + 1), limit="50")) == []
        seat.send(buy(str(n + 1), limit="50"))
        seat.pass_ns(2 * SECOND)
    found = seat.denial("THROTTLE", buy("9", limit="50"))
    assert (found.value, found.limit, found.scope) == ("4", "3", "desk")
    assert "minute" in found.message
    seat.pass_ns(54 * SECOND - 1)
    seat.quote("AAPL", "99.98", "100.02")
    assert seat.codes(buy("9", limit="50")) == ["THROTTLE"]
    seat.pass_ns(1)
    assert seat.codes(buy("9", limit="50")) == []


@pytest.mark.parametrize(
    ("scope", "mine", "others"),
    [
        ("user:ann", {"user": "ann"}, {"user": "bob"}),
        ("strategy:S", {"strategy": "S"}, {"strategy": "T"}),
    ],
)
def test_a_scope_counts_its_own_messages_alone(scope: str, mine: dict[str, str], others: dict[str, str]) -> None:
    seat = Seat(max_orders_per_s="20", **{f"{scope}/max_orders_per_s": "2", f"{scope}/max_working_orders": "50"})
    seat.quote("AAPL", "99.98", "100.02")
    for n in range(5):
        seat.send(buy(str(n + 1), limit="50", **others))
    first = seat.send(buy("6", limit="50", **mine))
    assert seat.codes(buy("9", limit="50", **mine)) == []
    seat.tell(f.CancelIntended(first.cl_ord_id, "ann", "user"))
    found = seat.denial("THROTTLE", buy("9", limit="50", **mine))
    assert (found.value, found.limit, found.scope) == ("3", "2", scope)
    assert seat.codes(buy("9", limit="50", **others)) == []


@pytest.mark.parametrize(
    ("scope", "mine", "others"),
    [
        ("user:ann", {"user": "ann"}, {"user": "bob"}),
        ("strategy:S", {"strategy": "S"}, {"strategy": "T"}),
        ("instrument:AAPL", {}, {"symbol": "MSFT"}),
        ("account:PAPER", {}, None),
    ],
)
def test_a_scope_has_working_orders_of_its_own(scope: str, mine: dict[str, str], others: dict[str, str] | None) -> None:
    seat = Seat(**{f"{scope}/max_working_orders": "2"})
    seat.quote("AAPL", "99.98", "100.02")
    seat.quote("MSFT", "99.98", "100.02")
    first = seat.send(buy("1", limit="50", **mine))
    assert seat.codes(buy("2", limit="50", **mine)) == []
    seat.send(buy("2", limit="50", **mine))
    if others is not None:
        seat.send(buy("3", limit="50", **others))
        assert seat.codes(buy("4", limit="50", **others)) == []
    found = seat.denial("MAX_WORKING_ORDERS", buy("5", limit="50", **mine))
    assert (found.value, found.limit, found.scope) == ("3", "2", scope)
    assert seat.codes(buy("5", limit="50", **mine), first) == [], "a replace adds no order"
    seat.fill(first, "1", "50")
    assert seat.codes(buy("5", limit="50", **mine)) == []
