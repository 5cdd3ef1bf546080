"""The end of a history: everything works again, an operator ends what no answer can end, until nothing moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine import inputs as i
from tests.simulation import invariants
from tests.simulation.loop import SECOND_NS
from tests.simulation.market import START
from tests.simulation.profile import make_quiet
from tests.simulation.wire import MS

if TYPE_CHECKING:
    from tests.simulation.history import World
    from tests.simulation.process import Process

QUIET_S = 150


def quieten(world: World) -> None:
    """Everything works again, the broker is honest; wait until nothing moves."""
    make_quiet(world.profile)
    world.broker.reinstate_all()
    world.trace("QUIET")
    world.step_no += 1
    world.disarm_crash()
    world.journal.fault = ""
    world.wire.broken_until_ns = world.wire.sluggish_until_ns = world.wire.clock_off_ns = 0
    world.market.silent_until_ns = dict.fromkeys(START, 0)
    world.market.all_silent_until_ns = 0
    resolved: set[str] = set()
    world.run_for(4 * SECOND_NS)
    world.wire.drop(0)
    for _ in range(QUIET_S):
        world.run_for(SECOND_NS)
        world.check()
        process = world.process
        if process is None or not process.ready:
            continue
        _operator(world, process, resolved)
        if invariants.is_quiet(world):
            break
    world.run_for(3 * SECOND_NS, quotes=False)
    world.trace("last comparison")
    assert world.process is not None
    for _ in range(4):
        # A comparison takes its turns at the broker's rate, which may be a few requests a second.
        world.process.send(i.Reconcile(user="operator"))
        world.run_for(3 * SECOND_NS, quotes=False)
        world.check()
    for _ in range(200):
        if world.process.settled:
            break
        world.run_for(37 * MS, quotes=False)


def _operator(world: World, process: Process, resolved: set[str]) -> None:
    """Ends algos, and what no answer of the broker can end: an order that was lost, a replace that was."""
    state = process.desk.state
    for algo in state.algos.values():
        if algo.is_live and world.rng.random() < 0.1:
            process.send(i.ControlAlgo(algo.id, "cancel", user="operator"))
    broken = {found.key for found in state.breaks.values() if found.kind == "order"}
    for order in state.open_orders.values():
        replace = order.pending_replace
        if replace is None or replace.cl_ord_id in resolved:
            continue
        if replace.doubtful or order.cl_ord_id in broken:
            resolved.add(replace.cl_ord_id)
            process.send(i.CancelOrders(i.CancelSelector(cl_ord_ids=(order.cl_ord_id,)), "operator"))
    for order in state.unknown.values():
        if order.cl_ord_id not in resolved and world.truly_absent(order):
            resolved.add(order.cl_ord_id)
            process.send(i.ResolveOrder(order.cl_ord_id, "not in the broker's books", "operator"))
