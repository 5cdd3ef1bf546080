"""The guided tour: steps on the paper desk that wait until their user has really done them. It sends nothing."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Final

import msgspec

from console.screens.first_steps import first_steps
from engine.model.enums import TradingState
from engine.views import DeskView, OrderRow

Terms = tuple[Decimal, Decimal | None, Decimal | None]


class Seen(msgspec.Struct, frozen=True):
    """What the desk looked like when a step began: only what comes after counts."""

    orders: dict[int, Terms]
    algos: frozenset[int]
    kill: int | None

    @classmethod
    def of(cls, view: DeskView) -> Seen:
        orders = {order.id: _terms(order) for order in view.orders}
        return cls(orders, frozenset(algo.id for algo in view.algos), None if view.kill is None else view.kill.at_ns)


class TourStep(msgspec.Struct, frozen=True):
    """`done` says whether it has happened since; `place` of the example in `first_steps`, -1 for none."""

    title: str
    place: int
    tells: str
    done: Callable[[Seen, DeskView], bool]


def _terms(order: OrderRow) -> Terms:
    return order.order_qty, order.limit_px, order.stop_px


def _placed(seen: Seen, view: DeskView) -> bool:
    return any(order.id not in seen.orders and order.parent is None for order in view.orders)


def _changed(seen: Seen, view: DeskView) -> bool:
    return any(order.id in seen.orders and seen.orders[order.id] != _terms(order) for order in view.orders)


def _cancelled(seen: Seen, view: DeskView) -> bool:
    return any(order.parent is None and order.status.value == "CANCELED" for order in view.orders)


STEPS: Final = (
    TourStep("Place an order", 0, "the echo shows what would happen; Enter sends when it is green", _placed),
    TourStep("Change it", 1, "or press 2, go to its row, m", _changed),
    TourStep("Cancel it", 2, "or press 2, go to its row, c", _cancelled),
    TourStep(
        "Launch a TWAP",
        3,
        "the echo shows its plan; 4 shows how it goes",
        lambda seen, view: any(algo.id not in seen.algos for algo in view.algos),
    ),
    TourStep(
        "Pull the kill switch",
        -1,
        "all orders are cancelled, 3 s later all is sold; k keeps what you hold",
        lambda seen, view: view.kill is not None and view.kill.at_ns != seen.kill,
    ),
    TourStep(
        "Open the desk again",
        5,
        "it asks for a word: the desk says which",
        lambda seen, view: view.status.trading_state is TradingState.ACTIVE,
    ),
)


class Tour:
    """Where somebody stands in it. `see` is told of every view."""

    def __init__(self, view: DeskView) -> None:
        self._at = 0
        self._seen = Seen.of(view)
        self._shown: tuple[tuple[int, int], str] = ((-1, -1), "")

    @property
    def is_over(self) -> bool:
        return self._at >= len(STEPS)

    def see(self, view: DeskView) -> None:
        """Go on when the step was done."""
        if not self.is_over and STEPS[self._at].done(self._seen, view):
            self._at += 1
            self._seen = Seen.of(view)

    def words(self, view: DeskView, kill: str) -> tuple[str, str, str]:
        """(which step, what to type or press, what to know); `kill` is the name of the kill key."""
        if self.is_over:
            return "Tour done", "", "F1 tells the rest: of the pane in focus, then all keys and commands"
        step = STEPS[self._at]
        title = f"Tour {self._at + 1}/{len(STEPS)}  {step.title}"
        if step.place < 0:
            return title, kill, step.tells
        works = any(order.is_open and order.parent is None for order in view.orders)
        place = 0 if step.place in (1, 2) and not works else step.place
        tells = step.tells if place == step.place else "nothing works any more: place another one first"
        if self._shown[0] != (self._at, place):  # made once: a price that follows the market can't be typed
            self._shown = (self._at, place), first_steps(view)[place].line
        return title, f": {self._shown[1]}", tells


class TourMemory:
    """Whether the tour was offered here before; without a file it is never offered."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    @property
    def offers(self) -> bool:
        return self._path is not None and not self._path.exists()

    def remember(self) -> None:
        """It was offered, or taken. What can't be written is offered again, which harms nobody."""
        if self._path is not None:
            try:
                self._path.touch(mode=0o600)
            except OSError:
                return
