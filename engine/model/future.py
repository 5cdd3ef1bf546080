"""Futures by their code: root, month's letter, year (ESZ26), and what else makes one.

A future is not paid for: only what it wins or loses moves cash, so that a position's worth is its profit and not its
notional (docs/decisions/futures.md). Month letters: https://www.cmegroup.com/month-codes.html.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

#: January to December.
MONTHS: Final = "FGHJKMNQUVXZ"
#: Where only the day of the last trade is given, orders end at this time of the calendar's clock on it: index futures
#: that settle at the open trade no longer than that, and for all others it is early.
EARLY: Final = time(9, 30)
_CODE: Final = re.compile(rf"([A-Z][A-Z0-9]{{0,5}}?)([{MONTHS}])([0-9]{{2}})")
_MONTH: Final = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
_MOMENT: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]([0-9]{1,2}):([0-9]{2}))?")
_SECOND_NS: Final = 1_000_000_000


class FutureError(ValueError):
    """A text is no contract month, or no time of a last trade. One line: what, and what was expected."""


def parse_code(symbol: str) -> tuple[str, str]:
    """(root, contract month YYYYMM) of a code with a year of two digits; ("", "") where it is none."""
    match = _CODE.fullmatch(symbol)
    if match is None:
        return "", ""
    root, letter, year = match.groups()
    return root, f"20{year}{MONTHS.index(letter) + 1:02}"


def parse_month(text: str) -> str:
    """YYYY-MM as YYYYMM. Raises FutureError."""
    match = _MONTH.fullmatch(text.strip())
    if match is None:
        raise FutureError(f"{text!r} is no contract month; expected one like 2026-12")
    return "".join(match.groups())


def parse_last_trade(text: str, zone: ZoneInfo) -> tuple[date, int]:
    """(day, ns UTC from which on it can't be traded) of YYYY-MM-DD, or of that with HH:MM on the clock of `zone`.
    Raises FutureError."""
    match = _MOMENT.fullmatch(text.strip())
    try:
        if match is None:
            raise ValueError
        day = date.fromisoformat(match[1])
        at = EARLY if match[2] is None else time(int(match[2]), int(match[3]))
    except ValueError:
        words = "expected the day of the last trade, 2026-12-18, or with its time, 2026-12-18 09:30"
        raise FutureError(f"{text!r} is no expiry; {words}") from None
    return day, int(datetime.combine(day, at, zone).astimezone(UTC).timestamp()) * _SECOND_NS
