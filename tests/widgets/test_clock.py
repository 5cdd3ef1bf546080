"""Exchange-local times."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widgets.clock import ExchangeTime

SECOND = 1_000_000_000
NEW_YORK = ExchangeTime("America/New_York")


def ns(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


@pytest.mark.parametrize(
    ("utc", "shown"),
    [
        ("2013-10-07T18:03:22", "2013-10-07 14:03:22 EDT"),
        ("2013-12-02T18:03:22", "2013-12-02 13:03:22 EST"),
        ("2013-10-08T01:00:00", "2013-10-07 21:00:00 EDT"),
        ("2014-03-09T06:59:59", "2014-03-09 01:59:59 EST"),
        ("2014-03-09T07:00:00", "2014-03-09 03:00:00 EDT"),
    ],
)
def test_times_are_those_of_the_exchange(utc: str, shown: str) -> None:
    at = ns(utc)
    assert f"{NEW_YORK.date(at)} {NEW_YORK.hms(at)} {NEW_YORK.zone_name(at)}" == shown


def test_milliseconds_are_cut_not_rounded() -> None:
    assert NEW_YORK.hms_ms(ns("2013-10-07T18:03:22") + 999_999_999) == "14:03:22.999"


@given(st.integers(min_value=0, max_value=4_000_000_000), st.sampled_from(["America/New_York", "Asia/Kolkata", "UTC"]))
def test_every_second_agrees_with_the_time_zone_database(second: int, zone: str) -> None:
    expected = datetime.fromtimestamp(second, ZoneInfo(zone))
    assert ExchangeTime(zone).hms(second * SECOND) == f"{expected:%H:%M:%S}"
    assert ExchangeTime(zone).hm(second * SECOND) == f"{expected:%H:%M}"
