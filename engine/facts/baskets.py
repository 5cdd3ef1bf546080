"""Facts about baskets. Which orders were sent of one is in the orders' own facts (request.basket)."""

from __future__ import annotations

from decimal import Decimal

from engine.facts.base import Recorded
from engine.model.basket import BasketItem


class BasketStaged(Recorded, frozen=True, tag="basket_staged"):
    """Orders were read and kept ready; nothing was sent. `digest`: SHA-256 of the orders (engine.model.basket)."""

    id: int
    name: str
    digest: str
    items: tuple[BasketItem, ...]
    user: str


class BasketReleased(Recorded, frozen=True, tag="basket_released"):
    """It passed its checks as one and is being sent. `skipped`: rows that are left out. notional: of all its orders at
    their worst price, in the base currency."""

    id: int
    user: str
    orders: int
    notional: Decimal
    skipped: tuple[int, ...] = ()
    accept_soft: bool = False
    again: bool = False
    strict: bool = False
    client_key: str = ""


class BasketLineRefused(Recorded, frozen=True, tag="basket_line_refused"):
    """A line was refused on its way without having become an order."""

    id: int
    row: int
    reason: str


class BasketEnded(Recorded, frozen=True, tag="basket_ended"):
    """outcome: done (every line had its turn), stopped (the rest is not sent), dropped (it was only staged)."""

    id: int
    outcome: str
    reason: str
    by: str
    sent: int
    refused: int
    unsent: int
