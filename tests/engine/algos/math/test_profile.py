"""Volume profiles: earlier days only, half days by their own session, nothing lost, files with one clear error."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.algos.math.profile import PLACES, ProfileError, VolumeProfile, learn
from engine.algos.math.profile import given as given_weights
from engine.algos.math.profile_file import parse_profile
from engine.market.calendar import Calendar, Session
from engine.market.tape import open_tapes
from engine.model.market import Bar

D = Decimal
MINUTE = 60_000_000_000
HALF, WHOLE, AFTER = date(2013, 7, 3), date(2013, 7, 5), date(2013, 7, 8)


@pytest.fixture(scope="module")
def nyse() -> Calendar:
    return Calendar.load("XNYS")


def _session(calendar: Calendar, day: date) -> Session:
    session = calendar.session_on(day)
    assert session is not None
    return session


def _bars(session: Session, volumes: list[int], minutes: int = 1) -> list[Bar]:
    px = D(100)
    return [
        Bar("IBM", px, px, px, px, D(volume), session.open_ns + n * minutes * MINUTE, minutes * MINUTE)
        for n, volume in enumerate(volumes)
        if volume
    ]


def _edges(session: Session, count: int) -> list[int]:
    span = session.close_ns - session.open_ns
    return [session.open_ns + span * n // count for n in range(count + 1)]


def _whole(profile: VolumeProfile) -> Decimal:
    return sum(profile.shares, profile.opening + profile.closing)


def test_a_half_day_counts_by_its_own_session(nyse: Calendar) -> None:
    half, whole = _session(nyse, HALF), _session(nyse, WHOLE)
    assert half.is_half_day
    assert not whole.is_half_day
    # All of the half day's volume in the last third of its 210 minutes: the last 70.
    profile = learn(_bars(half, [0] * 140 + [5] * 70), nyse, WHOLE)
    assert profile.days == ("2013-07-03",)
    thirds = profile.weights(nyse, _edges(whole, 3))
    assert thirds == (0, 0, 1)
    assert profile.weights(nyse, _edges(half, 3)) == (0, 0, 1)


def test_a_profile_read_off_for_a_half_day_shrinks_with_it(nyse: Calendar) -> None:
    half, whole = _session(nyse, HALF), _session(nyse, date(2013, 7, 2))
    profile = learn(_bars(whole, [4] * 130 + [1] * 130 + [4] * 130), nyse, HALF)
    assert [round(w, 9) for w in profile.weights(nyse, _edges(half, 3))] == [
        round(D(share) / 9, 9) for share in (4, 1, 4)
    ]


def test_only_days_strictly_before_count(nyse: Calendar) -> None:
    early = _bars(_session(nyse, HALF), [1] * 105 + [0] * 105)
    late = _bars(_session(nyse, WHOLE), [0] * 195 + [9] * 195)
    for before, first_half in ((WHOLE, D(1)), (AFTER, D("0.5"))):
        profile = learn(early + late, nyse, before)
        assert round(profile.weights(nyse, _edges(_session(nyse, WHOLE), 2))[0], 9) == first_half
    with pytest.raises(ProfileError, match="no session before 2013-07-03"):
        learn(early + late, nyse, HALF)


def test_a_busy_day_counts_no_more_than_a_quiet_one_and_the_median_leaves_the_odd_day_out(nyse: Calendar) -> None:
    days = [date(2013, 7, 1), date(2013, 7, 2), WHOLE]
    volumes = ([1] * 195 + [3] * 195, [1] * 195 + [3] * 195, [5000] * 195 + [0] * 195)
    bars = [bar for day, each in zip(days, volumes, strict=True) for bar in _bars(_session(nyse, day), each)]
    first_half = [
        learn(bars, nyse, AFTER, way).weights(nyse, _edges(_session(nyse, WHOLE), 2))[0] for way in ("mean", "median")
    ]
    assert [round(share, 9) for share in first_half] == [D("0.5"), D("0.25")]


def test_missing_minutes_and_bars_outside_the_session_count_nothing(nyse: Calendar) -> None:
    session = _session(nyse, WHOLE)
    early = Bar("IBM", D(1), D(1), D(1), D(1), D(10**9), session.open_ns - 30 * MINUTE, MINUTE)
    late = Bar("IBM", D(1), D(1), D(1), D(1), D(10**9), session.close_ns, MINUTE)
    profile = learn([early, *_bars(session, [0] * 100 + [7] * 50), late], nyse, AFTER)
    assert sum(1 for share in profile.shares if share) == 50
    assert _whole(profile) == 1


def test_bars_of_any_length_give_the_same_shape(nyse: Calendar) -> None:
    session = _session(nyse, WHOLE)
    by_minute = learn(_bars(session, [2] * 195 + [6] * 195), nyse, AFTER)
    by_half_hour = learn(_bars(session, [60] * 6 + [120] + [180] * 6, 30), nyse, AFTER)
    for profile in (by_minute, by_half_hour):
        shape = [round(weight * 52, 6) for weight in profile.weights(nyse, _edges(session, 13))]
        assert shape == [D(2)] * 6 + [D(4)] + [D(6)] * 6


def test_the_auctions_are_told_apart_from_the_minutes_they_print_in(nyse: Calendar) -> None:
    session = _session(nyse, WHOLE)
    profile = learn(_bars(session, [39 + 10] + [10] * 388 + [10 + 61]), nyse, AFTER)
    assert [profile.opening, profile.closing] == [D("0.0097500"), D("0.01525")]
    assert len(set(profile.shares)) <= 2
    last_minute = [session.close_ns - MINUTE, session.close_ns]
    assert profile.weights(nyse, last_minute)[0] == profile.weights(nyse, last_minute, auctions=False)[0] + D("0.01525")
    around_the_clock = Calendar.load("24x7")
    day = _session(around_the_clock, WHOLE)
    busy = learn(_bars(day, [999] + [1] * 1439), around_the_clock, AFTER)
    assert (busy.opening, busy.closing) == (0, 0)


def test_a_window_over_a_night_and_a_weekend_sees_volume_in_its_sessions_only(nyse: Calendar) -> None:
    friday, monday = _session(nyse, WHOLE), _session(nyse, AFTER)
    flat = given_weights([D(1)])
    noon = friday.open_ns + 195 * MINUTE
    edges = [noon, friday.close_ns, friday.close_ns + 600 * MINUTE, monday.open_ns, monday.open_ns + 39 * MINUTE]
    assert flat.weights(nyse, edges) == (D("0.5"), 0, 0, D("0.1"))


@settings(max_examples=25)
@given(st.lists(st.integers(0, 10**9), min_size=7, max_size=390).filter(any), st.integers(1, 60))
def test_the_shares_sum_to_1_exactly_and_so_do_the_weights_of_a_day(volumes: list[int], count: int) -> None:
    calendar = Calendar.load("24x7")
    session = _session(calendar, WHOLE)
    profile = learn(_bars(session, volumes), calendar, AFTER)
    assert _whole(profile) == 1
    weights = profile.weights(calendar, _edges(session, count))
    assert min(weights) >= 0
    assert abs(sum(weights) - 1) < D("1e-15")


def test_a_real_day_is_a_smile(nyse: Calendar, shared_data: Path) -> None:
    bars = [
        bar
        for tape in open_tapes([shared_data / "equities" / "bars_1m" / "IBM_20131004.csv.gz"])
        for batch in tape.batches()
        for bar in batch
        if isinstance(bar, Bar)
    ]
    profile = learn(bars, nyse, date(2013, 10, 7))
    hours = profile.weights(nyse, _edges(_session(nyse, date(2013, 10, 7)), 13))
    assert abs(sum(hours) - 1) < D("1e-15")
    assert min(hours[0], hours[-1]) > 2 * min(hours[4:9])
    assert profile.opening < D("0.01") < profile.closing < D("0.2")


def test_the_same_bar_twice_is_refused(nyse: Calendar) -> None:
    bars = _bars(_session(nyse, WHOLE), [1] * 10)
    with pytest.raises(ProfileError, match="two bars begin at the same time"):
        learn(bars + bars[:1], nyse, AFTER)


def test_given_weights_are_equal_parts_and_must_make_sense() -> None:
    profile = given_weights([D(3), D(1)])
    assert profile.edges == (0, Fraction(1, 2), 1)
    assert profile.shares == (D("0.75"), D("0.25"))
    for weights in ([], [D(0)], [D(1), D(-1)], [D("NaN")]):
        with pytest.raises(ProfileError):
            given_weights(weights)


FILE = """
# mine
time,weight
09:30,3
10:00,0.5
15:30:00,6.5
16:00,
"""


def test_a_file_says_when_each_part_begins_and_shrinks_on_a_half_day(nyse: Calendar) -> None:
    profile = parse_profile(FILE.splitlines(), "p.csv")
    assert profile.shares == (D("0.3"), D("0.05"), D("0.65"))
    whole, half = _session(nyse, WHOLE), _session(nyse, HALF)
    assert profile.edges == (0, Fraction(30, 390), Fraction(360, 390), 1)
    assert profile.weights(nyse, [whole.open_ns, whole.open_ns + 30 * MINUTE])[0] == D("0.3")
    thirteenth = (half.close_ns - half.open_ns) // 13
    assert round(profile.weights(nyse, [half.close_ns - thirteenth, half.close_ns])[0], 9) == D("0.65")
    assert len(profile.shares) < PLACES


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "p.csv: 0 rows; expected a row for each part"),
        ("weight,time", "line 1: 'weight,time'; expected the header time,weight"),
        ("time,weight\n09:30", "line 2: '09:30'; expected time,weight like 09:30,180"),
        ("time,weight\n9h30,1", "line 2: '9h30,1'; expected time,weight"),
        ("time,weight\n24:30,1", "line 2: '24:30,1'; expected time,weight"),
        ("time,weight\n09:30,1,2", "line 2: '09:30,1,2'; expected time,weight"),
        ("time,weight\n09:30,1\n09:30,2\n16:00,", "line 3: 09:30 is not after the row before"),
        ("time,weight\n09:30,x\n16:00,", "line 2: weight: 'x' is not a number"),
        ("time,weight\n09:30,NaN\n16:00,", "line 2: weight: 'NaN' is not a finite number"),
        ("time,weight\n09:30,-1\n16:00,", "line 2: weight -1 is negative"),
        ("time,weight\n09:30,\n10:00,1\n16:00,", "line 2: no weight; expected one, except in the last row"),
        ("time,weight\n09:30,1\n16:00,2", "line 3: weight '2'; expected none in the last row"),
        ("time,weight\n09:30,0\n16:00,", "every weight is 0; expected one above 0"),
    ],
)
def test_a_bad_file_is_one_error_that_says_what_where_and_what_was_expected(text: str, words: str) -> None:
    with pytest.raises(ProfileError) as caught:
        parse_profile(text.splitlines(), "p.csv")
    assert str(caught.value).startswith("p.csv: ")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
