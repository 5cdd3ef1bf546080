"""Facts about the desk itself: its runs, instruments, limits, days, accounts, marks and alerts."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from engine.facts.base import Recorded
from engine.model.alert_rule import AlertWish
from engine.model.enums import AlertLevel
from engine.model.figures import Figures
from engine.model.instrument import Instrument


class DeskOpened(Recorded, frozen=True, tag="desk_opened"):
    """A process took the state folder. Each replay run is a trading day of its own (`run_label`)."""

    desk_id: str
    mode: str
    account: str
    broker: str
    base_currency: str
    pnl_method: str
    risk_hash: str
    run_label: str
    version: str
    connections: dict[str, str] = {}  # noqa: RUF012
    """Account -> name of its connection, where the desk has several accounts."""


class DeskClosed(Recorded, frozen=True, tag="desk_closed"):
    """A graceful stop."""

    reason: str


class InstrumentsLoaded(Recorded, frozen=True, tag="instruments_loaded"):
    """The universe of this run."""

    instruments: tuple[Instrument, ...]


class InstrumentAdded(Recorded, frozen=True, tag="instrument_added"):
    """An instrument that is not in universe.yaml may be traded: an option, listed from its OCC symbol."""

    instrument: Instrument
    by: str


class LimitsLoaded(Recorded, frozen=True, tag="limits_loaded"):
    """The limits in force: source text's hash and the values as read, so that a fold can re-check any order."""

    risk_hash: str
    limits: dict[str, str]


class DayRolled(Recorded, frozen=True, tag="day_rolled"):
    """A new trading day (exchange date, or the replay run's label) began; day P&L starts here."""

    day: str
    equity: Decimal | None
    end_ns: int


class AccountAdopted(Recorded, frozen=True, tag="account_adopted"):
    """Cash as the broker reports it when first seen; booked as a flow, so it is no P&L."""

    account: str
    currency: str
    cash: Decimal
    others: dict[str, Decimal] = msgspec.field(default_factory=dict)
    """Cash in other currencies than the account's own."""


class PositionAdopted(Recorded, frozen=True, tag="position_adopted"):
    """A position that the broker already held when the account was first seen; its cost is no cash flow of ours."""

    account: str
    symbol: str
    qty: Decimal
    avg_px: Decimal


class ExecutionsSkipped(Recorded, frozen=True, tag="executions_skipped"):
    """Executions from before the account was adopted: their effect is in the adopted cash and positions."""

    account: str
    exec_ids: tuple[str, ...]


class CommandRefused(Recorded, frozen=True, tag="command_refused"):
    """A command that was not an order was refused."""

    command: str
    reason: str
    user: str


class MarksSampled(Recorded, frozen=True, tag="marks_sampled"):
    """One mark a second per held, working or watched instrument, (symbol, bid, ask, ts_ns), batched; with it the
    equity and its peak by those marks."""

    marks: tuple[tuple[str, Decimal, Decimal, int], ...]
    equity: Decimal | None
    peak_equity: Decimal | None
    figures: Figures | None = None
    """The risk of the book, where it was measured since the sample before."""


class ShortSaleRestricted(Recorded, frozen=True, tag="short_sale_restricted"):
    """A symbol fell 10 % below its prior close (Reg SHO 201): short sales only above the bid until `until_ns` (market
    time), the end of the next trading day."""

    symbol: str
    low: Decimal
    close: Decimal
    until_ns: int


class AlertRaised(Recorded, frozen=True, tag="alert_raised"):
    no: int
    level: AlertLevel
    code: str
    text: str


class AlertsAcked(Recorded, frozen=True, tag="alerts_acked"):
    upto: int
    user: str
    only: bool = False
    """Just that one, none before it."""


class AlertRuleSet(Recorded, frozen=True, tag="alert_rule_set"):
    """A user wants to be told of something."""

    no: int
    wish: AlertWish
    user: str


class AlertRuleRemoved(Recorded, frozen=True, tag="alert_rule_removed"):
    no: int
    user: str


class AlertRuleFired(Recorded, frozen=True, tag="alert_rule_fired"):
    """It spoke; one that speaks once is gone. The alert itself is a fact of its own."""

    no: int
    words: str
