"""A storm of orders stays within the broker's rate, and leaves cancels their share of it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar

from engine import facts as f
from engine.model.enums import OrdStatus
from tests.conformance.alpaca import AlpacaBench
from tests.conformance.desk import running_desk


class SlowAlpaca(AlpacaBench):
    """An account that may make 30 requests a minute."""

    per_minute: ClassVar[int] = 30


async def test_a_storm_of_orders_is_never_throttled_and_a_cancel_overtakes_what_waits(tmp_path: Path) -> None:
    async with SlowAlpaca.running(tmp_path) as bench, running_desk(bench) as desk:
        assert isinstance(bench, SlowAlpaca)
        server = bench._server
        await bench.quote("100.00", "100.02")
        placed = [desk.place(1, "99.00") for _ in range(40)]
        await desk.until(lambda: placed[0].base is OrdStatus.NEW, "the first to work")
        asked = 0
        while len(server.seen) > asked:  # until the rate lets no more out
            asked = len(server.seen)
            await asyncio.sleep(1.1)  # longer than the window of a second
        taken = [order for order in placed if order.base is OrdStatus.NEW]
        assert 5 < len(taken) < 24
        for order in taken[:3]:
            desk.cancel(order)
        await desk.until(lambda: all(o.status is OrdStatus.CANCELED for o in taken[:3]), "the cancels")
        assert server.turned_away == 0
        assert len(server.seen) <= 30
        assert not [fact for fact in desk.facts if isinstance(fact, f.OrderUnknown)]
