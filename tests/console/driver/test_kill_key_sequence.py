from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.driver import KillKeySequence, KillStep

MS = 1_000_000
START = 5_000 * MS


def steps(*times_ms: int) -> list[KillStep]:
    sequence = KillKeySequence()
    return [sequence.press(START + time * MS) for time in times_ms]


def test_the_first_press_kills_and_a_later_one_flattens_at_once() -> None:
    assert steps(0, 700) == [KillStep.KILL, KillStep.FLATTEN_NOW]


def test_a_second_press_within_700_ms_is_a_bounce() -> None:
    assert steps(0, 699) == [KillStep.KILL, KillStep.IGNORE]


def test_a_press_within_250_ms_of_an_uncounted_one_is_not_counted_either() -> None:
    assert steps(0, 600, 849) == [KillStep.KILL, KillStep.IGNORE, KillStep.IGNORE]
    assert steps(0, 600, 850) == [KillStep.KILL, KillStep.IGNORE, KillStep.FLATTEN_NOW]


@given(delay_ms=st.integers(150, 699), period_ms=st.integers(15, 249), repeats=st.integers(0, 200))
def test_a_held_key_is_one_press_however_long_it_is_held(delay_ms: int, period_ms: int, repeats: int) -> None:
    times = [0, *(delay_ms + period_ms * repeat for repeat in range(repeats))]
    assert steps(*times) == [KillStep.KILL] + [KillStep.IGNORE] * (len(times) - 1)


def test_after_a_held_key_was_let_go_a_new_press_counts() -> None:
    held = [0, *range(500, 2_000, 30)]
    assert steps(*held, held[-1] + 250)[-1] is KillStep.FLATTEN_NOW


def test_every_deliberate_press_after_the_first_flattens() -> None:
    assert steps(0, 1_000, 2_000)[1:] == [KillStep.FLATTEN_NOW] * 2


def test_after_a_reset_the_next_press_is_a_first_one_again() -> None:
    sequence = KillKeySequence()
    sequence.press(START)
    sequence.reset()
    assert sequence.press(START + 10 * MS) is KillStep.KILL


def test_a_clock_that_runs_backwards_never_makes_a_second_press() -> None:
    assert steps(0, 300, -5_000, 400) == [KillStep.KILL, KillStep.IGNORE, KillStep.IGNORE, KillStep.IGNORE]


@pytest.mark.parametrize("grace_ms", [0, 100])
def test_the_times_are_configurable(grace_ms: int) -> None:
    sequence = KillKeySequence(after_first_ns=grace_ms * MS, after_any_ns=0)
    assert sequence.press(START) is KillStep.KILL
    assert sequence.press(START + grace_ms * MS) is KillStep.FLATTEN_NOW
