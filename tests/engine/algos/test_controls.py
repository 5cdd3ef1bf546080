"""The common controls: prices, styles, sizes, participation, the end, auctions; and that they hold for each kind."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.algos.kind import Sight
from engine.algos.kinds.twap import Twap
from engine.facts import ReplaceRefused
from engine.inputs import AlgoSpec, ModifyOrder
from engine.model.enums import TimeInForce
from engine.model.instrument import Instrument
from engine.model.order import ReplaceRequest
from tests.engine.algos.floor import MINUTE, Floor
from tests.engine.dealing import ACCOUNT, BUY, SECOND, SELL, START, D

#: One parent of each kind, with nothing but what it needs.
KINDS: dict[str, dict[str, Any]] = {
    "twap": {"slices": 5},
    "vwap": {"profile": (D(1), D(0), D(2), D(1), D(1))},
    "pov": {"participation": D("0.2")},
    "is": {"slices": 5, "volatility": D(2), "eta": D("0.001"), "gamma": D("0.0001"), "epsilon": D("0.05")},
    "iceberg": {"display": D(100)},
}
#: Those whose children have prices of their own.
PRICED: dict[str, dict[str, Any]] = {
    "scale": {"from_px": D("99.90"), "to_px": D("99.50"), "slices": 5},
    "sor": {"limit_px": D("99.90")},
}


def launch(floor: Floor, kind: str, **more: Any) -> Any:
    return floor.launch(kind, **(KINDS[kind] | more))


# --- prices -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_no_child_ever_stands_beyond_the_limit(kind: str) -> None:
    floor = Floor().connect()
    launch(floor, kind, limit_px=D("99.97"), style="aggressive")
    floor.go(700, volume=50)
    assert floor.sent
    assert {px for _, _, px, _ in floor.sent} == {D("99.97")}


def test_the_offset_says_how_far_a_crossing_child_goes_through_the_touch() -> None:
    floor = Floor(hold="1000").connect()
    floor.launch(slices=1, limit_offset=D("0.002"))
    floor.launch(slices=1, side=SELL, limit_offset=D(0))
    assert [px for _, _, px, _ in floor.sent] == [D("100.26"), D("99.95")]


@pytest.mark.parametrize("kind", KINDS)
def test_at_the_would_price_all_that_is_left_is_done_at_once(kind: str) -> None:
    floor = Floor().connect()
    algo = launch(floor, kind, would_px=D("99.80"), style="passive")
    floor.go(60, volume=50)
    assert algo.cum_qty < 1000
    floor.move("99.70", "99.80")
    floor.go(2)  # the throttle: what was out is pulled first
    assert (algo.status, algo.cum_qty) == ("DONE", 1000)
    assert {px for _, _, px, purpose in floor.sent if purpose == "would"} == {D("99.80")}


def test_when_the_would_price_is_gone_again_the_schedule_goes_on() -> None:
    floor = Floor().connect()
    algo = floor.launch(slices=5, would_px=D("99.80"))
    floor.slow = True
    floor.move("99.70", "99.79")
    assert floor.out(algo) == [("would", 800, "99.80")]
    floor.move("99.95", "100.05")
    assert floor.out(algo) == [], "pulled: the first slice was done"
    floor.slow = False
    floor.go(600)
    assert floor.sizes() == [200, 800, 200, 200, 200, 200]
    assert algo.cum_qty == 1000


def test_a_child_that_the_market_still_reaches_is_not_sent_anew_since_the_touch_moved() -> None:
    floor = Floor().connect()
    floor.slow = True
    algo = floor.launch(qty="200", slices=1)
    floor.move("99.97", "100.07")
    floor.go(20)
    assert floor.out(algo) == [("cross", 200, "100.16")]
    floor.move("100.20", "100.30")
    floor.go(6)
    assert floor.out(algo) == [("cross", 200, "100.41")]


# --- style --------------------------------------------------------------------------------------------------------


def test_a_part_joins_goes_on_to_the_mid_and_crosses_at_its_deadline() -> None:
    floor = Floor().connect()
    algo = floor.launch(qty="100", slices=1, minutes=10, style="passive", deadline_ns=60 * SECOND)
    assert floor.out(algo) == [("join", 100, "99.95")]
    floor.go(29)
    assert floor.out(algo) == [("join", 100, "99.95")]
    floor.go(2)
    assert floor.out(algo) == [("mid", 100, "100.00")]
    floor.go(31)
    assert [(purpose, px) for _, _, px, purpose in floor.sent][-1] == ("cross", D("100.16"))
    assert algo.status == "DONE"


def test_the_older_part_becomes_urgent_while_the_new_one_still_waits() -> None:
    floor = Floor().connect()
    algo = floor.launch(qty="200", slices=2, minutes=2, style="passive", deadline_ns=80 * SECOND)
    floor.go(65)
    assert floor.out(algo) == [("mid", 100, "100.00"), ("join", 100, "99.95")]
    floor.go(20)
    assert floor.out(algo) == [("join", 100, "99.95")]
    assert algo.cum_qty == 100


def test_without_escalation_it_stays_at_its_own_side_and_follows_the_touch_until_the_end() -> None:
    floor = Floor().connect()
    algo = floor.launch(qty="100", slices=1, minutes=5, style="passive", escalate=False)
    floor.move("100.00", "100.10")
    floor.go(10)
    assert floor.out(algo) == [("join", 100, "100.00")]
    floor.go(285)
    assert algo.cum_qty == 0
    floor.go(10)
    assert floor.purposes()[-1] == "sweep"
    assert algo.status == "DONE"


# --- sizes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["twap", "vwap", "pov", "is"])
def test_children_stay_within_the_smallest_and_the_largest_and_nothing_is_lost(kind: str) -> None:
    floor = Floor().connect()
    algo = launch(floor, kind, qty="1010", min_child=D(40), max_child=D(60), at_end="sweep")
    floor.go(600, volume=25)
    floor.go(30)
    assert algo.cum_qty == sum(floor.sizes()) == 1010
    kept = [int(qty) for _, qty, _, purpose in floor.sent if purpose != "sweep"]
    assert all(qty <= 60 for qty in floor.sizes())
    assert [qty for qty in kept if qty < 40] in ([], kept[-1:]), "only the very last may be smaller"


@given(
    st.integers(1, 3000),
    st.integers(1, 40),
    st.sampled_from([D(1), D(10)]),
    st.sampled_from([D(0), D("0.3"), D(1)]),
    st.integers(0, 2**32),
)
def test_jitter_moves_sizes_and_times_and_the_sum_is_exact(qty: int, slices: int, lot: D, share: D, seed: int) -> None:
    spec = AlgoSpec("twap", ACCOUNT, "IBM", BUY, D(qty), START, START + 30 * MINUTE, slices=slices, lot=lot)
    varied = msgspec.structs.replace(spec, randomise_size=share, randomise_time=share, seed=seed)
    sight = Sight(START, Instrument("IBM"))
    plain_, found = Twap().plan(spec, sight), Twap().plan(varied, sight)
    assert found == Twap().plan(varied, sight)
    assert sum(part for _, part in found) == qty
    assert len(found) == len(plain_)
    assert all(a < b for (a, _), (b, _) in pairwise(found))
    for (at, _), (begins, _) in zip(found, plain_, strict=True):
        assert begins <= at < begins + 30 * MINUTE // slices + 1


# --- participation ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["twap", "vwap", "is"])
def test_a_schedule_never_takes_more_of_the_market_than_its_cap(kind: str) -> None:
    floor = Floor().connect()
    algo = launch(floor, kind, cap=D("0.1"))
    floor.go(20)
    assert floor.sent == [], "nothing has traded yet"
    for _ in range(100):
        floor.go(5, volume=10)
        assert algo.cum_qty + algo.outstanding <= algo.volume / 9
    assert algo.cum_qty > 400
    floor.go(200)
    assert (algo.status, algo.reason) == ("DONE", f"window over, {1000 - algo.cum_qty} not done")


# --- the end ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("at_end", ["sweep", "leave", "cancel"])
def test_the_end_sweeps_leaves_or_cancels(kind: str, at_end: str) -> None:
    floor = Floor().connect()
    algo = launch(floor, kind, at_end=at_end, style="passive", escalate=False)
    floor.go(590, volume=50)
    out = algo.outstanding
    assert out > 0
    assert algo.cum_qty == 0
    floor.go(20)
    if at_end == "sweep":
        assert (algo.status, algo.cum_qty) == ("DONE", 1000)
        return
    assert algo.status == "DONE"
    assert sum(order.leaves_qty for order in floor.state.open_orders.values()) == (out if at_end == "leave" else 0)
    assert algo.reason.startswith("window over, 1000 not done")


# --- auctions -----------------------------------------------------------------------------------------------------

OPEN, CLOSE = START + 10 * MINUTE, START + 60 * MINUTE


def test_a_share_goes_into_the_opening_auction_and_what_it_leaves_comes_back() -> None:
    floor = Floor(bounds=(OPEN, CLOSE)).connect()
    algo = floor.launch(minutes=20, slices=5, open_share=D("0.2"))
    child = next(iter(algo.open_children.values()))
    assert (child.qty, child.request.time_in_force, child.request.purpose) == (200, TimeInForce.OPG, "open")
    floor.go(595, step=5)
    floor.go(3)
    assert floor.sent == [], "this broker has no auction: the desk holds it until the open"
    floor.go(5)
    assert sorted(floor.sizes()) == [160, 200]
    floor.fill(child, "150", "100.00")
    floor.go(100)
    assert algo.cum_qty <= 150 + 160 + 50
    floor.go(800, step=5)
    assert (algo.status, algo.cum_qty) == ("DONE", 1000)


def test_a_share_goes_into_the_closing_auction_and_is_never_part_of_what_the_schedule_wants_before() -> None:
    floor = Floor(bounds=(START - MINUTE, CLOSE)).connect()
    algo = floor.launch(minutes=60, slices=6, close_share=D("0.3"), start_ns=START + 2 * SECOND, end_ns=CLOSE)
    floor.go(3)
    assert floor.sizes() == [117]
    floor.go(3500, step=5)
    assert algo.cum_qty == 700
    child = next(iter(algo.open_children.values()))
    assert (child.qty, child.request.time_in_force, child.request.purpose) == (300, TimeInForce.CLS, "close")
    floor.fill(child, "300", "100.00")
    assert algo.status == "DONE"


def test_a_child_that_the_desk_holds_for_the_open_is_not_made_larger_than_its_parent_by_hand() -> None:
    floor = Floor(bounds=(OPEN, CLOSE)).connect()
    algo = floor.launch(minutes=20, slices=5, open_share=D("0.2"))
    (child,) = algo.out_for("open")
    floor.give(ModifyOrder(child.id, ReplaceRequest(D(1001), user="me")))
    assert child.qty == 200
    refused = [fact for fact in floor.recorded if isinstance(fact, ReplaceRefused)]
    assert [denial.code for denial in refused[-1].denials] == ["EXCEEDS_PARENT"]
    floor.give(ModifyOrder(child.id, ReplaceRequest(D(1000), user="me")))
    assert child.qty == 1000


def test_the_child_for_the_close_goes_out_in_time_though_the_schedule_goes_on_until_the_close() -> None:
    floor = Floor(bounds=(START - MINUTE, CLOSE)).connect()
    algo = floor.launch(minutes=60, slices=60, close_share=D("0.4"), start_ns=START + 2 * SECOND, end_ns=CLOSE)
    floor.go(44 * 60, step=10)
    assert "close" not in {child.request.purpose for child in algo.open_children.values()}
    floor.go(90, step=10)
    (child,) = algo.out_for("close")
    assert (child.qty, child.request.time_in_force) == (400, TimeInForce.CLS)
    done = algo.cum_qty
    assert 440 <= done <= 470, "the schedule is where it should be"
    floor.fill(child, "400", "100.00")
    floor.go(120, step=10)
    assert done + 400 < algo.cum_qty <= done + 430, "and goes on"
    floor.go(16 * 60, step=10)
    assert (algo.status, algo.cum_qty) == ("DONE", 1000)


@pytest.mark.parametrize(
    "more",
    [
        {"open_share": D("0.5")},
        {"close_share": D("0.5")},
        {"close_share": D("0.7"), "open_share": D("0.7")},
        {"close_share": D("0.0001")},
        {"open_share": D("-0.1")},
    ],
)
def test_there_is_no_share_of_an_auction_that_is_not_in_the_window(more: dict[str, Any]) -> None:
    floor = Floor(bounds=(START - MINUTE, CLOSE)).connect()
    assert floor.try_launch(slices=5, **more) not in floor.state.algos
    assert Floor().connect().try_launch(slices=5, **more) not in floor.state.algos


def test_before_the_open_it_is_taken_and_only_its_child_for_the_auction_is_out() -> None:
    floor = Floor(bounds=(OPEN, CLOSE), closed=lambda ns: not OPEN <= ns < CLOSE).connect()
    algo = floor.launch(minutes=20, slices=5, open_share=D("0.2"), start_ns=START + SECOND)
    assert [child.request.purpose for child in algo.open_children.values()] == ["open"]
    later = floor.launch(slices=5, start_ns=OPEN, end_ns=OPEN + 10 * MINUTE)
    assert floor.try_launch(slices=5) not in floor.state.algos, "the market is closed now"
    floor.go(590, step=10)
    assert floor.sent == []
    floor.go(30)
    assert later.cum_qty == 200
    assert {algo.status, later.status} == {"RUNNING"}


def test_while_the_session_is_closed_it_waits_and_is_not_paused() -> None:
    shut = (START + 3 * MINUTE, START + 6 * MINUTE)
    floor = Floor(closed=lambda ns: shut[0] <= ns < shut[1]).connect()
    algo = floor.launch(slices=5)
    floor.go(355, step=5)
    assert (algo.status, floor.sizes()) == ("RUNNING", [200, 200])
    floor.go(260, step=5)
    assert (algo.status, floor.sizes()) == ("DONE", [200, 200, 400, 200])


# --- refused ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [*KINDS, *PRICED])
@pytest.mark.parametrize(
    "more",
    [
        {"style": "sideways"},
        {"at_end": "explode"},
        {"catch_up": "never"},
        {"limit_px": D("99.981")},
        {"limit_px": D("NaN")},
        {"limit_px": D(99), "would_px": D(100)},
        {"limit_offset": D(-1)},
        {"limit_offset": D("0.5")},
        {"cap": D(0)},
        {"cap": D("1.5")},
        {"randomise_size": D(2)},
        {"randomise_time": D(-1)},
        {"min_child": D(10), "max_child": D(5)},
        {"max_child": D("0.5")},
        {"deadline_ns": -1},
        {"slices": 20_000},
        {"lot": D("1.5")},
        {"minutes": -1},
    ],
)
def test_controls_that_make_no_sense_are_refused_for_every_kind(kind: str, more: dict[str, Any]) -> None:
    floor = Floor().connect()
    assert floor.try_launch(kind, **((KINDS | PRICED)[kind] | more)) not in floor.state.algos
    assert floor.sent == []


def test_every_kind_is_tested_here() -> None:
    assert KINDS.keys() | PRICED.keys() >= Floor().desk.surroundings.algo_kinds.keys()
