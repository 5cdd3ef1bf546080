"""The stamp without which nothing can be handed to a broker."""

from __future__ import annotations

from typing import Final, Generic, NoReturn, TypeVar

import msgspec

T = TypeVar("T")

_MARK: Final = object()
"""Known to this file alone: what is copied field by field, decoded or made elsewhere can't have it."""


class Approved(msgspec.Struct, Generic[T], frozen=True, gc=False):
    """An order (or replace) that passed every check. `stamp_approved` makes it, which only engine.risk.engine
    calls; a test searches the tree for any other way. `SubmitOrder` and `ReplaceOrder` effects, and so the brokers,
    take nothing else: the gateway looks with `is_genuine` before it hands anything over.

    `epoch` is the gate's epoch at approval: a closing in between makes the approval void. `reducing` orders can only
    reduce the position and may pass a closed gate of their own epoch. `seal` binds the stamp to these three.
    """

    order: T
    epoch: int
    reducing: bool
    seal: object = None
    seq: int = 0
    """What `epoch` is, for the closings of narrower scopes: of the order's account, strategy and instruments."""
    strategy: str = ""
    legs: tuple[str, ...] = ()
    """Of a package: what it may execute in."""

    def __init_subclass__(cls) -> NoReturn:
        raise TypeError("an approval has no other kinds")

    def __copy__(self) -> NoReturn:
        raise TypeError("an approval is not copied")

    def __deepcopy__(self, memo: object) -> NoReturn:
        raise TypeError("an approval is not copied")

    def __reduce__(self) -> NoReturn:
        raise TypeError("an approval is not carried out of this process")

    def __repr__(self) -> str:
        return f"Approved({self.order!r}, {self.epoch}, reducing={self.reducing})"


def stamp_approved(
    order: T, epoch: int, reducing: bool, seq: int = 0, strategy: str = "", legs: tuple[str, ...] = ()
) -> Approved[T]:
    """Approve what passed every check. For the risk engine alone."""
    seal = (_MARK, order, epoch, reducing, seq, strategy, legs)
    return Approved(order, epoch, reducing, seal, seq, strategy, legs)


def is_genuine(approved: object) -> bool:
    """Whether the risk engine stamped exactly this."""
    if type(approved) is not Approved:
        return False
    seal = approved.seal
    return (
        type(seal) is tuple
        and len(seal) == 7
        and seal[0] is _MARK
        and seal[1] is approved.order
        and seal[2] == approved.epoch
        and seal[3] is approved.reducing
        and seal[4:] == (approved.seq, approved.strategy, approved.legs)
    )
