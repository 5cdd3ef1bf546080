"""What a user wants to be told of: a price, the day's P&L, a fill, a meter."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import msgspec

from engine.model.enums import AlertLevel
from engine.model.money import plain

RuleKind = Literal["price", "pnl", "fill", "meter"]
#: More than that nobody reads; it bounds what is looked at once a second.
MOST_RULES = 200


class AlertWish(msgspec.Struct, frozen=True):
    """`key`: the symbol of a price, or of a fill ("" = any), or the meter's key. `above`: of which side of `bound` it
    speaks; a meter's bound is a share of its limit. `again`: it speaks again once it was on the other side; else it
    speaks once and is gone."""

    kind: RuleKind
    key: str = ""
    above: bool = True
    bound: Decimal | None = None
    again: bool = False
    level: AlertLevel = AlertLevel.ALARM

    def words(self) -> str:
        """As it is typed: `aapl > 190 again`."""
        sign = ">" if self.above else "<"
        end = f"{' again' if self.again else ''}{_LEVELS[self.level]}"
        if self.kind == "fill":
            return f"fill{f' {self.key.lower()}' if self.key else ''}{end}"
        if self.bound is None:
            return end
        if self.kind == "meter":
            return f"meter {self.key} {sign} {plain(self.bound * 100)}%{end}"
        return f"{'pnl' if self.kind == 'pnl' else self.key.lower()} {sign} {plain(self.bound)}{end}"


_LEVELS = {AlertLevel.ALARM: "", AlertLevel.WARN: " warn", AlertLevel.NOTICE: " notice", AlertLevel.INFO: " info"}


class AlertRule(msgspec.Struct):
    """A wish in the desk's state."""

    no: int
    wish: AlertWish
    user: str
    set_ns: int
    fired_ns: int = 0
    """When (wall ns) it spoke last; 0: never."""
