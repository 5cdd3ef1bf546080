"""No more messages than the broker takes, cancels first."""

from __future__ import annotations

import asyncio

from brokers.ibkr.pacing import Lane, Pacer


async def test_never_more_in_a_window_and_cancels_overtake_and_have_room_of_their_own() -> None:
    loop = asyncio.get_running_loop()
    window_s = 0.15
    pacer = Pacer(10, 2, loop.time, window_s)
    sent: list[tuple[float, str]] = []

    async def send(name: str, lane: Lane) -> None:
        await pacer.turn(lane)
        sent.append((loop.time(), name))

    questions = [asyncio.ensure_future(send(f"q{n}", Lane.QUESTION)) for n in range(14)]
    await asyncio.sleep(0)
    assert len(sent) == 8, "the rest is for cancels"
    order = asyncio.ensure_future(send("order", Lane.ORDER))
    cancels = [asyncio.ensure_future(send(f"c{n}", Lane.CANCEL)) for n in range(3)]
    await asyncio.sleep(0)
    assert [name for _, name in sent[8:]] == ["c0", "c1"]
    await asyncio.gather(*questions, order, *cancels)
    assert [name for _, name in sent[10:12]] == ["c2", "order"]
    for at, _ in sent:
        assert sum(at <= other < at + window_s for other, _ in sent) <= 10


async def test_who_stops_waiting_holds_nobody_up() -> None:
    loop = asyncio.get_running_loop()
    pacer = Pacer(2, 1, loop.time, 0.05)
    await pacer.turn(Lane.ORDER)
    gone = asyncio.ensure_future(pacer.turn(Lane.ORDER))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    async with asyncio.timeout(1):
        await pacer.turn(Lane.ORDER)
