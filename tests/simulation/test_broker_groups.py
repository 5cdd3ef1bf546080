"""Groups that the broker holds, through the same faults as everything else: crashes at every point, lost hand-overs,
reports that come twice, late or never, entries that fill in part, exits that fill while the desk is down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from engine.inputs import CancelOrders, CancelSelector, Flatten, Kill, ModifyOrder, PlaceGroup
from engine.model.enums import OrdStatus, OrdType, Side, TimeInForce
from engine.model.order import OrderRequest, ReplaceRequest
from engine.protocol import Filled
from engine.state import DeskState
from tests.simulation import invariants
from tests.simulation.bonds import Bond, Way
from tests.simulation.broker import ACCOUNT, Held
from tests.simulation.defects import GROUP_DEFECTS
from tests.simulation.history import World
from tests.simulation.loop import SECOND_NS, VirtualLoop
from tests.simulation.profile import Profile
from tests.simulation.report import failure
from tests.simulation.run import run

STEPS = 60
TEN = Decimal(10)


def hostile(seed: int) -> Profile:
    """Everything goes wrong now and then, and groups are what is traded."""
    return Profile(
        kind="hostile", lost=0.1, doubled=0.1, reordered=0.15, refused=0.03, before=0.05, after=0.05, late=0.05,
        rejects=0.03, rejects_after_ack=0.02, cancel_refused=0.1, cancel_lost=0.1, unsolicited=0.02,
        disconnect=0.02, crash=0.03, groups="parts" if seed % 2 else "whole", fond_of_groups=True,
    )  # fmt: skip


@pytest.mark.parametrize(("name", "defect"), GROUP_DEFECTS.items(), ids=GROUP_DEFECTS.keys())
def test_a_deliberate_defect_is_found(name: str, defect: Callable[[], Any]) -> None:
    with defect():
        found = any(run(seed, STEPS, profile=hostile(seed)).violation for seed in range(40))
    assert found, name


def test_groups_at_the_broker_are_booked_as_they_are_whatever_happens_on_the_way() -> None:
    told: Counter[str] = Counter()
    for seed in range(28):
        outcome = run(seed, STEPS, profile=hostile(seed))
        assert not outcome.violation, failure(outcome, STEPS)
        told.update(outcome.groups)
    for way in ("parts", "whole"):
        for kind in ("bracket", "oco", "oto"):
            assert told[f"{way} {kind}"] > 0, told
    for what in ("entered", "closed", "came to nothing", "ended in part", "unseen", "left without exits"):
        assert told[what] > 0, told


# --- single stories, told by hand ------------------------------------------------------------------------------------


@pytest.fixture
def make() -> Iterator[Callable[[Way], World]]:
    with VirtualLoop() as loop:
        worlds: list[World] = []

        def made(way: Way) -> World:
            world = World(2, loop, None, Profile(groups=way, bad_quotes=0.0))
            worlds.append(world)
            world.warm_up()
            return world

        yield made
        for world in worlds:
            world.close()


def bracket(world: World) -> Bond:
    """A bracket of 10 far from the market, acknowledged; what fills of it is up to the test."""
    mid = world.market.mid["AAA"]

    def order(side: Side, limit: Decimal | None, stop: Decimal | None) -> OrderRequest:
        kind = OrdType.LIMIT if stop is None else OrdType.STOP
        return OrderRequest(ACCOUNT, "AAA", side, TEN, kind, limit, stop, TimeInForce.GTC, user="trader")

    exits = order(Side.SELL, mid + 6, None), order(Side.SELL, None, mid - 6)
    assert world.process is not None
    world.process.send(PlaceGroup("bracket", (order(Side.BUY, mid - 3, None), *exits), True))
    world.run_for(SECOND_NS)
    (bond,) = world.broker.bonds
    assert [world.state.orders[held.ids[0]].status for held in bond.orders] == [OrdStatus.NEW] * 3
    return bond


def fill(world: World, held: Held, qty: int) -> None:
    world.broker._fill(held, Decimal(qty), held.limit_px or held.stop_px or Decimal(0))


def later(world: World) -> DeskState:
    """The desk as it is when it has had the time to look after its groups, in order with itself and the broker."""
    world.run_for(6 * SECOND_NS)
    world.check()
    invariants.at_the_end(world)
    return world.state


def alarms(state: DeskState) -> set[str]:
    return {alert.code for alert in state.alerts}


def test_an_entry_that_fills_while_the_desk_is_down_is_protected_and_its_stop_is_booked_afterwards(
    make: Callable[[Way], World],
) -> None:
    world = make("parts")
    bond = bracket(world)
    entry, target, stop = bond.orders
    world.crash("now")
    fill(world, entry, 10)
    fill(world, stop, 10)
    assert not target.live
    state = later(world)
    assert bond.unseen
    assert [state.orders[held.ids[0]].status for held in bond.orders] == [
        OrdStatus.FILLED, OrdStatus.CANCELED, OrdStatus.FILLED,
    ]  # fmt: skip
    assert state.position_qty(ACCOUNT, "AAA") == 0


def test_an_exit_that_fills_in_part_shrinks_its_partner_at_the_broker_and_here(make: Callable[[Way], World]) -> None:
    world = make("parts")
    entry, target, stop = bracket(world).orders
    fill(world, entry, 10)
    fill(world, target, 4)
    state = later(world)
    assert (state.orders[stop.ids[0]].qty, state.orders[target.ids[0]].leaves_qty) == (6, 6)
    assert state.positions[(ACCOUNT, "AAA")].open_sell == 6  # the two of them close the same six
    assert len(world.handed_over) == 3  # the desk itself sent nothing


def test_who_holds_a_part_of_an_entry_without_its_stop_is_told(make: Callable[[Way], World]) -> None:
    world = make("whole")
    bond = bracket(world)
    fill(world, bond.orders[0], 4)
    world.broker._end(bond.orders[0], OrdStatus.CANCELED, "cancelled by the broker")
    assert not any(held.live for held in bond.orders)
    state = later(world)
    assert state.position_qty(ACCOUNT, "AAA") == 4
    assert "STOP_LOST" in alarms(state)


def test_who_cancels_a_target_and_loses_the_stop_with_it_is_told(make: Callable[[Way], World]) -> None:
    world = make("parts")
    entry, target, stop = bracket(world).orders
    fill(world, entry, 10)
    assert world.process is not None
    world.process.send(CancelOrders(CancelSelector(cl_ord_ids=(target.ids[0],)), "trader"))
    state = later(world)
    assert not stop.live
    assert "STOP_LOST" in alarms(state)


def test_a_stop_that_ended_because_its_partner_filled_is_not_told_as_lost(make: Callable[[Way], World]) -> None:
    world = make("parts")
    entry, target, _ = bracket(world).orders
    fill(world, entry, 10)
    world.run_for(SECOND_NS)
    tell = world.broker.tell
    world.broker.tell = lambda report: None if isinstance(report, Filled) else tell(report)  # lost on its way
    fill(world, target, 10)
    world.broker.tell = tell
    state = later(world)
    assert state.position_qty(ACCOUNT, "AAA") == 0
    assert "STOP_LOST" not in alarms(state)


def test_an_exit_that_the_broker_forgot_to_end_is_cancelled_by_the_desk(make: Callable[[Way], World]) -> None:
    world = make("parts")
    bond = bracket(world)
    entry, target, stop = bond.orders
    fill(world, entry, 10)
    stop.bond = target.bond = None  # from here on the broker does not do its part
    fill(world, target, 10)
    assert stop.live
    state = later(world)
    assert not stop.live
    assert state.orders[stop.ids[0]].status is OrdStatus.CANCELED
    assert state.position_qty(ACCOUNT, "AAA") == 0


def test_two_exits_that_both_fill_are_booked_as_they_are_and_shouted_about(make: Callable[[Way], World]) -> None:
    world = make("parts")
    entry, target, stop = bracket(world).orders
    fill(world, entry, 10)
    stop.bond = target.bond = None
    fill(world, target, 10)
    fill(world, stop, 10)
    world.run_for(3 * SECOND_NS)
    state = world.state
    assert state.position_qty(ACCOUNT, "AAA") == world.broker.positions["AAA"] == -10
    assert "GROUP_OVERFILLED" in alarms(state)


def test_cancelling_an_entry_ends_its_exits_without_a_request_for_them(make: Callable[[Way], World]) -> None:
    world = make("parts")
    bond = bracket(world)
    assert world.process is not None
    world.process.send(CancelOrders(CancelSelector(cl_ord_ids=(bond.orders[0].ids[0],)), "trader"))
    state = later(world)
    assert [state.orders[held.ids[0]].status for held in bond.orders] == [OrdStatus.CANCELED] * 3
    assert [state.orders[held.ids[0]].cancel_attempts for held in bond.orders] == [1, 0, 0]


@pytest.mark.parametrize("way", ["parts", "whole"])
def test_flat_takes_the_exits_back_before_it_sells_what_they_guard(make: Callable[[Way], World], way: Way) -> None:
    world = make(way)
    bond = bracket(world)
    fill(world, bond.orders[0], 10)
    world.run_for(SECOND_NS)
    assert world.process is not None
    world.process.send(Flatten("AAA", "trader"))
    state = later(world)
    assert not any(held.live for held in bond.orders)
    assert state.position_qty(ACCOUNT, "AAA") == world.broker.positions["AAA"] == 0
    assert not world.broker.past_zero
    assert "STOP_LOST" not in alarms(state)


def test_an_exit_is_moved_by_its_own_id_and_still_ends_with_its_partner(make: Callable[[Way], World]) -> None:
    world = make("parts")
    _, target, stop = bracket(world).orders
    limit = world.market.mid["AAA"] + 5
    assert world.process is not None
    for qty, taken in ((11, False), (9, True)):
        change = ReplaceRequest(Decimal(qty), limit, user="trader")
        world.process.send(ModifyOrder(target.ids[0], change))
        world.run_for(SECOND_NS)
        assert (target.qty == qty) is taken  # never for more than its entry opens
    fill(world, world.broker.bonds[0].orders[0], 10)
    fill(world, stop, 10)
    state = later(world)
    assert state.orders[target.ids[0]].status is OrdStatus.CANCELED
    assert state.position_qty(ACCOUNT, "AAA") == 0


@pytest.mark.parametrize("way", ["parts", "whole"])
def test_a_kill_ends_all_of_a_group_and_flattens_what_its_entry_bought(make: Callable[[Way], World], way: Way) -> None:
    world = make(way)
    bond = bracket(world)
    fill(world, bond.orders[0], 10)
    world.run_for(SECOND_NS)
    assert world.process is not None
    world.process.send(Kill("trader", "enough", "now"))
    state = later(world)
    assert not any(held.live for held in bond.orders)
    assert state.position_qty(ACCOUNT, "AAA") == world.broker.positions["AAA"] == 0
