"""Lines of buy, sell and short: each row is a line, and exactly the order that it becomes."""

# ruff: noqa: E501 - a table reads best with one row a line

from __future__ import annotations

import pytest

from engine.model.enums import TimeInForce
from engine.model.order import OrderRequest
from tests.console.grammar.lines import BUY, LIMIT, SELL, SHORT, STOP, STOP_LIMIT, placed, request

ORDERS = [
    ("buy 100 aapl lmt 190.50 day", request(BUY, "100", "AAPL", LIMIT, limit_px="190.50")),
    ("buy 100 aapl limit 190.50", request(BUY, "100", "AAPL", LIMIT, limit_px="190.50")),
    ("BUY 100 AAPL DAY LMT 190.50", request(BUY, "100", "AAPL", LIMIT, limit_px="190.50")),
    ("  bu   100\taapl mkt ", request(BUY, "100", "AAPL")),
    ("sel 100 aapl market", request(SELL, "100", "AAPL")),
    ("sh 100 aapl mkt", request(SHORT, "100", "AAPL")),
    ("buy 1,000 aapl mkt", request(BUY, "1000", "AAPL")),
    ("buy 10k aapl mkt", request(BUY, "10000", "AAPL")),
    ("buy 2.5m aapl mkt", request(BUY, "2500000", "AAPL")),
    ("buy 0.5 aapl mkt", request(BUY, "0.5", "AAPL")),
    ("short 200 tsla @bid+0.01 gtc", request(SHORT, "200", "TSLA", LIMIT, limit_px="180.01", time_in_force=TimeInForce.GTC)),
    ("buy 100 aapl @ask", request(BUY, "100", "AAPL", LIMIT, limit_px="190.53")),
    ("buy 100 aapl @ASK-0.02 ioc", request(BUY, "100", "AAPL", LIMIT, limit_px="190.51", time_in_force=TimeInForce.IOC)),
    ("buy 100 aapl lmt @last", request(BUY, "100", "AAPL", LIMIT, limit_px="190.52")),
    ("buy 100 aapl mid", request(BUY, "100", "AAPL", LIMIT, limit_px="190.51")),
    ("sell 100 aapl mid", request(SELL, "100", "AAPL", LIMIT, limit_px="190.52")),
    ("buy 100 aapl @190.40", request(BUY, "100", "AAPL", LIMIT, limit_px="190.40")),
    ("buy $10k nvda mid", request(BUY, "22", "NVDA", LIMIT, limit_px="450.11")),
    ("buy $10,000 nvda mkt fok", request(BUY, "22", "NVDA", time_in_force=TimeInForce.FOK)),
    ("sell $10k nvda mkt", request(SELL, "22", "NVDA")),
    ("buy $10k spy lmt 169", request(BUY, "50", "SPY", LIMIT, limit_px="169")),
    ("buy $10k msft stop 100", request(BUY, "100", "MSFT", STOP, stop_px="100")),
    ("sell 100 aapl stop 189.90", request(SELL, "100", "AAPL", STOP, stop_px="189.90")),
    ("sell 100 aapl stp 189 lmt 188.5", request(SELL, "100", "AAPL", STOP_LIMIT, stop_px="189", limit_px="188.5")),
    ("sell 100 aapl lmt 188.5 stop 189", request(SELL, "100", "AAPL", STOP_LIMIT, stop_px="189", limit_px="188.5")),
    ("sell 100 aapl stoplmt 189 188.5", request(SELL, "100", "AAPL", STOP_LIMIT, stop_px="189", limit_px="188.5")),
    ("sell 100 aapl stoplmt 189 lmt 188.5", request(SELL, "100", "AAPL", STOP_LIMIT, stop_px="189", limit_px="188.5")),
    ("buy 100 aapl lmt 190.505", request(BUY, "100", "AAPL", LIMIT, limit_px="190.50")),
    ("sell 100 aapl lmt 190.505", request(SELL, "100", "AAPL", LIMIT, limit_px="190.51")),
    ("buy 100 aapl mkt ext reduce #idea-7", request(BUY, "100", "AAPL", extended=True, reduce_only=True, tag="idea-7")),
    ("sell all aapl mkt", request(SELL, "61", "AAPL", reduce_only=True)),
    ("sell half aapl", request(SELL, "50", "AAPL", reduce_only=True)),
    ("sell half aapl lmt 200 gtc", request(SELL, "50", "AAPL", LIMIT, limit_px="200", time_in_force=TimeInForce.GTC, reduce_only=True)),
    ("buy all tsla", request(BUY, "200", "TSLA", reduce_only=True)),
]  # fmt: skip


@pytest.mark.parametrize(("line", "expected"), ORDERS)
def test_an_order_line_becomes_exactly_that_order(line: str, expected: OrderRequest) -> None:
    assert placed(line) == expected


@pytest.mark.parametrize(
    ("line", "account"),
    [
        ("buy 1 aapl mkt", "PAPER"),
        ("buy 1 aapl mkt @hedge", "HEDGE"),
        ("@HEDGE buy 1 aapl mkt", "HEDGE"),
        ("buy @h 1 aapl mkt", "HEDGE"),
        ("buy 1 aapl mkt @PAPER", "PAPER"),
    ],
)
def test_an_account_may_stand_anywhere(line: str, account: str) -> None:
    assert placed(line).account == account
