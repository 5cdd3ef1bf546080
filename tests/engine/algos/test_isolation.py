"""An algo that raises: it is paused with the reason and its children pulled; nobody else notices."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from decimal import Decimal

import pytest

from engine.algos.kind import Kind, Sight, Slices, Wish
from engine.algos.kinds.twap import Twap
from engine.facts import AlgoStatusSet
from engine.inputs import AlgoSpec
from engine.model.enums import TradingState
from engine.state import Algo
from tests.engine.algos.floor import Floor


class Broken(Twap):
    """TWAP with a defect of its own in one place, from its third slice on."""

    name = "broken"

    def __init__(self, where: str) -> None:
        self._where = where

    def _break(self, where: str, reached: int) -> None:
        if where == self._where and (where == "plan" or reached > 2):
            raise ZeroDivisionError("a slip in the sums")

    def plan(self, spec: AlgoSpec, sight: Sight) -> Slices:
        self._break("plan", 0)
        return super().plan(spec, sight)

    def wanted(self, algo: Algo, sight: Sight, at_ns: int) -> Decimal:
        self._break("wanted", algo.reached)
        return super().wanted(algo, sight, at_ns)

    def wishes(self, algo: Algo, sight: Sight) -> Sequence[Wish]:
        self._break("wishes", algo.reached)
        return super().wishes(algo, sight)

    def resize(self, algo: Algo, sight: Sight) -> Decimal | None:
        self._break("resize", algo.reached + 1)
        return None

    def wake_ns(self, algo: Algo, sight: Sight) -> int | None:
        self._break("wake", algo.reached)
        return super().wake_ns(algo, sight)


def floor_with(kind: Kind) -> Floor:
    return Floor(kinds={kind.name: kind}).connect()


@pytest.mark.parametrize("where", ["wanted", "wishes", "resize", "wake"])
def test_it_is_paused_its_children_are_pulled_and_the_others_go_on(
    where: str, caplog: pytest.LogCaptureFixture
) -> None:
    floor = floor_with(Broken(where))
    sound = floor.launch("twap", "400", slices=5, limit_px=Decimal("100.10"))
    broken = floor.launch("broken", slices=5, limit_px=Decimal("99.98"))
    floor.go(60)
    assert len(broken.open_children) == 1
    with caplog.at_level(logging.ERROR):
        floor.go(540)
    assert broken.status == "PAUSED"
    assert broken.reason == "defect in broken: ZeroDivisionError: a slip in the sums"
    assert broken.open_children == {}
    assert floor.state.open_orders == {}
    assert (sound.status, sound.cum_qty) == ("DONE", 400)
    assert "ALGO_PAUSED" in floor.codes()
    assert floor.state.desk_state[0] is TradingState.ACTIVE, "it is no defect of the desk"
    assert any(isinstance(fact, AlgoStatusSet) and fact.by == "engine" for fact in floor.recorded)
    assert "a slip in the sums" in caplog.text, "the traceback is in the log"
    assert floor.refolded().digest() == floor.state.digest()


def test_resumed_it_is_paused_again_at_once_and_it_can_be_cancelled() -> None:
    floor = floor_with(Broken("wishes"))
    algo = floor.launch("broken", slices=5)
    floor.go(300)
    floor.control(algo, "resume")
    assert algo.status == "PAUSED"
    floor.control(algo, "cancel")
    assert algo.status == "CANCELED"


def test_a_plan_that_raises_is_a_refused_launch() -> None:
    floor = floor_with(Broken("plan"))
    assert floor.try_launch("broken", slices=5) not in floor.state.algos
    assert floor.try_launch("twap", "100", slices=5) in floor.state.algos


def test_an_algo_of_a_kind_that_this_program_does_not_know_is_paused_after_a_restart() -> None:
    floor = floor_with(Broken(""))
    floor.launch("broken", slices=5)
    floor.kinds = None
    again = floor.go_on()
    again.connect()
    again.go(10)
    assert (again.state.algos[1].status, again.state.algos[1].reason) == (
        "PAUSED",
        "defect in broken: LookupError: broken is not in this version",
    )
