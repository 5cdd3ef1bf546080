"""A kill that flattens, against an honest broker: whatever was going on, it ends flat, verified, nothing working."""

from __future__ import annotations

from random import Random

import pytest

from engine import inputs as i
from tests.simulation import invariants
from tests.simulation.history import World
from tests.simulation.loop import VirtualLoop
from tests.simulation.profile import calm


@pytest.mark.parametrize("chunk", range(4))
def test_an_honest_broker_is_flat_and_has_no_order_after_a_kill(chunk: int) -> None:
    killed_with_something_to_do = 0
    for seed in range(chunk, 120, 4):
        with VirtualLoop() as loop:
            world = World(seed, loop, None, calm(Random(seed)))
            world.warm_up()
            for number in range(40):
                world.step(number)
            process = world.process
            assert process is not None
            busy = any(world.broker.positions.values()) or any(world.broker.working.values())
            process.send(i.Kill("trader", "enough", "now"))
            for _ in range(40):
                world.run_for(500_000_000)
                invariants.after_step(world)
            kill = process.desk.state.kill
            assert kill is not None
            assert (kill.phase, kill.detail) == ("done", "flat"), f"seed {seed}"
            assert not any(world.broker.working.values()), f"seed {seed}"
            assert not any(world.broker.positions.values()), f"seed {seed}"
            killed_with_something_to_do += busy
            world.close()
    assert killed_with_something_to_do > 15
