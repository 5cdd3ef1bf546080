"""How long is waited: backoff, health, clock skew."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.protocol import (
    AmbiguousError,
    AuthError,
    NotConnectedError,
    NotSupportedError,
    RefusedError,
    ThrottledError,
)
from engine.resilience.backoff import Backoff
from engine.resilience.health import Health
from engine.resilience.outcomes import Outcome, outcome_of, retry_after_s, words_of
from engine.resilience.settings import Resilience
from engine.resilience.skew import ClockSkew

SECOND = 1_000_000_000
MS = 1_000_000


def test_three_retries_wait_one_two_and_four_seconds() -> None:
    settings = Resilience()
    backoff = Backoff(Random(1), settings.retry_first_s, jitter=0)

    assert list(backoff.waits(settings.retries)) == [1.0, 2.0, 4.0]


@given(st.integers(), st.floats(0.01, 10), st.floats(0, 1), st.integers(0, 2000))
def test_jitter_stays_within_its_share_and_the_longest_wait_holds(
    seed: int, first: float, jitter: float, attempt: int
) -> None:
    plain = min(first * 2.0 ** min(attempt, 60), 3.0)
    wait = Backoff(Random(seed), first, 3.0, jitter).wait_s(attempt)

    assert plain * (1 - jitter) * 0.999 <= wait <= plain * (1 + jitter) * 1.001


def test_equal_seeds_wait_alike_and_others_do_not() -> None:
    def waits(seed: int) -> list[float]:
        return list(Backoff(Random(seed), 1.0).waits(3))

    assert waits(1) == waits(1) != waits(2)


def test_health_falls_with_failures_and_comes_back_with_an_answer() -> None:
    health = Health(3, 2 * SECOND)

    assert health.failed("no answer")
    assert health.state == "degraded"
    assert not health.failed("no answer")
    assert health.failed("no answer")
    assert (health.state, health.reason) == ("down", "3 reads without an answer: no answer")
    assert health.answered(10 * MS)
    assert health.state == "ok"


def test_a_slow_answer_is_degraded_health() -> None:
    health = Health(3, 2 * SECOND)

    assert health.answered(2 * SECOND + 1)
    assert (health.state, health.reason) == ("degraded", "answered after 2.0 s")


def skew_of(off_ms: int, round_trip_ms: int = 20) -> ClockSkew:
    skew = ClockSkew(SECOND // 2, 2 * SECOND)
    asked, answered = 100 * SECOND, 100 * SECOND + round_trip_ms * MS
    skew.measured((asked + answered) // 2 + off_ms * MS, asked, answered)
    return skew


@pytest.mark.parametrize(
    ("off_ms", "level"),
    [
        (0, "ok"),
        (499, "ok"),
        (-499, "ok"),
        (500, "warn"),
        (-500, "warn"),
        (2000, "warn"),
        (2001, "stop"),
        (-2001, "stop"),
    ],
)
def test_skew_warns_from_half_a_second_and_stops_beyond_two(off_ms: int, level: str) -> None:
    skew = skew_of(off_ms)

    assert (skew.level, skew.skew_ns) == (level, off_ms * MS)


def test_half_the_round_trip_is_taken_off() -> None:
    assert skew_of(0, round_trip_ms=800).skew_ns == 0


def test_an_answer_that_took_too_long_to_tell_is_left_out() -> None:
    skew = skew_of(0)

    assert not skew.measured(105 * SECOND, 100 * SECOND, 108 * SECOND)
    assert skew.skew_ns == 0
    assert skew.measured(200 * SECOND, 100 * SECOND, 108 * SECOND), "an hour off is off, however slow the answer"
    assert skew.level == "stop"


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (AmbiguousError("reset"), Outcome.AMBIGUOUS),
        (TimeoutError(), Outcome.AMBIGUOUS),
        (ConnectionResetError("peer"), Outcome.AMBIGUOUS),
        (KeyError("an adapter's defect"), Outcome.AMBIGUOUS),
        (RefusedError("no"), Outcome.REFUSED),
        (ThrottledError("fast"), Outcome.THROTTLED),
        (AuthError("key"), Outcome.AUTH),
        (NotSupportedError("no"), Outcome.NOT_SUPPORTED),
        (NotConnectedError("no"), Outcome.NOT_CONNECTED),
    ],
)
def test_every_error_is_one_of_few_outcomes_and_only_doubt_counts_as_a_failure(
    error: Exception, outcome: Outcome
) -> None:
    assert outcome_of(error) is outcome
    assert outcome_of(error).is_failure == (outcome is Outcome.AMBIGUOUS)


def test_a_retry_after_is_heard() -> None:
    assert retry_after_s(ThrottledError("slow down", retry_after_s=7.5)) == 7.5
    assert retry_after_s(ThrottledError("slow down")) == 0
    assert words_of(ThrottledError("slow down", retry_after_s=7.5), 5) == "slow down"
    assert words_of(TimeoutError(), 5) == "no answer within 5 s"
