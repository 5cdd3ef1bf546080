"""What `--at` means."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from console.past_goal import Goal, GoalError, read_goal
from engine.market.calendar import Calendar
from engine.replay.days import Day, Place

CALENDAR = Calendar.load("XNYS")


def ns(text: str) -> int:
    """A UTC time as ns."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000_000


#: 9:30 to 16:00 in New York, and a day of a market that trades overnight.
DAY = Day("2013-10-07", "paper", "A", Place(10, 0, ns("2013-10-07 13:30")), Place(90, 0, ns("2013-10-07 20:00")), True)
NIGHT = Day(
    "2013-10-07", "paper", "A", Place(10, 0, ns("2013-10-07 00:00")), Place(90, 0, ns("2013-10-07 20:00")), True
)


@pytest.mark.parametrize(
    ("text", "goal"),
    [
        ("", Goal(10)),
        ("start", Goal(10)),
        ("end", Goal(90)),
        ("seq:42", Goal(42)),
        ("seq 4200", Goal(4200)),
        ("SEQ:0", Goal(1)),
        ("10:15", Goal(90, ns("2013-10-07 14:15"))),
        ("10:15:30", Goal(90, ns("2013-10-07 14:15:30"))),
        ("2013-10-07 10:15", Goal(90, ns("2013-10-07 14:15"))),
        ("2013-10-07T10:15", Goal(90, ns("2013-10-07 14:15"))),
    ],
)
def test_a_moment_is_a_time_a_number_or_an_end_of_the_day(text: str, goal: Goal) -> None:
    assert read_goal(text, DAY, CALENDAR) == goal


def test_a_time_outside_of_the_days_facts_means_the_nearest_one_and_says_so() -> None:
    assert read_goal("9:00", DAY, CALENDAR) == Goal(10, note="the day's facts begin at 2013-10-07 09:30:00")
    assert read_goal("17:00", DAY, CALENDAR) == Goal(90, note="the day's facts end at 2013-10-07 16:00:00")
    assert read_goal("2013-10-08 10:00", DAY, CALENDAR).seq == 90


def test_in_a_day_that_began_the_evening_before_a_time_is_found_on_either_date() -> None:
    assert read_goal("21:00", NIGHT, CALENDAR) == Goal(90, ns("2013-10-07 01:00"))
    assert read_goal("15:00", NIGHT, CALENDAR) == Goal(90, ns("2013-10-07 19:00"))


@pytest.mark.parametrize("text", ["noon", "25:00", "10:15:99", "seq:x", "2013-02-31 10:00", "10", "seq:-1"])
def test_anything_else_is_refused_with_what_was_expected(text: str) -> None:
    with pytest.raises(GoalError, match=f"--at '{text}'"):
        read_goal(text, DAY, CALENDAR)
