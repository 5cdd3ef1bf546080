"""Running one history to its end or its first violation, and what it came to."""

from __future__ import annotations

import contextlib
import gc
import hashlib
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import msgspec

from tests.simulation import invariants
from tests.simulation.bonds import became_of
from tests.simulation.history import World
from tests.simulation.invariants import ViolationError
from tests.simulation.loop import VirtualLoop
from tests.simulation.profile import Profile
from tests.simulation.quiet import quieten

#: One history in so many keeps its journal in a real SQLite file.
DISK_EVERY = 20


class Outcome(msgspec.Struct, frozen=True):
    """What one history came to. `digest` is the same whenever the seed is."""

    seed: int
    violation: str
    digest: str
    facts: int
    handed_over: int
    fills: int
    crashes: int
    resent: int
    """Orders that went out again under their id."""
    algos: dict[str, int]
    """What was decided about algos, and how often (tests.simulation.parents)."""
    groups: Counter[str]
    """What became of the groups that the broker held (`bonds.became_of`)."""


def run(seed: int, steps: int, trace: Callable[[str], None] | None = None, profile: Profile | None = None) -> Outcome:
    """Run one history to its end or its first violation."""
    enabled = gc.isenabled()
    gc.disable()  # a history is small and short; collecting between histories is enough
    try:
        return _run(seed, steps, trace, profile)
    finally:
        if enabled:
            gc.enable()


def _run(seed: int, steps: int, trace: Callable[[str], None] | None, profile: Profile | None) -> Outcome:
    violation = ""
    with VirtualLoop() as loop, contextlib.ExitStack() as stack:
        folder = None
        if seed % DISK_EVERY == DISK_EVERY - 1:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="simulation")))
        world = World(seed, loop, trace, profile, folder)
        try:
            world.warm_up()
            for number in range(steps):
                world.step(number)
                world.check()
            quieten(world)
            invariants.at_the_end(world)
        except ViolationError as error:
            violation = str(error)
        except Exception as error:  # whatever the core raises is a defect; its seed shows it again
            violation = "".join(traceback.format_exception(error)) if trace else f"{type(error).__name__}: {error}"
        world.close()
        world.journal.crash()
    rows = world.journal.rows
    text = f"{rows[-1].hash if rows else ''} {world.broker.cash} {sorted(world.broker.positions.items())}"
    return Outcome(
        seed,
        violation,
        hashlib.sha256(text.encode()).hexdigest(),
        len(rows),
        len(world.handed_over),
        len(world.broker.executions),
        world.crashes,
        sum(world.resent.values()),
        world.parents.decided,
        became_of(world.broker.bonds),
    )
