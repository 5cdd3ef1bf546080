"""The order path: submit -> all checks -> gate -> paper matching -> ack -> fill -> position, CPU time an order.

First in memory alone; then after 100,000 closed positions, beside the start. The floor is what cannot be left out in
Python: the order, its execution and the comparisons of the checks on plain dicts and Decimals, without a state
machine, an id, a fact or a matching engine.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice

from engine.model.enums import LiquidityFlag
from engine.model.order import BrokerOrder, OrderRequest
from engine.model.snapshot import Execution
from tests.benchmarks.memory_desk import ACCOUNT, ASK, BID, QUOTE_EVERY, START_NS, MemoryDesk, marketable
from tests.benchmarks.result import Result, print_results

ORDERS = 2_000
ROUNDS = 40
"""Short rounds, and the best of many: the machine may be shared."""
CLOSED = 100_000
QUIET_ROUNDS = 150
NAMES = tuple(f"N{number:03}" for number in range(1000))


def run() -> list[Result]:
    """Measure everything here."""
    # As the engine's thread sets it: what lives long is not walked, young garbage is collected.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 1000)
    floor = min(_bare(ORDERS) for _ in range(ROUNDS))
    path = _in_memory()
    start, late = _after_many()
    return [
        Result(
            "order path, no disk, CPU an order",
            path,
            "us",
            floor,
            25.0,
            peers="nautilus_trader 270-390, backtrader 156, vnpy 39-260",
        ),
        Result(
            f"cost of an order after {CLOSED:,} closed positions / at the start",
            late / start,
            "x",
            1.0,
            1.1,
            peers="nautilus_trader > 10",
        ),
    ]


def _in_memory() -> float:
    """CPU microseconds an order, the best of some rounds on one desk."""
    desk = MemoryDesk()
    requests = marketable()
    best = min(_round(desk, requests, ORDERS) for _ in range(ROUNDS))
    desk.check_flat(ORDERS * ROUNDS)
    return best


def _round(desk: MemoryDesk, requests: Iterator[OrderRequest], orders: int) -> float:
    """CPU microseconds an order over `orders` of them, quotes included."""
    batches = [list(islice(requests, QUOTE_EVERY)) for _ in range(orders // QUOTE_EVERY)]
    begin = time.process_time()
    for batch in batches:
        desk.quote()
        desk.trade(batch)
    return (time.process_time() - begin) / orders * 1e6


def _after_many() -> tuple[float, float]:
    """CPU microseconds an order at the start and after CLOSED round trips in a thousand instruments."""
    desk = MemoryDesk(NAMES)
    requests = marketable(NAMES)
    start = min(_quiet_round(desk, requests) for _ in range(QUIET_ROUNDS))
    done = QUIET_ROUNDS * QUOTE_EVERY
    while done < 2 * CLOSED:
        _quiet_round(desk, requests)
        done += QUOTE_EVERY
    late = min(_quiet_round(desk, requests) for _ in range(QUIET_ROUNDS))
    desk.check_flat(done + QUIET_ROUNDS * QUOTE_EVERY)
    return start, late


def _quiet_round(desk: MemoryDesk, requests: Iterator[OrderRequest]) -> float:
    """The same, with the quotes of a thousand instruments left out of the time."""
    batch = list(islice(requests, QUOTE_EVERY))
    desk.quote()
    begin = time.process_time()
    desk.trade(batch)
    return (time.process_time() - begin) / QUOTE_EVERY * 1e6


def _bare(orders: int) -> float:
    """CPU microseconds of the floor."""
    book: dict[str, BrokerOrder] = {}
    seen: dict[str, Execution] = {}
    held: dict[str, Decimal] = {}
    cost: dict[str, Decimal] = {}
    cash = Decimal(5_000_000)
    most_qty, most_notional, share = Decimal(50_000), Decimal(1_000_000), Decimal("0.10")
    lot, tick, collar = Decimal(1), Decimal("0.01"), Decimal("1.05")
    requests = list(islice(marketable(), orders))
    begin = time.process_time()
    for n, r in enumerate(requests):
        px = r.limit_px or ASK
        qty, is_buy = r.qty, r.side.is_buy
        position = held.get(r.symbol, Decimal(0))
        equity = cash + position * BID
        notional = qty * px
        if qty % lot or px % tick or qty > most_qty or notional > most_notional:
            raise AssertionError("refused")
        if (px > ASK * collar) if is_buy else (qty > position):
            raise AssertionError("refused")
        if is_buy and (position * ASK + notional > equity * share or notional > equity):
            raise AssertionError("refused")
        ident = f"B{n}"
        book[ident] = BrokerOrder(
            ident, ACCOUNT, r.symbol, r.side, qty, r.ord_type, r.time_in_force, px, None, None, False
        )
        signed = qty if is_buy else -qty
        money = signed * px
        held[r.symbol] = position + signed
        cost[r.symbol] = cost.get(r.symbol, Decimal(0)) + money
        cash -= money
        seen[ident] = Execution(
            ident, ident, ident, ACCOUNT, r.symbol, r.side, qty, px, START_NS, liquidity=LiquidityFlag.TAKER
        )
    return (time.process_time() - begin) / orders * 1e6


if __name__ == "__main__":
    print_results(run())
