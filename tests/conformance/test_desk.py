"""What each trouble means for the desk: no order twice, UNKNOWN until there is evidence, equal books once quiet."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from engine import facts as f
from engine import inputs as i
from engine.model.enums import OrdStatus
from engine.protocol import AbsenceProof, Connected, Disconnected
from tests.conformance.bench import ALIVE, AMBIGUOUS, REPORT_TROUBLES, RESETS, Bench, Heard, On, Trouble
from tests.conformance.desk import RunningDesk, running_desk
from tests.conformance.hearing import enforces_ids, needs, order

UNKNOWN = OrdStatus.UNKNOWN


def never_proved(desk: RunningDesk) -> bool:
    """Whether nothing ever proves that an order is not there, and none is sent again: only the operator can end it."""
    can = desk.gateway._adapter.capabilities()
    return can.absence_proof is AbsenceProof.NOTHING and not can.unique_ids_enforced


def stays_in_doubt(desk: RunningDesk, trouble: Trouble) -> bool:
    """Whether what was lost is never proved to be absent here: only the operator can end it."""
    return trouble not in ALIVE and desk.gateway._adapter.capabilities().absence_proof is AbsenceProof.NOTHING


@pytest.mark.parametrize("trouble", AMBIGUOUS, ids=lambda trouble: trouble.value)
async def test_a_submit_in_doubt_is_resolved_by_evidence_alone_and_never_sent_twice(
    bench: Bench, trouble: Trouble
) -> None:
    needs(bench, trouble)
    async with running_desk(bench) as desk:
        bench.trouble(trouble, On.SUBMIT)
        made = desk.place()
        if stays_in_doubt(desk, trouble):
            await desk.until(lambda: made.status is UNKNOWN, "doubt")
            await asyncio.sleep(0.8)
            assert made.status is UNKNOWN
            assert desk.state.positions[(bench.account, bench.symbol)].open_buy == bench.lot
            assert bench.truth().orders == ()
            return
        truth = await desk.agrees()
        assert desk.was_unknown(made) or made.cum_qty, "neither in doubt nor told by a report"
        if trouble in ALIVE:
            assert made.status is OrdStatus.FILLED
            assert truth.positions == {bench.symbol: Decimal(bench.lot)}
        else:
            assert made.status is OrdStatus.REJECTED
            resolved = [fact for fact in desk.facts if isinstance(fact, f.OrderResolved)]
            assert [(fact.by, fact.reason) for fact in resolved] == [("broker", "proven absent")]
            assert truth.orders == ()
        assert len(truth.orders) == (trouble in ALIVE)


async def test_a_lost_submit_stays_unknown_reserved_and_alone_of_its_intent_until_a_new_session_proves_its_absence(
    bench: Bench,
) -> None:
    needs(bench, Trouble.LOST)
    async with running_desk(bench) as desk:
        if desk.gateway._adapter.capabilities().absence_proof is not AbsenceProof.NEW_SESSION:
            pytest.skip(f"{bench.name} declares no proof by a new session")
        bench.trouble(Trouble.LOST, On.SUBMIT)
        made = desk.place(limit="99.00")
        await desk.until(lambda: made.status is UNKNOWN, "doubt")
        sessions = len([item for item in desk.given if isinstance(item, Connected)])
        with pytest.raises(AssertionError, match="UNKNOWN_SAME_INTENT"):
            desk.place(limit="99.00")
        assert desk.state.positions[(bench.account, bench.symbol)].open_buy == bench.lot
        await desk.agrees()
        assert made.status is OrdStatus.REJECTED
        assert len([item for item in desk.given if isinstance(item, Connected)]) == sessions + 1
        asked = [fact.answer for fact in desk.facts if isinstance(fact, f.EvidenceNoted)]
        assert asked[0] == "not found, which proves nothing yet"
        assert asked[-1] == "not found, and it can't arrive any more"
        assert desk.state.positions[(bench.account, bench.symbol)].open_buy == 0


@pytest.mark.parametrize("trouble", AMBIGUOUS, ids=lambda trouble: trouble.value)
async def test_a_cancel_in_doubt_is_asked_about_and_repeated_until_the_order_is_dead(
    bench: Bench, trouble: Trouble
) -> None:
    needs(bench, trouble)
    async with running_desk(bench) as desk:
        made = desk.place(limit="99.00")
        await desk.working(made)
        bench.trouble(trouble, On.CANCEL)
        desk.cancel(made)
        truth = await desk.agrees()
        assert made.status is OrdStatus.CANCELED
        assert [o.status for o in truth.orders] == ["CANCELED"]


@pytest.mark.parametrize("trouble", AMBIGUOUS, ids=lambda trouble: trouble.value)
async def test_a_replace_in_doubt_reserves_the_worse_until_the_broker_says_which(
    bench: Bench, trouble: Trouble
) -> None:
    needs(bench, trouble)
    async with running_desk(bench) as desk:
        if not desk.gateway._adapter.capabilities().replace:
            pytest.skip(f"{bench.name} has no replace")
        made = desk.place(limit="99.00")
        await desk.working(made)
        bench.trouble(trouble, On.REPLACE)
        desk.change(made, bench.lot * 2)
        position = desk.state.positions[(bench.account, bench.symbol)]
        assert position.open_buy == bench.lot * 2
        if stays_in_doubt(desk, trouble):
            await asyncio.sleep(0.8)
            assert position.open_buy == bench.lot * 2
            assert [(o.qty, o.ids) for o in bench.truth().orders] == [(bench.lot, (made.cl_ord_id,))]
            return
        truth = await desk.agrees()
        assert made.qty == bench.lot * (2 if trouble in ALIVE else 1)
        assert position.open_buy == made.qty
        assert len(truth.orders) == 1


@pytest.mark.parametrize("heard", list(Heard), ids=lambda heard: heard.value)
@pytest.mark.parametrize("trouble", REPORT_TROUBLES, ids=lambda trouble: trouble.value)
async def test_a_report_in_trouble_is_made_up_for(bench: Bench, trouble: Trouble, heard: Heard) -> None:
    needs(bench, trouble)
    async with running_desk(bench) as desk:
        bench.trouble(trouble, heard)
        filled, resting = desk.place(), desk.place(limit="99.00")
        await desk.until(lambda: resting.base is OrdStatus.NEW, "the acknowledgement")
        if desk.gateway._adapter.capabilities().replace:
            desk.change(resting, bench.lot * 2)
            await desk.until(lambda: resting.pending_replace is None, "the replace")
        desk.cancel(resting)
        truth = await desk.agrees()
        assert (filled.status, resting.status) == (OrdStatus.FILLED, OrdStatus.CANCELED)
        assert truth.positions == {bench.symbol: Decimal(bench.lot)}


async def test_fills_of_a_stream_that_is_silent_and_looks_alive_are_booked_all_the_same(bench: Bench) -> None:
    async with running_desk(bench) as desk:
        resting = desk.place(limit="99.00")
        await desk.working(resting)
        bench.silence(True)
        await bench.quote("98.90", "98.95")
        await desk.agrees()
        assert resting.status is OrdStatus.FILLED
        assert not [item for item in desk.given if isinstance(item, Disconnected)]


async def test_what_filled_in_a_gap_of_the_stream_is_backfilled(bench: Bench) -> None:
    async with running_desk(bench) as desk:
        resting = desk.place(limit="99.00")
        await desk.working(resting)
        with bench.unreachable():
            bench.drop()
            await bench.quote("98.90", "98.95")
            await desk.until(lambda: not desk.gateway.connected, "the loss")
        await desk.agrees()
        assert resting.status is OrdStatus.FILLED


async def test_a_cancel_that_crosses_a_fill_ends_as_the_books_say(bench: Bench) -> None:
    async with running_desk(bench) as desk:
        for number in range(6):
            made = desk.place(limit="99.00")
            await desk.working(made)
            if number % 2:
                desk.cancel(made)
                await bench.quote("98.90", "98.95")
            else:
                await bench.quote("98.90", "98.95")
                desk.cancel(made)
            await bench.quote("100.00", "100.02")
            await desk.agrees()


async def test_a_replace_that_crosses_a_fill_ends_as_the_books_say(bench: Bench) -> None:
    async with running_desk(bench) as desk:
        if not desk.gateway._adapter.capabilities().replace:
            pytest.skip(f"{bench.name} has no replace")
        for number in range(6):
            made = desk.place(limit="99.00")
            await desk.working(made)
            part = bench.lot // 4 if number % 3 else bench.lot
            desk.change(made, bench.lot * 2)
            await bench.quote("98.90", "98.95", part)
            await bench.quote("100.00", "100.02")
            await desk.until(lambda order=made: order.pending_replace is None, "the replace")
            desk.cancel(made)
            await desk.agrees()


async def test_a_storm_of_reconnects_while_it_trades_loses_and_doubles_nothing(bench: Bench) -> None:
    # What a reset lost goes out again where ids are enforced: without that it is never proved to be absent.
    async with running_desk(bench, resend_within_ns=60_000_000_000) as desk:
        for number in range(9):
            # Small: all together stay under the share of the equity that one position may have.
            made = desk.place(bench.lot // 10, "100.02" if number % 2 else "99.00")
            await asyncio.sleep(0.003 * (number % 4))
            if number % 3 < 2:  # never so many failures in a row that the desk gives the broker a rest
                bench.drop()
            await desk.until(lambda order=made: order.base is not OrdStatus.PENDING_NEW, "an outcome, or doubt")
            if never_proved(desk) and bench.truth().order(made.cl_ord_id) is None:
                await desk.until(
                    lambda order=made: order.doubt is None or order.doubt.absent, "a look in a new session"
                )
                desk.give(i.ResolveOrder(made.id, "the broker never got it", "ann", role="risk"))
            await desk.until(lambda: not desk.differences(), "equal books", desk.differences)
            desk.assert_sound()
        await desk.agrees()


async def test_orders_that_others_place_are_adopted_and_counted_and_their_fills_booked(bench: Bench) -> None:
    if not bench.orders_of_others:
        pytest.skip(f"{bench.name}: nobody else can place orders at the account")
    async with running_desk(bench) as desk:
        await bench.place_elsewhere(order(bench, "handmade", limit="99.00"))
        await desk.until(lambda: any(o.external for o in desk.state.open_orders.values()), "the adoption")
        assert desk.state.positions[(bench.account, bench.symbol)].open_buy == bench.lot
        await bench.quote("98.90", "98.95")
        await desk.agrees()
        assert desk.state.position_qty(bench.account, bench.symbol) == bench.lot


async def test_a_clock_that_is_wrong_misplaces_nothing(bench: Bench) -> None:
    async with running_desk(bench) as desk:
        for seconds in (30.0, -30.0):
            bench.skew(seconds)
            desk.place()
            await desk.agrees()


async def test_what_was_throttled_was_not_sent_and_is_not_tried_again(bench: Bench) -> None:
    needs(bench, Trouble.THROTTLED)
    async with running_desk(bench) as desk:
        bench.trouble(Trouble.THROTTLED, On.SUBMIT)
        made = desk.place()
        truth = await desk.agrees()
        assert made.status is OrdStatus.REJECTED
        assert truth.orders == ()
        assert not desk.was_unknown(made)


@pytest.mark.parametrize("trouble", [Trouble.LOST, Trouble.UNANSWERED, *RESETS], ids=lambda trouble: trouble.value)
async def test_a_process_that_dies_in_doubt_finds_out_when_it_is_back(bench: Bench, trouble: Trouble) -> None:
    needs(bench, trouble)
    async with running_desk(bench) as desk:
        bench.trouble(trouble, On.SUBMIT)
        made = desk.place()
        await asyncio.sleep(0.05)
        if trouble in ALIVE:  # on a busy machine it may not have left yet
            await desk.until(lambda: bench.truth().orders, "its arrival")
        await desk.die()
        state = desk.state
    async with running_desk(bench, state) as desk:
        if stays_in_doubt(desk, trouble):
            await asyncio.sleep(0.8)
            assert made.status is UNKNOWN
            assert bench.truth().orders == ()
            return
        truth = await desk.agrees()
        assert made.status is (OrdStatus.FILLED if trouble in ALIVE else OrdStatus.REJECTED)
        assert len(truth.orders) == (trouble in ALIVE)


# --- handing over again, where ids are unique for ever and enforced ---------------------------------------------------


async def test_a_lost_submit_goes_out_again_under_its_id_and_trades_once(bench: Bench) -> None:
    needs(bench, Trouble.LOST)
    async with running_desk(bench, resend_within_ns=60_000_000_000) as desk:
        enforces_ids(bench, desk.gateway._adapter, resends=True)
        bench.trouble(Trouble.LOST, On.SUBMIT)
        made = desk.place()
        await desk.until(lambda: made.sends == 2, "the second hand-over")
        truth = await desk.agrees()
        assert made.status is OrdStatus.FILLED
        assert [o.ids for o in truth.orders] == [(made.cl_ord_id,)]
        assert truth.positions == {bench.symbol: Decimal(bench.lot)}


@pytest.mark.parametrize("trouble", ALIVE, ids=lambda trouble: trouble.value)
async def test_what_arrived_after_all_is_never_handed_over_again(bench: Bench, trouble: Trouble) -> None:
    needs(bench, trouble)
    async with running_desk(bench, resend_within_ns=60_000_000_000) as desk:
        bench.trouble(trouble, On.SUBMIT)
        made = desk.place()
        truth = await desk.agrees()
        assert made.sends == 1
        assert len(truth.orders) == 1


async def test_a_second_hand_over_that_is_lost_too_is_in_doubt_and_asked_about_like_the_first(bench: Bench) -> None:
    needs(bench, Trouble.LOST)
    async with running_desk(bench, resend_within_ns=60_000_000_000) as desk:
        enforces_ids(bench, desk.gateway._adapter, resends=True)
        bench.trouble(Trouble.LOST, On.SUBMIT)
        bench.trouble(Trouble.UNANSWERED, On.SUBMIT)
        made = desk.place()
        truth = await desk.agrees()
        assert made.sends == 2
        assert made.status is OrdStatus.FILLED
        assert len(truth.orders) == 1
