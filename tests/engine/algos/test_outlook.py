"""Before the launch: what a plan should cost and be of the market, with each figure's source, and every check."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from engine.algos.math.expected_cost import CostModel, expected_cost
from engine.algos.math.past import Past
from engine.inputs import AlgoSpec
from engine.market.calendar import Calendar
from engine.market.history import DayBar, History
from engine.market.minutes import Minutes
from engine.model.enums import Side
from engine.model.market import Bar
from engine.views import AlgoPlan
from tests.engine.dealing import ACCOUNT, BUY, SECOND, SELL, START, Dealing

D = Decimal
HOUR = 3600 * SECOND
DAY = 24 * HOUR
TODAY = START // DAY * DAY
PLAIN = {"account": ACCOUNT, "symbol": "IBM", "side": BUY, "qty": D(900), "end_ns": 0}
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


def test_a_plan_whose_cost_is_the_spread_names_no_parameter_of_a_model() -> None:
    deal = Dealing(past=_past([100] * 24), history=HISTORY).connect()
    now = deal.now.market_ns
    terms: tuple[dict[str, object], ...] = (
        {"algo": "iceberg", "display": D(100)},
        {"algo": "scale", "from_px": D("99.90"), "to_px": D("99.50"), "slices": 3},
        {"algo": "sor"},
    )
    for more in terms:
        plan = deal.desk.plan(AlgoSpec(**{**PLAIN, "start_ns": now, **more}), deal.now)  # type: ignore[arg-type]
        assert not plan.denials
        assert (plan.assumptions, plan.notes, plan.expected_cost) == ((), (), D("45.00"))
        assert plan.expected_stdev is None
    without = Dealing().connect().desk.plan(AlgoSpec(**{**PLAIN, "start_ns": now, **terms[0]}), deal.now)  # type: ignore[arg-type]
    assert without.notes == (), "nothing that is not used has to be known"


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


def test_following_the_market_is_priced_at_its_usual_volume() -> None:
    deal = Dealing(past=_past([100] * 24), history=HISTORY).connect()
    now = deal.now.market_ns
    # 100,000 an hour: a tenth of the market with us in it is 11,111 an hour.
    spec = AlgoSpec("pov", ACCOUNT, "IBM", BUY, D(900), now, now + 4 * HOUR, participation=D("0.1"))
    plan = deal.desk.plan(spec, deal.now)
    assert plan.slices == ()
    assert any(note == "at the usual volume it takes 5 min" for note in plan.notes)
    assert float(plan.expected_stdev or 0) > 0
    more = deal.desk.plan(msgspec.structs.replace(spec, qty=D(50_000)), deal.now)
    assert any(note.startswith("at the usual volume 44444 of 50000 are done by the end") for note in more.notes)
    assert round(more.participation or D(0), 3) == D("0.1")


def test_implementation_shortfall_shows_the_frontier_with_its_own_point() -> None:
    deal = Dealing(past=_past([100] * 24), history=HISTORY).connect()
    now = deal.now.market_ns
    spec = AlgoSpec("is", ACCOUNT, "IBM", BUY, D(900), now, now + 4 * HOUR, slices=8, risk_aversion=D("0.0002"))
    plan = deal.desk.plan(spec, deal.now)
    assert plan.risk_aversion == D("0.0002")
    own = next(row for row in plan.frontier if row.risk_aversion == plan.risk_aversion)
    # Whole shares are sent, so the plan's own cost is a little off the optimum's.
    assert float(plan.expected_cost or 0) == pytest.approx(float(own.expected_cost), rel=1e-3)
    assert float(plan.expected_stdev or 0) == pytest.approx(float(own.expected_stdev), rel=1e-2)
    costs = [row.expected_cost for row in plan.frontier]
    deviations = [row.expected_stdev for row in plan.frontier]
    assert costs == sorted(costs)
    assert deviations == sorted(deviations, reverse=True)
    assert plan.frontier[0].half_life_s is None


def test_the_paper_s_example_is_what_a_plan_says() -> None:
    """Almgren and Chriss (2000), section 3.4, as a command: a million shares in five days of a market that never
    closes; tests/engine/algos/math has the same numbers from the formulas."""
    deal = Dealing(hold="1000000").connect()
    now = deal.now.market_ns
    model = {"volatility": "0.9486832980505138", "eta": "2.5e-6", "gamma": "2.5e-7", "epsilon": "0.0625"}
    terms = {name: D(value) for name, value in model.items()}
    spec = AlgoSpec(
        "is", ACCOUNT, "IBM", SELL, D(1_000_000), now, now + 5 * DAY, slices=5, risk_aversion=D("1e-6"), **terms
    )
    plan = deal.desk.plan(spec, deal.now)
    assert [qty for _, qty in plan.slices] == [457619, 252086, 142079, 85913, 62303]
    assert float(plan.expected_cost or 0) == pytest.approx(910_477.8, abs=0.5)
    assert float(plan.expected_stdev or 0) == pytest.approx(603_214.7, abs=1.0)


@pytest.mark.parametrize(("side", "drift"), [(SELL, "0.02"), (BUY, "-0.02")])
def test_the_paper_s_drift_makes_who_profits_from_it_wait(side: Side, drift: str) -> None:
    """Section 4.1 on their example, in whole shares; a purchase waits for what falls."""
    deal = Dealing(hold="1000000" if side is SELL else "0", risk__max_position_pct="off").connect()
    now = deal.now.market_ns
    model = {"volatility": "0.9486832980505138", "eta": "2.5e-6", "gamma": "2.5e-7", "epsilon": "0.0625"}
    terms = {name: D(value) for name, value in (model | {"drift": drift}).items()}
    spec = AlgoSpec("is", ACCOUNT, "IBM", side, D(1_000_000), now, now + 5 * DAY, slices=5, **terms)
    plan = deal.desk.plan(spec, deal.now)
    assert [qty for _, qty in plan.slices] == [453227, 250239, 142079, 87759, 66696]
    assert float(plan.expected_cost or 0) == pytest.approx(879_591.3, abs=0.5)
    assert float(plan.expected_stdev or 0) == pytest.approx(373_678.0e6**0.5, abs=1.0)
    assert plan.assumptions[-1] == "drift 0.02 a day for whoever waits: given"
    own = next(row for row in plan.frontier if row.risk_aversion == plan.risk_aversion)
    assert float(own.expected_cost) == pytest.approx(879_591.3, abs=0.5)
    against = deal.desk.plan(msgspec.structs.replace(spec, drift=-D(drift)), deal.now)
    assert against.slices[0][1] > 457_619, "the other way it goes sooner"


def test_a_drift_that_no_schedule_bears_is_refused_with_the_one_that_it_would() -> None:
    deal = Dealing(past=_past([100] * 24), history=HISTORY).connect()
    now = deal.now.market_ns
    spec = AlgoSpec("is", ACCOUNT, "IBM", BUY, D(900), now, now + 4 * HOUR, slices=8, drift=D(-50))
    (denial,) = deal.desk.plan(spec, deal.now).denials
    assert (denial.code, "expected at most" in denial.message) == ("ALGO_PLAN", True)
