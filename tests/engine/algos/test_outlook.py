"""Before the launch: what a plan should cost and be of the market, with each figure's source, and every check."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.algos.math.expected_cost import CostModel, expected_cost
from engine.algos.math.past import Past
from engine.inputs import AlgoSpec
from engine.market.calendar import Calendar
from engine.market.history import DayBar, History
from engine.market.minutes import Minutes
from engine.model.market import Bar
from engine.views import AlgoPlan
from tests.engine.dealing import ACCOUNT, BUY, SECOND, START, Dealing

D = Decimal
HOUR = 3600 * SECOND
DAY = 24 * HOUR
TODAY = START // DAY * DAY
_CLOSES = (D(100), D(102))
HISTORY = History.of({"IBM": tuple(DayBar(f"2023-10-{n + 1:02d}", _CLOSES[n % 2], D(2_400_000)) for n in range(25))})


def _past(volumes: list[int]) -> Past:
    """Yesterday's hours of IBM, in a market that never closes."""
    bars = tuple(
        Bar("IBM", D(100), D(100), D(100), D(100), D(v), TODAY - DAY + n * HOUR, HOUR) for n, v in enumerate(volumes)
    )
    calendar = Calendar.always_open("24x7")
    return Past(Minutes(lambda symbol: bars if symbol == "IBM" else ()), lambda symbol: calendar)


def _plan(deal: Dealing, qty: str = "1200", slices: int = 4, symbol: str = "IBM") -> AlgoPlan:
    now = deal.now.market_ns
    return deal.desk.plan(AlgoSpec("twap", ACCOUNT, symbol, BUY, D(qty), now, now + 4 * HOUR, slices=slices), deal.now)


def test_cost_and_deviation_are_those_of_the_model_over_the_slices() -> None:
    plan = _plan(Dealing(past=_past([100] * 24), history=HISTORY).connect())
    returns = [0.02, 100 / 102 - 1] * 12
    mean = sum(returns) / 24
    sigma = 100 * (sum((r - mean) ** 2 for r in returns) / 23) ** 0.5
    model = CostModel(sigma, 0.1 / 24_000, 0.1 / 240_000, 0.05)
    expected = expected_cost([300.0] * 4, [1 / 24] * 4, model)
    assert float(plan.expected_cost or 0) == pytest.approx(expected.expected, abs=0.0051)
    assert float(plan.expected_stdev or 0) == pytest.approx(expected.stdev, abs=0.0051)
    assert plan.arrival_px == 100
    assert float(plan.cost_bps or 0) == pytest.approx(expected.expected / 120_000 * 1e4, abs=0.0051)
    assert [line.split()[0] for line in plan.assumptions] == ["sigma", "eta", "gamma", "epsilon"]
    assert plan.frontier == ()


def test_participation_is_against_the_usual_volume_of_those_hours() -> None:
    busy_hour = START // HOUR % 24 + 1
    past = _past([40_000 if n == busy_hour else 10_000 for n in range(24)])
    plan = _plan(Dealing(past=past, history=HISTORY).connect(), qty="4000")
    # The window begins within an hour, and the day of 270,000 of that profile stands for one of 2,400,000.
    begun = D(START % HOUR) / HOUR
    usual = (D(40_000) + 4 * D(10_000) - 10_000) / 270_000 * 2_400_000
    assert plan.market_volume == round(usual)
    assert plan.participation == round(4000 / (usual + 4000), 4)
    quiet = D(10_000) / 270_000 * 2_400_000
    assert plan.peak_participation == round(1000 / (quiet + 1000), 4)
    assert round(plan.market_shares[0], 4) == round(((1 - begun) * 10_000 + begun * 40_000) / 70_000, 4)


def test_what_is_not_known_is_said_and_left_out() -> None:
    plan = _plan(Dealing().connect())
    assert plan.expected_stdev is None
    assert plan.participation is None
    assert plan.expected_cost == D("60.00"), "half the spread on every share is known"
    assert [
        note
        for note in plan.notes
        if note.startswith("cost without impact, and no deviation: sigma can't be estimated")
    ]
    assert plan.checks


def test_every_check_of_the_largest_child_has_its_verdict() -> None:
    deal = Dealing(risk__max_order_qty="350", risk__warn_order_notional="20000").connect()
    fine = {row.check: row for row in _plan(deal).checks}
    assert len(fine) == 19
    assert fine["check_fat_finger"].verdict == "warn"
    assert {row.verdict for row in fine.values()} == {"pass", "warn"}
    large = {row.check: row for row in _plan(deal, slices=3).checks}
    assert large["check_fat_finger"].verdict == "refuse"
    assert {denial.code for denial in large["check_fat_finger"].denials} >= {"MAX_ORDER_QTY"}


def test_a_plan_that_is_refused_has_no_outlook() -> None:
    plan = _plan(Dealing().connect(), symbol="NOPE")
    assert plan.denials
    assert plan.checks == ()
