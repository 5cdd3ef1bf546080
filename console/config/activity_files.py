"""restricted.yaml and locates.yaml: what may not be traded, and what may be sold short."""

from __future__ import annotations

import datetime as dt
import os
from decimal import Decimal
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from console.config.validate import validate
from console.config.yaml_tree import read_yaml
from engine.model.restricted import Locate, Locates, RestrictedList, Restriction

_SYMBOL: Final = r"^[A-Z][A-Z0-9.]{0,24}$"
_NAME: Final = r"^[A-Za-z0-9_.-]{1,40}$"

RESTRICTED: Final = """\
# tradedesk: the restricted list. Orders in these symbols (and in options on them) are refused.
# side: all refuses everything, close_only lets through what only reduces the position.
# account: one account; without it all. until: the last day on which it holds; without it for good.
# Liquidation, `flat` and the kill switch still close what is held.

restricted: []
#  - {symbol: XYZ, side: all, reason: "insider list"}
#  - {symbol: ABC, account: PAPER, side: close_only, reason: "winding down", until: 2026-12-31}
"""

LOCATES: Final = """\
# tradedesk: what may be sold short while `risk.require_locate` is on (risk_params.yaml; shipped off).
# A locate is for one day: qty shares of symbol, from whom (source), as documented. Each located share is used once.
# easy_to_borrow: symbols of the broker's list, of which any quantity may be sold short.

locates: []
#  - {symbol: XYZ, qty: 500, date: 2026-11-26, source: "broker desk, ref 4711"}
easy_to_borrow: []
"""


def _a_date(value: str) -> str:
    return dt.date.fromisoformat(value).isoformat()


class _Restricted(BaseModel):
    """One line of the restricted list."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    symbol: str = Field(pattern=_SYMBOL, description="a symbol in capital letters, like AAPL")
    side: Literal["all", "close_only"] = Field(description="all or close_only")
    reason: str = Field(min_length=1, max_length=200, description="why, in words")
    account: str = Field(default="", pattern=_NAME, description="the name of an account")
    until: str = Field(default="", description="a date like 2026-12-31")

    @field_validator("until")
    @classmethod
    def _is_a_date(cls, value: str) -> str:
        return _a_date(value)

    @property
    def line(self) -> Restriction:
        return Restriction(self.symbol, self.reason, self.account, self.side == "close_only", self.until)


class _Locate(BaseModel):
    """One locate."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    symbol: str = Field(pattern=_SYMBOL, description="a symbol in capital letters, like AAPL")
    qty: Decimal = Field(gt=0, max_digits=15, description="shares, above 0")
    date: str = Field(description="a date like 2026-12-31")
    source: str = Field(min_length=1, max_length=200, description="who located them, in words")
    account: str = Field(default="", pattern=_NAME, description="the name of an account")

    @field_validator("date")
    @classmethod
    def _is_a_date(cls, value: str) -> str:
        return _a_date(value)

    @property
    def line(self) -> Locate:
        return Locate(self.symbol, self.qty, self.date, self.source, self.account)


class RestrictedFile(BaseModel):
    """restricted.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    restricted: tuple[_Restricted, ...] = Field(default=(), description="a list of {symbol, side, reason}")


class LocatesFile(BaseModel):
    """locates.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    locates: tuple[_Locate, ...] = Field(default=(), description="a list of {symbol, qty, date, source}")
    easy_to_borrow: tuple[str, ...] = Field(default=(), description="a list of symbols")

    @field_validator("easy_to_borrow")
    @classmethod
    def _are_symbols(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for symbol in value:
            if not symbol or symbol != symbol.upper():
                raise ValueError(f"{symbol!r} is no symbol in capital letters")
        return value


def load_restricted(path: Path) -> RestrictedList:
    """The restricted list; empty where there is no file. Raises ConfigError."""
    if not os.path.lexists(path):
        return RestrictedList()
    tree, _ = read_yaml(path)
    return RestrictedList(line.line for line in validate(path, tree, RestrictedFile).restricted)


def load_locates(path: Path) -> Locates:
    """The locates; none where there is no file. Raises ConfigError."""
    if not os.path.lexists(path):
        return Locates()
    tree, _ = read_yaml(path)
    file = validate(path, tree, LocatesFile)
    return Locates((line.line for line in file.locates), file.easy_to_borrow)
