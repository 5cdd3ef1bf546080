"""Whatever is done to an algo, in whatever order, while cancels and fills cross: its parent is never exceeded, its
schedule comes to its quantity, and its state is what its facts say."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from engine import inputs as i
from engine import protocol as p
from engine.effects import CancelOrder
from engine.state import Algo
from tests.engine.algos.floor import Floor
from tests.engine.algos.test_controls import KINDS, PRICED
from tests.engine.dealing import SECOND, D

TERMS = KINDS | {"scale": PRICED["scale"]}


class Chaos:
    """One algo, one seed. The broker answers late, in any order, and fills what it likes."""

    def __init__(self, kind: str, seed: int) -> None:
        self.dice = Random(f"{kind}/{seed}")
        self.floor = Floor().connect()
        self.floor.slow = True
        roll = self.dice.random
        more: dict[str, Any] = {}
        if roll() < 0.5:
            more |= {"style": self.dice.choice(["passive", "mid", "aggressive"]), "deadline_ns": 20 * SECOND}
        if roll() < 0.3:
            more |= {"would_px": D("99.90")}
        if roll() < 0.3 and kind not in ("iceberg", "scale"):
            more |= {"max_child": D(60), "min_child": D(10)}
        if roll() < 0.3 and kind not in ("pov", "scale"):
            more |= {"randomise_size": D("0.4"), "seed": self.dice.randrange(99)}
        if roll() < 0.3 and kind in ("twap", "vwap", "is"):
            more |= {"cap": D("0.2"), "randomise_time": D("0.5")}
        self.algo: Algo = self.floor.launch(kind, "600", 6, **(TERMS[kind] | more))

    def step(self) -> None:
        dice, floor, algo = self.dice, self.floor, self.algo
        match dice.randrange(12):
            case 0 | 1 | 2 | 3:
                floor.deaf = dice.random() < 0.4
                floor.go(dice.choice([5, 30]), volume=dice.choice([0, 20, 100]), step=5)
            case 4:
                middle = dice.randrange(9880, 10020)
                floor.move(str(D(middle - 5) / 100), str(D(middle + 5) / 100))
            case 5:
                floor.control(algo, "pause", keep_children=dice.random() < 0.4)
            case 6 | 7:
                floor.control(algo, "resume", catch_up=dice.choice(["", "catch_up", "shift"]))
            case 8:
                change = dice.choice(
                    [
                        {"qty": D(dice.randrange(1, 1000))},
                        {"limit_px": D(dice.randrange(9900, 10030)) / 100},
                        {"duration_ns": dice.randrange(1, 600) * SECOND},
                        {"slices": dice.randrange(1, 9)},
                        {"cap": D("0.3")},
                        {"would_px": D("99.85")},
                        {"style": "passive"},
                    ]
                )
                floor.amend(algo, **change)
            case _:
                self.fill_some()

    def fill_some(self) -> None:
        """The broker executes part of what it has, also of what it was asked to cancel."""
        for order in list(self.floor.state.open_orders.values()):
            if order.leaves_qty and self.dice.random() < 0.6:
                if order.order_id is None:
                    self.floor.ack(order)
                part = max(int(order.leaves_qty * self.dice.choice([1, 2, 4])) // 4, 1)
                self.floor.fill(order, str(min(part, int(order.leaves_qty))), "99.95")

    def check(self) -> None:
        algo = self.algo
        assert algo.cum_qty + algo.outstanding <= algo.spec.qty
        assert all(part >= 0 for _, part in algo.slices)
        if algo.slices:
            assert sum(part for _, part in algo.slices) == algo.spec.qty
        assert "defect" not in algo.reason, algo.reason

    def settle(self) -> None:
        """The broker answers everything; the algo is finished."""
        self.floor.deaf = self.floor.slow = False
        self.floor.move("99.95", "100.00")
        if self.algo.is_live:
            self.floor.amend(self.algo, limit_px=D("100.40"))
            self.floor.control(self.algo, "finish")
            self.floor.go(10)


@pytest.mark.parametrize("kind", TERMS)
def test_nothing_that_is_done_to_an_algo_exceeds_it_or_loses_a_share(kind: str) -> None:
    for seed in range(12):
        chaos = Chaos(kind, seed)
        for _ in range(30):
            chaos.step()
            chaos.check()
        chaos.settle()
        algo, floor = chaos.algo, chaos.floor
        assert not algo.is_live, (seed, algo.status, algo.reason)
        assert algo.cum_qty == algo.spec.qty or algo.reason.startswith("window over"), (seed, algo.reason)
        assert sum(execution.last_qty for execution in floor.executions) == algo.cum_qty
        assert floor.refolded().digest() == floor.state.digest()


def test_a_cancel_of_the_algo_waits_for_its_last_child() -> None:
    floor = Floor().connect()
    algo = floor.launch("twap", "200", slices=1, limit_px=D("99.98"))
    child = next(iter(algo.open_children.values()))
    floor.deaf = True
    effects = floor.give(i.ControlAlgo(algo.id, "cancel", user="me"))
    assert [e.cancel.cl_ord_id for e in effects if isinstance(e, CancelOrder)] == [child.cl_ord_id]
    assert algo.status == "STOPPING"
    floor.fill(child, "50", "99.98")
    assert algo.status == "STOPPING"
    floor.give(p.Canceled(child.cl_ord_id, 1, "", D(50)))
    assert (algo.status, algo.cum_qty) == ("CANCELED", 50)
