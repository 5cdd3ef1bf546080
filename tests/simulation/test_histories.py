"""2,000 fault histories of 100 steps, each from its own seed. A failing one prints the command that runs it again."""

from __future__ import annotations

import pytest

from tests.simulation.history import run
from tests.simulation.report import failure

SEEDS = 2000
STEPS = 100
CHUNKS = 16
"""More than there are workers, so that none waits long for another's last chunk."""


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_the_desk_keeps_its_promises_whatever_broker_disk_and_network_do(chunk: int) -> None:
    handed_over = fills = crashes = 0
    for seed in range(chunk, SEEDS, CHUNKS):
        outcome = run(seed, STEPS)
        assert not outcome.violation, failure(outcome, STEPS)
        handed_over += outcome.handed_over
        fills += outcome.fills
        crashes += outcome.crashes
    # A simulation in which little happens proves little.
    assert handed_over > 1000
    assert fills > 1000
    assert crashes > 40
