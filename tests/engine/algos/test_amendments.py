"""What a running algo may be changed to. Each of these was once wrong; the simulation's histories found it."""

from __future__ import annotations

from engine.facts import CommandRefused
from tests.engine.algos.floor import Floor
from tests.engine.dealing import D


def refusal(floor: Floor) -> str:
    """Why the newest command was refused."""
    return next(fact.reason for fact in reversed(floor.recorded) if isinstance(fact, CommandRefused))


def test_a_rate_of_the_whole_market_is_refused_also_while_it_runs() -> None:
    for kind, more in (("pov", {"participation": D("0.2")}), ("twap", {"slices": 5})):
        floor = Floor().connect()
        algo = floor.launch(kind, **more)
        floor.amend(algo, participation=D(1))
        assert "rate 1 is no share above 0 and below 1" in refusal(floor)
        floor.go(30, volume=100)
        assert (algo.spec.participation, algo.status) == (more.get("participation"), "RUNNING")


def test_a_rate_above_the_cap_is_refused_also_while_it_runs() -> None:
    floor = Floor().connect()
    algo = floor.launch("pov", participation=D("0.2"), cap=D("0.3"))
    floor.amend(algo, participation=D("0.4"))
    assert "is below the rate" in refusal(floor)
    floor.amend(algo, cap=D("0.1"))
    assert "is below the rate" in refusal(floor)
    assert (algo.spec.participation, algo.spec.cap) == (D("0.2"), D("0.3"))


def test_while_the_rest_is_swept_its_limit_can_still_be_changed() -> None:
    floor = Floor().connect()
    algo = floor.launch(slices=5, minutes=5, limit_px=D("99.00"))
    floor.go(310)
    floor.amend(algo, qty=D(1100))
    assert "the end lies in the past" in refusal(floor)
    floor.amend(algo, limit_px=D("100.10"))
    floor.go(1)
    assert (algo.status, algo.cum_qty) == ("DONE", 1000)


def test_a_limit_alone_plans_nothing_anew() -> None:
    floor = Floor().connect()
    algo = floor.launch(slices=7, randomise_size=D("0.5"), seed=3)
    before = algo.slices
    floor.amend(algo, limit_px=D("100.50"), style="passive")
    assert algo.slices == before


def test_a_term_that_its_kind_does_not_have_is_refused() -> None:
    floor = Floor().connect()
    ladder = floor.launch("scale", minutes=0, from_px=D("99.90"), to_px=D("99.50"), slices=5)
    floor.amend(ladder, "repace", slices=1)
    assert "scale is not cut into slices" in refusal(floor)
    twap = floor.launch(qty="100", slices=5)
    floor.amend(twap, participation=D("0.1"))
    assert "a rate is for pov" in refusal(floor)
    pov = floor.launch("pov", "100", participation=D("0.1"))
    floor.amend(pov, slices=3)
    assert "pov is not cut into slices" in refusal(floor)
