"""What tradedesk.yaml and its sisters may say. A field's description is what an error says was expected."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, field_serializer, field_validator

from engine.journal.place import PostgresUrl

_FUNCTION_KEY: Final = re.compile(r"f([1-9]|1[0-9]|20)")
# Letters that are another key, the terminal's own, or tmux's, never reach the desk or reach it by accident.
_CONTROL_TWICE: Final = re.compile(r"ctrl\+([d-gklnoprt-y]) ctrl\+\1")
_NAME: Final = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$"
_LIVE: Final = "live mode needs the live lock, which this version does not have; expected paper"

Name = Annotated[str, Field(pattern=_NAME)]
NotNegative = Annotated[Decimal, Field(ge=0, max_digits=18)]
PositiveNumber = Annotated[Decimal, Field(gt=0, max_digits=18)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3,5}$")]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class JournalConfig(_Model):
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


class KillConfig(_Model):
    """The kill switch's keys and its grace period."""

    flatten_grace: Decimal = Field(
        default=Decimal(3),
        ge=0,
        le=60,
        description="seconds between the kill key and flattening, 0 to 60; 0 flattens at once",
    )
    keys: tuple[str, ...] = Field(
        default=("f12", "ctrl+x ctrl+x"),
        min_length=1,
        max_length=2,
        description="[f12, ctrl+x ctrl+x]: a function key f1 to f20, a ctrl+letter pressed twice, or both",
    )

    @field_validator("keys")
    @classmethod
    def _usable(cls, keys: tuple[str, ...]) -> tuple[str, ...]:
        for key in keys:
            if not _FUNCTION_KEY.fullmatch(key) and not _CONTROL_TWICE.fullmatch(key):
                raise ValueError(f"{key!r} can't be a kill key")
        if sum(key.startswith("ctrl") for key in keys) > 1 or sum(key.startswith("f") for key in keys) > 1:
            raise ValueError("two kill keys of one kind")
        return keys

    @property
    def once(self) -> str | None:
        """The key that kills with one press."""
        return next((key for key in self.keys if not key.startswith("ctrl")), None)

    @property
    def twice(self) -> str | None:
        """The key that kills when pressed twice within a second."""
        return next((key.split()[0] for key in self.keys if key.startswith("ctrl")), None)

    @property
    def grace_ns(self) -> int:
        return int(self.flatten_grace * 1_000_000_000)


class UnknownConfig(_Model):
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


class PaperConfig(_Model):
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


class SimConfig(_Model):
    """The simulated market."""

    seed: int = Field(default=1, ge=0, le=2**63 - 1, description="a whole number: equal seeds give equal markets")


class Profile(_Model):
    """One desk: which account at which broker on which data."""

    mode: Literal["paper", "live"] = Field(default="paper", description="paper or live")
    broker: str = Field(
        default="paper", pattern=r"^paper(@.+)?$", description="paper, or paper@SOCKET for a served paper broker"
    )
    account: Name = Field(default="PAPER", description="letters, digits, _ . - (at most 32), like PAPER")
    data: Literal["sim"] = Field(default="sim", description="sim")
    currency: str = Field(default="USD", pattern=r"^[A-Z]{3,5}$", description="3 to 5 capital letters, like USD")
    journal: JournalConfig = Field(default=JournalConfig(), description="a mapping with url, head_copy, ...")
    kill: KillConfig = Field(default=KillConfig(), description="a mapping with flatten_grace, keys")
    unknown: UnknownConfig = Field(
        default=UnknownConfig(), description="a mapping with new_session_after_s, resend_within_s"
    )
    hangup: Literal["pause", "keep", "cancel", "flatten"] = Field(
        default="pause",
        description="pause, keep, cancel or flatten: what happens when the terminal goes away",
    )
    pnl_method: Literal["average", "fifo"] = Field(default="average", description="average or fifo")
    paper: PaperConfig = Field(default=PaperConfig(), description="a mapping with cash, latency_ms, ...")
    sim: SimConfig = Field(default=SimConfig(), description="a mapping with seed")

    @property
    def broker_socket(self) -> Path | None:
        """The socket of a served paper broker; None for the one inside the desk."""
        _, at, address = self.broker.partition("@")
        return Path(address) if at else self.paper.socket

    def why_not_live(self) -> str | None:
        """Why this profile can't be opened by this version, or None."""
        return _LIVE if self.mode == "live" else None


class DeskFile(_Model):
    """tradedesk.yaml."""

    default_profile: Name = Field(default="paper", description="the name of one of the profiles")
    profiles: dict[Name, Profile] = Field(default={"paper": Profile()}, description="a mapping of profile names")


class RolesFile(_Model):
    """roles.yaml. Without users, whoever owns the state folder has every role."""

    users: dict[str, tuple[Literal["viewer", "trader", "risk"], ...]] = Field(
        default={}, description="user names, each with a list of viewer, trader, risk"
    )


class InstrumentEntry(_Model):
    """One symbol of universe.yaml. What is left out takes the default of its class (console.config.universe)."""

    sector: str | None = Field(default=None, max_length=40, description="the sector's name")
    asset_class: Literal["equity", "etf", "option", "fx", "crypto"] = Field(
        default="equity", alias="class", description="equity, etf, option, fx or crypto"
    )
    tick: PositiveNumber | None = Field(default=None, description="the price step, above 0, like 0.01")
    lot: PositiveNumber | None = Field(default=None, description="the quantity step, above 0, like 1 or 0.00001")
    name: str = Field(default="", max_length=80, description="the company's name")
    currency: Currency | None = Field(
        default=None, description="what prices are in, 3 to 5 capital letters, like USD; of a pair its second half"
    )
    base: Currency | None = Field(default=None, description="of fx and crypto: what is bought, like EUR or BTC")
    min_qty: PositiveNumber | None = Field(default=None, description="the least quantity of an order, above 0")
    max_qty: PositiveNumber | None = Field(default=None, description="the largest quantity of an order, above 0")
    multiplier: PositiveNumber | None = Field(
        default=None, description="money for one unit at a price of 1, above 0; options 100, all else 1"
    )
    calendar: str | None = Field(default=None, max_length=12, description="its sessions: XNYS, 24x5, 24x7 ...")
    underlying: str | None = Field(default=None, max_length=21, description="of an option: the symbol it is on")


class UniverseFile(_Model):
    """universe.yaml."""

    instruments: dict[Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9.]{0,20}$")], InstrumentEntry] = Field(
        min_length=1, description="symbols in capital letters, each with sector, class, tick, lot"
    )
