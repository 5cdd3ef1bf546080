"""What the line says of the order that was just sent stays true: PENDING_NEW becomes WORKING, FILLED, REJECTED."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engine.model.enums import OrdStatus
from engine.views import DeskView, OrderResult, OrderRow
from widgets.format import average, plain, price, quantity
from widgets.lines import Part
from widgets.notation import STATUSES, Notation

_BAD = frozenset({OrdStatus.REJECTED, OrdStatus.DENIED, OrdStatus.UNKNOWN})


class Outcome:
    """Follows one order, as long as nothing else was said and nothing was typed."""

    def __init__(
        self, told: Callable[[Sequence[Part]], None], standing: Callable[[], Sequence[Part]], notation: Notation
    ) -> None:
        """`told` says a line, `standing` gives the one that stands there: the very parts that `told` was given."""
        self._told, self._standing = told, standing
        self._notation = notation
        self._parts: Sequence[Part] = ()
        self._what, self._number = "", 0
        self._orders: Sequence[OrderRow] = ()
        self._state: tuple[OrdStatus | None, object] = (None, 0)

    def begin(self, what: str, answer: OrderResult) -> None:
        """The desk took this order, and the line has just said so."""
        if answer.id is None:
            return
        legs = f" with {', '.join(map(str, answer.legs))}" if answer.legs else ""
        self._what, self._number = f"{what}: order {answer.id}{legs}", answer.id
        self._orders, self._state = (), (answer.status, 0)
        self._parts = self._standing()

    def look(self, view: DeskView) -> None:
        """The newest view."""
        if not self._parts or view.orders is self._orders:
            return
        self._orders = view.orders
        if self._standing() is not self._parts:
            self._parts = ()
            return
        row = next((row for row in view.orders if row.id == self._number), None)
        if row is None or (row.status, row.cum_qty) == self._state:
            return
        self._state = (row.status, row.cum_qty)
        bad = row.status in _BAD
        why = f": {row.text}" if bad and row.text else ""
        words = f"{self._what} {STATUSES.get(row.status, row.status.value)}{_terms(row)}{why}"
        glyphs = self._notation.glyphs
        sign: Part = (f" {glyphs.no} ", "down") if bad else (f" {glyphs.yes} ", "up")
        self._parts = [sign, (plain(words), "down" if bad else "normal")]
        self._told(self._parts)


def _terms(row: OrderRow) -> str:
    """What has filled; else what works, so that a change which was refused is seen to be none."""
    if row.cum_qty:
        return f" {quantity(row.cum_qty)} of {quantity(row.order_qty)} at {average(row.avg_px, row.tick)}"
    at = row.limit_px if row.limit_px is not None else row.stop_px
    return f" {quantity(row.order_qty)}{f' at {price(at, row.tick)}' if at is not None else ''}" if row.is_open else ""
