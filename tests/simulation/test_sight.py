"""The simulation can see: deliberate defects are found, and a history is the same each time it is run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.simulation.defects import DEFECTS
from tests.simulation.run import run

#: How many histories a defect may stay hidden; most show in the first few.
PATIENCE = 300


@pytest.mark.parametrize("defect", DEFECTS.values(), ids=DEFECTS.keys())
def test_a_deliberate_defect_is_found(defect: Callable[[], Any]) -> None:
    with defect():
        found = next((seed for seed in range(PATIENCE) if run(seed, 100).violation), None)
    assert found is not None, f"not found in {PATIENCE} histories"


@pytest.mark.parametrize("seed", [1, 7, 42])
def test_a_seed_gives_the_same_history_each_time_also_when_it_is_told(seed: int) -> None:
    told: list[str] = []
    first = run(seed, 60)
    assert run(seed, 60, told.append) == first
    assert told
    assert run(seed + 1, 60).digest != first.digest
