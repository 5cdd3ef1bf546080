"""What the desk answers: to a command, and beforehand to a wish that is still being typed."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from engine.model.enums import OrdStatus, OrdType, Side, TimeInForce
from engine.views.attention import MeterRow


class Denial(msgspec.Struct, frozen=True, gc=False):
    """Why a check refused: `MAX_POSITION_PCT: value=0.124 limit=0.10 scope=AAPL`."""

    code: str
    value: str
    limit: str
    scope: str
    message: str
    soft: bool = False

    def __str__(self) -> str:
        return f"{self.code}: value={self.value} limit={self.limit} scope={self.scope}"


class LimitRow(msgspec.Struct, frozen=True, gc=False):
    """One limit as it stands. value: its text, "off", or "missing". origin: "file", or "changed" while the desk ran;
    then old is the text before, in_file that of risk_params.yaml, and by, reason, at_ns say who, why and when."""

    key: str
    scope: str
    value: str
    default: str
    kind: str
    doc: str
    origin: str = "file"
    old: str = ""
    in_file: str = ""
    by: str = ""
    reason: str = ""
    at_ns: int = 0


class CheckRow(msgspec.Struct, frozen=True, gc=False):
    """What one risk check says of an order: it passes where it found nothing."""

    check: str
    denials: tuple[Denial, ...] = ()

    @property
    def verdict(self) -> str:
        """ "pass", "warn" (soft limits only) or "refuse"."""
        if not self.denials:
            return "pass"
        return "warn" if all(d.soft for d in self.denials) else "refuse"


class OrderPreview(msgspec.Struct, frozen=True, gc=False):
    """The live echo of a ticket being typed: what would happen, without doing it."""

    account: str
    symbol: str
    side: Side
    qty: Decimal
    ord_type: OrdType
    limit_px: Decimal | None
    stop_px: Decimal | None
    time_in_force: TimeInForce
    notional: Decimal | None
    position_before: Decimal
    position_after: Decimal
    buying_power_after: Decimal | None
    distance_bps: Decimal | None
    """Limit against the opposite touch, positive = away from the market."""
    notes: tuple[str, ...]
    """Visible corrections, e.g. an off-tick price rounded to the passive side."""
    denials: tuple[Denial, ...]
    fees: Decimal | None = None
    """What its broker would charge (below 0: pay) for all of it, in the base currency; None where that is not known."""
    uses: tuple[MeterRow, ...] = ()
    """How much of each limit would be used with the order, nearest first; limits that are off are not there."""
    checks: tuple[CheckRow, ...] = ()
    """What every check says of it; none of a package or a replace."""

    @property
    def verdict(self) -> str:
        """ "green" (Enter sends), "amber" (soft limits: type y), "red" (refused)."""
        if not self.denials:
            return "green"
        return "amber" if all(d.soft for d in self.denials) else "red"


class OrderResult(msgspec.Struct, frozen=True, gc=False):
    """Answer to an order command."""

    accepted: bool
    id: int | None
    cl_ord_id: str | None
    status: OrdStatus | None
    denials: tuple[Denial, ...] = ()
    notes: tuple[str, ...] = ()
    legs: tuple[int, ...] = ()
    """Short numbers of the other orders of the same group."""


class CommandResult(msgspec.Struct, frozen=True, gc=False):
    """Answer to any other command: what was done in words, or why not; `ids` are the orders or algos touched."""

    ok: bool
    message: str
    ids: tuple[int, ...] = ()
    denials: tuple[Denial, ...] = ()
    amber: bool = False
    """True when only a `y` is missing."""


class FrontierRow(msgspec.Struct, frozen=True, gc=False):
    """One optimal schedule: what it is expected to cost, and how much that varies, in the instrument's currency."""

    risk_aversion: Decimal
    expected_cost: Decimal
    expected_stdev: Decimal
    half_life_s: Decimal | None
    """In which the rest falls to 1/e, in seconds of trading; None for the straight line."""


class AlgoPlan(msgspec.Struct, frozen=True, gc=False):
    """A schedule before launch."""

    algo: str
    account: str
    symbol: str
    side: Side
    qty: Decimal
    slices: tuple[tuple[int, Decimal], ...]
    """(market time ns, quantity), in order; the quantities sum to `qty` exactly."""
    expected_cost: Decimal | None
    expected_stdev: Decimal | None
    denials: tuple[Denial, ...]
    notes: tuple[str, ...] = ()
    arrival_px: Decimal | None = None
    """Mid of the usable quote when it was planned."""
    cost_bps: Decimal | None = None
    """Expected cost against the order's value at that price."""
    market_volume: Decimal | None = None
    """What others should trade while it runs, by the volume of earlier days."""
    participation: Decimal | None = None
    """Own quantity / (market volume + own), over all."""
    peak_participation: Decimal | None = None
    """The same of the slice where it is highest."""
    market_shares: tuple[Decimal, ...] = ()
    """Share of that market volume in the interval of each slice; empty where no profile is known."""
    assumptions: tuple[str, ...] = ()
    """Each parameter of the cost, its value, and where it is from."""
    frontier: tuple[FrontierRow, ...] = ()
    """Of optimal schedules over the same slices, from the cheapest to the surest; implementation shortfall only."""
    risk_aversion: Decimal | None = None
    checks: tuple[CheckRow, ...] = ()
    """Every risk check of the child that is worst for them: the largest."""


class FactLine(msgspec.Struct, frozen=True, gc=False):
    """One fact of the journal in words: its place, both its times (ns UTC) and its hash (lower-case hex)."""

    seq: int
    recorded_ns: int
    market_ns: int
    kind: str
    text: str
    hash: str
