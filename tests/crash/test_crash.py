"""Twenty-five kills of the real desk while it trades; `make crash N=1000` for more, with another seed each time."""

from __future__ import annotations

import time

import pytest

from tests.crash.__main__ import crash, summary
from tests.crash.algos import PARENTS, crash_algos

KILLS, SEED, DESKS = 25, 20131007, 2


@pytest.mark.timeout(300)
def test_a_desk_killed_at_random_instants_loses_nothing_and_sends_nothing_twice() -> None:
    began = time.monotonic()
    tallies = crash(KILLS, SEED, DESKS, say=print)
    print(summary(tallies, time.monotonic() - began))
    kills, hits = sum(tally.kills for tally in tallies), sum(tally.hits for tally in tallies)
    assert kills == KILLS
    assert hits * 100 >= 30 * kills, "the kills miss what they are for: too few hit a request in flight"
    assert sum(tally.executions for tally in tallies) > 0
    assert sum(tally.promised for tally in tallies) > 0


@pytest.mark.timeout(300)
def test_a_desk_killed_in_the_middle_of_every_kind_of_algo_does_each_to_the_share() -> None:
    tally = crash_algos(1, SEED, say=print)
    assert tally.kills > 0
    assert {kind for kind, times in tally.caught.items() if times} == set(PARENTS)
