"""Journals of simulated desks: every kind of trouble, cheap enough to make dozens of."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from engine.facts import Stamped
from engine.journal.chain import Row
from engine.journal.codec import FactCodec
from tests.simulation.history import World
from tests.simulation.loop import VirtualLoop


@functools.cache
def history(seed: int, steps: int = 120) -> Sequence[Row]:
    """The rows that one simulated desk leaves behind, crashes and busts and kills among them."""
    with ThreadPoolExecutor(1) as pool:  # a history brings its own loop, and the test may run in one
        return pool.submit(_live, seed, steps).result()


def _live(seed: int, steps: int) -> Sequence[Row]:
    with VirtualLoop() as loop:
        world = World(seed, loop, None, None)
        try:
            world.warm_up()
            for number in range(steps):
                world.step(number)
        finally:
            world.close()
        return tuple(world.journal.rows)


def facts_of(rows: Sequence[Row]) -> list[Stamped]:
    """Their facts."""
    decode = FactCodec().decode
    return [Stamped(row.seq, row.recorded_ns, row.market_ns, decode(row.kind, row.payload)) for row in rows]
