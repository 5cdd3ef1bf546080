"""A slice that is planned anew when it is due. Each of these was once wrong; the simulation's histories found it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.algos.kind import Sight
from engine.algos.kinds.twap import Twap
from engine.state import Algo
from tests.engine.algos.floor import Floor
from tests.engine.dealing import D


class Resizing(Twap):
    """TWAP whose slices come out as told."""

    name = "resizing"

    def __init__(self, *sizes: str) -> None:
        self._sizes = sizes

    def resize(self, algo: Algo, sight: Sight) -> Decimal | None:
        return D(self._sizes[algo.reached]) if algo.reached < len(self._sizes) else None


def run(*sizes: str) -> tuple[Floor, Algo]:
    floor = Floor(kinds={"resizing": Resizing(*sizes)}).connect()
    algo = floor.launch("resizing", "300", slices=3, lot=D(100))
    floor.go(700)
    assert floor.refolded().digest() == floor.state.digest()
    return floor, algo


def test_a_slice_keeps_what_no_slice_after_it_can_take() -> None:
    # The first takes two lots of three, so that the last one is empty when the second asks for nothing.
    floor, algo = run("200", "0", "0")
    assert [qty for _, qty in algo.slices] == [200, 100, 0]
    assert (algo.status, algo.cum_qty, floor.sizes()) == ("DONE", 300, [200, 100])


def test_a_slice_that_takes_nothing_leaves_all_to_those_after_it() -> None:
    floor, algo = run("0", "0")
    assert (algo.status, algo.cum_qty, floor.sizes()) == ("DONE", 300, [300])


@pytest.mark.parametrize("size", ["301", "-1", "NaN", "Infinity"])
def test_a_slice_that_the_rest_does_not_have_is_a_defect_of_its_algo(size: str) -> None:
    floor, algo = run(size)
    assert (algo.status, floor.sizes()) == ("PAUSED", [])
    assert algo.reason.startswith(f"defect in resizing: ValueError: slice 1 of {D(size)}")
