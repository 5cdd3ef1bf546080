"""Words that nobody knows, in what is asked for; orders that no adapter would place. None of them may cost a fill, hide
an order, or keep the desk from comparing its books."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.model.enums import OrdStatus
from engine.protocol import Accepted, AmbiguousError, BrokerAdapter, Filled
from tests.conformance.bench import Bench, On, Trouble
from tests.conformance.desk import running_desk
from tests.conformance.hearing import Reports, interferes, needs_novel, order, strange_orders


async def test_an_execution_with_words_that_nobody_knows_is_on_the_list(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    needs_novel(bench, On.EXECUTIONS)
    await adapter.submit(order(bench, "a1"))
    await reports.one(Filled)
    bench.trouble(Trouble.NOVEL, On.EXECUTIONS)
    found = await adapter.executions_since(0)
    assert {e.exec_id: e.last_qty for e in found} == bench.truth().executions


async def test_an_open_order_with_words_that_nobody_knows_is_on_the_list(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    needs_novel(bench, On.OPEN)
    await adapter.submit(order(bench, "a1", limit="99.00"))
    await reports.one(Accepted)
    bench.trouble(Trouble.NOVEL, On.OPEN)
    found = await adapter.open_orders()
    assert [(o.cl_ord_id, o.qty, o.limit_px) for o in found] == [("a1", bench.lot, Decimal("99.00"))]
    assert found[0].status in (OrdStatus.NEW, OrdStatus.PARTIALLY_FILLED)


async def test_an_order_in_a_state_that_nobody_knows_is_no_answer_or_one_that_ends_nothing(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    needs_novel(bench, On.QUERY)
    await adapter.submit(order(bench, "a1", limit="99.00"))
    await reports.one(Accepted)
    bench.trouble(Trouble.NOVEL, On.QUERY)
    try:
        found = await adapter.order_by_cl_ord_id("a1")
    except AmbiguousError:
        return
    assert found is not None
    assert found.status in (OrdStatus.NEW, OrdStatus.UNKNOWN)


async def test_positions_and_cash_beside_words_that_nobody_knows_are_what_the_books_say(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    needs_novel(bench, On.POSITIONS, On.ACCOUNT)
    await adapter.submit(order(bench, "a1"))
    await reports.one(Filled)
    bench.trouble(Trouble.NOVEL, On.POSITIONS)
    assert {p.symbol: p.qty for p in await adapter.positions()} == bench.truth().positions
    bench.trouble(Trouble.NOVEL, On.ACCOUNT)
    account = await adapter.account()
    assert account.cash[account.currency] == bench.truth().cash


async def test_an_order_of_a_kind_that_the_adapter_has_no_word_for_hides_no_other_and_is_named(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    strange_orders(bench)
    await adapter.submit(order(bench, "a1", limit="98.00"))
    await reports.one(Accepted)
    await bench.place_strange(order(bench, "odd", limit="99.00"))
    found = {o.cl_ord_id: o for o in await adapter.open_orders()}
    assert found.keys() == {"a1", "odd"}
    assert (found["odd"].qty, found["odd"].limit_px) == (bench.lot, Decimal("99.00"))
    assert found["odd"].text, "what the broker calls it is not said"
    again = await adapter.order_by_cl_ord_id("a1")
    assert again is not None
    assert again.status is OrdStatus.NEW


async def test_the_desk_adopts_an_order_of_a_kind_that_nobody_knows_and_books_its_fills(bench: Bench) -> None:
    strange_orders(bench)
    async with running_desk(bench) as desk:
        await bench.place_strange(order(bench, "odd", limit="99.00"))
        await desk.until(lambda: any(o.external for o in desk.state.open_orders.values()), "the adoption")
        assert desk.state.positions[(bench.account, bench.symbol)].open_buy == bench.lot
        made = desk.place()
        await bench.quote("98.90", "98.95")
        await desk.agrees()
        assert made.status is OrdStatus.FILLED
        assert desk.state.position_qty(bench.account, bench.symbol) == 2 * bench.lot


@pytest.mark.parametrize("filled", [False, True])
async def test_one_of_our_orders_that_is_cancelled_by_another_hand_is_cancelled_here(
    bench: Bench, filled: bool
) -> None:
    interferes(bench)
    async with running_desk(bench) as desk:
        made = desk.place(limit="99.00")
        await desk.working(made)
        if filled:
            await bench.quote("98.90", "98.95", bench.lot // 4)
        bench.cancel_elsewhere(made.cl_ord_id)
        await desk.until(lambda: made.status is OrdStatus.CANCELED, "the cancel")
        await desk.agrees()
        assert made.cum_qty == (bench.lot // 4 if filled else 0)
