"""Corporate actions that are known beforehand: splits, symbol changes, cash dividends."""

from __future__ import annotations

from decimal import Decimal

import msgspec


class CorporateAction(msgspec.Struct, frozen=True, gc=False):
    """What happens to an instrument on a date (ISO, the first day on the new terms).

    Either a split (`new` units for every `old`), a symbol change (`to`), or a cash `dividend` per unit.
    """

    date: str
    symbol: str
    new: Decimal | None = None
    old: Decimal | None = None
    to: str = ""
    dividend: Decimal | None = None
