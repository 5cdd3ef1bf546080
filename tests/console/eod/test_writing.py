"""The end-of-day report in each of its forms, and on narrow screens."""

# ruff: noqa: E501 - a table reads best with one row a line

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from pathlib import Path

import pytest

from console.eod.box import exchange_clock, report_lines
from console.eod.writing import Form, form_of, written
from engine.model.eod import (
    AccountLine,
    BreakLine,
    CostLine,
    Counts,
    EodReport,
    EventLine,
    HeldLine,
    OpenLine,
    TouchedLine,
)
from widgets.clock import ExchangeTime
from widgets.lines import length

D = Decimal
REPORT = EodReport(
    day="2026-01-30",
    mode="paper",
    account="PAPER",
    currency="USD",
    first_seq=10,
    last_seq=99,
    from_ns=1_769_783_400_000_000_000,
    until_ns=1_769_806_800_000_000_000,
    closed=True,
    day_equity=D(1000000),
    equity=D("1000250.50"),
    day_pnl=D("250.50"),
    flows=D(0),
    trading_state="HALTED",
    positions=(
        HeldLine("PAPER", "AAPL", "USD", D(100), D("190.5"), D("191"), D(19100), D(50), D("200.50"), D("1.25"), D(200), D(100)),
        HeldLine("PAPER", "GONE", "USD", D(-5), D(10), None, None, None, D(0), D(0), D(0), D(5)),
    ),
    accounts=(AccountLine("PAPER", "USD", D("200.50"), D("1.25"), None, D("981150.50")),),
    counts=Counts(orders=7, by_hand=3, children=4, denied=2, fills=5),
    costs=(CostLine("algo 3", "twap", "PAPER", "AAPL", "buy", D(200), D(200), D("190.5"), D("1.2"), None, D("4.57"), D("1.2"), "USD", "filled"),),
    touched=(TouchedLine("MAX_POSITION_PCT", "AAPL", 2, "value=0.124 limit=0.10"),),
    events=(EventLine(1_769_800_000_000_000_000, "kill", "KILL 1 pulled by <ann>: enough"),),
    open_orders=(
        OpenLine(14, "PAPER", "AAPL", "sell", "stop", "gtc", D(100), None, D(180), "HELD", "core", True, True),
        OpenLine(15, "PAPER", "AAPL", "buy", "limit", "day", D(10), D(170), None, "NEW", "", False, False),
    ),
    breaks=(BreakLine(1, "position", "PAPER", "AAPL", "100", "90", 1_769_800_000_000_000_000, "a missed fill"),),
    comparisons=3,
    compared_ns=1_769_806_000_000_000_000,
    breaks_found=1,
)  # fmt: skip


def test_people_read_every_table() -> None:
    text = written(REPORT, "text")
    for part in ("day P&L                   +250.50", "HALTED", "KILL 1 pulled", "MAX_POSITION_PCT", "a missed fill"):
        assert part in text
    local, open_orders = text.split("Open orders")
    assert "HELD" in local
    assert "NEW" in open_orders
    (gone,) = [line for line in text.splitlines() if "GONE" in line]
    assert gone.split()[4:7] == ["-", "-", "-"], "what is not known is not 0"


def test_scripts_get_text_for_numbers_and_iso_for_times() -> None:
    found = json.loads(written(REPORT, "json"))
    assert (found["day_pnl"], found["from"], found["closed"]) == ("250.50", "2026-01-30T14:30:00.000000000Z", True)
    assert found["positions"][0]["realized"] == "200.50"
    assert found["positions"][1]["unrealized"] is None
    assert (found["counts"]["orders"], found["open_orders"][0]["lives_on"]) == (7, True)
    assert found["events"][0]["at"].startswith("2026-01-30T")


def test_a_spreadsheet_gets_one_cell_a_line() -> None:
    rows = list(csv.DictReader(io.StringIO(written(REPORT, "csv"))))
    cells = {(row["section"], row["row"], row["column"]): row["value"] for row in rows}
    assert cells["positions", "1", "symbol"] == "AAPL"
    assert cells["local_orders", "1", "tag"] == "core"
    assert cells["events", "1", "what"] == "KILL 1 pulled by <ann>: enough"


def test_the_page_escapes_what_users_wrote_and_loads_nothing() -> None:
    page = written(REPORT, "html")
    assert "by &lt;ann&gt;: enough" in page
    assert "<ann>" not in page
    assert "default-src 'none'" in page


@pytest.mark.parametrize(("name", "form"), [("a.HTML", "html"), ("a.csv", "csv"), ("a.json", "json"), ("a", "text")])
def test_the_file_says_its_form(name: str, form: Form) -> None:
    assert form_of(Path(name)) == form


@pytest.mark.parametrize("width", [70, 108, 180])
def test_no_line_is_wider_than_the_screen(width: int) -> None:
    lines = report_lines(REPORT, width, exchange_clock(ExchangeTime()))
    assert max(length(line) for line in lines) <= width
    text = "\n".join("".join(part for part, _ in line) for line in lines)
    assert "+200.50" in text
    assert "2026-01-30 09:30:00 EST" in text, "the exchange's time, to the second"
    assert "000Z" not in text
    assert ("account  symbol" in text) == (width > 100)
