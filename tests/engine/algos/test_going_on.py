"""A restart at any fact: what the journal holds so far is enough to go on, nothing is sent twice, nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engine.evolve import evolve
from engine.inputs import AlgoChange
from engine.model.enums import OrdStatus
from engine.model.snapshot import Execution
from engine.state import DeskState
from tests.engine.algos.floor import Floor
from tests.engine.algos.test_controls import KINDS
from tests.engine.dealing import FILLED, NEW, SECOND, D

Story = Callable[[Floor, str], None]
QTY = 400


def calm(floor: Floor, kind: str) -> None:
    """Nothing but the market."""
    floor.launch(kind, str(QTY), **KINDS[kind])
    floor.go(400, volume=10, step=4)


def passive(floor: Floor, kind: str) -> None:
    """Children that wait, and a market that moves."""
    floor.launch(kind, str(QTY), style="passive", would_px=D("99.50"), **KINDS[kind])
    floor.go(200, volume=10, step=4)
    floor.move("99.90", "99.94")
    floor.go(100, volume=10, step=4)


def handled(floor: Floor, kind: str) -> None:
    """Somebody pauses, amends and resumes it."""
    algo = floor.launch(kind, str(QTY), limit_px=D("99.98"), **KINDS[kind])
    floor.go(100, volume=10, step=4)
    floor.control(algo, "pause")
    floor.control(algo, "amend", change=AlgoChange(limit_px=D("100.20")))
    floor.go(30, volume=10, step=4)
    floor.control(algo, "resume", catch_up="shift")
    floor.go(100, volume=10, step=4)
    floor.control(algo, "repace", change=AlgoChange(duration_ns=200 * SECOND))
    floor.go(60, volume=10, step=4)


@pytest.mark.parametrize("story", [calm, passive, handled])
@pytest.mark.parametrize("kind", KINDS)
def test_the_state_is_what_the_facts_say_at_every_one_of_them(kind: str, story: Story) -> None:
    floor = Floor().connect()
    story(floor, kind)
    assert floor.refolded().digest() == floor.state.digest()


@pytest.mark.parametrize("story", [calm, passive, handled])
@pytest.mark.parametrize("kind", KINDS)
def test_killed_at_any_fact_it_goes_on_and_the_total_is_the_parent(kind: str, story: Story) -> None:
    floor = Floor().connect()
    story(floor, kind)
    launched = next(n for n, (_, _, fact) in enumerate(floor.stamped) if type(fact).__name__ == "AlgoLaunched")
    cuts = range(launched + 1, len(floor.stamped) + 1)
    for cut in list(cuts)[:: max(len(cuts) // 12, 1)]:
        again = started_again(floor, cut)
        algo = again.state.algos[1]
        known = {fact.cl_ord_id for _, _, fact in floor.stamped[:cut] if type(fact).__name__ == "OrderIntended"}
        if algo.status == "PAUSED":
            again.control(algo, "resume")
        again.move("99.85", "99.90")
        again.go(900, volume=60, step=10)
        if algo.is_live:
            again.control(algo, "finish")
            again.go(5)
        assert not algo.is_live
        traded = sum(execution.last_qty for execution in again.executions)
        assert traded == algo.cum_qty <= QTY, f"cut at {cut}"
        if "sweep" in KINDS[kind].get("at_end", "sweep") and kind not in ("pov", "iceberg"):
            assert algo.cum_qty == QTY, f"cut at {cut}"
        assert len(set(again.sent_ids) | known) == len(again.sent_ids) + len(known), "an order was sent twice"


def started_again(floor: Floor, cut: int) -> Floor:
    """A process that folds the first `cut` facts; the broker has every order whose intent is among them."""
    state = DeskState()
    executions: list[Execution] = []
    for wall_ns, market_ns, fact in floor.stamped[:cut]:
        evolve(state, fact, wall_ns, market_ns)
        if type(fact).__name__ == "OrderFilled":
            executions.append(fact.execution)  # type: ignore[union-attr]
    again = Floor(state=state)
    again.bid, again.ask = floor.bid, floor.ask
    for execution in executions:
        sign = execution.side.sign
        again.positions[execution.symbol] = again.positions.get(execution.symbol, D(0)) + execution.last_qty * sign
        again.cash -= execution.last_qty * execution.last_px * sign
    again.executions = executions
    shown = [_shown(again, order) for order in state.open_orders.values()]
    again.connect()
    again.compare(*[picture for picture in shown if picture is not None])
    again.work()
    return again


def _shown(again: Floor, order: Any) -> Any:
    done: OrdStatus = FILLED if order.cum_qty >= order.qty else NEW
    return None if done is FILLED else again.shown(order, done, str(order.cum_qty))
