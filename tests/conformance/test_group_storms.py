"""Native groups in bad weather: hand-overs that end in doubt, reports that are lost, doubled, late and unreadable,
connections that break, orders that are changed and cancelled, and a market that goes through all of it. Nothing is ever
sold that was not bought, and once it is quiet both books are the same."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from random import Random

import pytest

from engine import inputs as i
from engine.model.enums import OrdStatus, OrdType, Side
from engine.orders.order import Order
from tests.conformance.bench import ALIVE, REPORT_TROUBLES, Bench, Heard, On
from tests.conformance.desk import RunningDesk, running_desk
from tests.conformance.test_groups import limit, only_there, stop

ROUNDS = 6
MOVES = (("99.10", "99.12"), ("98.90", "98.95"), ("101.10", "101.12"), ("96.90", "96.92"), ("99.50", "99.52"))


def placed_by(desk: RunningDesk) -> list[Order]:
    """A bracket; none of its orders where the desk refuses it (another one is in doubt)."""
    before, bench = len(desk.state.by_id), desk.bench
    exits = (limit(bench, Side.SELL, "101.00"), stop(bench, "97.00"))
    desk.give(i.PlaceGroup("bracket", (limit(bench, Side.BUY, "99.00"), *exits)))
    return [order for order in list(desk.state.by_id.values())[before:] if order.base is not OrdStatus.DENIED]


def spoil(bench: Bench, random: Random) -> None:
    """Something goes wrong with the next requests or reports."""
    for _ in range(random.randint(0, 2)):
        if random.random() < 0.3:
            bench.trouble(random.choice([t for t in ALIVE if t in bench.troubles]), On.SUBMIT)
        else:
            bench.trouble(
                random.choice([t for t in REPORT_TROUBLES if t in bench.troubles]), random.choice(list(Heard))
            )


def meddle(desk: RunningDesk, orders: list[Order], random: Random) -> None:
    """Somebody changes or cancels one of them, or nobody does."""
    if not orders:
        return
    order, what = random.choice(orders), random.random()
    if order.worst_leaves and what < 0.2:
        desk.cancel(order)
    elif order.worst_leaves and what < 0.4 and order.request.ord_type is OrdType.LIMIT and order.limit_px is not None:
        desk.change(order, int(order.qty), str(order.limit_px + Decimal("0.05")))


def never_short(bench: Bench) -> None:
    assert bench.truth().positions.get(bench.symbol, Decimal(0)) >= 0


@pytest.mark.parametrize("seed", range(2))
async def test_groups_in_a_storm(bench: Bench, seed: int) -> None:
    random = Random(seed)
    async with running_desk(bench) as desk:
        only_there(desk)
        placed: list[list[Order]] = []
        for _ in range(ROUNDS):
            await desk.market("100.00", "100.02")
            await desk.until(desk.is_ready, "the desk to be ready")
            spoil(bench, random)
            placed.append(placed_by(desk))
            for _ in range(random.randint(1, 4)):
                await asyncio.sleep(random.choice((0, 0.01, 0.05)))
                await desk.market(*random.choice(MOVES), random.choice((bench.lot // 4, 1000)))
                never_short(bench)
                meddle(desk, random.choice(placed), random)
                if random.random() < 0.15:
                    bench.drop()
        await asyncio.sleep(bench.late_s)  # what is under way arrives before anybody says that it never will
        await desk.until(desk.is_ready, "the desk to be ready")
        await desk.until(lambda: _ended(desk, placed), "the end of all", lambda: _stands(desk, placed))
        never_short(bench)
        await desk.agrees()


def _ended(desk: RunningDesk, placed: list[list[Order]]) -> bool:
    """Everything that lives is cancelled, as often as it takes; of what was lost on its way and can't be proven to be
    lost somebody looks into the broker's books."""
    alive = [order for group in placed for order in group if order.worst_leaves]
    for order in alive:
        if order.doubt is not None:
            theirs = desk.bench.truth().order(order.cl_ord_id)
            if theirs is None or (theirs.status == "CANCELED" and not theirs.cum_qty):
                desk.give(i.ResolveOrder(order.id, "it is dead there", "ann", role="risk"))
        elif not order.pending_cancel:
            desk.cancel(order)
    return not alive


def _stands(desk: RunningDesk, placed: list[list[Order]]) -> list[object]:
    truth = desk.bench.truth()
    return [(o.cl_ord_id, o.status.value, o.doubt, truth.order(o.cl_ord_id)) for g in placed for o in g]
