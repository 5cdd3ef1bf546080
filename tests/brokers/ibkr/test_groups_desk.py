"""What the desk says when IB does not do what a group is for: the stop that goes with a part of an entry, both exits
that fill. Its documents leave both open (docs/decisions/ibkr-groups.md)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.model.enums import OrdStatus
from engine.orders.native import GRACE_NS, SECOND_NS
from tests.conformance.desk import RunningDesk, running_desk
from tests.conformance.ibkr import IbkrBench
from tests.conformance.test_groups import bracket_there
from tests.emulators.ibkr.groups import DROP, Rules


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[RunningDesk]:
    async with IbkrBench.running(tmp_path) as bench:
        await bench.quote("100.00", "100.02")
        async with running_desk(bench) as desk:
            yield desk


def rules(desk: RunningDesk) -> Rules:
    assert isinstance(desk.bench, IbkrBench)
    return desk.bench._gateway.books.rules


async def test_a_part_of_an_entry_whose_stop_ib_ends_is_an_alarm(desk: RunningDesk) -> None:
    rules(desk).part = DROP
    entry, *exits = bracket_there(desk)
    await desk.working(entry)
    await desk.market("98.90", "98.95", 25)
    await desk.until(lambda: entry.cum_qty == 25, "the part")
    desk.cancel(entry)
    await desk.until(lambda: all(leg.dead for leg in exits), "the end of the exits")
    await desk.until(lambda: "STOP_LOST" in desk.codes(), "the alarm")
    assert (await desk.agrees()).positions == {"IBM": 25}


async def test_exits_that_both_fill_are_booked_and_are_an_alarm(desk: RunningDesk) -> None:
    entry, *exits = bracket_there(desk)
    await desk.working(entry)
    await desk.market("98.90", "98.95")
    await desk.until(lambda: entry.status is OrdStatus.FILLED, "the entry")
    await desk.until(lambda: all(leg.base is OrdStatus.NEW for leg in exits), "the exits")
    rules(desk).races = 1
    await desk.market("101.10", "101.12")
    await desk.until(lambda: all(leg.status is OrdStatus.FILLED for leg in exits), "both")
    assert "GROUP_OVERFILLED" in desk.codes()
    assert (await desk.agrees()).positions == {"IBM": -100}


async def test_exits_that_closed_a_part_of_an_entry_stay_for_the_rest_of_it(desk: RunningDesk) -> None:
    entry, target, loss = bracket_there(desk)
    await desk.working(entry)
    await desk.market("98.90", "98.95", 25)
    await desk.until(lambda: entry.cum_qty == 25, "the part")
    await desk.market("101.10", "101.12", 25)
    await desk.until(lambda: target.cum_qty == 25, "the target of the part")
    await asyncio.sleep(GRACE_NS / SECOND_NS + 0.3)  # in which nobody takes them for left over
    await desk.market("98.90", "98.95")
    await desk.until(lambda: entry.status is OrdStatus.FILLED, "the rest")
    await desk.market("96.90", "96.92")
    await desk.until(lambda: loss.status is OrdStatus.FILLED, "the stop of the rest")
    assert (await desk.agrees()).positions == {}
