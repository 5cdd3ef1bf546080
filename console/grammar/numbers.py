"""Numbers as traders type them: 190.5 · 1,000 · 10k · 2.5m · $10k · 10% · 1h30m. Anything doubtful is refused."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

_AMOUNT: Final = re.compile(r"(?P<digits>[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?P<rest>\.[0-9]+)?(?P<unit>[kKmM]?)")
_DURATION: Final = re.compile(r"(?:([0-9]{1,2})d)?(?:([0-9]{1,3})h)?(?:([0-9]{1,4})m)?(?:([0-9]{1,5})s)?")
_UNITS: Final = {"": Decimal(1), "k": Decimal(1_000), "m": Decimal(1_000_000)}
#: More digits than any price or quantity has; below the 28 that Decimal arithmetic keeps exactly.
_MAX_DIGITS: Final = 15
_MAX_VALUE: Final = Decimal(10) ** _MAX_DIGITS
_SECOND_NS: Final = 1_000_000_000
_DAY_S: Final = 86_400
_MOST_DAYS: Final = 30


def amount(text: str) -> Decimal | None:
    """A number above 0 (`1,000.50`, `10k`), or None when the text is not one."""
    match = _AMOUNT.fullmatch(text)
    if match is None:
        return None
    digits = match["digits"].replace(",", "") + (match["rest"] or "")
    if len(digits) > _MAX_DIGITS:
        return None
    value = Decimal(digits) * _UNITS[match["unit"].lower()]
    return whole_if_whole(value) if 0 < value < _MAX_VALUE else None


def count(text: str) -> int | None:
    """A whole number above 0 without unit or separators, at most 9 digits, or None."""
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        return None
    return int(text) or None


def share(text: str) -> Decimal | None:
    """`10%` as 0.10; above 0 % and at most 100 %. None for anything else, a bare 0.1 included."""
    value = amount(text[:-1]) if text.endswith("%") else None
    return value / 100 if value is not None and value <= 100 else None


def duration_ns(text: str) -> int | None:
    """`30m`, `90s`, `1h30m`, `5d` (of 24 hours) in nanoseconds; at least a second, at most 30 days. None for anything
    else."""
    match = _DURATION.fullmatch(text.lower())
    if match is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    total = days * _DAY_S + hours * 3_600 + minutes * 60 + seconds
    return total * _SECOND_NS if 0 < total <= _MOST_DAYS * _DAY_S else None


def whole_if_whole(value: Decimal) -> Decimal:
    """The same number without needless zeros after the point: 2500000.0 is 2500000."""
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()
