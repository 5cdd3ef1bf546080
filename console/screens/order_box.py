"""Everything about one order: what the view knows of it, and its life from the journal, read in another thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Final

from console.screens.boxes import DetailBox
from engine.views import DeskView, FactLine, OrderRow
from widgets.cost_lines import order_cost_line
from widgets.details import order_lines, order_title
from widgets.latencies import latency_line
from widgets.life import life_lines
from widgets.lines import Line
from widgets.notation import Notation

LifeOf = Callable[[str, int], Future[tuple[FactLine, ...]]]
"""(root cl_ord_id, when it was created, wall ns) -> every fact that names the order, in order. Never blocks."""

#: What the screen shows may be a commit ahead of the journal: so soon it is asked again.
_AGAIN_S: Final = 0.2


class OrderBox(DetailBox):
    """One order; follows it through later views and reads its life anew whenever it changed."""

    explanation = (
        "What the desk and the broker say of the order, then its life: every fact of the journal that names it, with "
        "the exchange's time. It is followed while it changes. Up, Down, PgUp and PgDn scroll; Esc, q or Enter close.",
        "Nothing is done to the order from here: close, and c or m act on its row.",
    )

    def __init__(self, order: OrderRow, view: DeskView, notation: Notation, life_of: LifeOf | None) -> None:
        """`life_of` None: there is no journal to ask."""
        self._number = order.id
        self._notation = notation
        self._life_of = life_of
        self._order = order
        self._life: tuple[FactLine, ...] | None = None
        self._problem = ""
        self._reading: asyncio.Task[None] | None = None
        super().__init__(order_title(order), self._lines, view)
        self._view = view

    def on_mount(self) -> None:
        super().on_mount()
        self._ask()

    def on_unmount(self) -> None:
        if self._reading is not None:
            self._reading.cancel()

    def show(self, view: DeskView) -> None:
        self._view = view
        super().show(view)
        self._ask()

    def _lines(self, view: DeskView) -> Sequence[Line] | None:
        order = next((order for order in view.orders if order.id == self._number), None)
        if order is None or order.cl_ord_id != self._order.cl_ord_id:
            return None
        self._order = order
        if self._life_of is None:
            return order_lines(order, view, self._notation)
        cost = next((c for c in view.costs if c.key == order.cl_ord_id), None)
        known = [*latency_line(self._life or ()), *([order_cost_line(cost)] if cost is not None else ())]
        return [*order_lines(order, view, self._notation, fills=False), *known, [], *self._life_lines()]

    def _life_lines(self) -> list[Line]:
        if self._problem:
            return [[(f" its life can't be read: {self._problem}", "warn")]]
        if self._life is None:
            return [[(" reading its life from the journal", "dim")]]
        facts = "1 fact" if len(self._life) == 1 else f"{len(self._life)} facts"
        title: Line = [(f" Life: {facts}, exchange time", "label")]
        return [title, *life_lines(self._life, self._notation)]

    @property
    def _is_known(self) -> bool:
        """Whether its life up to what the screen shows has been read."""
        newest = max(self._order.updated_ns, self._order.evidence_ns)
        return bool(self._life) and self._life is not None and self._life[-1].recorded_ns >= newest

    def _ask(self) -> None:
        if self._life_of is not None and not self._is_known and (self._reading is None or self._reading.done()):
            self._reading = asyncio.ensure_future(self._read(self._life_of))

    async def _read(self, life_of: LifeOf) -> None:
        try:
            life = await asyncio.wrap_future(life_of(self._order.cl_ord_id, self._order.created_ns))
        except Exception as error:  # a journal that can't be read is told in the box; the console must stay
            self._problem = str(error) or type(error).__name__
        else:
            self._problem, self._life = "", life
        super().show(self._view)
        if not self._is_known:
            await asyncio.sleep(_AGAIN_S)
