"""A basket: orders that are staged, checked and released together. What it consists of, and what makes two the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

import msgspec

from engine.model.order import Contingency, OrderRequest

#: Most lines of one basket: so many are checked as one in a few milliseconds of the engine's time.
MOST_LINES: Final = 200


class BasketItem(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line: an order, or a group of orders that hang together. `row`: where it stood in the file."""

    row: int
    line: str
    """The order as a line of the command language, every choice made."""
    requests: tuple[OrderRequest, ...]
    contingency: Contingency | None = None
    partial: bool = True
    """Of a group, as in PlaceGroup."""
    said: str = ""
    """Of an order that was given by the market or the position (mid, @bid, $10k, all): how it was written. It is the
    same order whatever it came to."""


def digest_of(items: Iterable[BasketItem]) -> str:
    """SHA-256 of the orders themselves, in any order: the same file under another name, tag or hand is the same."""
    said = sorted(
        item.said.encode()
        if item.said
        else msgspec.json.encode((item.contingency, item.partial, tuple(_bare(request) for request in item.requests)))
        for item in items
    )
    return hashlib.sha256(b"\n".join(said)).hexdigest()


def _bare(request: OrderRequest) -> OrderRequest:
    return msgspec.structs.replace(request, tag="", user="", client_key="", accept_soft=False, basket=0, basket_row=0)
