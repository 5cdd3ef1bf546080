"""What may not be traded, and what may be sold short: the restricted list and the locates. Constants of a run."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from engine.model.money import ZERO


class Restriction(msgspec.Struct, frozen=True, gc=False):
    """One line of the restricted list. account "": every account. close_only: what only reduces the position passes.
    `until`: the last ISO date on which it holds; "": for good."""

    symbol: str
    reason: str
    account: str = ""
    close_only: bool = False
    until: str = ""


class RestrictedList:
    """The restricted symbols. Immutable."""

    __slots__ = ("lines",)

    def __init__(self, lines: Iterable[Restriction] = ()) -> None:
        self.lines: dict[str, list[Restriction]] = {}
        """By symbol; empty where nothing is restricted, which each order asks first."""
        for line in lines:
            self.lines.setdefault(line.symbol, []).append(line)

    def covering(self, symbol: str, account: str, date: str) -> Restriction | None:
        """The strictest line that holds for the account on that ISO date; a date that is not known ends none."""
        found = None
        for line in self.lines.get(symbol, ()):
            if (line.account and line.account != account) or (line.until and date and date > line.until):
                continue
            if not line.close_only:
                return line
            found = found or line
        return found


class Locate(msgspec.Struct, frozen=True, gc=False):
    """A documented locate: so many shares may be sold short on that ISO date. account "": from every account."""

    symbol: str
    qty: Decimal
    date: str
    source: str
    account: str = ""


class Locates:
    """The locates, and the symbols that the broker's easy-to-borrow list names. Immutable."""

    __slots__ = ("_easy", "_lines")

    def __init__(self, lines: Iterable[Locate] = (), easy_to_borrow: Iterable[str] = ()) -> None:
        self._easy = frozenset(easy_to_borrow)
        self._lines: dict[str, list[Locate]] = {}
        for line in lines:
            self._lines.setdefault(line.symbol, []).append(line)

    def is_easy(self, symbol: str) -> bool:
        """Whether any quantity may be borrowed: the easy-to-borrow list is a documented reason to believe so."""
        return symbol in self._easy

    def located(self, symbol: str, account: str, date: str) -> Decimal:
        """Shares located for that ISO date."""
        lines = self._lines.get(symbol, ())
        return sum((n.qty for n in lines if n.date == date and n.account in ("", account)), ZERO)
