"""What an adapter declares of its broker. What is not declared is never sent; what is declared works."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

import msgspec

from engine.model.enums import AssetClass, OrdType, TimeInForce
from engine.model.fees import FeeSchedule
from engine.model.order import Contingency


class AbsenceProof(Enum):
    """What proves that an order is not and will never be alive at this broker (DESIGN §4, UNKNOWN)."""

    NOTHING = "nothing"
    """Only the operator can decide."""
    NEW_SESSION = "new_session"
    """A not-found answer on a session opened after the submit's session was closed and drained."""


class CancelAllScope(Enum):
    """Whose orders a native cancel-all hits. Only OURS may be used by the kill switch."""

    NONE = "none"
    OURS = "ours"
    ACCOUNT = "account"


class Capabilities(msgspec.Struct, frozen=True):
    """What the broker does natively; what it lacks the engine emulates or refuses clearly.

    An adapter refuses what it does not declare (`brokers.declared`), and declares nothing on hearsay: leaving something
    out costs comfort, declaring too much costs money. docs/broker-capabilities.md shows them side by side.
    """

    ord_types: frozenset[OrdType]
    """Each works with at least one of `times_in_force`; a pair that does not go together is refused."""
    times_in_force: frozenset[TimeInForce]
    asset_classes: frozenset[AssetClass]
    replace: bool
    """Takes a cancel/replace; without it a change is refused: cancel and place anew."""
    replace_is_cancel_new: bool = False
    """A replace ends the order and begins another one in the market: its place in the queue is lost."""
    cancel_all: CancelAllScope = CancelAllScope.NONE
    cancel_on_disconnect: bool = False
    """The broker itself cancels what works when the session ends."""
    fractional: bool = False
    """Takes quantities that are no whole number."""
    short: bool = False
    """Takes orders of side SELL_SHORT."""
    extended_hours: bool = False
    """Takes orders that may trade outside regular hours (`BrokerOrder.extended`)."""
    unique_ids_enforced: bool = False
    """Refuses a cl_ord_id that was used before, for ever: also after the order's end, and in later sessions."""
    absence_proof: AbsenceProof = AbsenceProof.NOTHING
    max_requests_per_s: int = 50
    """The published rate, of requests of every kind; the engine keeps to it."""
    rate_limits: tuple[tuple[int, int], ...] = ()
    """Further published limits, (requests, in so many ns); all of them hold at once."""
    chained_replaces: bool = False
    """Takes a replace of a replace that it has not answered yet (FIX D.2)."""
    replace_filled: bool = False
    """Takes a replace that raises the quantity of an order that is filled (FIX C.1.c)."""
    multileg: bool = False
    """Packages of several legs as one order, filled together."""
    resend_interval_ns: int = 0
    """Where ids are unique for ever and enforced: how far apart (wall) two not-founds must lie before the same order
    may be handed over again under the same id. 0: never."""
    groups: frozenset[Contingency] = frozenset()
    """Groups that it holds as a whole (engine.protocol.TakesGroups); the others are the desk's own."""
    algos: tuple[str, ...] = ()
    """Its own algorithms that may work an order (BrokerOrder.via)."""
    fees: FeeSchedule | None = None
    """What it charges; None where that is not known beforehand."""
    by_class: Mapping[AssetClass, Capabilities] = msgspec.field(default_factory=dict)
    """What it does for the classes for which that differs from all this (their order types, times in force ...)."""

    def of(self, asset_class: AssetClass | None) -> Capabilities:
        """What it does for instruments of this class."""
        return self if asset_class is None or not self.by_class else self.by_class.get(asset_class, self)
