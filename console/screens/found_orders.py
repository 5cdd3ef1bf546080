"""Searches for orders of any day, and shows the whole life of one that was found."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from console.screens.boxes import DetailBox
from console.screens.order_box import LifeOf
from engine.model.found import FoundOrder
from engine.views import DeskView, FactLine
from widgets.latencies import latency_line
from widgets.life import life_lines
from widgets.lines import Line
from widgets.notation import SIDES, TYPES, Notation
from widgets.panes import FoundPane

FindOrders = Callable[[tuple[str, ...], Callable[[int], str]], Future[tuple[FoundOrder, ...]]]
"""(words, the day of a market time) -> orders, newest first. Never blocks."""


class FoundOrders:
    """Belongs to one screen."""

    def __init__(self, pane: FoundPane, find: FindOrders | None, notation: Notation) -> None:
        """`find` None: there is no journal to search (time travel)."""
        self._pane = pane
        self._find = find
        self._notation = notation
        self._searching: asyncio.Task[None] | None = None

    def search(self, words: tuple[str, ...]) -> None:
        """Begin; an older search is forgotten."""
        self.close()
        self._pane.ask(" ".join(words))
        if self._find is None:
            self._pane.sorry("a past moment shows its own day; `tradedesk blotter orders` has all of them")
        else:
            self._searching = asyncio.ensure_future(self._read(self._find, words))

    def look(self) -> None:
        """The pane is on the screen: what it shows changes by a search alone."""
        self._pane.show(self._pane.found)

    async def _read(self, find: FindOrders, words: tuple[str, ...]) -> None:
        try:
            found = await asyncio.wrap_future(find(words, self._notation.times.date))
        except Exception as error:  # a journal that can't be read is told in the pane; the console must stay
            self._pane.sorry(str(error) or type(error).__name__)
        else:
            self._pane.tell(found)

    def close(self) -> None:
        """Wait for nothing more."""
        if self._searching is not None:
            self._searching.cancel()


class LifeBox(DetailBox):
    """The life of an order of any day; of a past day nothing changes any more."""

    explanation = (
        "Every fact of the journal that names the order, in order, with the exchange's time; the line above tells how "
        "long each step took. Up, Down, PgUp and PgDn scroll; Esc, q or Enter close.",
    )

    def __init__(self, order: FoundOrder, view: DeskView, notation: Notation, life_of: LifeOf | None) -> None:
        self._order = order
        self._notation = notation
        self._life_of = life_of
        self._life: tuple[FactLine, ...] | None = None
        self._problem = "" if life_of is not None else "no journal to read"
        self._reading: asyncio.Task[None] | None = None
        self._view = view
        what = f"{SIDES[order.side]} {order.qty:f} {order.symbol} {TYPES[order.ord_type]}"
        super().__init__(f"#{order.id} of {notation.times.date(order.market_ns)}: {what}", self._lines, view)

    def on_mount(self) -> None:
        super().on_mount()
        if self._life_of is not None:
            self._reading = asyncio.ensure_future(self._read(self._life_of))

    def on_unmount(self) -> None:
        if self._reading is not None:
            self._reading.cancel()

    async def _read(self, life_of: LifeOf) -> None:
        try:
            self._life = await asyncio.wrap_future(life_of(self._order.cl_ord_id, self._order.created_ns))
        except Exception as error:  # told in the box; the console must stay
            self._problem = str(error) or type(error).__name__
        self.show(self._view)

    def _lines(self, view: DeskView) -> Sequence[Line]:
        if self._problem:
            return [[(f" its life can't be read: {self._problem}", "warn")]]
        if self._life is None:
            return [[(" reading its life from the journal", "dim")]]
        title: Line = [(f" Life: {len(self._life)} facts, exchange time", "label")]
        return [*latency_line(self._life), title, *life_lines(self._life, self._notation)]
