"""What the core may ask about its surroundings without touching them: sessions, days, broker capabilities, settings.

All answers are pure functions of market time or constants of the run, so that a replayed run decides alike.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping

import msgspec

from engine.algos.kind import Kind
from engine.algos.kinds import KINDS
from engine.algos.math.past import Past
from engine.algos.math.profile import VolumeProfile
from engine.market.history import History
from engine.market.venues import Venues
from engine.model.corporate import CorporateAction
from engine.model.order import BrokerGroup
from engine.model.restricted import Locates, RestrictedList
from engine.protocol import Capabilities
from engine.resilience.settings import OrderTimeouts


class Surroundings(msgspec.Struct, frozen=True):
    """session_closed(symbol, market_ns, extended) -> "" or why closed; trading_day(market_ns) -> (label, end ns);
    capabilities(account) -> what the broker does; session_bounds(symbol, market_ns) -> (open, close) ns of the regular
    session that is on or comes next, None for a market that never opens or closes."""

    session_closed: Callable[[str, int, bool], str]
    trading_day: Callable[[int], tuple[str, int]]
    capabilities: Callable[[str], Capabilities]
    flatten_grace_ns: int = 3_000_000_000
    reconcile_every_ns: int = 60_000_000_000
    check_every_ns: int = 10_000_000_000
    unacked_after_ns: int = 5_000_000_000
    """Requests without an answer for so long are asked about."""
    order_timeouts: OrderTimeouts = OrderTimeouts()
    session_bounds: Callable[[str, int], tuple[int, int] | None] = lambda symbol, ns: None
    close_lead_ns: int = 10_000_000_000
    """How long before the close a market-on-close order goes out that the desk holds itself."""
    corporate_actions: tuple[CorporateAction, ...] = ()
    """What corporate_actions.yaml names: it explains breaks, and books nothing."""
    new_session_after_ns: int = 20_000_000_000
    """An UNKNOWN order that is not found for so long on the session on which it was handed over: a new session is
    opened, in which the answer can be evidence. 0: never."""
    idle_lock_ns: int = 0
    """Wall time without a key after which a live desk locks itself. 0: never."""
    resend_within_ns: int = 0
    """An UNKNOWN order may be handed over again under its id within this time of its making, where the broker enforces
    that ids are unique. 0 (the default): never."""
    history: History = History.empty()
    """Daily closes and volumes of the days before this run."""
    past: Past = Past.unknown()
    """What the intraday bars of earlier days say: when each symbol trades, and how its volume lies over a day."""
    restricted: RestrictedList = RestrictedList()
    """What restricted.yaml forbids."""
    locates: Locates = Locates()
    """What locates.yaml lets be sold short where a locate is required."""
    is_business_day: Callable[[str], bool] = lambda date: datetime.date.fromisoformat(date).weekday() < 5
    """Whether the exchange trades on that ISO date."""
    benchmark: str = ""
    """The instrument that beta is measured against; "" for none."""
    venues: Venues | None = None
    """The markets and fees of the accounts' brokers; None: every account meets the desk's market."""
    second_person_ns: int = 0
    """A kill is reset by two people: how long the first one's wish waits for the second. 0: one is enough."""
    profiles: Mapping[str, VolumeProfile] = {}
    """Volume profiles that the user keeps, by name."""
    group_refusal: Callable[[str, BrokerGroup], str] = lambda account, group: "the broker takes no groups"
    """(account, group) -> why its broker does not take the group as one; "" where it does (TakesGroups)."""
    algo_kinds: Mapping[str, Kind] = KINDS
    """What can be launched, by the word of the command line."""
