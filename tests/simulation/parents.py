"""(h) What the children of a parent executed and still can, at the broker, is never more than their parent: watched for
every parent by what is in the broker's own books, apart from what the desk believes."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from engine import facts as f
from engine.evolve import order_of
from engine.state import DeskState

if TYPE_CHECKING:
    from tests.simulation.broker import Broker

ZERO = Decimal(0)


class Parents:
    """Which orders are children of which algo, and how much each algo may trade, by the facts as they are decided; at
    each start by what the journal has, since a crash may have taken decisions that nothing acted on."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._parent_of: dict[str, int] = {}
        self._qty: dict[int, Decimal] = {}
        self.handed_over: set[int] = set()
        """Algos whose last children are the operator's own orders now."""
        self.decided: dict[str, int] = {}
        """How often each action on an algo was decided, for who asks whether a simulation simulates it."""

    def begin(self, state: DeskState) -> None:
        """A process starts on this state."""
        self._qty.update({algo.id: algo.spec.qty for algo in state.algos.values()})
        self._parent_of = {
            name: order.request.parent
            for name, order in state.orders.items()
            if name == order.cl_ord_id and order.request.parent is not None
        }

    def on_fact(self, state: DeskState, fact: f.Fact) -> None:
        """Each fact, before it changes the state."""
        match fact:
            case f.OrderIntended(cl_ord_id=ident, request=request):
                if request.parent is not None:
                    self._parent_of[ident] = request.parent
                else:
                    self._parent_of.pop(ident, None)  # the number of an intent that a crash took
            case f.OrderHeld(cl_ord_id=ident, request=request) if request.parent is not None:
                self._parent_of[ident] = request.parent
                self._count(f"auction {request.purpose}")
            case f.AlgoLaunched(id=algo, spec=spec):
                self._qty[algo] = spec.qty
                self.handed_over.discard(algo)
                self._count(f"launch {spec.algo}")
            case f.AlgoReplanned(id=algo, spec=spec, why=why):
                self._qty[algo] = spec.qty
                self._count(why.split(":")[0].split()[0])
            case f.AlgoHandedOver(id=algo):
                for ident in state.algos[algo].open_children:
                    self._parent_of.pop(ident, None)
                self.handed_over.add(algo)
                self._count("manual")
            case f.AlgoStatusSet(status=status, reason=reason):
                self._count("defect" if reason.startswith("defect") else status)

    def _count(self, what: str) -> None:
        self.decided[what] = self.decided.get(what, 0) + 1

    # -- what must hold ---------------------------------------------------------------------------------------------

    def exceeded(self, state: DeskState) -> str:
        """What is wrong now; "" for nothing."""
        done: dict[int, Decimal] = {}
        for ident, parent in self._parent_of.items():
            held = self._broker.by_id.get(ident)
            if held is not None:
                done[parent] = done.get(parent, ZERO) + held.cum + held.leaves
        for parent, qty in done.items():
            if qty > self._qty[parent]:
                return f"(h) children of algo {parent} come to {qty} of {self._qty[parent]}"
        for algo in state.algos.values():
            out = algo.cum_qty + algo.outstanding
            if out > algo.spec.qty and not self._is_amended(algo.id):
                return f"(h) algo {algo.id} believes in {out} of {algo.spec.qty}"
        return ""

    def _is_amended(self, algo: int) -> bool:
        """Whether the broker has busted or corrected what a child executed: until we have heard all of it, what we book
        may be too much. What is in the broker's books has to fit all the same."""
        children = (ident for ident, parent in self._parent_of.items() if parent == algo)
        return any(ident in self._broker.by_id and self._broker.by_id[ident].amended for ident in children)

    def miscounted(self, state: DeskState) -> str:
        """An algo whose quantity is not the sum of what its children executed; one that says that it is filled and is
        not, to the share. Dear: not for every step."""
        executed: dict[int, Decimal] = {}
        for key, execution in state.seen_executions.items():
            order = order_of(state, execution)
            if key not in state.busted and order is not None and order.request.parent is not None:
                parent = order.request.parent
                executed[parent] = executed.get(parent, ZERO) + execution.last_qty
        for algo in state.algos.values():
            if algo.id in self.handed_over or any(
                order.request.parent == algo.id and order.split_qty for order in state.orders.values()
            ):
                continue
            found = executed.get(algo.id, ZERO)
            if algo.cum_qty != found:
                return f"(h) algo {algo.id} counts {algo.cum_qty}, its children executed {found}"
        return ""

    def unfinished(self, state: DeskState, disturbed: set[str]) -> str:
        """In a quiet world: an algo that ended as filled and of which the broker executed another quantity."""
        for algo in state.algos.values():
            if algo.status != "DONE" or algo.reason != "filled" or algo.spec.symbol in disturbed:
                continue
            held = [self._broker.by_id[ident] for ident, parent in self._parent_of.items()
                    if parent == algo.id and ident in self._broker.by_id]  # fmt: skip
            done = sum((order.cum for order in held), ZERO)
            if done != algo.spec.qty:
                return f"(h) algo {algo.id} is filled with {algo.spec.qty}, the broker executed {done} of its children"
        return ""
