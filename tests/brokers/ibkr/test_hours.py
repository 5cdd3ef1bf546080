"""Hours as IB writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from brokers.ibkr.hours import sessions_of
from brokers.ibkr.words import UnreadableError

STOCK = "20261126:CLOSED;20261127:0930-20261127:1300;20261128:CLOSED;20261129:CLOSED;20261130:0930-20261130:1600"
#: Chicago; the holiday's session ends at noon, and an afternoon break cuts one in two.
FUTURE = (
    "20261125:1700-20261126:1200;20261126:1700-20261127:1215;20261129:1700-20261130:1515;20261130:1530-20261130:1600"
)


def utc(day: int, hour: int, minute: int = 0) -> int:
    return int(datetime(2026, 11, day, hour, minute, tzinfo=UTC).timestamp()) * 1_000_000_000


def told(text: str, zone: str, first: int, last: int) -> list[tuple[int, int, int, bool]] | None:
    found = sessions_of(text, zone, date(2026, 11, first), date(2026, 11, last))
    return None if found is None else [(s.date.day, s.open_ns, s.close_ns, s.is_half_day) for s in found]


@pytest.mark.parametrize("zone", ["US/Eastern", "EST5EDT", "America/New_York", "EST (Eastern Standard Time)"])
def test_closed_days_are_left_out_and_early_closes_are_marked(zone: str) -> None:
    friday, monday = (27, utc(27, 14, 30), utc(27, 18), True), (30, utc(30, 14, 30), utc(30, 21), False)
    assert told(STOCK, zone, 26, 30) == [friday, monday]
    assert told(STOCK, zone, 26, 26) == []


def test_a_session_over_midnight_is_the_day_s_on_which_it_ends() -> None:
    found = told(FUTURE, "US/Central", 26, 30)
    assert found is not None
    assert [row[:3] for row in found] == [
        (26, utc(25, 23), utc(26, 18)),
        (27, utc(26, 23), utc(27, 18, 15)),
        (30, utc(29, 23), utc(30, 22)),
    ]


def test_the_older_way_of_writing_is_read_too() -> None:
    text = "20261127:0930-1130,1230-1500;20261130:0000-2400"
    assert told(text, "US/Eastern", 27, 27) == [(27, utc(27, 14, 30), utc(27, 20), True)]
    assert told(text, "US/Eastern", 30, 30) == [(30, utc(30, 5), utc(30, 24 - 1) + 6 * 3600 * 10**9, False)]


def test_what_is_not_told_is_not_made_up() -> None:
    assert told(STOCK, "US/Eastern", 30, 30) is not None
    assert sessions_of(STOCK, "US/Eastern", date(2026, 11, 30), date(2026, 12, 1)) is None
    assert sessions_of("", "", date(2026, 11, 30), date(2026, 11, 30)) is None


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("20261127:0930", "US/Eastern"),
        ("2026:0930-1600", "US/Eastern"),
        ("20261127:ab-cd", "UTC"),
        (STOCK, "Mars/Base"),
    ],
)
def test_what_cannot_be_read_is_refused(text: str, zone: str) -> None:
    with pytest.raises(UnreadableError):
        sessions_of(text, zone, date(2026, 11, 27), date(2026, 11, 27))
