"""A basket as the desk knows it."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from engine.model.basket import BasketItem


class Basket(msgspec.Struct, eq=False):
    """Statuses: STAGED, RELEASING, DONE, STOPPED, DROPPED. Kept for the trading day."""

    id: int
    name: str
    digest: str
    items: tuple[BasketItem, ...]
    user: str
    staged_ns: int
    status: str = "STAGED"
    released_by: str = ""
    released_ns: int = 0
    ended_ns: int = 0
    reason: str = ""
    """Why it ended as it did."""
    skipped: tuple[int, ...] = ()
    """Rows that were left out at the release."""
    accept_soft: bool = False
    strict: bool = False
    client_key: str = ""
    orders: dict[int, str] = {}
    """Row -> cl_ord_id of what it became (of a group: its first order), refused ones too."""
    refused: dict[int, str] = {}
    """Rows that were refused without having become an order, and why."""

    @property
    def left(self) -> Iterator[BasketItem]:
        """What has not had its turn, in the order of the file."""
        return (
            item
            for item in self.items
            if item.row not in self.orders and item.row not in self.refused and item.row not in self.skipped
        )
