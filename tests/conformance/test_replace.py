"""Cancel/replace: up, down, at and below what is filled, in chains, crossing fills."""

from __future__ import annotations

import itertools
from decimal import Decimal

import pytest

from engine.model.enums import OrdStatus
from engine.protocol import Accepted, BrokerAdapter, Canceled, Filled, Replaced, ReplaceRejected
from tests.conformance.bench import Bench
from tests.conformance.hearing import Reports, cancel, order, replace, until


@pytest.fixture
async def working(bench: Bench, adapter: BrokerAdapter, reports: Reports) -> BrokerAdapter:
    """An order a1 that works at 99.00."""
    if not adapter.capabilities().replace:
        pytest.skip(f"{bench.name} has no replace")
    await adapter.submit(order(bench, "a1", limit="99.00"))
    await reports.one(Accepted)
    return adapter


@pytest.mark.parametrize(("factor", "limit"), [(2, None), (2, "98.50"), (0.5, None), (0.5, "99.50"), (1, "99.20")])
async def test_quantity_and_price_go_up_and_down(
    bench: Bench, working: BrokerAdapter, reports: Reports, factor: float, limit: str | None
) -> None:
    qty = int(bench.lot * factor)
    await working.replace(replace(bench, "a1", "a1r1", qty, limit))
    done = await reports.one(Replaced)
    assert (done.cl_ord_id, done.orig_cl_ord_id, done.qty) == ("a1r1", "a1", qty)
    assert done.limit_px == Decimal(limit or "99.00")
    true = bench.truth().order("a1r1")
    assert true is not None
    assert (true.ids, true.qty, true.limit_px) == (("a1", "a1r1"), qty, Decimal(limit or "99.00"))


async def test_a_chain_of_replaces_is_one_order_with_all_its_ids(
    bench: Bench, working: BrokerAdapter, reports: Reports
) -> None:
    names = ["a1", *(f"a1r{n}" for n in range(1, 6))]
    for number, (orig, new) in enumerate(itertools.pairwise(names), 1):
        await working.replace(replace(bench, orig, new, bench.lot + number))
        await reports.one(Replaced, cl_ord_id=new)
    for name in names:
        found = await working.order_by_cl_ord_id(name)
        assert found is not None
        assert (found.cl_ord_id, found.qty) == ("a1r5", bench.lot + 5)
    assert len(await working.open_orders()) == 1
    await working.cancel(cancel(bench, "a1r5"))
    await reports.one(Canceled)
    assert len(bench.truth().orders) == 1


async def test_what_is_filled_counts_over_the_chain(bench: Bench, working: BrokerAdapter, reports: Reports) -> None:
    part = bench.lot // 4
    await bench.quote("98.90", "98.95", part)
    await reports.one(Filled)
    await working.replace(replace(bench, "a1", "a1r1", bench.lot * 2))
    await reports.one(Replaced)
    found = await working.order_by_cl_ord_id("a1r1")
    assert found is not None
    assert (found.cum_qty, found.qty, found.status) == (part, bench.lot * 2, OrdStatus.PARTIALLY_FILLED)


@pytest.mark.parametrize("below", [0, 1])
async def test_a_total_at_or_below_what_is_filled_ends_the_order_or_is_refused_and_never_buys_more(
    bench: Bench, working: BrokerAdapter, reports: Reports, below: int
) -> None:
    part = bench.lot // 4
    await bench.quote("98.90", "98.95", part)
    await reports.one(Filled)
    await working.replace(replace(bench, "a1", "a1r1", part - below))
    answer = await reports.one(Replaced, ReplaceRejected)
    await bench.quote("98.80", "98.85")
    true = bench.truth().order("a1")
    assert true is not None
    if isinstance(answer, Replaced):
        assert (true.cum_qty, true.qty) == (part, part)
        assert await working.open_orders() == []
    else:
        assert true.qty == bench.lot


async def test_a_replace_of_a_filled_order_is_refused_and_says_so(
    bench: Bench, working: BrokerAdapter, reports: Reports
) -> None:
    await bench.quote("98.90", "98.95")
    await reports.one(Filled)
    await working.replace(replace(bench, "a1", "a1r1", bench.lot * 2))
    refused = await reports.one(ReplaceRejected)
    assert (refused.cl_ord_id, refused.orig_cl_ord_id) == ("a1r1", "a1")
    assert refused.reason


async def test_a_replace_of_an_order_that_nobody_knows_is_refused(
    bench: Bench, working: BrokerAdapter, reports: Reports
) -> None:
    await working.replace(replace(bench, "zz", "zzr1", 50))
    assert (await reports.one(ReplaceRejected)).cl_ord_id == "zzr1"


async def test_a_replace_of_a_version_that_was_replaced_already_does_not_undo_the_newer_one(
    bench: Bench, working: BrokerAdapter, reports: Reports
) -> None:
    await working.replace(replace(bench, "a1", "a1r1", bench.lot * 2))
    await reports.one(Replaced)
    await working.replace(replace(bench, "a1", "a1r2", bench.lot * 3))
    await reports.until(lambda heard: heard.of(ReplaceRejected) or len(heard.of(Replaced)) == 2)
    true = bench.truth().order("a1")
    assert true is not None
    assert true.qty == bench.lot * (2 if reports.of(ReplaceRejected) else 3)


async def test_a_replace_and_a_fill_that_cross_end_in_what_the_books_say(
    bench: Bench, working: BrokerAdapter, reports: Reports
) -> None:
    part = bench.lot // 4
    for number in range(6):
        name = f"x{number}"
        await bench.quote("100.00", "100.02")
        await working.submit(order(bench, name, limit="99.00"))
        await reports.one(Accepted, cl_ord_id=name)
        if number % 2:
            await bench.quote("98.90", "98.95", part)
        await working.replace(replace(bench, name, f"{name}r1", bench.lot * 2))
        if not number % 2:
            await bench.quote("98.90", "98.95", part)
        await reports.until(
            lambda heard, n=name: any(r.orig_cl_ord_id == n for r in (*heard.of(Replaced), *heard.of(ReplaceRejected)))
        )

    def booked() -> bool:
        return sum(e.last_qty for e in reports.executions) == sum(bench.truth().executions.values())

    await until(booked, "every fill")
    for number in range(6):
        true = bench.truth().order(f"x{number}")
        assert true is not None
        mine = sum(e.last_qty for e in reports.executions if e.cl_ord_id in true.ids)
        assert mine == true.cum_qty
