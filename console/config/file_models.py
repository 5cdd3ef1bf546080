"""What roles.yaml and universe.yaml may say."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from console.config.fields import Currency, PositiveNumber, Strict

RoleName = Annotated[
    Literal["viewer", "trader", "risk_manager", "admin"],
    BeforeValidator(lambda text: "risk_manager" if text == "risk" else text),
]
"""`risk` is what earlier versions called the risk manager."""


class RolesFile(Strict):
    """roles.yaml. Without users and groups, whoever owns the state folder has every role."""

    users: dict[str, tuple[RoleName, ...]] = Field(
        default={}, description="login names, each with a list of viewer, trader, risk_manager, admin"
    )
    groups: dict[str, tuple[RoleName, ...]] = Field(
        default={}, description="the system's groups, each with a list of viewer, trader, risk_manager, admin"
    )
    instruments: dict[str, tuple[Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9.]{0,20}$")], ...]] = Field(
        default={}, description="login names, each with the list of symbols in which they may open positions"
    )
    socket_group: str | None = Field(
        default=None, max_length=64, description="null, or the group whose members may reach the desk's socket"
    )


class InstrumentEntry(Strict):
    """One symbol of universe.yaml. What is left out takes the default of its class (console.config.universe)."""

    sector: str | None = Field(default=None, max_length=40, description="the sector's name")
    asset_class: Literal["equity", "etf", "option", "future", "fx", "crypto"] = Field(
        default="equity", alias="class", description="equity, etf, option, future, fx or crypto"
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
        default=None, description="money for one unit at a price of 1, above 0; options 100, futures their own, else 1"
    )
    calendar: str | None = Field(default=None, max_length=12, description="its sessions: XNYS, CME, 24x5, 24x7 ...")
    underlying: str | None = Field(default=None, max_length=21, description="of an option: the symbol it is on")
    root: str | None = Field(
        default=None, pattern=r"^[A-Z0-9]{1,8}$", description="of a future: its code's beginning: ES"
    )
    exchange: str | None = Field(
        default=None, pattern=r"^[A-Z]{2,12}$", description="of a future: CME, CBOT, NYMEX ..."
    )
    month: str | None = Field(default=None, max_length=7, description="of a future: its contract month, like 2026-12")
    expiry: str | None = Field(
        default=None, max_length=16, description="of a future: its last trade, 2026-12-18 or 2026-12-18 09:30"
    )
    warn_days: int | None = Field(default=None, ge=0, le=60, description="of a future: days of warning, 0 to 60; 5")
    margin: PositiveNumber | None = Field(
        default=None, description="of a future: money for one contract to open it, above 0; else the limits' share"
    )
    maintenance: PositiveNumber | None = Field(
        default=None, description="of a future: money for one contract to keep it, above 0; else as `margin`"
    )


class UniverseFile(Strict):
    """universe.yaml."""

    instruments: dict[Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9.]{0,20}$")], InstrumentEntry] = Field(
        min_length=1, description="symbols in capital letters, each with sector, class, tick, lot"
    )
