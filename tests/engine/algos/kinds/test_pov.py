"""POV: a share of what trades, behind rather than ahead, and never above the cap over any minute."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import inputs as i
from engine.algos.participation import share
from tests.engine.algos.floor import Floor
from tests.engine.dealing import D

RATE = D("0.10")


def test_it_trades_its_share_of_what_others_traded_and_nothing_before_they_did() -> None:
    floor = Floor().connect()
    algo = floor.launch("pov", "5000", 30, participation=RATE)
    floor.go(30)
    assert floor.sent == []
    floor.go(60, volume=90)
    assert algo.volume == 5400
    assert floor.sizes()[0] <= 50, "90 a second for 5 s: 50 of 450 + 50"
    assert algo.cum_qty == 600, "a tenth of 5400 + 600"


def test_volume_that_is_not_seen_is_not_made_up_for() -> None:
    floor = Floor().connect()
    floor.launch("pov", "5000", 30, participation=RATE)
    floor.go(60, volume=90)
    again = floor.go_on()
    for _ in range(10):
        again.trade(1000)  # before it has looked once
    again.connect().go(10)
    assert sum(again.sizes()) == 0
    again.go(60, volume=90)
    algo = again.state.algos[1]
    assert 600 < algo.cum_qty <= algo.volume / 9


def test_behind_it_catches_up_within_the_cap_over_every_minute() -> None:
    floor = Floor().connect()
    algo = floor.launch("pov", "5000", 60, participation=RATE, cap=D("0.2"), limit_px=D("100.00"))
    floor.go(300, volume=90)
    assert algo.cum_qty == 0, "the market is above its limit"
    assert algo.outstanding <= 1350, "no more is out than a fifth of the last minute's volume"
    floor.move("99.90", "99.95")
    done = [(algo.cum_qty, algo.volume)]
    for _ in range(120):
        floor.go(5, volume=90)
        if algo.is_live:
            done.append((algo.cum_qty, algo.volume))
    for (own, seen), (later_own, later_seen) in zip(done, done[12:], strict=False):
        assert later_own - own <= (later_seen - seen + 450) * D("0.25"), (
            "a fifth, its own included, give or take a look"
        )
    assert algo.cum_qty == 5000, "it has caught up"


def test_own_prints_are_part_of_the_volume_where_the_feed_has_them() -> None:
    floor = Floor(mode="live").connect()
    floor.give(i.Unlock("me"))
    algo = floor.launch("pov", "5000", 30, participation=RATE)
    for _ in range(24):
        before = algo.cum_qty
        floor.go(5, volume=90)
        if algo.cum_qty > before:
            floor.trade(int(algo.cum_qty - before), "100.05")
    assert algo.cum_qty / (24 * 450 + algo.cum_qty) <= RATE
    assert algo.cum_qty == pytest.approx(1200, abs=60)


def test_at_the_end_the_rest_is_not_forced_into_the_market() -> None:
    floor = Floor().connect()
    algo = floor.launch("pov", "5000", 1, participation=RATE)
    floor.go(70, volume=90)
    assert algo.status == "DONE"
    assert algo.reason == f"window over, {5000 - algo.cum_qty} not done"


def test_passive_first_it_joins_and_crosses_what_waits_too_long() -> None:
    floor = Floor().connect()
    algo = floor.launch("pov", "5000", 30, participation=RATE, style="passive", deadline_ns=20_000_000_000)
    floor.go(15, volume=90)
    assert set(floor.purposes()) == {"join", "mid"}
    floor.go(30, volume=90)
    assert "cross" in floor.purposes()
    assert 0 < algo.cum_qty < algo.volume / 9


@given(st.integers(0, 10**9), st.integers(1, 9999), st.sampled_from(["1", "10", "100", "0.001"]))
def test_the_share_is_the_largest_on_the_lot_that_does_not_lead(others: int, rate: int, lot: str) -> None:
    own = share(D(others), D(rate) / 10_000, D(lot))
    assert own % D(lot) == 0

    def leads(qty: Decimal) -> bool:
        return Fraction(qty) * 10_000 > rate * (Fraction(others) + Fraction(qty))

    assert not leads(own)
    assert leads(own + D(lot))


@settings(max_examples=20)
@given(st.lists(st.integers(0, 2000), min_size=5, max_size=40), st.sampled_from(["0.01", "0.1", "0.5"]))
def test_whatever_trades_it_never_leads(volumes: list[int], rate: str) -> None:
    floor = Floor().connect()
    algo = floor.launch("pov", "5000", 30, participation=D(rate))
    for volume in volumes:
        floor.go(5, volume=volume, step=5)
        own = algo.cum_qty + algo.outstanding
        assert not own or own / (own + algo.volume) <= D(rate)


@pytest.mark.parametrize(
    "more",
    [{}, {"participation": D(1)}, {"participation": D("0.2"), "cap": D("0.1")}, {"participation": D("-0.1")}],
)
def test_what_makes_no_sense_is_refused(more: dict[str, Decimal]) -> None:
    floor = Floor().connect()
    assert floor.try_launch("pov", "100", 10, **more) not in floor.state.algos
