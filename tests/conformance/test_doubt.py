"""Requests that end in doubt, and those that don't: which error says so, and what the broker's books say of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from engine.model.enums import OrdStatus
from engine.protocol import (
    Accepted,
    AmbiguousError,
    BrokerAdapter,
    Canceled,
    Disconnected,
    Filled,
    RefusedError,
    Replaced,
    ReplaceRejected,
    ThrottledError,
)
from tests.conformance.bench import ALIVE, AMBIGUOUS, RESETS, Bench, On, Trouble
from tests.conformance.hearing import Reports, cancel, needs, order, replace


async def again(bench: Bench, adapter: BrokerAdapter, trouble: Trouble) -> None:
    """A new session, in which everything that was under way before has arrived, or never will."""
    await adapter.disconnect()
    if trouble is Trouble.LATE:
        await asyncio.sleep(bench.late_s - bench.timeout_s + 0.2)
    await adapter.connect(Reports())


@pytest.mark.parametrize("trouble", AMBIGUOUS, ids=lambda trouble: trouble.value)
async def test_a_submit_without_a_clear_answer_is_ambiguous_and_never_sent_twice(
    bench: Bench, adapter: BrokerAdapter, reports: Reports, trouble: Trouble
) -> None:
    needs(bench, trouble)
    bench.trouble(trouble, On.SUBMIT)
    began = time.monotonic()
    with pytest.raises(AmbiguousError):
        await adapter.submit(order(bench, "a1"))
    assert time.monotonic() - began < bench.timeout_s + 2
    if trouble in RESETS and bench.one_connection:
        await reports.one(Disconnected)
    await again(bench, adapter, trouble)
    alive = trouble in ALIVE
    assert (bench.truth().order("a1") is not None) is alive
    assert len(bench.truth().executions) == alive
    found = await adapter.order_by_cl_ord_id("a1")
    assert (found is not None) is alive
    assert {e.exec_id for e in await adapter.executions_since(0)} == bench.truth().executions.keys()


@pytest.mark.parametrize("trouble", AMBIGUOUS, ids=lambda trouble: trouble.value)
async def test_a_cancel_without_a_clear_answer_is_ambiguous(
    bench: Bench, adapter: BrokerAdapter, reports: Reports, trouble: Trouble
) -> None:
    needs(bench, trouble)
    await adapter.submit(order(bench, "a1", limit="99.00"))
    await reports.one(Accepted)
    bench.trouble(trouble, On.CANCEL)
    with pytest.raises(AmbiguousError):
        await adapter.cancel(cancel(bench, "a1"))
    await again(bench, adapter, trouble)
    found = await adapter.order_by_cl_ord_id("a1")
    assert found is not None
    assert found.status is (OrdStatus.CANCELED if trouble in ALIVE else OrdStatus.NEW)


@pytest.mark.parametrize("trouble", AMBIGUOUS, ids=lambda trouble: trouble.value)
async def test_a_replace_without_a_clear_answer_is_ambiguous(
    bench: Bench, adapter: BrokerAdapter, reports: Reports, trouble: Trouble
) -> None:
    needs(bench, trouble)
    if not adapter.capabilities().replace:
        pytest.skip(f"{bench.name} has no replace")
    await adapter.submit(order(bench, "a1", limit="99.00"))
    await reports.one(Accepted)
    bench.trouble(trouble, On.REPLACE)
    with pytest.raises(AmbiguousError):
        await adapter.replace(replace(bench, "a1", "a1r1", bench.lot * 2))
    await again(bench, adapter, trouble)
    found = await adapter.order_by_cl_ord_id("a1")
    assert found is not None
    assert (int(found.qty), found.cl_ord_id) == ((bench.lot * 2, "a1r1") if trouble in ALIVE else (bench.lot, "a1"))


async def test_a_replace_that_came_no_further_than_a_question_before_it_is_not_in_doubt(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    """Some adapters ask before they change an order. A change that was never sent would be in doubt for ever."""
    needs(bench, Trouble.UNANSWERED)
    if not adapter.capabilities().replace:
        pytest.skip(f"{bench.name} has no replace")
    await adapter.submit(order(bench, "a1", limit="99.00"))
    await reports.one(Accepted)
    bench.trouble(Trouble.UNANSWERED, On.QUERY)
    await adapter.replace(replace(bench, "a1", "a1r1", bench.lot * 2))
    answer = await reports.one(Replaced, ReplaceRejected)
    true = bench.truth().order("a1")
    assert true is not None
    assert true.qty == bench.lot * (2 if isinstance(answer, Replaced) else 1)


@pytest.mark.parametrize("on", [On.QUERY, On.EXECUTIONS], ids=lambda on: on.value)
@pytest.mark.parametrize("trouble", AMBIGUOUS, ids=lambda trouble: trouble.value)
async def test_a_question_without_an_answer_is_an_error_and_never_an_empty_answer(
    bench: Bench, adapter: BrokerAdapter, reports: Reports, trouble: Trouble, on: On
) -> None:
    needs(bench, trouble)
    await adapter.submit(order(bench, "a1"))
    await reports.one(Filled)
    bench.trouble(trouble, on)
    question = adapter.order_by_cl_ord_id("a1") if on is On.QUERY else adapter.executions_since(0)
    with pytest.raises(AmbiguousError):
        await question
    await again(bench, adapter, trouble)
    assert await adapter.order_by_cl_ord_id("a1") is not None
    assert len(await adapter.executions_since(0)) == 1


async def test_that_a_page_in_the_middle_fails_is_not_the_end_of_the_executions(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    """A list of executions that is cut short without a word would be taken for the whole truth."""
    needs(bench, Trouble.THROTTLED)
    for number in range(8):
        await adapter.submit(order(bench, f"a{number}", qty=10))
    await reports.until(lambda heard: len(heard.executions) == 8)
    asked = asyncio.ensure_future(adapter.executions_since(0))
    await asyncio.sleep(0)
    bench.trouble(Trouble.THROTTLED, On.EXECUTIONS)
    (ended,) = await asyncio.gather(asked, return_exceptions=True)
    assert isinstance(ended, ThrottledError) or len(ended) == 8  # type: ignore[arg-type]


async def test_what_was_refused_is_refused_and_not_alive(bench: Bench, adapter: BrokerAdapter) -> None:
    needs(bench, Trouble.REFUSED)
    bench.trouble(Trouble.REFUSED, On.SUBMIT)
    with pytest.raises(RefusedError):
        await adapter.submit(order(bench, "a1"))
    await again(bench, adapter, Trouble.REFUSED)
    assert bench.truth().order("a1") is None


@pytest.mark.parametrize("on", [On.SUBMIT, On.CANCEL, On.QUERY], ids=lambda on: on.value)
async def test_what_was_throttled_says_so_and_the_adapter_does_not_try_again_by_itself(
    bench: Bench, adapter: BrokerAdapter, reports: Reports, on: On
) -> None:
    needs(bench, Trouble.THROTTLED)
    await adapter.submit(order(bench, "w1", limit="99.00"))
    await reports.one(Accepted)
    bench.trouble(Trouble.THROTTLED, on)
    requests: dict[On, Callable[[], Awaitable[object]]] = {
        On.SUBMIT: lambda: adapter.submit(order(bench, "a1")),
        On.CANCEL: lambda: adapter.cancel(cancel(bench, "w1")),
        On.QUERY: lambda: adapter.order_by_cl_ord_id("w1"),
    }
    with pytest.raises(ThrottledError):
        await requests[on]()
    await asyncio.sleep(0.1)
    assert bench.truth().order("a1") is None
    assert [o.status for o in bench.truth().orders] == ["NEW"]


async def test_an_answer_that_can_t_be_read_ends_neither_the_session_nor_its_reports(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    needs(bench, Trouble.UNREADABLE)
    bench.trouble(Trouble.UNREADABLE, On.SUBMIT)
    with pytest.raises(AmbiguousError):
        await adapter.submit(order(bench, "a1"))
    if bench.answers_are_reports:
        assert {e.exec_id for e in await adapter.executions_since(0)} == bench.truth().executions.keys()
    else:
        await reports.one(Filled, cl_ord_id="a1")
    await adapter.submit(order(bench, "a2"))
    await reports.one(Filled, cl_ord_id="a2")
    assert reports.of(Disconnected) == []


async def test_who_stops_waiting_stops_only_waiting(bench: Bench, adapter: BrokerAdapter, reports: Reports) -> None:
    """The gateway gives up after its own time-out: the order is on its way all the same, and its reports come."""
    sent = asyncio.ensure_future(adapter.submit(order(bench, "a1")))
    await asyncio.sleep(0)
    sent.cancel()
    await asyncio.gather(sent, return_exceptions=True)
    await asyncio.sleep(0.3)
    # Taken out of a queue before it was sent, or sent: nothing between.
    if bench.truth().order("a1") is not None:
        await reports.one(Filled, cl_ord_id="a1")
    assert len(reports.of(Filled)) == len(bench.truth().orders)


async def test_many_requests_at_once_each_get_their_own_answer(
    bench: Bench, adapter: BrokerAdapter, reports: Reports
) -> None:
    needs(bench, Trouble.REFUSED, Trouble.UNANSWERED)
    bench.trouble(Trouble.REFUSED, On.SUBMIT)
    bench.trouble(Trouble.UNANSWERED, On.SUBMIT)
    names = [f"a{number}" for number in range(10)]
    ends = await asyncio.gather(
        *(adapter.submit(order(bench, name, limit="99.00")) for name in names), return_exceptions=True
    )
    kinds = [type(end).__name__ for end in ends]
    # Which of them arrives first is the adapter's affair.
    assert sorted(kinds) == ["AmbiguousError", *["NoneType"] * 8, "RefusedError"]
    refused = names[kinds.index("RefusedError")]
    assert [bench.truth().order(name) is not None for name in names] == [name != refused for name in names]
    if adapter.capabilities().replace:
        await adapter.replace(replace(bench, "a5", "a5r1", bench.lot, "99.10"))
        await reports.one(Replaced)
    await adapter.cancel(cancel(bench, "a4"))
    assert (await reports.one(Canceled)).cl_ord_id == "a4"
