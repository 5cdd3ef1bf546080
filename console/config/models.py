"""What tradedesk.yaml and its sisters may say. A field's description is what an error says was expected."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_serializer,
    field_validator,
    model_validator,
)

from console.config.alert_models import AlertsConfig, HookConfig
from console.config.fields import Name, NotNegative, Strict
from console.config.kill_models import KillConfig
from engine.journal.place import PostgresUrl
from engine.performance.targets import Targets
from engine.resilience.settings import OrderTimeouts, Resilience


class JournalConfig(Strict):
    """Where the facts are kept."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    url: PostgresUrl | None = Field(
        default=None, description="null: SQLite in the state folder; or postgresql://USER@HOST:PORT/DATABASE"
    )
    snapshot_every: int = Field(
        default=100_000,
        ge=0,
        le=10_000_000,
        description="facts between two snapshots that shorten a start, like 100000; 0 makes none",
    )

    head_copy: str | None = Field(
        default=None,
        pattern=r"^(syslog|/.*|~/.*)$",
        description="null; a file on another disk or machine, like /mnt/audit/heads; or syslog",
    )
    head_copy_every: int = Field(
        default=60, ge=1, le=86_400, description="seconds between two copies of the journal's head, 1 to 86400"
    )

    @field_validator("url", mode="before")
    @classmethod
    def _a_server(cls, value: object) -> object:
        return PostgresUrl(value) if isinstance(value, str) else value

    @property
    def head_file(self) -> Path | None:
        """The file that `head_copy` names, if it names one."""
        return Path(self.head_copy).expanduser() if self.head_copy and self.head_copy != "syslog" else None

    @field_serializer("url")
    def _without_password(self, value: PostgresUrl | None) -> str | None:
        return None if value is None else str(value)


Seconds = Annotated[Decimal, Field(gt=0, le=86_400, max_digits=12)]
TimeoutSeconds = Annotated[
    Decimal, BeforeValidator(lambda text: 0 if text == "off" else text), Field(ge=0, le=86_400, max_digits=12)
]


class OrderTimeoutsConfig(Strict):
    """After how many seconds a working order is cancelled, by class; off (0) = never."""

    manual: TimeoutSeconds = Field(default=Decimal(0), description="off (0), or seconds like 300")
    gtc: TimeoutSeconds = Field(default=Decimal(0), description="off (0), or seconds like 300")
    stop: TimeoutSeconds = Field(default=Decimal(0), description="off (0), or seconds like 300")
    contingent: TimeoutSeconds = Field(default=Decimal(0), description="off (0), or seconds like 300")
    algo: TimeoutSeconds = Field(default=Decimal(300), description="seconds like 300, or off (0)")
    strategy: TimeoutSeconds = Field(default=Decimal(300), description="seconds like 300, or off (0)")

    def settings(self) -> OrderTimeouts:
        """For the engine."""
        return OrderTimeouts(
            _ns(self.manual),
            _ns(self.gtc),
            _ns(self.stop),
            _ns(self.contingent),
            _ns(self.algo),
            _ns(self.strategy),
        )


def _ns(seconds: Decimal) -> int:
    return int(seconds * 1_000_000_000)


REAL: Final = ("alpaca", "ibkr")
"""Brokers of the real market."""


class ResilienceConfig(Strict):
    """How patient the desk is with its broker. Seconds are wall seconds."""

    request_timeout: Seconds = Field(default=Decimal(5), description="seconds until a request counts as unanswered")
    retries: int = Field(default=3, ge=0, le=10, description="retries of reads and cancels, 0 to 10; orders: never")
    retry_first: Seconds = Field(default=Decimal(1), description="seconds before the first retry, doubled each time")
    retry_jitter: Decimal = Field(default=Decimal("0.1"), ge=0, le=1, description="share of each wait, 0 to 1")
    breaker_failures: int = Field(default=5, ge=1, le=1000, description="failures in a row, 1 or more")
    breaker_open: Seconds = Field(default=Decimal(60), description="seconds until the breaker half-opens")
    check_orders: Seconds = Field(default=Decimal(10), description="seconds between looks at unanswered orders")
    health: Seconds = Field(default=Decimal(30), description="seconds between health reads")
    health_slow: Seconds = Field(default=Decimal(2), description="seconds: a slower health read is degraded")
    health_down_after: int = Field(default=3, ge=1, le=100, description="health reads unanswered in a row")
    skew_warn: Seconds = Field(default=Decimal("0.5"), description="seconds of clock skew that warn")
    skew_stop: Seconds = Field(default=Decimal(2), description="seconds of clock skew that stop new risk")
    reserved_rate: Decimal = Field(
        default=Decimal("0.2"), ge=0, le=Decimal("0.9"), description="share of the rate for cancels alone, 0 to 0.9"
    )
    rate_margin: Decimal = Field(
        default=Decimal("0.05"), ge=0, le=1, description="seconds added to each window of the rate, 0 to 1"
    )
    queue_timeout: Seconds = Field(default=Decimal(5), description="seconds that an order may wait for its turn")
    reconnect_first: Seconds = Field(default=Decimal("0.25"), description="seconds before the second attempt")
    reconnect_longest: Decimal = Field(
        default=Decimal(3), gt=0, le=4, description="seconds between attempts at most, up to 4"
    )
    auth_retry: Seconds = Field(default=Decimal(60), description="seconds between attempts with refused credentials")
    order_timeouts: OrderTimeoutsConfig = Field(
        default=OrderTimeoutsConfig(), description="a mapping with manual, gtc, stop, contingent, algo, strategy"
    )

    @model_validator(mode="after")
    def _in_order(self) -> ResilienceConfig:
        if self.skew_warn > self.skew_stop:
            raise ValueError("skew_warn is above skew_stop")
        return self

    def settings(self) -> Resilience:
        """For the engine."""
        return Resilience(
            retries=self.retries,
            retry_first_s=float(self.retry_first),
            retry_jitter=float(self.retry_jitter),
            breaker_failures=self.breaker_failures,
            breaker_open_s=float(self.breaker_open),
            health_every_s=float(self.health),
            health_down_after=self.health_down_after,
            health_slow_s=float(self.health_slow),
            skew_warn_s=float(self.skew_warn),
            skew_stop_s=float(self.skew_stop),
            reserved_share=float(self.reserved_rate),
            rate_margin_s=float(self.rate_margin),
            queue_timeout_s=float(self.queue_timeout),
            reconnect_first_s=float(self.reconnect_first),
            reconnect_longest_s=float(self.reconnect_longest),
            auth_retry_s=float(self.auth_retry),
        )

    @property
    def check_orders_ns(self) -> int:
        return _ns(self.check_orders)

    @property
    def unanswered_ns(self) -> int:
        """An order without an acknowledgement for so long is asked about."""
        return _ns(self.request_timeout)


class UnknownConfig(Strict):
    """What the desk does by itself about orders whose outcome is not known."""

    new_session_after_s: int = Field(
        default=20,
        ge=0,
        le=3600,
        description="seconds after which a new broker session is opened for evidence, 0 to 3600; 0: never",
    )
    resend_within_s: int = Field(
        default=0,
        ge=0,
        le=3600,
        description="seconds within which the same id may go out again where ids are enforced, 0 to 3600; 0: never",
    )


class PaperConfig(Strict):
    """The embedded paper broker. Money in the profile's currency."""

    cash: Decimal = Field(
        default=Decimal(5_000_000), gt=0, max_digits=18, description="opening cash above 0, like 5000000"
    )
    latency_ms: tuple[int, int] = Field(
        default=(5, 50), description="[least, most] milliseconds for each answer, like [5, 50]"
    )
    slippage_bps: NotNegative = Field(
        default=Decimal(0), le=1000, description="basis points against the order, 0 to 1000"
    )
    commission_per_share: NotNegative = Field(default=Decimal(0), description="money per share, 0 or more")
    commission_bps: NotNegative = Field(
        default=Decimal(0), le=1000, description="basis points of the traded value, 0 to 1000"
    )
    commission_min: NotNegative = Field(default=Decimal(0), description="least commission per order, 0 or more")
    limit_fill_probability: Decimal = Field(
        default=Decimal(1), ge=0, le=1, description="0 to 1: how likely a touch fills a resting limit order"
    )
    default_display: Decimal = Field(
        default=Decimal(1000), gt=0, max_digits=18, description="shares shown where a quote has no size, above 0"
    )
    fx_display: Decimal = Field(
        default=Decimal(1_000_000), gt=0, max_digits=18, description="the same for FX, in units of the base currency"
    )
    margin: bool = Field(default=True, description="true, or false: no short sale, no buy beyond the cash")
    quote_ticks: int = Field(
        default=0,
        ge=-100,
        le=100,
        description="ticks by which this account's market is quoted above (or below) the desk's, -100 to 100",
    )
    quote_size: Decimal = Field(
        default=Decimal(1),
        gt=0,
        le=100,
        max_digits=8,
        description="its displayed sizes against the desk's, above 0 to 100",
    )
    seed: int = Field(default=1, ge=0, le=2**63 - 1, description="a whole number: equal seeds give equal fills")
    socket: Path | None = Field(
        default=None, description="null: inside the desk; or the socket of `python -m brokers.paper.serve`"
    )

    @field_validator("latency_ms")
    @classmethod
    def _a_range(cls, value: tuple[int, int]) -> tuple[int, int]:
        if not 0 <= value[0] <= value[1] <= 60_000:
            raise ValueError("not a range from least to most within 0 to 60000")
        return value


class SimConfig(Strict):
    """The simulated market."""

    seed: int = Field(default=1, ge=0, le=2**63 - 1, description="a whole number: equal seeds give equal markets")


class LiveConfig(Strict):
    """A live desk's lock."""

    idle_lock: Decimal = Field(
        default=Decimal(15),
        gt=0,
        le=1440,
        max_digits=8,
        description="minutes without a key until a live desk locks itself, above 0 to 1440",
    )

    @property
    def idle_lock_ns(self) -> int:
        return int(self.idle_lock * 60_000_000_000)


Share = Annotated[Decimal, Field(ge=0, le=1, max_digits=12)]


class TargetsConfig(Strict):
    """What the desk's work is measured against (`tradedesk performance`). Shares: 0.999 is 99.9 %."""

    send_ms: Decimal = Field(
        default=Decimal(50), gt=0, le=60_000, max_digits=12, description="milliseconds from decision to send, like 50"
    )
    order_success: Share = Field(default=Decimal("0.999"), description="share of orders that the broker takes, 0 to 1")
    limit_fill_rate: Share = Field(default=Decimal("0.95"), description="share of limit orders that is filled, 0 to 1")
    expected_price: Share = Field(
        default=Decimal("0.90"), description="share of fills no more than a tick worse than expected, 0 to 1"
    )
    slippage: Share = Field(default=Decimal("0.0005"), description="share of the traded value at most, like 0.0005")
    errors: Share = Field(default=Decimal("0.001"), description="share of requests that may fail, like 0.001")
    reconciled: Share = Field(default=Decimal(1), description="share of comparisons without a position break, 0 to 1")

    def targets(self) -> Targets:
        """For the engine."""
        return Targets(**self.model_dump())


class IbkrConfig(Strict):
    """Where TWS or IB Gateway listens."""

    host: str = Field(default="127.0.0.1", min_length=1, description="a host name or address, like 127.0.0.1")
    port: int | None = Field(
        default=None,
        ge=1,
        le=65_535,
        description="null for that of TWS (7497 paper, 7496 live), or a port; the Gateway's are 4002 paper, 4001 live",
    )
    client_id: int = Field(
        default=1,
        ge=0,
        le=1_000_000,
        description="a number of this desk's own, always the same; 0 takes up manual orders",
    )
    what_if_above: Decimal | None = Field(
        default=Decimal(100_000),
        gt=0,
        description="null, or a value: a larger order is held against the account's margin before it is sent",
    )
    delayed_data: bool = Field(default=True, description="true or false: take delayed quotes where there are no others")


class AccountConfig(Strict):
    """A further account of a desk, over a connection of its own."""

    name: Name = Field(description="letters, digits, _ . - (at most 32), like PAPER2")
    broker: str = Field(
        default="paper", pattern=r"^paper(@.+)?$", description="paper, or paper@SOCKET for a served paper broker"
    )
    paper: PaperConfig = Field(default=PaperConfig(), description="a mapping with cash, latency_ms, ...")

    @property
    def broker_socket(self) -> Path | None:
        """The socket of a served paper broker; None for the one inside the desk."""
        _, at, address = self.broker.partition("@")
        return Path(address) if at else self.paper.socket


class Profile(Strict):
    """One desk: which account at which broker on which data."""

    mode: Literal["paper", "live"] = Field(default="paper", description="paper or live")
    broker: str = Field(
        default="paper",
        pattern=r"^(paper(@.+)?|alpaca|ibkr)$",
        description="paper, paper@SOCKET for a served paper broker, alpaca or ibkr",
    )
    account: Name = Field(default="PAPER", description="letters, digits, _ . - (at most 32), like PAPER")
    data: Literal["sim", "alpaca", "ibkr"] = Field(
        default="sim", validate_default=True, description="sim, alpaca or ibkr"
    )
    currency: str = Field(default="USD", pattern=r"^[A-Z]{3,5}$", description="3 to 5 capital letters, like USD")
    journal: JournalConfig = Field(default=JournalConfig(), description="a mapping with url, head_copy, ...")
    kill: KillConfig = Field(default=KillConfig(), description="a mapping with flatten_grace, keys")
    resilience: ResilienceConfig = Field(
        default=ResilienceConfig(), description="a mapping with retries, breaker_failures, order_timeouts, ..."
    )
    unknown: UnknownConfig = Field(
        default=UnknownConfig(), description="a mapping with new_session_after_s, resend_within_s"
    )
    hangup: Literal["pause", "keep", "cancel", "flatten"] = Field(
        default="pause",
        description="pause, keep, cancel or flatten: what happens when the terminal goes away",
    )
    theme: str = Field(
        default="auto",
        pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$",
        description="auto, a theme like okabe_ito or light, or the NAME of a file themes/NAME.toml",
    )
    alerts: AlertsConfig = Field(default=AlertsConfig(), description="a mapping with bell, bell_every")
    hooks: tuple[HookConfig, ...] = Field(
        default=(),
        max_length=10,
        description="a list (at most 10) of hooks, each with a name, and a command or a url, like"
        " [{name: pager, command: [/usr/local/bin/page]}]",
    )
    live: LiveConfig = Field(default=LiveConfig(), description="a mapping with idle_lock")
    targets: TargetsConfig = Field(
        default=TargetsConfig(), description="a mapping with send_ms, order_success, limit_fill_rate, ..."
    )
    pnl_method: Literal["average", "fifo"] = Field(default="average", description="average or fifo")
    paper: PaperConfig = Field(default=PaperConfig(), description="a mapping with cash, latency_ms, ...")
    ibkr: IbkrConfig = Field(default=IbkrConfig(), description="a mapping with host, port, client_id, ...")
    sim: SimConfig = Field(default=SimConfig(), description="a mapping with seed")
    history: tuple[Path, ...] = Field(
        default=(),
        description="null, or a folder or file of bars of earlier days, or a list of them, like ~/data/bars_1d",
    )

    groups: Literal["broker", "desk"] = Field(
        default="broker", description="broker (brackets, oco and oto are handed to a broker that holds them) or desk"
    )
    benchmark: str | None = Field(
        default="SPY", pattern=r"^[A-Z][A-Z0-9.]{0,11}$", description="null, or the symbol for beta, like SPY"
    )

    accounts: tuple[AccountConfig, ...] = Field(
        default=(),
        max_length=15,
        description="a list of further accounts (at most 15, none in live mode), each with a name of its own and a"
        " broker, like [{name: PAPER2, broker: paper}]",
    )

    @field_validator("data")
    @classmethod
    def _of_one_market(cls, data: str, info: ValidationInfo) -> str:
        """A broker of the real market fills at its prices: orders are not checked against invented ones."""
        broker = str(info.data.get("broker"))
        if broker in REAL and data == "sim":
            other = next(name for name in REAL if name != broker)
            raise ValueError(f"broker {broker} trades the real market, which needs data: {broker} or {other}")
        return data

    @field_validator("accounts")
    @classmethod
    def _told_apart(cls, accounts: tuple[AccountConfig, ...], info: ValidationInfo) -> tuple[AccountConfig, ...]:
        names = [str(info.data.get("account", "")).upper(), *(account.name.upper() for account in accounts)]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"there are two accounts {twice}")
        if accounts and info.data.get("mode") == "live":
            raise ValueError("a live desk has one account")
        if accounts and (broker := info.data.get("broker")) in REAL:
            raise ValueError(f"a desk at {broker} has one account")
        return accounts

    @field_validator("history", mode="before")
    @classmethod
    def _one_or_more(cls, value: object) -> object:
        return () if value is None else (value,) if isinstance(value, str) else value

    def socket_of(self, account: str) -> Path | None:
        """The socket of the broker that an account of the desk is at; None for the one inside the desk."""
        further = next((each for each in self.accounts if each.name == account), None)
        return self.broker_socket if further is None else further.broker_socket

    @property
    def all_accounts(self) -> tuple[str, ...]:
        """The desk's accounts, the default one first."""
        return (self.account, *(account.name for account in self.accounts))

    @property
    def broker_socket(self) -> Path | None:
        """The socket of a served paper broker; None for the one inside the desk."""
        _, at, address = self.broker.partition("@")
        return Path(address) if at else self.paper.socket


class DeskFile(Strict):
    """tradedesk.yaml."""

    default_profile: Name = Field(default="paper", description="the name of one of the profiles")
    profiles: dict[Name, Profile] = Field(default={"paper": Profile()}, description="a mapping of profile names")
