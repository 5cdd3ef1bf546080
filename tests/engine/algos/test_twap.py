"""The TWAP schedule: equal parts at equal distances, on the lot, nothing lost."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.algos.controls import check_controls
from engine.algos.kind import PlanError, Sight, Slices
from engine.algos.kinds.twap import Twap
from engine.algos.slicing import MAX_SLICES, MINUTE_NS
from engine.inputs import AlgoSpec
from engine.model.enums import Side
from engine.model.instrument import Instrument

D = Decimal

IBM = Instrument("IBM")
START = 1_700_000_000_000_000_000


def _spec(qty: str = "1000", minutes: float = 30, **rest: Any) -> AlgoSpec:
    return AlgoSpec("twap", "PAPER", "IBM", Side.BUY, D(qty), START, START + int(minutes * MINUTE_NS), **rest)


def schedule(spec: AlgoSpec, instrument: Instrument) -> Slices:
    """The plan as a launch asks for it."""
    check_controls(spec, Twap(), instrument)
    return Twap().plan(spec, Sight(START, instrument))


def test_without_slices_it_is_one_a_minute_from_the_start_on() -> None:
    plan = schedule(_spec("300"), IBM)
    assert [at for at, _ in plan] == [START + n * MINUTE_NS for n in range(30)]
    assert {qty for _, qty in plan} == {D(10)}


def test_slices_stand_at_equal_distances_and_the_last_one_leaves_its_whole_interval() -> None:
    plan = schedule(_spec("1000", 70, slices=7), IBM)
    assert [at - START for at, _ in plan] == [n * 10 * MINUTE_NS for n in range(7)]
    assert [qty for _, qty in plan] == [143, 143, 143, 143, 143, 143, 142]


def test_a_window_shorter_than_a_minute_is_one_slice_and_a_long_one_is_bounded() -> None:
    assert len(schedule(_spec("10", 0.5), IBM)) == 1
    assert len(schedule(_spec("10000", 5000), IBM)) == MAX_SLICES


def test_a_profile_gives_the_weights_and_a_slice_of_nothing_is_no_slice() -> None:
    plan = schedule(_spec("600", 30, profile=(D(3), D(0), D(2), D(1))), IBM)
    quarter = 30 * MINUTE_NS // 4
    assert plan == ((START, D(300)), (START + 2 * quarter, D(200)), (START + 3 * quarter, D(100)))


def test_an_odd_lot_rides_on_the_last_slice() -> None:
    assert [qty for _, qty in schedule(_spec("1050", slices=3, lot=D(100)), IBM)] == [400, 300, 350]


@given(
    st.integers(1, 100_000),
    st.integers(1, 500),
    st.integers(1, 24 * 3600),
    st.sampled_from([D(1), D(10), D(100)]),
)
def test_the_slices_sum_to_the_parent_in_time_order_inside_the_window(
    qty: int, slices: int, seconds: int, lot: D
) -> None:
    spec = _spec(str(qty), seconds / 60, slices=slices, lot=lot)
    plan = schedule(spec, IBM)
    assert sum(part for _, part in plan) == qty
    assert all(part > 0 for _, part in plan)
    times = [at for at, _ in plan]
    assert times == sorted(set(times))
    assert spec.start_ns <= times[0]
    assert times[-1] < spec.end_ns


@pytest.mark.parametrize(
    ("spec", "instrument", "words"),
    [
        (_spec(minutes=0), IBM, "end must be after the start"),
        (_spec(minutes=-5), IBM, "end must be after the start"),
        (_spec("0"), IBM, "quantity 0"),
        (_spec("-100"), IBM, "quantity -100"),
        (_spec("10.5"), IBM, "quantity 10.5"),
        (_spec("NaN"), IBM, "quantity NaN"),
        (_spec(lot=D("1.5")), IBM, "lot 1.5"),
        (_spec(lot=D(0)), IBM, "lot 0"),
        (_spec(lot=D(-1)), IBM, "lot -1"),
        (_spec(slices=0), IBM, "slices 0"),
        (_spec(slices=3, profile=(D(1), D(2))), IBM, "2 weights for 3 slices"),
        (_spec(profile=(D(0), D(0))), IBM, "one must be above 0"),
        (_spec(profile=(D(1), D(-1))), IBM, "must not be negative"),
        (_spec("100", slices=20), Instrument("IBM", min_qty=D(10)), "below the instrument's minimum 10"),
    ],
)
def test_what_can_not_be_planned_is_refused_at_launch_by_name(
    spec: AlgoSpec, instrument: Instrument, words: str
) -> None:
    with pytest.raises(PlanError, match=words):
        schedule(spec, instrument)
