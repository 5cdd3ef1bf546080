"""What earlier days say: nothing of today or later, session time only, and where each parameter comes from."""

from __future__ import annotations

import gzip
import math
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from engine.algos.math.estimate import Estimate, Given, estimate
from engine.algos.math.expected_cost import ModelError
from engine.algos.math.past import Past
from engine.algos.math.profile import ProfileError
from engine.market.calendar import Calendar, Session
from engine.market.history import DayBar, History
from engine.market.minutes import Minutes, read_minutes, split_files
from engine.market.simulated import SimulatedMarket
from engine.market.tape import TapeError
from engine.model.market import Bar, Quote

D = Decimal
MINUTE = 60_000_000_000
HEADER = "ts_utc,symbol,open,high,low,close,volume"
MONDAY, TUESDAY, WEDNESDAY = date(2013, 10, 7), date(2013, 10, 8), date(2013, 10, 9)


@pytest.fixture(scope="module")
def nyse() -> Calendar:
    return Calendar.load("XNYS")


def _session(calendar: Calendar, day: date) -> Session:
    session = calendar.session_on(day)
    assert session is not None
    return session


def _day(calendar: Calendar, day: date, volume: int, closes: list[str]) -> list[Bar]:
    start = _session(calendar, day).open_ns
    opens = [closes[0], *closes[:-1]]
    return [
        Bar("IBM", D(o), max(D(o), D(c)), min(D(o), D(c)), D(c), D(volume), start + n * 78 * MINUTE, 78 * MINUTE)
        for n, (o, c) in enumerate(zip(opens, closes, strict=True))
    ]


@pytest.fixture(scope="module")
def past(nyse: Calendar) -> Past:
    bars = [
        *_day(nyse, MONDAY, 100, ["100", "101", "100", "101", "100"]),
        *_day(nyse, TUESDAY, 300, ["100", "110", "100", "110", "100"]),
    ]
    return Past(Minutes(lambda symbol: tuple(bars) if symbol == "IBM" else ()), lambda symbol: nyse)


def test_only_sessions_before_the_day_on_which_it_is_asked_count(past: Past, nyse: Calendar) -> None:
    monday, tuesday, wednesday = (_session(nyse, day) for day in (MONDAY, TUESDAY, WEDNESDAY))
    assert past.volume("IBM", monday.close_ns) is None
    assert past.volatility("IBM", monday.close_ns) is None
    with pytest.raises(ProfileError, match="no session before 2013-10-07"):
        past.profile("IBM", monday.close_ns)
    assert past.volume("IBM", tuesday.close_ns) == 500
    assert past.volatility("IBM", tuesday.close_ns) == pytest.approx(2 * math.log(1.01))
    assert past.profile("IBM", tuesday.open_ns).days == ("2013-10-07",)
    assert past.volume("IBM", wednesday.open_ns) == 1000
    mean = 2 * (math.log(1.01) ** 2 + math.log(1.1) ** 2)
    assert past.volatility("IBM", wednesday.open_ns) == pytest.approx(math.sqrt(mean))
    assert past.profile("IBM", wednesday.open_ns).days == ("2013-10-07", "2013-10-08")


def test_a_symbol_without_bars_is_refused_with_what_to_do(past: Past, nyse: Calendar) -> None:
    with pytest.raises(ProfileError, match=r"no volume profile of BAC is known: name a folder .* in `history:`"):
        past.weights("BAC", [0, 1], _session(nyse, TUESDAY).open_ns)
    assert past.volume("BAC", _session(nyse, TUESDAY).open_ns) is None


def test_trading_days_are_session_time(past: Past, nyse: Calendar) -> None:
    monday, tuesday = _session(nyse, MONDAY), _session(nyse, TUESDAY)
    days = past.days_between
    assert days("IBM", monday.open_ns, monday.close_ns) == 1
    assert days("IBM", monday.open_ns - 60 * MINUTE, monday.open_ns + 39 * MINUTE) == pytest.approx(0.1)
    assert days("IBM", monday.open_ns + 195 * MINUTE, tuesday.open_ns + 195 * MINUTE) == 1
    assert days("IBM", monday.close_ns, tuesday.open_ns) == 0
    half = _session(nyse, date(2013, 7, 3))
    assert days("IBM", half.open_ns, half.close_ns) == pytest.approx(210 / 390)
    assert Past.unknown().days_between("BTCUSD", 0, 36 * 60 * MINUTE) == 1.5


def _history(days: int) -> History:
    closes = [D(100), D(101)] * days
    dates = [date.fromordinal(MONDAY.toordinal() - days + n).isoformat() for n in range(days)]
    bars = tuple(DayBar(day, close, D(5_000_000)) for day, close in zip(dates, closes, strict=False))
    return History.of({"IBM": bars})


def _estimate(past: Past, nyse: Calendar, history: History, given: Given | None = None, **rest: object) -> Estimate:
    quote = Quote("IBM", D("49.9375"), D("50.0625"), D(1), D(1), 0)
    return estimate("IBM", quote, past, history, _session(nyse, TUESDAY).open_ns, given)


def test_impact_is_the_paper_s_rule_on_the_spread_and_the_daily_volume(past: Past, nyse: Calendar) -> None:
    found = _estimate(past, nyse, _history(21))
    assert found.volume == 5_000_000
    assert found.model.eta == pytest.approx(2.5e-6)
    assert found.model.gamma == pytest.approx(2.5e-7)
    assert found.model.epsilon == 0.0625
    returns = [0.01, 100 / 101 - 1] * 10
    mean = sum(returns) / 20
    deviation = math.sqrt(sum((r - mean) ** 2 for r in returns) / 19)
    assert found.model.sigma == pytest.approx(50 * deviation)
    assert "standard deviation of 20 daily returns" in found.sources[0]
    assert "a spread at 1 % of the mean volume of 20 days (5000000) a day" in found.sources[1]


def test_without_a_month_of_closes_the_earlier_sessions_say_it(past: Past, nyse: Calendar) -> None:
    found = _estimate(past, nyse, History.empty())
    assert found.volume == 500
    assert found.model.sigma == pytest.approx(50 * 2 * math.log(1.01))
    assert "realised volatility of the earlier sessions" in found.sources[0]
    assert "the mean volume of the earlier sessions (500)" in found.sources[2]


def test_what_is_given_stands_and_is_said(past: Past, nyse: Calendar) -> None:
    found = _estimate(past, nyse, History.empty(), Given(sigma=0.95, eta=1e-6))
    assert (found.model.sigma, found.model.eta) == (0.95, 1e-6)
    assert found.model.gamma == pytest.approx(0.125 / 50)
    assert found.sources[:2] == ("sigma 0.95: given", "eta 1e-06: given")
    everything = estimate("X", None, Past.unknown(), History.empty(), 0, Given(0.95, 2.5e-6, 2.5e-7, 0.0625))
    assert everything.model.epsilon == 0.0625


@pytest.mark.parametrize(
    ("quote", "given", "words"),
    [
        (None, None, "sigma can't be estimated: no usable quote; give `sigma` a value"),
        (None, Given(0.9, 1e-6, 1e-7), "epsilon can't be estimated: no usable quote"),
        (Quote("X", D(9), D(10), D(1), D(1), 0), None, "sigma can't be estimated: no earlier days are known"),
        (Quote("X", D(9), D(10), D(1), D(1), 0), Given(0.9), "eta can't be estimated: no earlier days are known"),
    ],
)
def test_what_can_not_be_estimated_is_asked_for_by_name(quote: Quote | None, given: Given | None, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        estimate("X", quote, Past.unknown(), History.empty(), 0, given)


def test_files_of_intraday_and_daily_bars_are_told_apart_in_one_folder(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("date,symbol,open,high,low,close,volume\n2013-10-04,IBM,1,1,1,1,5\n")
    rows = f"{HEADER}\n2013-10-07T13:31:00Z,IBM,1,2,1,2,50\n2013-10-07T13:32:00Z,IBM,2,2,1,1,60\n"
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(rows.encode()))
    intraday, daily = split_files([tmp_path])
    assert [path.name for path in daily] == ["a.csv"]
    minutes = read_minutes(intraday)
    assert [bar.volume for bar in minutes.of("IBM")] == [50, 60]
    assert minutes.of("IBM")[0].interval_ns == MINUTE
    assert minutes.of("BAC") == ()
    (tmp_path / "c.csv").write_text(f"{HEADER}\n2013-10-07T13:32:00Z,IBM,2,2,1,1,60\n")
    with pytest.raises(TapeError, match=r"c\.csv: a bar of IBM begins when another does"):
        read_minutes(split_files([tmp_path])[0])


def test_the_simulated_market_has_a_yesterday() -> None:
    calendar = Calendar.always_open("SIM", zone="UTC")
    market = SimulatedMarket(1)
    past = Past(market.minutes(0), lambda symbol: calendar)
    day = 86_400 * 10**9
    at_ns = day + day // 2
    weights = past.weights("IBM", [day + day * n // 4 for n in range(5)], at_ns)
    # A U over the UTC day: 0.6 + 0.6 u^2 + u^4 with u from -1 to 1.
    quarter = (0.6 * 0.5 + 0.6 * (1 - 0.125) / 3 + (1 - 1 / 32) / 5) / 2
    assert [float(w) for w in weights] == pytest.approx([quarter, 0.5 - quarter, 0.5 - quarter, quarter], abs=1e-4)
    bars = market.history([("1970-01-01", 86_400)]).bars("IBM")
    assert float(past.volume("IBM", at_ns) or 0) == pytest.approx(float(bars[0].volume or 0), rel=1e-3)
