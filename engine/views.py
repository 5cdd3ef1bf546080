"""Immutable read models that panes, the control socket and the CLI draw. Built by the engine, never changed after.

All money, prices and quantities are Decimal; None means "no value" (drawn as `-`), never 0. Times are ns UTC.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from engine.model.enums import AlertLevel, OrdStatus, OrdType, Side, TimeInForce, TradingState


class PositionRow(msgspec.Struct, frozen=True, gc=False):
    """One position. `stale` marks a P&L built on a stale price (drawn with `~`)."""

    account: str
    symbol: str
    qty: Decimal
    avg_px: Decimal | None
    last_px: Decimal | None
    market_value: Decimal | None
    unrealized_pnl: Decimal | None
    realized_pnl: Decimal
    day_pnl: Decimal | None
    currency: str
    stale: bool
    tick: Decimal
    rate: Decimal | None = Decimal(1)
    """What one unit of `currency` counts for in the base currency; None where no rate is known."""
    trading: str = ""
    """"REDUCING" or "HALTED", by the strictest scope that covers it; "" while it is ACTIVE."""


class LegRow(msgspec.Struct, frozen=True, gc=False):
    """One leg of a package order: `ratio` units for each package, and what has executed."""

    symbol: str
    side: Side
    ratio: int
    cum_qty: Decimal
    avg_px: Decimal | None


class OrderRow(msgspec.Struct, frozen=True, gc=False):
    """One order. `id` is its short number (unique in the trading day); `doubt` marks UNKNOWN or a lost connection."""

    id: int
    cl_ord_id: str
    order_id: str | None
    account: str
    symbol: str
    side: Side
    ord_type: OrdType
    time_in_force: TimeInForce
    order_qty: Decimal
    cum_qty: Decimal
    leaves_qty: Decimal
    limit_px: Decimal | None
    stop_px: Decimal | None
    avg_px: Decimal | None
    status: OrdStatus
    parent: int | None
    tag: str
    text: str
    created_ns: int
    updated_ns: int
    tick: Decimal
    is_open: bool
    doubt: bool
    group: int = 0
    """Orders with the same number hang together; 0 = it stands alone."""
    local: bool = False
    """The desk itself holds it, or ends it: dead while the desk is."""
    trail: str = ""
    """How far a trailing stop stays behind: "0.50" or "2%"."""
    external: bool = False
    """Placed elsewhere: shown, counted and followed; it can be cancelled, not changed."""
    reduce_only: bool = False
    legs: tuple[LegRow, ...] = ()
    """Of a package: quantities count whole packages, prices are net."""
    unknown_s: int | None = None
    """For how many seconds the outcome of its submit or of its replace has not been known."""
    evidence: str = ""
    """What the broker was asked about that, and what it answered."""
    evidence_ns: int = 0
    """When (wall) the newest answer came."""
    basket: int = 0
    """The basket that it was released with; 0 = none."""
    doubt_s: int | None = None
    """Of an open order whose broker is not connected: for how many seconds it was not heard, in steps of five."""


class FillRow(msgspec.Struct, frozen=True, gc=False):
    """One execution."""

    exec_id: str
    cl_ord_id: str
    order: int
    account: str
    symbol: str
    side: Side
    last_qty: Decimal
    last_px: Decimal
    fee: Decimal
    ts_ns: int
    broker: str
    tick: Decimal


class AlgoRow(msgspec.Struct, frozen=True, gc=False):
    """One parent order. Statuses: RUNNING, PAUSED, STOPPING, DONE, CANCELED, FAILED."""

    id: int
    algo: str
    account: str
    symbol: str
    side: Side
    qty: Decimal
    cum_qty: Decimal
    working_qty: Decimal
    target_qty: Decimal
    """What the schedule wants done by now."""
    avg_px: Decimal | None
    arrival_px: Decimal | None
    slippage_bps: Decimal | None
    """Against arrival, positive = cost."""
    slices_done: int
    slices: int
    start_ns: int
    end_ns: int
    status: str
    reason: str
    tick: Decimal


class CostRow(msgspec.Struct, frozen=True, gc=False):
    """What an order (or parent) costs, so far or in all: bps, > 0 is a cost; mark-outs > 0 moved in favour."""

    key: str
    """"algo 3", or the order's cl_ord_id."""
    id: int
    algo: str
    """The algo's kind; "manual" and the like for an order without one."""
    account: str
    symbol: str
    side: Side
    qty: Decimal
    cum_qty: Decimal
    avg_px: Decimal | None
    arrival_px: Decimal | None
    vwap: Decimal | None
    twap: Decimal | None
    close_px: Decimal | None
    pwp: Decimal | None
    slippage_bps: dict[str, Decimal | None]
    """Against arrival, vwap (without our own prints), twap, close and pwp."""
    shortfall: Decimal | None
    """Money, after Kissell; `parts`: delay, trading, opportunity, fees."""
    parts: tuple[tuple[str, Decimal], ...]
    shortfall_bps: Decimal | None
    participation: Decimal | None
    markouts_bps: tuple[tuple[str, Decimal | None], ...]
    spread_bps: Decimal | None
    """Effective spread."""
    fills: int
    orders: int
    rejected: int
    latency_ms: tuple[tuple[str, Decimal | None], ...]
    """Median by step."""
    status: str
    final: bool
    currency: str
    tick: Decimal
    notes: tuple[str, ...]


class MeterRow(msgspec.Struct, frozen=True, gc=False):
    """One risk meter. `used` is value/limit (1 = at the limit), None when either is missing; `off` = not configured."""

    key: str
    label: str
    value: Decimal | None
    limit: Decimal | None
    used: Decimal | None
    unit: str
    """"money", "pct" (0.05 = 5 %), "ratio", "count" or "rate"."""
    off: bool = False
    stale: bool = False
    """It stands on a price that is not fresh, or was not measured for seconds (drawn with `~`)."""
    amount: Decimal | None = None
    """Of a share: the money that it is a share of equity of."""
    note: str = ""
    """Why there is no value."""


class AlertRow(msgspec.Struct, frozen=True, gc=False):
    """One alert or event-log line. `no` is its number, for acknowledging."""

    no: int
    level: AlertLevel
    code: str
    text: str
    ts_ns: int
    acked: bool


class AlertRuleRow(msgspec.Struct, frozen=True, gc=False):
    """One alert that a user set: `words` as it is typed, without the verb."""

    no: int
    words: str
    user: str
    fired_ns: int


class QuoteRow(msgspec.Struct, frozen=True, gc=False):
    """Top of book as known. `age_ns` in market time; `irregular` counts locked and crossed quotes seen today."""

    symbol: str
    bid: Decimal | None
    ask: Decimal | None
    bid_size: Decimal | None
    ask_size: Decimal | None
    last_px: Decimal | None
    last_size: Decimal | None
    day_volume: Decimal
    ts_ns: int
    age_ns: int
    stale: bool
    dim: bool
    delayed: bool
    irregular: int
    tick: Decimal
    change: Decimal | None
    """Last against the first price of the day."""


class BreakRow(msgspec.Struct, frozen=True, gc=False):
    """One difference between us and the broker."""

    no: int
    kind: str
    """"position", "order", "cash", "execution"."""
    account: str
    key: str
    ours: str
    theirs: str
    since_ns: int
    difference: str = ""
    """Theirs less ours."""
    why: str = ""
    """The probable explanation."""
    remedies: tuple[str, ...] = ()
    """What can be done about it, the likeliest first."""


class ComparisonRow(msgspec.Struct, frozen=True, gc=False):
    """The newest comparison with the broker: what was compared. `no` counts those of this process."""

    no: int
    at_ns: int
    asked_ns: int
    """When (wall) the broker was asked."""
    orders: int
    """Open orders that it listed."""
    executions: int
    positions: int
    """Instruments that one of us holds."""
    cash: bool
    """Cash was compared; not while executions come in, since books may lag behind reports."""
    executions_learned: int
    """Executions that comparisons of this process brought and no report had."""
    settled: bool
    """Nothing is left to be confirmed by a second look."""


class BrokerRow(msgspec.Struct, frozen=True, gc=False):
    """Connection lamp of one broker. health: "ok", "degraded", "down"; breaker: "closed", "open", "half-open"."""

    name: str
    connected: bool
    health: str
    breaker: str
    latency_ms: Decimal | None
    clock_skew_ms: Decimal | None = None
    """The broker's clock less ours; None where it is not known."""
    account: str = ""
    heard_ns: int = 0
    """When (wall) it was last heard; 0: never."""


class LetterRow(msgspec.Struct, frozen=True, gc=False):
    """A dead letter: an order, or a change of one, that was approved and not sent or refused unread."""

    no: int
    order: int
    """The short number of the order, or of the order to be changed."""
    cl_ord_id: str
    account: str
    symbol: str
    side: Side
    what: str
    """"new" or "replace"."""
    qty: Decimal
    limit_px: Decimal | None
    stop_px: Decimal | None
    cause: str
    reason: str
    owner: str
    """"algo 3", "liquidation": makes its own next order; "": waits for the operator."""
    since_ns: int


class BasketLineRow(msgspec.Struct, frozen=True, gc=False):
    """One line of a basket. `order`: its short number once it had its turn (of a group: its first order), else None;
    note: "left out", or why it became no order."""

    row: int
    line: str
    order: int | None
    note: str


class BasketRow(msgspec.Struct, frozen=True, gc=False):
    """A basket of the day. Statuses: STAGED, RELEASING, DONE, STOPPED, DROPPED. sent, refused, unsent count lines."""

    id: int
    name: str
    status: str
    user: str
    digest: str
    staged_ns: int
    released_ns: int
    ended_ns: int
    reason: str
    sent: int
    refused: int
    unsent: int
    skipped: int
    lines: tuple[BasketLineRow, ...]
    key: str = ""
    """Under which it never goes out twice."""


class KillProof(msgspec.Struct, frozen=True, gc=False):
    """The proof line: "HALTED 14:03:22 · 17 cancels sent, 15 confirmed, 2 pending · 5 positions, 3 flat"."""

    at_ns: int
    by: str
    reason: str
    cancels_sent: int
    cancels_confirmed: int
    positions: int
    flat: int
    phase: str
    """"cancelling", "grace", "flattening", "verifying", "done", "kept", "not_flat"."""
    grace_left_ns: int | None
    verified: bool
    problems: tuple[str, ...] = ()
    unprotected: tuple[str, ...] = ()
    """Positions left without their stop."""
    scope: str = "desk"
    queued: int = 0
    """Positions whose flattening waits for their market to open."""


class ScopeRow(msgspec.Struct, frozen=True, gc=False):
    """A scope below the desk that is not ACTIVE by its own setting."""

    scope: str
    state: TradingState
    reason: str


class TriggerRow(msgspec.Struct, frozen=True, gc=False):
    """An automatic trigger that acted and was not cleared."""

    code: str
    scope: str
    action: str
    text: str


class AccountRow(msgspec.Struct, frozen=True, gc=False):
    """One account of a desk that has several. `stale`: its equity stands on prices that are not fresh."""

    account: str
    equity: Decimal | None
    cash: Decimal
    buying_power: Decimal | None
    stale: bool


class StatusView(msgspec.Struct, frozen=True, gc=False):
    """The status line and the `status` verb. equity, cash and buying_power are of `account`, the default one; day_pnl
    and pnl_stale of the whole desk."""

    mode: str
    account: str
    market_label: str
    """"SIM", "REPLAY 2013-10-07 x1", "LIVE"."""
    trading_state: TradingState
    state_reason: str
    equity: Decimal | None
    cash: Decimal
    buying_power: Decimal | None
    day_pnl: Decimal | None
    pnl_stale: bool
    working_orders: int
    unknown_orders: int
    positions: int
    algos: int
    breaks: int
    brokers: tuple[BrokerRow, ...]
    data_ok: bool
    data_age_ns: int | None
    journal_ok: bool
    journal_seq: int
    uptime_s: int
    trading_day: str
    session: str
    """"regular", "extended", "closed"."""
    dead_letters: int = 0
    """Those that wait for the operator."""
    cash_by_currency: tuple[tuple[str, Decimal], ...] = ()
    """Cash in every currency, the account's own (`cash`) first."""
    oldest_unknown_s: int | None = None
    """For how many seconds the oldest of the UNKNOWN orders has been so."""
    locked: str = ""
    """Why a live desk takes nothing new before the PIN is given; "" = it is not locked."""
    scopes: tuple[ScopeRow, ...] = ()
    triggers: tuple[TriggerRow, ...] = ()
    accounts: tuple[AccountRow, ...] = ()
    """Every account, the default one first; empty where the desk has one."""
    desk_equity: Decimal | None = None
    """Of all accounts together, where there are several."""

    @property
    def whole_equity(self) -> Decimal | None:
        """The desk's equity, however many accounts it has."""
        return self.desk_equity if self.accounts else self.equity


class DeskView(msgspec.Struct, frozen=True, gc=False):
    """Everything the console draws, at one instant. Row tuples keep the identity of rows that did not change."""

    version: int
    market_ns: int
    wall_ns: int
    status: StatusView
    positions: tuple[PositionRow, ...]
    orders: tuple[OrderRow, ...]
    """Open orders and those that ended today, newest first, bounded."""
    fills: tuple[FillRow, ...]
    """Today's fills, newest first, bounded."""
    algos: tuple[AlgoRow, ...]
    meters: tuple[MeterRow, ...]
    alerts: tuple[AlertRow, ...]
    """Newest first, bounded."""
    quotes: tuple[QuoteRow, ...]
    breaks: tuple[BreakRow, ...]
    kill: KillProof | None
    """The desk's own."""
    urgent: int
    """Rises with each ack, fill, reject and alarm: the console draws at once instead of at its next frame."""
    letters: tuple[LetterRow, ...] = ()
    """The dead-letter queue, newest first."""
    comparison: ComparisonRow | None = None
    kills: tuple[KillProof, ...] = ()
    """Of narrower scopes."""
    costs: tuple[CostRow, ...] = ()
    """Parents of the day and orders without one, newest first, bounded."""
    baskets: tuple[BasketRow, ...] = ()
    """Those of the day, newest first."""
    alert_rules: tuple[AlertRuleRow, ...] = ()
    """What users want to be told of, by number."""


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


class BasketLineCheck(msgspec.Struct, frozen=True, gc=False):
    """One line of a basket beside all before it. notional: at its worst price, in the base currency. position_*: of its
    (first) instrument, every line before it filled."""

    row: int
    line: str
    notional: Decimal | None
    position_before: Decimal
    position_after: Decimal
    denials: tuple[Denial, ...]

    @property
    def verdict(self) -> str:
        """ "green", "amber" (soft limits) or "red" (refused)."""
        if not self.denials:
            return "green"
        return "amber" if all(d.soft for d in self.denials) else "red"


class BasketCheck(msgspec.Struct, frozen=True, gc=False):
    """A basket checked as one: each line counts as working for those behind it. bought, sold: worst-case notional of
    what passed, in the base currency."""

    lines: tuple[BasketLineCheck, ...]
    passing: int
    """Lines that would not be refused."""
    bought: Decimal
    sold: Decimal
    meters: tuple[MeterRow, ...]
    """How much of each limit would be used with all of it, nearest first."""
    duration_s: int
    """About how long the release takes, by the throttles."""
    twin: str = ""
    """The basket of the same orders that was released today already, at `twin_ns` (wall)."""
    twin_ns: int = 0
    word_for: str = ""
    """Why a word is asked for and not only a `y`; "" where a `y` is enough."""

    @property
    def verdict(self) -> str:
        """The gravest of its lines."""
        found = {line.verdict for line in self.lines}
        return "red" if "red" in found else "amber" if "amber" in found else "green"


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
