"""800 fault histories of 100 steps, each from its own seed. A failing one prints the command that runs it again."""

from __future__ import annotations

from collections import Counter

import pytest

from engine.algos.kinds import KINDS
from tests.simulation.profile import Profile
from tests.simulation.report import failure
from tests.simulation.run import run

SEEDS = 800
STEPS = 100
CHUNKS = 8
"""More than there are workers, so that none waits long for another's last chunk."""
#: What happens to algos: the reasons of new plans and the statuses that they take.
SUPERVISION = ("amend", "repace", "finish", "manual", "resumed", "PAUSED", "RUNNING", "STOPPING", "DONE", "defect")


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_the_desk_keeps_its_promises_whatever_broker_disk_and_network_do(chunk: int) -> None:
    handed_over = fills = crashes = 0
    algos: Counter[str] = Counter()
    for seed in range(chunk, SEEDS, CHUNKS):
        outcome = run(seed, STEPS)
        assert not outcome.violation, failure(outcome, STEPS)
        handed_over += outcome.handed_over
        fills += outcome.fills
        crashes += outcome.crashes
        algos.update(outcome.algos)
    # A simulation in which little happens proves little.
    assert handed_over > 1000
    assert fills > 1000
    assert crashes > 40
    for what in (*(f"launch {kind}" for kind in KINDS), *SUPERVISION):
        assert algos[what] > 3, f"{what}: {algos}"
    assert algos["auction open"] + algos["auction close"] > 0


def test_orders_that_may_go_out_again_under_their_id_do_and_never_trade_twice() -> None:
    resent = 0
    for seed in range(40):
        lossy = Profile(
            kind="lossy", before=0.2, after=0.05, late=0.05, disconnect=0.03, crash=0.005, lost=0.05, resends=True
        )
        outcome = run(seed, STEPS, profile=lossy)
        assert not outcome.violation, failure(outcome, STEPS)
        resent += outcome.resent
    assert resent > 5
