"""corporate_actions.yaml: splits, symbol changes and dividends that are known, so that breaks are explained."""

from __future__ import annotations

import datetime as dt
import os
import re
from decimal import Decimal
from pathlib import Path
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from console.config.validate import validate
from console.config.yaml_tree import read_yaml
from engine.model.corporate import CorporateAction

_SYMBOL: Final = r"^[A-Z][A-Z0-9.]{0,11}$"
_RATIO: Final = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?):([0-9]{1,6}(?:\.[0-9]{1,6})?)")

CORPORATE_ACTIONS: Final = """\
# tradedesk: corporate actions that are known. They explain breaks; nothing is booked without a `book` command.
# date: the first day on the new terms. split: new units for old ones. to: the new symbol. dividend: cash per unit.

actions: []
#  - {date: 2014-06-09, symbol: AAPL, split: "7:1"}
#  - {date: 2011-03-23, symbol: QQQQ, to: QQQ}
#  - {date: 2014-05-08, symbol: AAPL, dividend: 3.29}
"""


class _Action(BaseModel):
    """One line."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    date: str = Field(description="a date like 2014-06-09")
    symbol: str = Field(pattern=_SYMBOL, description="a symbol in capital letters, like AAPL")
    split: str | None = Field(default=None, description='new units for old ones, like "7:1"')
    to: str | None = Field(default=None, pattern=_SYMBOL, description="a symbol in capital letters, like QQQ")
    dividend: Decimal | None = Field(default=None, gt=0, max_digits=18, description="cash per unit above 0, like 3.29")

    @field_validator("date")
    @classmethod
    def _a_date(cls, value: str) -> str:
        return dt.date.fromisoformat(value).isoformat()

    @field_validator("split")
    @classmethod
    def _a_ratio(cls, value: str | None) -> str | None:
        match = _RATIO.fullmatch(value) if value is not None else None
        if value is not None and (match is None or not Decimal(match[1]) or not Decimal(match[2])):
            raise ValueError(f"{value!r} is no ratio")
        return value

    @model_validator(mode="after")
    def _one_of_three(self) -> Self:
        if sum(each is not None for each in (self.split, self.to, self.dividend)) != 1:
            raise ValueError("not exactly one of split, to and dividend")
        return self

    @property
    def action(self) -> CorporateAction:
        new, _, old = (self.split or "").partition(":")
        return CorporateAction(
            self.date,
            self.symbol,
            Decimal(new) if new else None,
            Decimal(old) if old else None,
            self.to or "",
            self.dividend,
        )


class CorporateFile(BaseModel):
    """corporate_actions.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    actions: tuple[_Action, ...] = Field(
        default=(), description="a list of {date, symbol} with one of split, to and dividend"
    )


def load_corporate_actions(path: Path) -> tuple[CorporateAction, ...]:
    """The known actions; none where there is no file. Raises ConfigError."""
    if not os.path.lexists(path):
        return ()
    tree, _ = read_yaml(path)
    return tuple(line.action for line in validate(path, tree, CorporateFile).actions)
