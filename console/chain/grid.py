"""Which expirations and strikes a chain shows.

The desk has no list of all options that exist: any OCC symbol on an underlying of the universe may be asked for. So a
chain shows those that the desk knows (in the universe, held, working, looked at before), and the usual ones beside: the
next four Fridays, the third Fridays of the months behind, strikes in the usual steps around the price. What the
broker does not list has no quote, and an order for it is refused by its checks.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

import msgspec

from engine.model.option import Occ, Right, occ_or_none

_WEEKS: Final = 4
_MONTHS: Final = 6
#: Strikes on each side of the price.
AROUND: Final = 20
#: Steps of strikes up to a price, as US exchanges list them for liquid names.
_STEPS: Final = (
    (Decimal(25), Decimal("0.5")),
    (Decimal(100), Decimal(1)),
    (Decimal(200), Decimal("2.5")),
    (Decimal(1000), Decimal(5)),
)
_LARGEST: Final = Decimal(25)


class Chain(msgspec.Struct, frozen=True):
    """Of one underlying: `strikes` rise, `expiries` are in the order of time."""

    root: str
    expiries: tuple[datetime.date, ...]
    strikes: tuple[Decimal, ...]

    def symbol(self, expiry: datetime.date, strike: Decimal, right: Right) -> str:
        """The OCC symbol of one of its options."""
        return Occ(self.root, expiry, right, strike).symbol

    def nearest(self, price: Decimal | None) -> int:
        """The place of the strike that is nearest to a price; the middle where there is none."""
        if price is None:
            return len(self.strikes) // 2
        return min(range(len(self.strikes)), key=lambda at: abs(self.strikes[at] - price))


def chain_of(underlying: str, price: Decimal | None, today: datetime.date, known: Iterable[str]) -> Chain:
    """The chain around a price (of the underlying), with every option of it that is known."""
    root = underlying.replace(".", "")
    options = [occ for symbol in known if (occ := occ_or_none(symbol)) is not None and occ.root == root]
    expiries = {occ.expiry for occ in options if occ.expiry >= today}
    strikes = {occ.strike for occ in options}
    if price is not None and price > 0:
        strikes |= set(_usual(price))
    return Chain(root, tuple(sorted(expiries | set(usual_expiries(today)))), tuple(sorted(strikes)))


def usual_expiries(today: datetime.date) -> list[datetime.date]:
    """The next Fridays, and the third Fridays of this month and the months behind."""
    friday = today + datetime.timedelta(days=(4 - today.weekday()) % 7)
    found = {friday + datetime.timedelta(weeks=week) for week in range(_WEEKS)}
    year, month = today.year, today.month
    for _ in range(_MONTHS):
        third = third_friday(year, month)
        if third >= today:
            found.add(third)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return sorted(found)


def third_friday(year: int, month: int) -> datetime.date:
    """The day on which a month's standard options expire."""
    first = datetime.date(year, month, 1)
    return first + datetime.timedelta(days=(4 - first.weekday()) % 7 + 14)


def _usual(price: Decimal) -> list[Decimal]:
    step = next((step for most, step in _STEPS if price <= most), _LARGEST)
    middle = (price / step).quantize(Decimal(1), ROUND_HALF_UP) * step
    found = [middle + step * n for n in range(-AROUND, AROUND + 1)]
    return [strike.quantize(Decimal("0.001")) for strike in found if strike > 0]
