"""Facts about the gate, the kill switch, liquidations and algos."""

from __future__ import annotations

from decimal import Decimal

from engine.facts.base import Recorded
from engine.inputs import AlgoSpec
from engine.model.enums import TradingState
from engine.views import Denial


class TradingStateSet(Recorded, frozen=True, tag="trading_state_set"):
    """A scope ("desk", "account:A", "strategy:S", "instrument:AAPL") changed its trading state."""

    scope: str
    state: TradingState
    by: str
    reason: str


class KillPulled(Recorded, frozen=True, tag="kill_pulled"):
    """The kill switch of a scope was pulled; `epoch` counts kills, of all scopes, in the life of the state folder."""

    epoch: int
    by: str
    reason: str
    flatten: str
    orders: tuple[str, ...]
    """cl_ord_ids that were open."""
    scope: str = "desk"


class KillEscalated(Recorded, frozen=True, tag="kill_escalated"):
    """A later pull asked for more than the first."""

    epoch: int
    by: str
    flatten: str
    scope: str = "desk"


class KillKept(Recorded, frozen=True, tag="kill_kept"):
    """Positions are kept: `k` during the grace period."""

    epoch: int
    by: str
    scope: str = "desk"


class KillPhase(Recorded, frozen=True, tag="kill_phase"):
    """Progress of a kill: grace, flattening, verifying, done, not_flat. `verified`: the accounts whose part of it is
    proven by their brokers, while it waits for others; an older journal says nothing of them."""

    epoch: int
    phase: str
    detail: str = ""
    scope: str = "desk"
    verified: tuple[str, ...] = ()


class KillReset(Recorded, frozen=True, tag="kill_reset"):
    """An authorised user re-opened the scope after a kill; `second`: who else agreed."""

    epoch: int
    by: str
    reason: str
    scope: str = "desk"
    second: str = ""


class LiquidationStarted(Recorded, frozen=True, tag="liquidation_started"):
    """Close this position by the liquidation rules until flat."""

    account: str
    symbol: str
    by: str
    reason: str
    strategies: tuple[str, ...] = ()
    """Only what these hold by their own executions; none: all of it."""


class LiquidationQueued(Recorded, frozen=True, tag="liquidation_queued"):
    """The market is closed: nothing can be sent, the liquidation waits for the open. Or (queued False) it is open."""

    account: str
    symbol: str
    queued: bool
    why: str = ""


class TriggerTripped(Recorded, frozen=True, tag="trigger_tripped"):
    """An automatic trigger acts: `action` of risk_params.yaml, on `scope`, since `value` reached `limit`."""

    code: str
    scope: str
    action: str
    value: str
    limit: str
    text: str


class TriggerCleared(Recorded, frozen=True, tag="trigger_cleared"):
    """The condition is gone, or what was counted was set back by somebody with authority."""

    code: str
    scope: str
    by: str
    reason: str


class LiquidationEnded(Recorded, frozen=True, tag="liquidation_ended"):
    account: str
    symbol: str
    flat: bool
    detail: str


class AlgoLaunched(Recorded, frozen=True, tag="algo_launched"):
    """A parent order with its full schedule: (market ns, quantity) pairs that sum to the parent exactly."""

    id: int
    spec: AlgoSpec
    slices: tuple[tuple[int, Decimal], ...]
    arrival_px: Decimal | None


class AlgoRefused(Recorded, frozen=True, tag="algo_refused"):
    spec: AlgoSpec
    denials: tuple[Denial, ...]


class AlgoSliceReached(Recorded, frozen=True, tag="algo_slice_reached"):
    """The schedule moved on to slice `slice_no` (0-based). `qty`: what it is now, where it was planned anew; the slices
    to come share what is left as they were to each other."""

    id: int
    slice_no: int
    qty: Decimal | None = None


class AlgoVolumeSeen(Recorded, frozen=True, tag="algo_volume_seen"):
    """What the market has traded since the algo last looked, in units and in price x units."""

    id: int
    volume: Decimal
    notional: Decimal


class AlgoReplanned(Recorded, frozen=True, tag="algo_replanned"):
    """The terms, or the slices to come, are others: amended, re-paced, moved after a pause, to be finished now. Slices
    up to `reached` are those that were reached."""

    id: int
    spec: AlgoSpec
    slices: tuple[tuple[int, Decimal], ...]
    reached: int
    by: str
    why: str


class AlgoHandedOver(Recorded, frozen=True, tag="algo_handed_over"):
    """The algo is over and the children that are out are the operator's own orders from now on."""

    id: int
    by: str
    reason: str


class AlgoStatusSet(Recorded, frozen=True, tag="algo_status_set"):
    """RUNNING, PAUSED, STOPPING, DONE, CANCELED, FAILED."""

    id: int
    status: str
    by: str
    reason: str
