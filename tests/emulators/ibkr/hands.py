"""What the tests of the emulator do with ib_insync: place an order, wait for what must come."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ib_insync import IB, Contract, LimitOrder, Order, Stock, Trade


def ibm() -> Contract:
    return Stock("IBM", "SMART", "USD")


async def until(true: Callable[[], object]) -> None:
    for _ in range(400):
        if true():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it did not come")


def limit(side: str, qty: float, px: float, **more: object) -> Order:
    return LimitOrder(side, qty, px, **more)


async def placed(ib: IB, order: Order) -> Trade:
    """Placed, and acknowledged."""
    trade = ib.placeOrder(ibm(), order)
    await until(lambda: trade.order.permId)
    return trade
