"""`book`: what its lines mean, and what is said of those that mean nothing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from console.grammar.parsed import GrammarError
from engine.inputs import Book, ReverseBooking
from engine.model.enums import Side
from tests.console.grammar.lines import parse

D = Decimal
OPTION = "IBM 240621C00100000"

LINES: list[tuple[str, dict[str, Any]]] = [
    ("deposit 1,000.50", {"what": "deposit", "amount": D("1000.50")}),
    ("withdrawal 10k", {"what": "withdrawal", "amount": D(10_000)}),
    ("dividend 24.00 aapl", {"what": "dividend", "amount": D(24), "symbol": "AAPL"}),
    ("dividend -24 aapl", {"what": "dividend", "amount": D(-24), "symbol": "AAPL"}),
    ("interest -3.10", {"what": "interest", "amount": D("-3.1")}),
    ("fee 3", {"what": "fee", "amount": D(3)}),
    ("correction -0.02", {"what": "correction", "amount": D("-0.02")}),
    ("transfer in 100 ibm at 185.20", {"what": "in", "qty": D(100), "symbol": "IBM", "px": D("185.2")}),
    ("transfer in -100 ibm at 0", {"what": "in", "qty": D(-100), "symbol": "IBM", "px": D(0)}),
    ("transfer out 40 ibm", {"what": "out", "qty": D(40), "symbol": "IBM"}),
    (
        "fill buy 40 ibm at 190.50 order 14 exec X9 fee 0.35",
        {"what": "fill", "side": Side.BUY, "qty": D(40), "symbol": "IBM", "px": D("190.5"), "target": 14,
         "exec_id": "X9", "fee": D("0.35")},
    ),
    ("fill short 4 ibm 190", {"what": "fill", "side": Side.SELL_SHORT, "qty": D(4), "symbol": "IBM", "px": D(190)}),
    ("bust X9-1", {"what": "bust", "exec_id": "X9-1"}),
    ("cost ibm 95", {"what": "cost", "symbol": "IBM", "px": D(95)}),
    ("split aapl 7:1", {"what": "split", "symbol": "AAPL", "new": D(7), "old": D(1)}),
    ("split aapl 1:10 cash 520", {"what": "split", "symbol": "AAPL", "new": D(1), "old": D(10), "amount": D(520)}),
    ("rename ibm ibmx", {"what": "rename", "symbol": "IBM", "to": "IBMX"}),
    (f"expiry {OPTION}", {"what": "expiry", "symbol": OPTION}),
    (f"exercise 2 {OPTION}", {"what": "exercise", "qty": D(2), "symbol": OPTION}),
    (
        "assign 1 IBMX on ibm put 90 x 10 fee 0.65",
        {"what": "assign", "qty": D(1), "symbol": "IBMX", "to": "IBM", "right": "put", "strike": D(90),
         "multiplier": D(10), "fee": D("0.65")},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("line", "fields"), LINES, ids=[line for line, _ in LINES])
def test_a_booking_line_means_that_and_asks_for_the_word(line: str, fields: dict[str, Any]) -> None:
    parsed = parse(f"book {line} ref S-7 reason statement, page 2")
    expected = Book(**{"account": "PAPER", "reason": "statement, page 2", "reference": "S-7", "user": "ann", **fields})
    assert parsed.command == expected
    assert (parsed.level, parsed.confirm) == (3, "BOOK")
    assert parse(parsed.echo).command == expected, "the echo is the same line"


@pytest.mark.parametrize(
    "line",
    [
        "book @hedge dividend 24 aapl ref S-7 reason ask @ann",
        "book dividend 24 aapl @HEDGE ref S-7 reason ask @ann",
        "book dividend @hed 24 aapl ref S-7 reason ask @ann",
    ],
)
def test_a_booking_names_its_account_and_a_reason_may_name_anybody(line: str) -> None:
    parsed = parse(line)
    expected = Book("dividend", "HEDGE", "ask @ann", amount=D(24), symbol="AAPL", reference="S-7", user="ann")
    assert parsed.command == expected
    assert "@HEDGE" in parsed.echo
    assert parse(parsed.echo).command == expected


def test_a_booking_is_taken_back_by_its_number() -> None:
    parsed = parse("book reverse 3 reason wrong symbol")
    assert parsed.command == ReverseBooking(3, "wrong symbol", "ann")
    assert parse(parsed.echo).command == parsed.command


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("book", "what is to be booked?"),
        ("book dividnd 5 reason x", "did you mean dividend"),
        ("book deposit 5", "why?"),
        ("book deposit 5 reason", "TEXT"),
        ("book deposit -5 reason x", "'-5' is no amount"),
        ("book deposit 0 reason x", "'0' is no amount"),
        ("book split aapl 7 reason x", "'7' is no ratio"),
        ("book split aapl 0:1 reason x", "'0:1' is no ratio"),
        ("book transfer 5 ibm reason x", "in or out?"),
        ("book transfer in 5 ibm reason x", "at what cost?"),
        ("book fill 5 ibm 10 reason x", "buy, sell or short?"),
        ("book fill buy 5 ibm 10 order x reason x", "'x' is no order number"),
        ("book exercise 1 IBMX on ibm 90 reason x", "call or put?"),
        ("book reverse three reason x", "no number of a booking"),
        ("book deposit 5 tomorrow reason x", "'tomorrow' can't stand here"),
        ("book deposit 5 @nobody reason x", "is no account of this desk"),
        ("book @hedge deposit 5 @hedge reason x", "a second account"),
        ("boo deposit 5 reason x", "book must be spelled in full"),
    ],
)
def test_what_means_nothing_says_what_was_expected(line: str, says: str) -> None:
    with pytest.raises(GrammarError) as raised:
        parse(line)
    assert says in str(raised.value)
