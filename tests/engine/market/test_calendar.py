"""Trading calendars: against two independent oracles, when clocks change, outside their range."""

from __future__ import annotations

import importlib
import json
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.market.calendar import Calendar, CalendarError, Session
from engine.market.session_table import read_table, shipped_tables

NEW_YORK = ZoneInfo("America/New_York")
FIRST, LAST = date(1998, 1, 1), date(2027, 12, 31)
MINUTE = 60_000_000_000
HOUR = 60 * MINUTE


@pytest.fixture(scope="module")
def nyse() -> Calendar:
    return Calendar.load("XNYS")


def at(text: str, zone: ZoneInfo = NEW_YORK) -> int:
    """Nanoseconds of a wall-clock time, New York unless told."""
    moment = datetime.fromisoformat(text).replace(tzinfo=zone)
    return int(moment.timestamp()) * 1_000_000_000


def utc(ns: int) -> datetime:
    return datetime.fromtimestamp(ns // 1_000_000_000, UTC)


# pandas announces a change inside exchange_calendars
ORACLE = pytest.mark.filterwarnings("ignore:Series.values returning an ndarray that drops timezone")


def every_day(first: date = FIRST, last: date = LAST) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


# -- against the oracles -------------------------------------------------------------------------


@ORACLE
def test_every_session_is_that_of_exchange_calendars(nyse: Calendar) -> None:
    exchange_calendars = importlib.import_module("exchange_calendars")
    oracle = exchange_calendars.get_calendar("XNYS", start=str(FIRST), end=str(LAST))
    early = set(oracle.early_closes)
    expected = [
        Session(label.date(), opened.value, closed.value, label in early)
        for label, opened, closed in oracle.schedule[["open", "close"]].astype("datetime64[ns, UTC]").itertuples()
    ]
    assert [session for day in every_day() if (session := nyse.session_on(day))] == expected


def test_holidays_and_half_days_are_those_of_the_recorded_market_hours(nyse: Calendar, shared_data: Path) -> None:
    hours = json.loads((shared_data / "meta" / "market_hours.json").read_text())["Equity-usa-[*]"]

    def read(text: str) -> date:
        month, day, year = map(int, text.split("/"))
        return date(year, month, day)

    weekdays = [day for day in every_day() if day.weekday() < 5]
    holidays = {read(text) for text in hours["holidays"]}
    assert [day for day in weekdays if nyse.session_on(day) is None] == [day for day in weekdays if day in holidays]
    # Its half days are complete from 2000 on.
    half_days = {read(text): close for text, close in hours["earlyCloses"].items()}
    since = [day for day in weekdays if day.year >= 2000]
    assert {
        day: nyse.to_exchange_time(session.close_ns).strftime("%H:%M:%S")
        for day in since
        if (session := nyse.session_on(day)) and session.is_half_day
    } == {day: half_days[day] for day in since if day in half_days}


def test_every_session_is_consistent_with_itself(nyse: Calendar) -> None:
    sessions = [session for day in every_day() if (session := nyse.session_on(day))]
    for session, following in pairwise(sessions):
        assert nyse.session_of(session.open_ns) == session
        assert nyse.session_of(session.open_ns - 1) is None
        assert nyse.session_of(session.close_ns - 1) == session
        assert nyse.session_of(session.close_ns) is None
        assert nyse.next_open(session.open_ns) == session.open_ns
        assert nyse.next_open(session.open_ns + 1) == following.open_ns
        assert nyse.day_end_ns(session.close_ns - 1) == session.close_ns
        assert nyse.day_end_ns(session.close_ns) == following.close_ns
        assert nyse.trading_day(session.open_ns) == session.date
        assert nyse.trading_day(session.close_ns) == session.date
        assert nyse.to_exchange_time(session.open_ns).strftime("%F %H:%M") == f"{session.date} 09:30"
        assert nyse.parse_exchange_time("9:30", session.date) == session.open_ns


@given(st.integers(at("1998-01-01"), at("2027-12-31T16:00") - 1))
def test_at_any_instant_the_answers_agree(ts_ns: int) -> None:
    calendar = Calendar.load("XNYS")
    session = calendar.session_of(ts_ns)
    assert calendar.is_open(ts_ns) == (session is not None)
    assert calendar.day_end_ns(ts_ns) > ts_ns
    day = calendar.trading_day(ts_ns)
    assert calendar.session_on(day) is not None
    assert day >= calendar.to_exchange_time(ts_ns).date()
    if session is not None:
        assert (session.date, session.close_ns) == (day, calendar.day_end_ns(ts_ns))


# -- days worth a sentence -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "opened", "closed"),
    [
        ("2024-03-08", "14:30", "21:00"),  # the Friday before the clocks go forward
        ("2024-03-11", "13:30", "20:00"),  # and the Monday after
        ("2024-11-01", "13:30", "20:00"),
        ("2024-11-04", "14:30", "21:00"),
        ("2006-04-03", "13:30", "20:00"),  # until 2006 the change was in April
        ("2013-10-07", "13:30", "20:00"),
        ("2024-11-29", "14:30", "18:00"),  # the day after Thanksgiving closes at 13:00
        ("2024-07-03", "13:30", "17:00"),
    ],
)
def test_the_open_in_utc_follows_daylight_saving_time(nyse: Calendar, day: str, opened: str, closed: str) -> None:
    session = nyse.session_on(date.fromisoformat(day))
    assert session is not None
    assert f"{utc(session.open_ns):%H:%M}" == opened
    assert f"{utc(session.close_ns):%H:%M}" == closed


@pytest.mark.parametrize(
    "day",
    ["2001-09-11", "2001-09-14", "2012-10-29", "2018-12-05", "2025-01-09", "2024-03-29", "2022-06-20"],
    ids=["attacks", "attacks, Friday", "Sandy", "Bush", "Carter", "Good Friday", "Juneteenth"],
)
def test_a_day_without_trading_belongs_to_the_next_session(nyse: Calendar, day: str) -> None:
    assert nyse.session_on(date.fromisoformat(day)) is None
    assert not nyse.is_open(at(f"{day}T12:00"))
    assert nyse.trading_day(at(f"{day}T12:00")) > date.fromisoformat(day)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2024-11-27T08:00", "2024-11-27"),  # before the open
        ("2024-11-27T12:00", "2024-11-27"),
        ("2024-11-27T20:00", "2024-11-27"),  # after hours
        ("2024-11-27T23:59:59", "2024-11-27"),
        ("2024-11-28T00:00", "2024-11-29"),  # Thanksgiving
        ("2024-11-29T13:00", "2024-11-29"),  # the half day is over
        ("2024-11-29T23:59:59", "2024-11-29"),
        ("2024-11-30T00:00", "2024-12-02"),  # Saturday
        ("2024-12-01T23:59:59", "2024-12-02"),  # Sunday
        ("2024-12-31T19:30", "2024-12-31"),  # in UTC it is already the new year
    ],
)
def test_the_trading_day_rolls_at_midnight_in_new_york(nyse: Calendar, moment: str, day: str) -> None:
    assert nyse.trading_day(at(moment)) == date.fromisoformat(day)


@pytest.mark.parametrize(
    ("entered", "expires"),
    [
        ("2024-11-27T08:00", "2024-11-27T16:00"),
        ("2024-11-27T15:59:59", "2024-11-27T16:00"),
        ("2024-11-27T16:00", "2024-11-29T13:00"),  # after the close: the next session, a half day
        ("2024-11-29T12:59", "2024-11-29T13:00"),
        ("2024-11-29T13:00", "2024-12-02T16:00"),
    ],
)
def test_a_day_order_expires_at_the_close_of_the_session_that_can_trade_it(
    nyse: Calendar, entered: str, expires: str
) -> None:
    assert nyse.day_end_ns(at(entered)) == at(expires)


# -- exchange time -------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["10:00", " 10:00 ", "10:00:00"])
def test_a_time_of_day_is_read_on_the_exchange_clock(nyse: Calendar, text: str) -> None:
    assert nyse.parse_exchange_time(text, date(2024, 7, 1)) == at("2024-07-01T14:00", ZoneInfo("UTC"))
    assert nyse.parse_exchange_time(text, date(2024, 12, 2)) == at("2024-12-02T15:00", ZoneInfo("UTC"))


@pytest.mark.parametrize("text", ["", "10", "1000", "24:00", "10:60", "10:00:60", "-1:00", "10:00pm", "\uff11:00"])
def test_what_is_no_time_of_day_is_refused_with_what_was_expected(nyse: Calendar, text: str) -> None:
    with pytest.raises(CalendarError, match="not a time of day; expected HH:MM or HH:MM:SS, exchange time"):
        nyse.parse_exchange_time(text, date(2024, 7, 1))


def test_an_hour_that_the_clock_skips_is_refused(nyse: Calendar) -> None:
    with pytest.raises(CalendarError, match="02:30 does not exist on 2024-03-10 in America/New_York"):
        nyse.parse_exchange_time("02:30", date(2024, 3, 10))


def test_an_hour_that_comes_twice_means_its_first_pass(nyse: Calendar) -> None:
    first = nyse.parse_exchange_time("01:30", date(2024, 11, 3))
    assert first == at("2024-11-03T05:30", ZoneInfo("UTC"))
    assert nyse.to_exchange_time(first).replace(tzinfo=None) == datetime(2024, 11, 3, 1, 30)
    assert nyse.to_exchange_time(first + HOUR).replace(tzinfo=None) == datetime(2024, 11, 3, 1, 30)


def test_exchange_time_shows_microseconds_and_never_rounds_up(nyse: Calendar) -> None:
    shown = nyse.to_exchange_time(at("2024-07-01T09:30") + 123_456_789)
    assert shown.isoformat() == "2024-07-01T09:30:00.123456-04:00"
    assert nyse.to_exchange_time(at("2024-07-01T09:30") - 1).isoformat() == "2024-07-01T09:29:59.999999-04:00"


# -- outside the table ---------------------------------------------------------------------------


@pytest.mark.parametrize("day", [date(1997, 12, 31), date(2028, 1, 1), date(2050, 6, 1)])
def test_a_date_beyond_the_table_is_refused_and_the_range_is_named(nyse: Calendar, day: date) -> None:
    noon = at(f"{day}T12:00")
    message = f"the XNYS calendar covers 1998-01-01 to 2027-12-31, which does not include {day}"
    with pytest.raises(CalendarError, match=message):
        nyse.session_on(day)
    for question in (nyse.session_of, nyse.is_open, nyse.next_open, nyse.trading_day, nyse.day_end_ns):
        with pytest.raises(CalendarError, match=message):
            question(noon)


def test_the_last_evening_is_closed_and_what_comes_next_is_not_known(nyse: Calendar) -> None:
    evening = at("2027-12-31T18:00")
    assert not nyse.is_open(evening)
    assert nyse.trading_day(evening) == LAST
    for question in (nyse.next_open, nyse.day_end_ns):
        with pytest.raises(CalendarError, match="covers 1998-01-01 to 2027-12-31"):
            question(evening)


def test_the_first_morning_is_a_holiday_that_belongs_to_the_first_session(nyse: Calendar) -> None:
    assert nyse.trading_day(at("1998-01-01T00:00")) == date(1998, 1, 2)
    assert nyse.next_open(at("1998-01-01T00:00")) == at("1998-01-02T09:30")


def test_an_unknown_market_is_refused_and_the_known_ones_are_named() -> None:
    with pytest.raises(CalendarError, match="calendar 'XNYX' is not known; expected one of 24x5, 24x7, CME, XNYS"):
        Calendar.load("XNYX")


def test_an_unknown_time_zone_is_refused() -> None:
    with pytest.raises(CalendarError, match="calendar SIM: time zone 'Atlantis' is not known"):
        Calendar.always_open("SIM", "Atlantis")


# -- markets without a table ---------------------------------------------------------------------


def test_crypto_never_closes_and_its_day_is_that_of_utc() -> None:
    crypto = Calendar.load("24x7")
    midnight = at("2024-12-01T00:00", ZoneInfo("UTC"))
    for moment in (midnight, midnight + 1, midnight + 24 * HOUR - 1):
        assert crypto.is_open(moment)
        assert crypto.trading_day(moment) == date(2024, 12, 1)
        assert crypto.day_end_ns(moment) == midnight + 24 * HOUR
    assert crypto.next_open(midnight) == midnight
    assert crypto.next_open(midnight + 1) == midnight + 24 * HOUR


@pytest.mark.parametrize(("day", "hours"), [("2024-03-10", 23), ("2024-07-01", 24), ("2024-11-03", 25)])
def test_the_simulated_market_keeps_the_days_of_its_exchange(day: str, hours: int) -> None:
    simulated = Calendar.always_open("SIM", "America/New_York")
    session = simulated.session_on(date.fromisoformat(day))
    assert session is not None
    assert session.open_ns == at(f"{day}T00:00")
    assert session.close_ns - session.open_ns == hours * HOUR
    assert simulated.session_of(session.close_ns - 1) == session
    assert simulated.session_of(session.close_ns) != session


@pytest.mark.parametrize(
    ("moment", "day", "is_open"),
    [
        ("2024-12-01T16:59:59", "2024-12-02", False),  # Sunday afternoon
        ("2024-12-01T17:00", "2024-12-02", True),
        ("2024-12-02T12:00", "2024-12-02", True),
        ("2024-12-02T17:00", "2024-12-03", True),
        ("2024-12-06T16:59:59", "2024-12-06", True),  # Friday
        ("2024-12-06T17:00", "2024-12-09", False),
        ("2024-12-07T12:00", "2024-12-09", False),
    ],
)
def test_the_forex_week_opens_on_sunday_and_rolls_at_five_in_new_york(moment: str, day: str, is_open: bool) -> None:
    forex = Calendar.load("24x5")
    assert forex.trading_day(at(moment)) == date.fromisoformat(day)
    assert forex.is_open(at(moment)) == is_open
    assert forex.day_end_ns(at(moment)) == at(f"{day}T17:00")
    assert forex.session_on(date(2024, 12, 7)) is None


@pytest.mark.parametrize(
    ("moment", "day", "is_open"),
    [
        ("2024-12-06T16:59:59", "2024-12-06", True),  # Friday
        ("2024-12-06T17:00:00", "2024-12-09", False),
        ("2024-12-08T17:59:59", "2024-12-09", False),  # Sunday evening
        ("2024-12-08T18:00:00", "2024-12-09", True),
        ("2024-12-09T16:59:59", "2024-12-09", True),
        ("2024-12-09T17:00:00", "2024-12-10", False),  # the daily break
        ("2024-12-09T18:00:00", "2024-12-10", True),
        ("2024-11-28T12:59:59", "2024-11-28", True),  # Thanksgiving: until 13:00
        ("2024-11-28T13:00:00", "2024-11-28", False),
        ("2024-11-28T18:00:00", "2024-11-29", True),
        ("2024-11-29T13:00:00", "2024-11-29", False),  # a half day
        ("2024-12-25T10:00:00", "2024-12-26", False),  # Christmas
        ("2024-12-25T18:00:00", "2024-12-26", True),
        ("2024-03-29T10:00:00", "2024-04-01", False),  # Good Friday
        ("2026-07-03T12:00:00", "2026-07-03", True),  # Independence Day is kept on Friday
        ("2022-12-26T10:00:00", "2022-12-27", False),  # Christmas on a Sunday is kept on Monday
        ("2022-06-20T10:00:00", "2022-06-20", True),
    ],
)
def test_futures_trade_round_the_clock_but_for_an_hour_and_the_great_holidays(
    moment: str, day: str, is_open: bool
) -> None:
    futures = Calendar.load("CME")
    assert futures.trading_day(at(moment)) == date.fromisoformat(day)
    assert futures.is_open(at(moment)) == is_open
    if not is_open:
        opens = futures.next_open(at(moment))
        assert opens >= at(moment)
        assert futures.is_open(opens)
        assert not futures.is_open(opens - 1)


@given(st.integers(at("1990-01-01"), at("2060-01-01")))
def test_a_market_without_a_table_answers_for_any_year(ts_ns: int) -> None:
    for calendar in (Calendar.load("24x5"), Calendar.load("24x7"), Calendar.always_open("SIM", "Asia/Tokyo")):
        session = calendar.session_on(calendar.trading_day(ts_ns))
        assert session is not None
        assert session.close_ns == calendar.day_end_ns(ts_ns) > ts_ns
        assert calendar.is_open(ts_ns) == (session.open_ns <= ts_ns)
        assert ts_ns <= calendar.next_open(ts_ns) <= ts_ns + 80 * HOUR


# -- the file ------------------------------------------------------------------------------------

TITLE = "# calendar=XNYS zone=America/New_York first=2024-01-01 last=2024-12-31 source=test"
HEADER = "date,open,close,half_day"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"XTST\.csv:1: expected '# calendar="),
        (f"{HEADER}\n2024-01-02,14:30,21:00,", r"XTST\.csv:1: expected '# calendar="),
        (
            f"{TITLE}\ndate,open",
            r"XTST\.csv:2: expected the header 'date,open,close,half_day', not 'date,open'",
        ),
        (
            f"{TITLE}\n{HEADER}\n2024-01-02,14:30,21:00",
            r"XTST\.csv:3: expected date,open,close,half_day, not",
        ),
        (f"{TITLE}\n{HEADER}\n2024-13-02,14:30,21:00,", r"XTST\.csv:3: expected date"),
        (f"{TITLE}\n{HEADER}\n2024-01-02,25:30,21:00,", r"XTST\.csv:3: expected date"),
        (f"{TITLE}\n{HEADER}\n2024-01-02,14:30,14:30,", r"XTST\.csv:3: sessions must ascend"),
        (f"{TITLE}\n{HEADER}\n2024-01-02,14:30,21:00,maybe", r"XTST\.csv:3: "),
        (f"{TITLE}\n{HEADER}" + 2 * "\n2024-01-02,14:30,21:00,", r"XTST\.csv:4: sessions must ascend"),
        (f"{TITLE}\n{HEADER}\n2023-12-29,14:30,21:00,", r"XTST\.csv:3: sessions must ascend"),
        (
            f"{TITLE}\n{HEADER}\n2025-01-02,14:30,21:00,",
            r"XTST\.csv: the last session lies after last=2024-12-31",
        ),
    ],
)
def test_a_bad_table_names_file_line_and_what_was_expected(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "XTST.csv"
    path.write_text(text)
    with pytest.raises(CalendarError, match=message):
        read_table(path)


@ORACLE
def test_the_shipped_table_is_what_the_generator_writes() -> None:
    make_calendar = importlib.import_module("tools.make_calendar")
    for name, path in shipped_tables().items():
        head, rows = path.read_text().split("\n", 1)
        made_head, made_rows = make_calendar.table(name).split("\n", 1)
        assert rows == made_rows
        assert head.split(" source=")[0] == made_head.split(" source=")[0]
