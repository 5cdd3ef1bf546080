"""Every kind of booking as journals hold it: read for ever as it was meant, and told in one line."""

from __future__ import annotations

from decimal import Decimal
from typing import get_args

import pytest

from engine import facts as f
from engine.facts import Stamped
from engine.journal.codec import FactCodec
from engine.model import booking as b
from engine.model.enums import Side
from engine.model.snapshot import Execution
from engine.publish.fact_text import Narrator

D = Decimal
FILL = Execution("book-DESK001-3", "DESK001000001", "P-9", "A1", "IBM", Side.BUY, D(40), D("190.50"), 7)

#: (entry, its JSON, its words). A line is never changed: journals are never rewritten.
ENTRIES: list[tuple[b.Entry, str, str]] = [
    (
        b.CashEntry("A1", "dividend", D("24.00"), "AAPL"),
        '{"what":"cash","account":"A1","type":"dividend","amount":"24.00","symbol":"AAPL"}',
        "dividend of 24.00 for AAPL",
    ),
    (
        b.CashEntry("A1", "transfer", D("-1000")),
        '{"what":"cash","account":"A1","type":"transfer","amount":"-1000"}',
        "withdrawal of 1,000",
    ),
    (
        b.TransferEntry("A1", "IBM", D(100), D("185.20"), D("19000")),
        '{"what":"transfer","account":"A1","symbol":"IBM","qty":"100","px":"185.20","flow":"19000"}',
        "transfer of 100 IBM at 185.20",
    ),
    (
        b.FillEntry(FILL),
        '{"what":"fill","execution":{"exec_id":"book-DESK001-3","cl_ord_id":"DESK001000001","order_id":"P-9",'
        '"account":"A1","symbol":"IBM","side":"buy","last_qty":"40","last_px":"190.50","ts_ns":7,"fee":"0",'
        '"fee_currency":"USD","liquidity":"unknown","broker":""}}',
        "fill book-DESK001-3: bought 40 IBM at 190.50",
    ),
    (
        b.BustEntry("A1", "IBM", "X9"),
        '{"what":"bust","account":"A1","symbol":"IBM","exec_id":"X9"}',
        "bust of execution X9 in IBM",
    ),
    (
        b.CostEntry("A1", "IBM", D("-500")),
        '{"what":"cost","account":"A1","symbol":"IBM","delta":"-500"}',
        "cost of IBM corrected by -500",
    ),
    (
        b.SplitEntry("A1", "AAPL", D(7), D(1)),
        '{"what":"split","account":"A1","symbol":"AAPL","new":"7","old":"1"}',
        "split of AAPL 7:1",
    ),
    (
        b.SplitEntry("A1", "AAPL", D(1), D(10), cash=D("520.00")),
        '{"what":"split","account":"A1","symbol":"AAPL","new":"1","old":"10","cash":"520.00"}',
        "split of AAPL 1:10, 520.00 for the fraction",
    ),
    (
        b.RenameEntry("A1", "QQQQ", "QQQ"),
        '{"what":"rename","account":"A1","symbol":"QQQQ","to":"QQQ"}',
        "symbol change QQQQ to QQQ",
    ),
    (
        b.ExpiryEntry("A1", "IBM 240621C00100000"),
        '{"what":"expiry","account":"A1","symbol":"IBM 240621C00100000"}',
        "expiry of IBM 240621C00100000",
    ),
    (
        b.ExerciseEntry("A1", "IBM 240621P00090000", "IBM", D(2), D(200), D(90), assigned=True),
        '{"what":"exercise","account":"A1","symbol":"IBM 240621P00090000","underlying":"IBM","qty":"2",'
        '"shares":"200","strike":"90","assigned":true}',
        "2 IBM 240621P00090000 assigned: +200 IBM at 90",
    ),
]


@pytest.mark.parametrize(("entry", "text", "words"), ENTRIES, ids=[words for _, _, words in ENTRIES])
def test_a_booking_of_long_ago_still_means_what_it_meant(entry: b.Entry, text: str, words: str) -> None:
    codec = FactCodec()
    fact = f.Booked(3, entry, "ann", "as the statement says", "S-7")
    payload = f'{{"kind":"booked","no":3,"entry":{text},"by":"ann","reason":"as the statement says","reference":"S-7"}}'
    assert codec.encode(fact) == ("booked", payload.encode())
    assert codec.decode("booked", payload) == fact
    told = Narrator().text(Stamped(1, 0, 0, fact))
    assert told == f"booking 3 by ann: {words} (ref S-7): as the statement says"


def test_every_kind_of_entry_has_its_line() -> None:
    assert {type(entry) for entry, _, _ in ENTRIES} == set(get_args(b.Entry))
