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
