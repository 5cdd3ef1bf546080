"""What a cancel or a `flat` would hit is said while it is typed."""

from __future__ import annotations

import pytest

from console.grammar.context import DeskContext
from tests.support.console_app import CALENDAR, GRAMMAR, INSTRUMENTS
from tests.support.desk_views import ACCOUNT, BUSY, EMPTY

DESK = DeskContext(BUSY, INSTRUMENTS, accounts=(ACCOUNT,), user="ann", calendar=CALENDAR)
QUIET = DeskContext(EMPTY, INSTRUMENTS, accounts=(ACCOUNT,), user="ann", calendar=CALENDAR)


@pytest.mark.parametrize(
    ("line", "note"),
    [
        ("cxl 30", "cancels #30 buy 143 IBM lmt 182.23, 60 of it filled"),
        ("cxl ibm", "cancels 2 orders: 30 31"),
        ("cxl sells", "cancels #27 sell 2500 MSFT lmt 33.60, 900 of it filled"),
        ("cxl buys ibm", "cancels 2 orders: 30 31"),
        ("cxl sells ibm", "no such working order is seen"),
        ("cxl last", "cancels #31 buy 143 IBM lmt 182.24"),
        ("cxl all", "cancels 5 orders: 25 27 28 30 31"),
        ("cxl #nothing", "no such working order is seen"),
        ("flat ibm", "closes IBM +1430"),
        ("flat aapl", "no position in AAPL is seen"),
        ("flat all", "closes BAC -5000, IBM +1430, MSFT +12500, SPY +800"),
    ],
)
def test_it_is_said_before_enter(line: str, note: str) -> None:
    assert GRAMMAR.parse(line, DESK).notes == (note,)


def test_a_desk_with_nothing_says_so() -> None:
    assert GRAMMAR.parse("flat all", QUIET).notes == ("no position is seen",)
    assert GRAMMAR.parse("cxl all", QUIET).notes == ("no such working order is seen",)
