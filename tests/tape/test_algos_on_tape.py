"""A slice of `make tape` for every run of the suite: the first minutes of a recorded day, each algo, no look-ahead."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from engine.algos.math.past import Past
from engine.model.market import Quote, Trade
from tests.tape.days import DAYS, MINUTE_NS, Day, benchmarks, load, past
from tests.tape.desk import TapeDesk
from tests.tape.runs import ALGOS, begin

D = Decimal
SLICES = {"slices": 10, "qty": D(2000)}
TERMS = {"twap": SLICES, "vwap": SLICES, "is": SLICES, "pov": {"participation": D("0.02"), "qty": D(5000)},
         "iceberg": {"display": D(200), "qty": D(2000)}}  # fmt: skip
MINUTES = 10


@pytest.fixture(scope="module")
def ibm(shared_data: Path) -> Day:
    """The first ten minutes of a session, and a little more."""
    day = load(shared_data, "IBM", DAYS[1])
    until_ns = day.session.open_ns + (MINUTES + 2) * MINUTE_NS
    return msgspec.structs.replace(day, events=tuple(each for each in day.events if each.ts_ns < until_ns))


@pytest.fixture(scope="module")
def before(shared_data: Path) -> Past:
    """What the days before say."""
    return past(shared_data, "IBM", DAYS[1])[0]


def _play(day: Day, before: Past, algo: str) -> TapeDesk:
    desk, _, place = begin(day, before, algo, day.session.open_ns + MINUTES * MINUTE_NS, **TERMS[algo])
    desk.play(day.events[place:])
    return desk


@pytest.mark.parametrize("algo", list(ALGOS))
def test_the_rest_of_the_day_s_volume_changes_no_slice_already_sent(ibm: Day, before: Past, algo: str) -> None:
    cut_ns = ibm.session.open_ns + 5 * MINUTE_NS

    def busier(trade: Trade) -> Trade | None:
        return msgspec.structs.replace(trade, size=trade.size * 9) if trade.ts_ns // MINUTE_NS % 2 else None

    real, other = _play(ibm, before, algo), _play(ibm.changed(cut_ns, busier), before, algo)
    sent = [each for each in real.sent if each[0] <= cut_ns]
    assert sent
    assert sent == [each for each in other.sent if each[0] <= cut_ns]
    if algo in ("vwap", "pov"):
        assert real.sent != other.sent, "the algo does not look at volume at all, so that this test shows nothing"


@pytest.mark.parametrize("algo", ["twap", "vwap", "is"])
def test_a_scheduled_algo_fills_to_the_share_near_the_market_s_price(ibm: Day, before: Past, algo: str) -> None:
    desk = _play(ibm, before, algo)
    filled = sum(each.last_qty for each in desk.executions)
    assert filled == 2000
    assert next(iter(desk.state.algos.values())).status == "DONE"
    marks = benchmarks(ibm, ibm.session.open_ns, ibm.session.open_ns + MINUTES * MINUTE_NS)
    avg = sum((each.last_qty * each.last_px for each in desk.executions), D(0)) / filled
    assert abs(avg / marks.vwap - 1) * 10_000 < 25


def test_the_benchmarks_are_those_of_the_recorded_day(shared_data: Path, ibm: Day) -> None:
    """By hand from the tape's own rows: the mid of every moment, and every eligible print."""
    start_ns = ibm.session.open_ns + MINUTE_NS
    marks = benchmarks(ibm, start_ns, start_ns + MINUTE_NS)
    prints = [e for e in ibm.events if isinstance(e, Trade) and e.eligible and 0 <= e.ts_ns - start_ns < MINUTE_NS]
    assert marks.volume == sum(each.size for each in prints)
    low, high = min(each.price for each in prints), max(each.price for each in prints)
    assert low < marks.vwap < high
    quotes = [e for e in ibm.events if isinstance(e, Quote) and e.is_regular]
    in_force = [[q.mid for q in quotes if q.ts_ns <= start_ns + n * 10**9][-1] for n in range(60)]
    assert abs(marks.twap - sum(in_force) / 60) < D("0.002")
    assert marks.arrival == in_force[0]
