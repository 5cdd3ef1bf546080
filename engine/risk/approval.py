"""The stamp without which nothing can be handed to a broker."""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class Approved(msgspec.Struct, Generic[T], frozen=True, gc=False):
    """An order (or replace) that passed every check. Constructed in engine.risk.engine alone; a test searches the
    tree for any other call site. `SubmitOrder` and `ReplaceOrder` effects, and so the brokers, take nothing else.

    `epoch` is the gate's epoch at approval: a closing in between makes the approval void. `reducing` orders can only
    reduce the position and may pass a closed gate of their own epoch.
    """

    order: T
    epoch: int
    reducing: bool
