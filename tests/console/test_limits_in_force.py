"""A recorded day without the days before it runs without the correlation check and says so; all else stays."""

from __future__ import annotations

import pytest

from console.limits_in_force import CORRELATION, limits_in_force
from engine.risk.limits import Limits


def test_a_replay_without_a_past_has_no_correlation_limit_and_says_it() -> None:
    limits, words = limits_in_force(Limits.defaults(), recorded=True, past_known=False)
    assert limits.is_off(CORRELATION)
    assert CORRELATION in words
    changed = {key for key, text in limits.as_texts().items() if text != Limits.defaults().as_texts()[key]}
    assert changed == {CORRELATION}


@pytest.mark.parametrize(("recorded", "known"), [(True, True), (False, False), (False, True)])
def test_otherwise_the_limits_are_those_of_the_file(recorded: bool, known: bool) -> None:
    given = Limits.defaults()
    assert limits_in_force(given, recorded=recorded, past_known=known) == (given, "")


def test_what_is_off_or_missing_stays_so() -> None:
    for given in (Limits.defaults().with_changes({CORRELATION: "off"}), Limits({})):
        assert limits_in_force(given, recorded=True, past_known=False) == (given, "")
