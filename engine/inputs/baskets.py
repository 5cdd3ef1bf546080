"""Commands about baskets: stage, release, stop, drop."""

from __future__ import annotations

from typing import Literal

import msgspec

from engine.model.basket import BasketItem


class StageBasket(msgspec.Struct, frozen=True):
    """Keep these orders ready under a name; nothing is sent. One of that name that is only staged gives way. Replied to
    with a CommandResult that has the basket's number."""

    name: str
    items: tuple[BasketItem, ...]
    user: str = ""
    cmd_id: int = 0


class ReleaseBasket(msgspec.Struct, frozen=True):
    """Send a staged basket, paced within the throttles. It is checked as one first: with a refused line nothing is
    sent, or (`skip_refused`) that line is left out. Replied to with a CommandResult.

    accept_soft: the user's `y` to soft limits. again: the same orders were released today already, and that is meant.
    strict: the first line that is refused on its way stops the rest; else the others go on. client_key: the same key
    never releases twice."""

    target: int
    user: str = ""
    accept_soft: bool = False
    skip_refused: bool = False
    again: bool = False
    strict: bool = False
    client_key: str = ""
    cmd_id: int = 0


class ControlBasket(msgspec.Struct, frozen=True):
    """stop: send no more of it, what is out stays. drop: forget a staged one. Replied to with a CommandResult."""

    target: int
    action: Literal["stop", "drop"]
    user: str = ""
    cmd_id: int = 0
