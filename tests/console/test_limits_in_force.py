"""What a recorded day can't tell is off for its run, and said; all else stays."""

from __future__ import annotations

import pytest

from console.limits_in_force import CORRELATION, SILENCE, limits_in_force
from engine.risk.limits import Limits


def changed(limits: Limits) -> set[str]:
    return {key for key, text in limits.as_texts().items() if text != Limits.defaults().as_texts()[key]}


def test_a_replay_without_a_past_has_no_correlation_limit_and_says_it() -> None:
    limits, left_out = limits_in_force(Limits.defaults(), recorded=True, past_known=False)
    assert limits.is_off(CORRELATION)
    assert CORRELATION in dict(left_out)["NO_HISTORY"]
    assert changed(limits) == {CORRELATION, SILENCE}


def test_the_silence_of_a_tape_is_no_dead_feed() -> None:
    limits, left_out = limits_in_force(Limits.defaults(), recorded=True, past_known=True)
    assert changed(limits) == {SILENCE}
    assert SILENCE in dict(left_out)["RECORDED_DATA"]


@pytest.mark.parametrize("known", [True, False])
def test_where_the_market_is_now_the_limits_are_those_of_the_file(known: bool) -> None:
    given = Limits.defaults()
    assert limits_in_force(given, recorded=False, past_known=known) == (given, ())


def test_what_is_off_or_missing_stays_so() -> None:
    for given in (Limits.defaults().with_changes({CORRELATION: "off", SILENCE: "off"}), Limits({})):
        assert limits_in_force(given, recorded=True, past_known=False) == (given, ())
