"""What an adapter declares is what it does: no more, no less, and what it does not is never sent."""

from __future__ import annotations

import itertools
from decimal import Decimal

import msgspec
import pytest

from engine.model.enums import OrdType, Side, TimeInForce
from engine.model.order import BrokerOrder
from engine.protocol import (
    Accepted,
    BrokerAdapter,
    CancelAllScope,
    Canceled,
    Filled,
    NotSupportedError,
    RefusedError,
    Rejected,
    Replaced,
)
from tests.conformance.bench import Bench
from tests.conformance.hearing import Reports, enforces_ids, order, replace

_PRICES = {
    OrdType.MARKET: (None, None),
    OrdType.LIMIT: ("99.00", None),
    OrdType.STOP: (None, "101.00"),
    OrdType.STOP_LIMIT: ("102.00", "101.00"),
}


#: An end for gtd orders, some days after the benches' clocks begin.
_EXPIRES_NS = 1_381_152_600_000_000_000 + 3 * 86_400_000_000_000


def of_type(bench: Bench, name: str, ord_type: OrdType, tif: TimeInForce) -> BrokerOrder:
    limit, stop = _PRICES.get(ord_type, (None, None))
    made = order(bench, name, limit=limit, stop=stop, tif=tif)
    return msgspec.structs.replace(
        made,
        ord_type=ord_type,
        expire_ns=_EXPIRES_NS if tif is TimeInForce.GTD else None,
        trail_amount=Decimal("1.00") if ord_type is OrdType.TRAILING_STOP else None,
    )


@pytest.mark.parametrize(
    ("ord_type", "tif"),
    list(itertools.product(OrdType, TimeInForce)),
    ids=lambda word: word.value,
)
async def test_each_type_and_time_in_force_is_taken_refused_or_never_sent_as_declared(
    bench: Bench, adapter: BrokerAdapter, reports: Reports, ord_type: OrdType, tif: TimeInForce
) -> None:
    declared = adapter.capabilities()
    wanted = of_type(bench, "a1", ord_type, tif)
    if ord_type not in declared.ord_types or tif not in declared.times_in_force:
        with pytest.raises(NotSupportedError):
            await adapter.submit(wanted)
        assert bench.truth().orders == ()
        return
    try:
        await adapter.submit(wanted)
    except RefusedError:
        # Both words are known, and not together: a refusal is honest, a silent change of one of them would not be.
        assert bench.truth().order("a1") is None
        return
    answer = await reports.one(Accepted, Rejected, cl_ord_id="a1")
    true = bench.truth().order("a1")
    assert true is not None
    assert (true.status == "REJECTED") is isinstance(answer, Rejected)
    found = await adapter.order_by_cl_ord_id("a1")
    assert found is not None
    assert (found.ord_type, found.time_in_force) == (ord_type, tif)


async def test_every_declared_word_is_good_for_something(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    """A declared type works with some declared time in force, and each time with some type."""
    declared, taken = adapter.capabilities(), set()
    for ord_type, tif in itertools.product(declared.ord_types, declared.times_in_force):
        name = f"{ord_type.value}{tif.value}".replace("_", "")
        try:
            await adapter.submit(of_type(bench, name, ord_type, tif))
        except RefusedError:
            continue
        if isinstance(await reports.one(Accepted, Rejected, cl_ord_id=name), Accepted):
            taken.add((ord_type, tif))
    assert {ord_type for ord_type, _ in taken} == declared.ord_types
    assert {tif for _, tif in taken} == declared.times_in_force


@pytest.mark.parametrize("ord_type", [OrdType.STOP, OrdType.STOP_LIMIT], ids=lambda word: word.value)
async def test_a_stop_does_nothing_until_the_market_is_at_its_trigger(
    bench: Bench, adapter: BrokerAdapter, reports: Reports, ord_type: OrdType
) -> None:
    if ord_type not in adapter.capabilities().ord_types:
        pytest.skip(f"{bench.name} has no {ord_type.value}")
    await adapter.submit(of_type(bench, "a1", ord_type, TimeInForce.DAY))
    await reports.one(Accepted)
    await bench.quote("100.50", "100.52")
    found = await adapter.order_by_cl_ord_id("a1")
    assert found is not None
    assert (found.cum_qty, found.stop_px) == (0, Decimal("101.00"))
    assert found.limit_px == (Decimal("102.00") if ord_type is OrdType.STOP_LIMIT else None)
    await bench.quote("101.10", "101.12")
    assert (await reports.one(Filled)).execution.last_px == Decimal("101.12")


@pytest.mark.parametrize(("amount", "pct"), [("1.00", None), (None, "0.01")])
async def test_a_trailing_stop_follows_the_market_and_never_goes_back(
    bench: Bench, adapter: BrokerAdapter, reports: Reports, amount: str | None, pct: str | None
) -> None:
    if OrdType.TRAILING_STOP not in adapter.capabilities().ord_types:
        pytest.skip(f"{bench.name} has no trailing stop")
    made = msgspec.structs.replace(
        of_type(bench, "a1", OrdType.TRAILING_STOP, TimeInForce.DAY),
        trail_amount=None if amount is None else Decimal(amount),
        trail_pct=None if pct is None else Decimal(pct),
    )
    await adapter.submit(made)
    await reports.one(Accepted)
    await bench.quote("98.00", "98.02")  # the trigger comes down with it, to about 99
    await bench.quote("98.50", "98.52")
    assert reports.of(Filled) == []
    await bench.quote("99.50", "99.52")
    assert (await reports.one(Filled)).execution.last_px == Decimal("99.52")


async def test_market_and_limit_day_orders_are_taken_everywhere(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    for name, limit in (("a1", None), ("a2", "99.00")):
        await adapter.submit(order(bench, name, limit=limit))
        await reports.one(Accepted, cl_ord_id=name)


@pytest.mark.parametrize("tif", [TimeInForce.IOC, TimeInForce.FOK])
async def test_an_immediate_order_that_nothing_matches_ends_at_once(
    bench: Bench, adapter: BrokerAdapter, reports: Reports, tif: TimeInForce
) -> None:
    if tif not in adapter.capabilities().times_in_force:
        pytest.skip(f"{bench.name} has no {tif.value}")
    await adapter.submit(order(bench, "a1", limit="99.00", tif=tif))
    await reports.one(Canceled, Rejected, cl_ord_id="a1")
    assert await adapter.open_orders() == []


async def test_short_sales_are_as_declared(bench: Bench, adapter: BrokerAdapter, reports: Reports) -> None:
    short = order(bench, "a1", side=Side.SELL_SHORT)
    if not adapter.capabilities().short:
        with pytest.raises(NotSupportedError):
            await adapter.submit(short)
        assert bench.truth().orders == ()
        return
    await adapter.submit(short)
    await reports.one(Accepted)
    assert [position.qty for position in await adapter.positions()] == [-bench.lot]


async def test_extended_hours_are_as_declared(bench: Bench, adapter: BrokerAdapter, reports: Reports) -> None:
    late = msgspec.structs.replace(order(bench, "a1", limit="99.00"), extended=True)
    if not adapter.capabilities().extended_hours:
        with pytest.raises(NotSupportedError):
            await adapter.submit(late)
        assert bench.truth().orders == ()
        return
    await adapter.submit(late)
    await reports.one(Accepted)


async def test_algorithms_of_the_broker_s_own_are_as_declared(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    plain = order(bench, "a0", limit="99.00")
    with pytest.raises(NotSupportedError):
        await adapter.submit(msgspec.structs.replace(plain, via="helix"))
    assert bench.truth().orders == ()
    for number, name in enumerate(adapter.capabilities().algos, 1):
        made = msgspec.structs.replace(plain, cl_ord_id=f"a{number}", via=name)
        try:
            await adapter.submit(made)
        except NotSupportedError:  # it has terms that must be said
            await adapter.submit(msgspec.structs.replace(made, via=f"{name}:10%"))
        await reports.one(Accepted, cl_ord_id=made.cl_ord_id)
    assert len(await adapter.open_orders()) == len(adapter.capabilities().algos)


async def test_fractions_are_as_declared(bench: Bench, adapter: BrokerAdapter, reports: Reports) -> None:
    half = msgspec.structs.replace(order(bench, "a1", limit="99.00"), qty=Decimal("0.5"))
    if not adapter.capabilities().fractional:
        with pytest.raises(NotSupportedError):
            await adapter.submit(half)
        assert bench.truth().orders == ()
        return
    await adapter.submit(half)
    # Taken, or refused for the lot of this instrument; never rounded.
    if isinstance(await reports.one(Accepted, Rejected), Accepted):
        assert [o.qty for o in await adapter.open_orders()] == [Decimal("0.5")]


async def test_cancel_all_hits_what_its_scope_says(bench: Bench, adapter: BrokerAdapter, reports: Reports) -> None:
    scope = adapter.capabilities().cancel_all
    for name in ("a1", "a2"):
        await adapter.submit(order(bench, name, limit="99.00"))
        await reports.one(Accepted, cl_ord_id=name)
    if bench.orders_of_others:
        await bench.place_elsewhere(order(bench, "handmade", limit="99.00"))
    if scope is CancelAllScope.NONE:
        with pytest.raises(NotSupportedError):
            await adapter.cancel_all()
        assert len(bench.truth().orders) == len(await adapter.open_orders())
        return
    await adapter.cancel_all()
    for name in ("a1", "a2"):
        await reports.one(Canceled, cl_ord_id=name)
    spared = ["handmade"] if scope is CancelAllScope.OURS and bench.orders_of_others else []
    assert [o.cl_ord_id for o in await adapter.open_orders()] == spared
    assert [o.ids[0] for o in bench.truth().orders if o.status != "CANCELED"] == spared


async def test_replace_is_native_or_never_sent(bench: Bench, adapter: BrokerAdapter, reports: Reports) -> None:
    await adapter.submit(order(bench, "a1", limit="99.00"))
    await reports.one(Accepted)
    if adapter.capabilities().replace:
        await adapter.replace(replace(bench, "a1", "a1r1", 50))
        assert (await reports.one(Replaced)).qty == 50
        return
    with pytest.raises(NotSupportedError):
        await adapter.replace(replace(bench, "a1", "a1r1", 50))


async def test_ids_are_unique_as_declared(bench: Bench, adapter: BrokerAdapter, reports: Reports) -> None:
    """An id that was used is never a second order; the answer says nothing of the first, which may be alive."""
    enforces_ids(bench, adapter)
    await adapter.submit(order(bench, "a1"))
    await reports.one(Accepted)
    with pytest.raises(Exception, match=r".") as refused:
        await adapter.submit(order(bench, "a1"))
    assert not isinstance(refused.value, RefusedError), "the order that has this id is alive"
    assert len(bench.truth().orders) == 1
    # Also for ever: after its end, in a new session and for a new process.
    await adapter.disconnect()
    again = bench.adapter()
    await again.connect(Reports())
    with pytest.raises(Exception, match=r"."):
        await again.submit(order(bench, "a1"))
    assert len(bench.truth().orders) == 1
    assert bench.truth().positions == {bench.symbol: Decimal(bench.lot)}
    await again.disconnect()


async def test_what_is_no_approved_order_is_never_sent(bench: Bench, adapter: BrokerAdapter) -> None:
    """An adapter is the last that could be fooled: it takes what the risk engine makes, nothing that looks alike."""
    made, change = order(bench, "a1"), replace(bench, "a1", "a1r1", bench.lot)
    for thing in (change, msgspec.structs.asdict(made), "a1", None):
        with pytest.raises(TypeError):
            await adapter.submit(thing)  # type: ignore[arg-type]
    for thing in (made, msgspec.structs.asdict(change), "a1", None):
        with pytest.raises(TypeError):
            await adapter.replace(thing)  # type: ignore[arg-type]
    assert bench.truth().orders == ()
