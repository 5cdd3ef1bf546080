# ruff: noqa: F401, F811 - fixtures of another file are named where they are used

"""tradedesk performance, from the journal that is there: without a desk, and beside one that writes on."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from pathlib import Path

import pytest

from console.config.paths import Paths, StatePaths
from engine import facts as f
from engine.journal.chain import Chain
from engine.journal.codec import FactCodec
from engine.journal.store import SqliteJournal
from engine.model.enums import Side
from engine.performance.child import Measuring
from engine.performance.targets import Targets
from tests.console.cli.test_commands import Run, one_line, tradedesk
from tests.engine.performance.ledger import MS, Ledger


def traded() -> Ledger:
    """Two days: +200 and -50."""
    book = Ledger()
    for day, px, equity in (("2026-01-05", "12", "1000200"), ("2026-01-06", "9.5", "1000150")):
        book.day(day, "1000000" if px == "12" else "1000200")
        for side, at in ((Side.BUY, "10"), (Side.SELL, px)):
            order = book.order(side, "100", limit=at, strategy="mean")
            decided = book.now
            book.record(f.OrderAccepted(order.cl_ord_id, f"P{order.id}"))
            book.fill(order, "100", at)
            book.record(f.OrdersHandedOver(((order.cl_ord_id, decided + 7 * MS),)))
        book.marks(equity)
    return book


def write(state: StatePaths, book: Ledger, after: int = 0) -> None:
    async def put() -> None:
        journal = await SqliteJournal.open(state.journal, FactCodec())
        await journal.append(Chain(FactCodec(), journal.head).stamp(book.facts[after:]))
        await journal.close()

    state.folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(put())


@pytest.fixture
def state(home: Path) -> StatePaths:
    return Paths.of({"TRADEDESK_HOME": str(home)}).state_of("paper", "PAPER")


def test_a_desk_that_never_ran_has_no_performance(tradedesk: Run, home: Path) -> None:
    code, output, errors = tradedesk("performance")
    assert (code, output) == (1, "")
    assert "nothing was traded yet" in one_line(errors)


def test_it_is_told_as_json_as_csv_and_in_tables(tradedesk: Run, state: StatePaths) -> None:
    write(state, traded())
    found = json.loads(one_line(tradedesk("performance", "--json")[1]))
    assert (found["currency"], found["open_trades"], found["untold"]) == ("USD", 0, 0)
    assert found["overall"] | {"trades": 2, "won": 1, "lost": 1, "even": 0, "win_rate": "0.500000"} == found["overall"]
    assert (found["overall"]["net_pnl"], found["overall"]["profit_factor"]) == ("150.0", "4.000000")
    assert [(row["day"], row["trades"], row["net_pnl"]) for row in found["by_day"]] == [
        ("2026-01-05", 1, "200"), ("2026-01-06", 1, "-50.0"),
    ]  # fmt: skip
    assert [row["strategy"] for row in found["by_strategy"]] == ["mean"]
    assert [day["day_pnl"] for day in found["days"]] == ["200", "-50"]
    assert found["latency_ms"]["send"] == {"count": 4, "p50": "7.000", "p95": "7.000", "p99": "7.000", "max": "7.000"}
    verdicts = {row["key"]: (row["value"], row["bound"], row["verdict"]) for row in found["targets"]}
    assert verdicts["send_ms"] == ("7.000", "under", "met")
    assert verdicts["limit_fill_rate"] == ("1.000000", "over", "met")
    assert verdicts["reconciled"] == (None, "at", "unknown")

    code, text, _ = tradedesk("performance", "--csv")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert code == 0
    assert [(r["value"]) for r in rows if (r["by"], r["name"], r["figure"]) == ("day", "2026-01-06", "net_pnl")] == [
        "-50.0"
    ]
    assert [(r["verdict"], r["target"]) for r in rows if r["name"] == "send_ms"] == [("met", "under 50")]

    code, text, _ = tradedesk("performance")
    assert code == 0
    assert "strategy mean" in text
    assert "under 50 ms" in text


def test_days_are_chosen_by_their_dates(tradedesk: Run, state: StatePaths) -> None:
    write(state, traded())
    found = json.loads(one_line(tradedesk("performance", "--from", "2026-01-06", "--json")[1]))
    assert [row["day"] for row in found["by_day"]] == ["2026-01-06"]
    assert (found["overall"]["trades"], found["latency_ms"]["send"]["count"]) == (1, 2)
    code, _, errors = tradedesk("performance", "--to", "yesterday")
    assert (code, "expected a date like 2026-01-31" in one_line(errors)) == (2, True)
    assert tradedesk("performance", "--json", "--csv")[0] == 2


def test_targets_are_those_of_the_profile_and_a_bad_one_is_named(tradedesk: Run, state: StatePaths, home: Path) -> None:
    write(state, traded())
    config = home / "config" / "tradedesk.yaml"
    config.parent.mkdir(exist_ok=True)
    config.write_text("profiles:\n  paper:\n    targets:\n      send_ms: 5\n")
    found = json.loads(one_line(tradedesk("performance", "--json")[1]))
    assert [(row["target"], row["verdict"]) for row in found["targets"] if row["key"] == "send_ms"] == [("5", "missed")]
    config.write_text("profiles:\n  paper:\n    targets:\n      order_success: 99.9\n")
    code, output, errors = tradedesk("performance")
    assert (code, output) == (1, "")
    assert "order_success" in one_line(errors)
    assert "share of orders that the broker takes, 0 to 1" in one_line(errors)


def test_a_process_of_its_own_measures_what_came_since_it_was_asked_last(state: StatePaths) -> None:
    book = traded()
    write(state, book)
    measuring = Measuring(state.journal, Targets())
    try:
        first = measuring.ask()
        before = len(book.facts)
        book.trade(Side.BUY, "10", "10")
        book.trade(Side.SELL, "10", "11")
        write(state, book, before)
        second = measuring.ask()
        state.journal.write_bytes(b"no journal at all, but long enough to be one" * 100)
        third = measuring.ask()
    finally:
        measuring.close()
    assert (first.problem, second.problem) == ("", "")
    assert first.report == book.report_of(before)
    assert second.report == book.report()
    assert (third.report, "journal.sqlite3" in third.problem) == (None, True)
    assert measuring.ask().problem == "the process that measures has ended"
