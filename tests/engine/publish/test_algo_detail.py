"""An algo in full: what each slice got, the steps of its lines, and a market kept thin however long it runs."""

from __future__ import annotations

from engine.publish.algo_detail import algo_detail
from engine.tracks import MOST, Series
from tests.engine.algos.floor import Floor
from tests.engine.dealing import SECOND, D


def test_each_slice_says_what_was_planned_and_executed_in_its_interval() -> None:
    floor = Floor().connect()
    algo = floor.launch("twap", "400", 8, slices=4)
    floor.go(130, volume=50)
    floor.move("100.45", "100.55")
    floor.go(120, volume=50)
    detail = algo_detail(floor.desk, algo.id, floor.now)
    assert detail is not None
    assert [(row.qty, row.filled_qty, row.target_qty) for row in detail.slices] == [
        (100, 100, 100),
        (100, 100, 200),
        (100, 100, 300),
        (100, 0, 400),
    ]
    assert [row.reached for row in detail.slices] == [True, True, True, False]
    assert [row.avg_px for row in detail.slices] == [D("100.05"), D("100.05"), D("100.55"), None]
    assert sum(fill.qty for fill in detail.fills) == detail.actual[-1][1] == algo.cum_qty == 300
    assert detail.schedule[-1] == (algo.spec.end_ns, D(400))
    assert [ts for ts, _ in detail.schedule] == sorted(ts for ts, _ in detail.schedule)
    assert {price for _, price in detail.prices} == {D("100.00"), D("100.50")}
    assert detail.slices[-1].market_volume is None


def test_a_kind_without_slices_shows_what_it_wanted_so_far() -> None:
    floor = Floor().connect()
    algo = floor.launch("pov", "1000", 10, participation=D("0.2"))
    floor.go(60, volume=100)
    detail = algo_detail(floor.desk, algo.id, floor.now)
    assert detail is not None
    assert detail.slices == ()
    assert detail.schedule[-1][1] == algo.target_qty > 0
    assert ("participation", "20%") in detail.terms


def test_an_algo_that_is_not_there_has_no_detail() -> None:
    floor = Floor().connect()
    assert algo_detail(floor.desk, 7, floor.now) is None


def test_a_long_series_stays_short_and_keeps_its_ends() -> None:
    series = Series()
    for second in range(10 * MOST):
        series.add(second * SECOND, D(second))
    points = series.points
    assert MOST / 2 <= len(points) <= MOST + 1
    assert points[0] == (0, D(0))
    assert points[-1] == ((10 * MOST - 1) * SECOND, D(10 * MOST - 1))


def test_what_the_journal_knows_of_before_goes_in_front() -> None:
    earlier, series = Series(), Series()
    for second in range(100):
        earlier.add(second * SECOND, D(1))
    for second in range(50, 60):
        series.add(second * SECOND, D(2))
    series.begin_with(earlier)
    assert [ts // SECOND for ts, _ in series.points] == list(range(60))
