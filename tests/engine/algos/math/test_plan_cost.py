"""A planned schedule against the market: session time only, and own / (others + own)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from engine.algos.math.expected_cost import CostModel, expected_cost
from engine.algos.math.past import Past
from engine.algos.math.plan_cost import market_share, plan_cost
from engine.market.calendar import Calendar, Session
from engine.market.minutes import Minutes
from engine.model.market import Bar

D = Decimal
MINUTE = 60_000_000_000
MODEL = CostModel(2.0, 0.1, 0.01, 0.5)


@pytest.fixture(scope="module")
def nyse() -> Calendar:
    return Calendar.load("XNYS")


@pytest.fixture(scope="module")
def tuesday(nyse: Calendar) -> Session:
    session = nyse.session_on(date(2013, 10, 8))
    assert session is not None
    return session


@pytest.fixture(scope="module")
def past(nyse: Calendar) -> Past:
    monday = nyse.session_on(date(2013, 10, 7))
    assert monday is not None
    # 300 in the first half of the day, 100 in the second.
    bars = tuple(
        Bar("IBM", D(1), D(1), D(1), D(1), D(volume), monday.open_ns + n * 195 * MINUTE, 195 * MINUTE)
        for n, volume in enumerate((300, 100))
    )
    return Past(Minutes(lambda symbol: bars if symbol == "IBM" else ()), lambda symbol: nyse)


def test_intervals_count_in_trading_days(past: Past, tuesday: Session) -> None:
    slices = [(tuesday.open_ns, D(30)), (tuesday.open_ns + 39 * MINUTE, D(70))]
    cost = plan_cost("IBM", slices, tuesday.open_ns + 156 * MINUTE, past, MODEL)
    expected = expected_cost([30.0, 70.0], [0.1, 0.3], MODEL)
    assert cost is not None
    assert (cost.expected, cost.variance) == (pytest.approx(expected.expected), pytest.approx(expected.variance))


def test_what_is_due_outside_the_session_is_traded_inside_it(past: Past, tuesday: Session) -> None:
    early = tuesday.open_ns - 60 * MINUTE
    slices = [(early, D(10)), (early, D(20)), (tuesday.open_ns, D(70)), (tuesday.close_ns + MINUTE, D(5))]
    cost = plan_cost("IBM", slices, tuesday.close_ns + 5 * MINUTE, past, MODEL)
    assert cost == expected_cost([105.0], [1.0], MODEL)
    assert plan_cost("IBM", [(early, D(1))], early + MINUTE, past, MODEL) is None


def test_participation_is_own_of_all_by_the_profile_of_earlier_days(past: Past, tuesday: Session) -> None:
    noon = tuesday.open_ns + 195 * MINUTE
    share = market_share("IBM", [(tuesday.open_ns, D(100)), (noon, D(100))], tuesday.close_ns, past, D(400), noon)
    assert share is not None
    assert [round(each, 9) for each in (share.others, share.whole, share.peak)] == [400, round(D(1) / 3, 9), D("0.5")]
    assert [round(each, 9) for each in share.market] == [D("0.75"), D("0.25")]


def test_without_a_profile_volume_is_taken_to_be_even(past: Past, tuesday: Session) -> None:
    noon = tuesday.open_ns + 195 * MINUTE
    share = market_share("BAC", [(tuesday.open_ns, D(100)), (noon, D(100))], tuesday.close_ns, past, D(400), noon)
    assert share is not None
    assert (share.whole, share.peak, share.market) == (D(200) / 600, D(200) / 600, ())
    assert market_share("BAC", [(tuesday.close_ns, D(1))], tuesday.close_ns + MINUTE, past, D(400), noon) is None
