"""Facts about the gate, the kill switch, liquidations and algos."""

from __future__ import annotations

from decimal import Decimal

from engine.facts.base import Recorded
from engine.inputs import AlgoSpec
from engine.model.enums import TradingState
from engine.views import Denial


class TradingStateSet(Recorded, frozen=True, tag="trading_state_set"):
    """A scope ("desk", "account:A", "strategy:S", "instrument:AAPL", "kill") changed its trading state."""

    scope: str
    state: TradingState
    by: str
    reason: str


class KillPulled(Recorded, frozen=True, tag="kill_pulled"):
    """The kill switch was pulled; `epoch` counts kills in the life of the state folder."""

    epoch: int
    by: str
    reason: str
    flatten: str
    orders: tuple[str, ...]
    """cl_ord_ids that were open."""


class KillEscalated(Recorded, frozen=True, tag="kill_escalated"):
    """A later pull asked for more than the first."""

    epoch: int
    by: str
    flatten: str


class KillKept(Recorded, frozen=True, tag="kill_kept"):
    """Positions are kept: `k` during the grace period."""

    epoch: int
    by: str


class KillPhase(Recorded, frozen=True, tag="kill_phase"):
    """Progress of a kill: grace, flattening, verifying, done, not_flat."""

    epoch: int
    phase: str
    detail: str = ""


class KillReset(Recorded, frozen=True, tag="kill_reset"):
    """An authorised user re-opened the desk after a kill."""

    epoch: int
    by: str
    reason: str


class LiquidationStarted(Recorded, frozen=True, tag="liquidation_started"):
    """Close this position by the liquidation rules until flat."""

    account: str
    symbol: str
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
    """The schedule moved on to slice `slice_no` (0-based)."""

    id: int
    slice_no: int


class AlgoStatusSet(Recorded, frozen=True, tag="algo_status_set"):
    """RUNNING, PAUSED, STOPPING, DONE, CANCELED, FAILED."""

    id: int
    status: str
    by: str
    reason: str
