"""What every kind of algo is to the supervisor: a pure planner, and a pure decider about what should be working now.

A kind never sends and remembers nothing. It is asked for its schedule before the launch and, while the algo runs, for
the children that it wants to have out at this moment (`Wish`); the supervisor compares that with what is out, within
what the parent still has. All it may look at is the algo's folded state and the `Sight` of now, so that it decides
alike after a restart, and never on what was not seen yet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

import msgspec

from engine.algos.math.past import Past
from engine.algos.math.profile import VolumeProfile
from engine.algos.math.routing import VenueQuote
from engine.inputs import AlgoSpec
from engine.market.history import History
from engine.model.enums import OrdType, TimeInForce
from engine.model.instrument import Instrument
from engine.model.market import Quote

if TYPE_CHECKING:
    from engine.state import Algo

Slices = tuple[tuple[int, Decimal], ...]
"""(market ns, quantity above 0) in time order."""


class PlanError(ValueError):
    """The algo can't be planned as asked; the message says which option and what was expected."""


class Sight(msgspec.Struct, frozen=True):
    """The market as an algo may see it now. `quote` is None when there is no usable one."""

    now_ns: int
    instrument: Instrument
    quote: Quote | None = None
    own_printed: bool = False
    """What the desk trades is printed by the feed, so that the market's volume has it in."""
    bounds: tuple[int, int] | None = None
    """(open, close) of the regular session that is on or comes next; None for a market that never opens or closes."""
    closed: bool = False
    """The instrument's session is not open."""
    history: History = History.empty()
    past: Past = Past.unknown()
    """The days before this run: closes and volumes, and how they lie within a session."""
    profiles: Mapping[str, VolumeProfile] = {}
    """Volume profiles that the user keeps, by name."""
    venues: tuple[tuple[VenueQuote, int], ...] = ()
    """For a kind that routes: the usable quotes of its accounts' brokers, with when each was made (market ns)."""


class Wish(msgspec.Struct, frozen=True):
    """Children that should be out now: so much for this purpose, at that price."""

    purpose: str
    """"join", "mid", "cross", "sweep", "would", "open", "close", "tip", "rung 3", "A2 cross" ...: children are told
    apart by it."""
    qty: Decimal
    level: str = "cross"
    """Where its price is: "join" (the touch of its own side), "mid", "cross" (a little through the other side), or
    "fixed" at `px`."""
    px: Decimal | None = None
    account: str = ""
    """"": the parent's own."""
    once: bool = False
    """Sent whole, whatever the smallest and largest child are (an auction, a rung)."""
    time_in_force: TimeInForce = TimeInForce.DAY
    ord_type: OrdType = OrdType.LIMIT


class Kind(Protocol):
    """One kind of algo. Each answer is a function of its arguments alone."""

    @property
    def name(self) -> str:
        """The word of the command line."""
        ...

    @property
    def has_window(self) -> bool:
        """Whether it needs an end; else it may run until it is filled (end_ns 0)."""
        ...

    @property
    def style(self) -> str:
        """ "passive", "mid" or "aggressive": how it starts where the parent does not say."""
        ...

    @property
    def at_end(self) -> str:
        """ "sweep", "leave" or "cancel": what it does at the end where the parent does not say."""
        ...

    def complete(self, spec: AlgoSpec, sight: Sight) -> AlgoSpec:
        """The terms with all that is estimated or learned at the launch, so that the facts hold it. Raises
        PlanError."""
        ...

    def plan(self, spec: AlgoSpec, sight: Sight) -> Slices:
        """The schedule of `spec`, its quantity exactly; empty for a kind that follows the market instead. Raises
        PlanError. Asked again for the rest when the parent is amended."""
        ...

    def wanted(self, algo: Algo, sight: Sight, at_ns: int) -> Decimal:
        """What should have been traded by `at_ns` (not after now), as far as that is known now."""
        ...

    def wishes(self, algo: Algo, sight: Sight) -> Sequence[Wish]:
        """What should be out now. Without a usable quote what needs one is not sent."""
        ...

    def resize(self, algo: Algo, sight: Sight) -> Decimal | None:
        """Asked when the next slice is due: its quantity, planned anew by what was seen; None leaves it. The slices
        after it share what is left."""
        ...

    def wake_ns(self, algo: Algo, sight: Sight) -> int | None:
        """When it wants to look again by itself, beyond its slices; None: never."""
        ...
