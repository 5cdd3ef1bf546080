"""Baskets: staged, released, ended. Which row became which order is noted with the order (evolve.booking.remember)."""

from __future__ import annotations

from typing import Final

from engine import facts as f
from engine.state import DeskState
from engine.state.basket import Basket

_STATUS: Final = {"done": "DONE", "stopped": "STOPPED", "dropped": "DROPPED"}


def basket_staged(state: DeskState, fact: f.BasketStaged, now: int, market: int) -> None:
    state.baskets[fact.id] = Basket(fact.id, fact.name, fact.digest, fact.items, fact.user, now)
    state.next_basket = max(state.next_basket, fact.id + 1)


def basket_released(state: DeskState, fact: f.BasketReleased, now: int, market: int) -> None:
    basket = state.baskets[fact.id]
    basket.status = "RELEASING"
    basket.released_by, basket.released_ns = fact.user, now
    basket.skipped, basket.accept_soft = fact.skipped, fact.accept_soft
    basket.strict, basket.client_key = fact.strict, fact.client_key


def basket_line_refused(state: DeskState, fact: f.BasketLineRefused, now: int, market: int) -> None:
    state.baskets[fact.id].refused[fact.row] = fact.reason


def basket_ended(state: DeskState, fact: f.BasketEnded, now: int, market: int) -> None:
    basket = state.baskets[fact.id]
    basket.status = _STATUS[fact.outcome]
    basket.ended_ns, basket.reason = now, fact.reason


def begin_day(state: DeskState) -> None:
    """A new trading day: of the old one's baskets only those stay that are being sent."""
    state.baskets = {k: basket for k, basket in state.baskets.items() if basket.status == "RELEASING"}
